import { useDebouncedValue } from '@mantine/hooks';
import { useMemo } from 'react';
import type { Output } from '../../../preload/contract/operations.ts';
import type { OperationFailure } from '../../bridge/call.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { type Draft, pickedNames, templateOf } from './draft.ts';

/** Long enough not to ask at every key, short enough to seem immediate; milliseconds. */
const pause = 250;

export interface Names {
  /** The last answer, also while a newer one is on its way. */
  readonly answer: Output<'naming.preview'> | undefined;
  /** Whether `answer` is about the draft as it is now. */
  readonly current: boolean;
  readonly failure: OperationFailure | null;
  retry(): void;
}

/** The target names that the draft's rule gives, checked against the service's rules and the records there are. */
export function useNames(draft: Draft, defaultPrefix: string, asked: boolean): Names {
  const { connectionId, vault, picks, targetConnectionId, region, rule, custom } = draft;
  const template = templateOf({ rule, custom }, defaultPrefix);
  const wanted = useMemo(() => {
    const names = pickedNames({ connectionId, vault, picks });
    return {
      input: {
        targetConnectionId,
        targetService: 'secretsmanager' as const,
        targetRegion: region,
        template,
        items: names.map((name) => ({ vault, name })),
      },
      key: JSON.stringify([targetConnectionId, region, template, vault, names]),
    };
  }, [connectionId, vault, picks, targetConnectionId, region, template]);
  const [settled] = useDebouncedValue(wanted, pause);
  const complete = targetConnectionId !== '' && region !== '' && wanted.input.items.length > 0;
  const query = useOperation('naming.preview', settled.input, {
    key: settled.key,
    enabled: asked && complete && settled.input.targetConnectionId !== '' && settled.input.targetRegion !== '',
    keepPrevious: true,
  });
  return {
    answer: query.data,
    current: settled.key === wanted.key && query.isSuccess && !query.isPlaceholderData && !query.isFetching,
    failure: query.error,
    retry: () => void query.refetch(),
  };
}
