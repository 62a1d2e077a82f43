import { useState } from 'react';
import type { Output } from '../../../preload/contract/operations.ts';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { call, OperationFailure } from '../../bridge/call.ts';
import { useCommand, useRunStarted } from '../../bridge/hooks.ts';
import { plural } from '../../components/format.ts';
import type { NewRecord } from './draft.ts';
import { text } from './text.ts';

type Planned = Output<'records.preview'>;

interface Create {
  /**
   * Creates the records.
   * @param shown their first plan, to be applied at once; undefined to apply none
   */
  create(records: readonly NewRecord[], shown: Planned | undefined): void;
  readonly creating: boolean;
  readonly failure: OperationFailure | null;
  /** Created, but not synced: by now something else would be done than was shown. */
  readonly changed: readonly RecordView[] | undefined;
  reset(): void;
}

/**
 * Creates records, and applies their first plan if it is still the one that was shown.
 * @param onDone called when nothing is left to ask
 * @param onRefused called when they were not created
 */
export function useCreate(onDone: () => void, onRefused: () => void): Create {
  const { mutate, isPending, error, reset } = useCommand('records.create');
  const [applying, setApplying] = useState(false);
  const [changed, setChanged] = useState<readonly RecordView[]>();
  const { say, sayFailure } = useMessages();
  const runStarted = useRunStarted();

  const applyShown = async (records: readonly RecordView[], shown: Planned): Promise<void> => {
    setApplying(true);
    try {
      const plan = await call('sync.plan', { ids: records.map(({ id }) => id) });
      if (!isAsShown(records, plan.steps, shown)) return setChanged(records);
      await call('sync.apply', { planId: plan.planId });
      runStarted();
      say('good', `${plural(records.length, 'record')} created`, text.createdStarted);
    } catch (failure) {
      if (!(failure instanceof OperationFailure)) throw failure;
      sayFailure(text.notStarted, failure);
    } finally {
      setApplying(false);
    }
    onDone();
  };

  return {
    create(records, shown) {
      mutate(
        { records: [...records] },
        {
          onSuccess: (created) => {
            if (shown) return void applyShown(created, shown);
            say('good', `${plural(created.length, 'record')} created`, text.created);
            onDone();
          },
          onError: onRefused,
        },
      );
    },
    creating: isPending || applying,
    failure: error,
    changed,
    reset,
  };
}

/** Whether the plan of the created records is, one by one, what was shown before they existed. */
export function isAsShown(
  created: readonly Pick<RecordView, 'id'>[],
  steps: Output<'sync.plan'>['steps'],
  shown: Planned,
): boolean {
  const byId = new Map(steps.map((step) => [step.recordId, step]));
  return (
    created.length === shown.length &&
    created.every(({ id }, index) => {
      const now = byId.get(id);
      const before = shown[index];
      return now !== undefined && now.action === before?.action && now.code === before.code;
    })
  );
}
