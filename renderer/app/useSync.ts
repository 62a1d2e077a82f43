import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { RunView } from '../../preload/contract/views.ts';
import { useCommand } from '../bridge/hooks.ts';
import { useMessages } from './messages.tsx';
import { text } from './text.ts';

/** Starts a sync of some records from anywhere in the window; how it goes on is told by the top bar. */
export function useSync() {
  const { mutate, isPending } = useCommand('sync.start');
  const client = useQueryClient();
  const { sayFailure } = useMessages();
  const sync = useCallback(
    (ids: readonly string[], onStarted?: (run: RunView) => void) => {
      mutate(
        { ids: [...ids] },
        {
          onSuccess: (run) => {
            void client.invalidateQueries({ queryKey: ['runs.list'] });
            onStarted?.(run);
          },
          onError: (failure) => sayFailure(text.notStarted, failure),
        },
      );
    },
    [mutate, client, sayFailure],
  );
  return { sync, starting: isPending };
}
