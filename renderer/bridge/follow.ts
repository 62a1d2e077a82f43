import { QueryClient } from '@tanstack/react-query';
import type { AppEvent, Topic } from '../../preload/contract/events.ts';
import type { RunView } from '../../preload/contract/views.ts';
import { onEvent } from './call.ts';
import { createGate } from './gate.ts';
import { runsShown } from './hooks.ts';
import { followRecords, recordCount } from './records.ts';
import { gapFor, isOutOfDate, mergeRuns } from './topics.ts';

/** Server state of this window. Main is on the same machine and retries by itself, so nothing is retried or polled here. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        retry: false,
        networkMode: 'always',
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}

/**
 * Keeps the client's answers up to date with main's events, until the returned function is called.
 * @param onRunEnded called once for each run that ends from now on
 */
export function follow(client: QueryClient, onRunEnded: (run: RunView) => void): () => void {
  const runsKey = ['runs.list', runsShown];
  const catchUp = followRecords(client, () => gate.mark(['records']));
  const askAgain = (changed: ReadonlySet<Topic>) => {
    if (changed.has('records')) catchUp();
    void client.invalidateQueries({ predicate: ({ queryKey }) => isOutOfDate(queryKey[0], changed) });
  };
  const gate = createGate<Topic>((topic) => gapFor(topic, recordCount(client)), askAgain, {
    now: () => performance.now(),
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  const openedAt = Date.now();
  const told = new Set<string>();

  const stop = onEvent((event: AppEvent) => {
    if (event.runs.length > 0) {
      client.setQueryData<readonly RunView[]>(
        runsKey,
        // Before the first answer there is nothing to merge into: the answer will know these runs itself.
        (known) => known && mergeRuns(known, event.runs, runsShown.limit),
      );
    }
    for (const run of event.runs) {
      if (run.endedAt === null || run.endedAt < openedAt || told.has(run.id)) continue;
      told.add(run.id);
      onRunEnded(run);
      // How a run ended is worth seeing at once.
      askAgain(new Set(['records', 'history']));
    }
    gate.mark(event.changed);
  });

  return () => {
    stop();
    gate.close();
  };
}
