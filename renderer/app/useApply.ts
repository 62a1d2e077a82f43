import { useCallback } from 'react';
import type { RunView } from '../../preload/contract/views.ts';
import type { OperationFailure } from '../bridge/call.ts';
import { useCommand, useRunStarted } from '../bridge/hooks.ts';

interface Apply {
  /** Does what a plan showed: of all its records, or of these. */
  apply(planId: string, ids?: readonly string[]): void;
  readonly applying: boolean;
  /** Set once it has begun. */
  readonly run: RunView | undefined;
  readonly failure: OperationFailure | null;
  reset(): void;
}

/** Applies a plan that was shown; how it goes on is told by the top bar. */
export function useApply(onStarted?: () => void): Apply {
  const { mutate, isPending, data, error, reset } = useCommand('sync.apply');
  const runStarted = useRunStarted();
  const apply = useCallback(
    (planId: string, ids?: readonly string[]) =>
      mutate(
        { planId, ...(ids ? { ids: [...ids] } : {}) },
        {
          onSuccess: () => {
            runStarted();
            onStarted?.();
          },
        },
      ),
    [mutate, runStarted, onStarted],
  );
  return { apply, applying: isPending, run: data, failure: error, reset };
}
