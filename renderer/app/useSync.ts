import { useCallback } from 'react';
import type { RunView } from '../../preload/contract/views.ts';
import { useCommand, useRunStarted } from '../bridge/hooks.ts';
import { useMessages } from './messages.tsx';
import { text } from './text.ts';

/** Starts a sync of some records from anywhere in the window; how it goes on is told by the top bar. */
export function useSync() {
  const { mutate, isPending } = useCommand('sync.start');
  const runStarted = useRunStarted();
  const { sayFailure } = useMessages();
  const sync = useCallback(
    (ids: readonly string[], onStarted?: (run: RunView) => void) => {
      mutate(
        { ids: [...ids] },
        {
          onSuccess: (run) => {
            runStarted();
            onStarted?.(run);
          },
          onError: (failure) => sayFailure(text.notStarted, failure),
        },
      );
    },
    [mutate, runStarted, sayFailure],
  );
  return { sync, starting: isPending };
}
