import type { RecordView, Resolution } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { OperationFailure } from '../../bridge/call.ts';
import { useCommand, useRunStarted } from '../../bridge/hooks.ts';
import { plural } from '../../components/format.ts';
import { text } from './text.ts';

/** As many as main takes at once. */
const most = 10_000;

interface Resolve {
  readonly resolving: boolean;
  readonly failure: OperationFailure | null;
  reset(): void;
  /** @param onDone called even where what asked is no longer shown: the decided records leave it */
  resolve(records: readonly RecordView[], choice: Resolution, onDone: () => void): void;
}

/** Decides about records that wait, for exactly the target state that they show. */
export function useResolve(): Resolve {
  const { mutateAsync, isPending, error, reset } = useCommand('records.resolve');
  const { say } = useMessages();
  const runStarted = useRunStarted();
  return {
    resolving: isPending,
    failure: error,
    reset,
    resolve(records, choice, onDone) {
      const items = records
        .flatMap(({ id, conflictSeen }) => (conflictSeen === null ? [] : [{ id, seen: conflictSeen }]))
        .slice(0, most);
      mutateAsync({ items, choice }).then(
        ({ run }) => {
          if (run) runStarted();
          say('good', `${text.choices[choice][0]}: ${plural(items.length, 'record')}`, text.decided[choice]);
          onDone();
        },
        (failure: unknown) => {
          // Shown by whoever asked, as `failure`.
          if (!(failure instanceof OperationFailure)) throw failure;
        },
      );
    },
  };
}
