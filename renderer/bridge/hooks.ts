import {
  keepPreviousData,
  type UseMutationResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Input, Output } from '../../preload/contract/operations.ts';
import type { ConnectionView, RunView, TestStepView } from '../../preload/contract/views.ts';
import { type CommandName, call, OperationFailure, onEvent, type QueryName } from './call.ts';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: OperationFailure;
  }
}

interface QueryOptions {
  /** False: not asked yet. */
  readonly enabled?: boolean;
  /** Shows the last answer while the next one is on its way. */
  readonly keepPrevious?: boolean;
  /** Names a large input shortly, so that it isn't turned into text at every render. */
  readonly key?: string;
  /** Asked anew by every component that opens: the answer lies in a cloud. */
  readonly fresh?: boolean;
}

/** The answer of a query, kept up to date by events. */
export function useOperation<N extends QueryName>(
  name: N,
  input: Input<N>,
  { enabled = true, keepPrevious = false, key, fresh = false }: QueryOptions = {},
): UseQueryResult<Output<N>, OperationFailure> {
  return useQuery<Output<N>, OperationFailure>({
    queryKey: [name, key ?? input],
    queryFn: () => call(name, input),
    enabled,
    ...(fresh ? { gcTime: 0, refetchOnMount: 'always' as const } : {}),
    ...(keepPrevious ? { placeholderData: keepPreviousData } : {}),
  });
}

/**
 * A command. What it changes in other answers is told by events. The input is remembered until `reset` or until the
 * component goes, and no longer: it may be a credential.
 */
export function useCommand<N extends CommandName>(name: N): UseMutationResult<Output<N>, OperationFailure, Input<N>> {
  return useMutation<Output<N>, OperationFailure, Input<N>>({ mutationFn: (input) => call(name, input), gcTime: 0 });
}

export const runsShown = { limit: 20 };

/** The latest runs with live progress, newest first. */
export function useRuns(): readonly RunView[] {
  return useOperation('runs.list', runsShown).data ?? noRuns;
}
const noRuns: readonly RunView[] = [];

/** @returns a function to call once a run was started: it is shown at once, and not only with its first progress */
export function useRunStarted(): () => void {
  const client = useQueryClient();
  return useCallback(() => void client.invalidateQueries({ queryKey: ['runs.list'] }), [client]);
}

interface Connections {
  /** Where secrets and certificates come from. */
  readonly azure: readonly ConnectionView[];
  /** AWS and GCP, where copies go. */
  readonly targets: readonly ConnectionView[];
}

/** The connections there are, by what they are for; none while they are not known. */
export function useConnections(): Connections {
  const connections = useOperation('connections.list', {}).data;
  return useMemo(
    () => ({
      azure: connections?.filter(({ settings }) => settings.provider === 'azure') ?? [],
      targets: connections?.filter(({ settings }) => settings.provider !== 'azure') ?? [],
    }),
    [connections],
  );
}

/** Changes settings; the window follows at once, and goes back if main refuses. */
export function useChangeSettings() {
  const client = useQueryClient();
  const key = ['settings.get', {}];
  return useMutation<
    Output<'settings.set'>,
    OperationFailure,
    Input<'settings.set'>,
    Output<'settings.get'> | undefined
  >({
    mutationFn: (change) => call('settings.set', change),
    onMutate: async (change) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData<Output<'settings.get'>>(key);
      const kept = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      if (before) client.setQueryData(key, { ...before, ...kept });
      return before;
    },
    onError: (_failure, _change, before) => client.setQueryData(key, before),
    onSuccess: (settings) => client.setQueryData(key, settings),
  });
}

const historyPage = 50;

/** A record's attempts, newest first, page by page. */
export function useHistory(recordId: string) {
  return useInfiniteQuery({
    queryKey: ['records.history', recordId],
    queryFn: ({ pageParam }) =>
      call('records.history', {
        id: recordId,
        limit: historyPage,
        ...(pageParam === null ? {} : { before: pageParam }),
      }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.length < historyPage ? null : (page.at(-1)?.id ?? null)),
  });
}

export interface ConnectionTest {
  readonly steps: readonly TestStepView[];
  readonly running: boolean;
  readonly failure: OperationFailure | undefined;
  start(target: Omit<Input<'connections.test'>, 'testId'>): void;
  /** Forgets the outcome: what was tested is no longer what is typed. */
  reset(): void;
}

/** Tests a connection; its steps appear one by one as they are done. */
export function useConnectionTest(): ConnectionTest {
  const [steps, setSteps] = useState<readonly TestStepView[]>([]);
  const [failure, setFailure] = useState<OperationFailure>();
  const [running, setRunning] = useState(false);
  const testId = useRef('');

  useEffect(
    () =>
      onEvent((event) => {
        const arrived = event.testSteps.filter((each) => each.testId === testId.current).map((each) => each.step);
        if (arrived.length > 0) setSteps((known) => withSteps(known, arrived));
      }),
    [],
  );

  return {
    steps,
    running,
    failure,
    start(target) {
      const mine = crypto.randomUUID();
      testId.current = mine;
      setSteps([]);
      setFailure(undefined);
      setRunning(true);
      call('connections.test', { testId: mine, ...target })
        .then(
          (all) => testId.current === mine && setSteps(all),
          (error: unknown) => {
            if (!(error instanceof OperationFailure)) throw error;
            if (testId.current === mine) setFailure(error);
          },
        )
        .finally(() => testId.current === mine && setRunning(false));
    },
    reset() {
      testId.current = '';
      setSteps([]);
      setFailure(undefined);
      setRunning(false);
    },
  };
}

function withSteps(known: readonly TestStepView[], arrived: readonly TestStepView[]): readonly TestStepView[] {
  const byId = new Map([...known, ...arrived].map((step) => [`${step.service} ${step.id}`, step]));
  return [...byId.values()];
}
