import type { PlannedStep } from '../domain/plan.ts';
import type { Intent } from '../store/ports.ts';
import type { ApplyContext } from './context.ts';
import { type Ending, failedEnding, writeAudit } from './outcome.ts';

/**
 * Journals that a record's target is about to be changed, together with the audit row, and then changes it. Right before anything is
 * sent that changes the target, `change` waits for the journal to be on the disk: see `Journal.onDisk`.
 * @param action in the words of the audit trail and of History
 * @param change settles what it sent: what it throws is taken for certain not to have changed the target
 * @throws what the store throws: without a journal nothing is changed
 */
export async function journaled(
  context: ApplyContext,
  step: PlannedStep,
  intent: Pick<Intent, 'mode' | 'targetId'>,
  action: string,
  change: () => Promise<Ending>,
): Promise<Ending> {
  const { row, run, store, clock } = context;
  const startedAt = clock.now();
  store.journal.openIntent(
    {
      recordId: row.record.id,
      runId: run.id,
      mode: intent.mode,
      startedAt,
      targetSeen: step.targetSeen,
      targetId: intent.targetId,
      sealed: null,
    },
    writeAudit(run, row, startedAt, action, 'started', step.code),
  );
  try {
    return await change();
  } catch (thrown) {
    return failedEnding(action, context.failureOf(thrown).detail, { journaled: true });
  }
}
