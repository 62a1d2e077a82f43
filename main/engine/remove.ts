import type { SourceRef } from '../clouds/ports.ts';
import { deletionOf } from '../domain/decision.ts';
import { hidesTheEnd, neverSent } from '../domain/failure.ts';
import { isGone, markerIn, type PlanInput, type PlannedStep, planStep } from '../domain/plan.ts';
import { refOf } from './arrival.ts';
import type { ApplyContext } from './context.ts';
import { journaled } from './journaled.ts';
import { lookAtTarget } from './look.ts';
import { conflictEnding, type Ending, unconfirmedEnding } from './outcome.ts';
import { withRetry } from './retry.ts';
import { refsOf } from './several.ts';

/**
 * Removes a target whose source is gone, in a way that can be taken back: the source is asked once more, intent and audit are
 * journaled, the very version that was seen is removed, and a look confirms it.
 */
export async function removeTarget(context: ApplyContext, input: PlanInput, step: PlannedStep): Promise<Ending> {
  // Who was asked has to answer: that fewer are left to remove by now is no answer.
  const isAsked = context.row.conflictSeen === deletionOf(step.targetSeen);
  if (step.code !== 'agreed' && (isAsked || !(await context.mayDelete()))) return stopped(step);
  if (await isBack(context)) return back;
  const { targetId } = step;
  return await journaled(context, step, { mode: 'delete', targetId }, 'delete', async () => {
    const { row, store, target, clock, toTheEnd } = context;
    const ref = refOf(row.record.targetName, targetId);
    await store.journal.onDisk();
    let mayHaveArrived = false;
    try {
      await withRetry(clock, toTheEnd, async (trySignal) => {
        try {
          await target.remove(ref, markerIn(step.targetSeen), trySignal);
        } catch (thrown) {
          const failure = context.failureOf(thrown);
          if (!neverSent(failure) && hidesTheEnd(failure)) mayHaveArrived = true;
          throw thrown;
        }
      });
    } catch (thrown) {
      const failure = context.failureOf(thrown);
      if (mayHaveArrived) return unconfirmedEnding('delete', failure, 'removal');
      if (failure.detail.code !== 'target-changed') throw failure;
      const now = planStep({ ...input, target: await lookAtTarget(context) });
      if (now.action === 'conflict') return { ...conflictEnding(now, true), action: 'delete' };
      throw failure;
    }
    return await confirmed(context);
  });
}

/** Sent and answered: but only what is seen is said. */
async function confirmed(context: ApplyContext): Promise<Ending> {
  try {
    return isGone(await lookAtTarget(context)) ? deletedEnding(context) : notYetGone;
  } catch (thrown) {
    return unconfirmedEnding('delete', context.failureOf(thrown), 'removal');
  }
}

/** What the removal of a target leaves behind: what was in it, so that it can be taken back. */
export function deletedEnding({ row: { ledger }, clock }: Pick<ApplyContext, 'row' | 'clock'>): Ending {
  return {
    outcome: 'deleted',
    action: 'delete',
    code: 'deleted',
    sentence:
      'The source was deleted, so the target was removed. It can be taken back for as long as its service keeps it.',
    fix: 'Recover the source in Azure and press Sync Now to have the target back.',
    ...(ledger ? { ledger: { ...ledger, removedAt: clock.now() } } : {}),
    journaled: true,
  };
}

async function isBack({ row, source, clock, signal }: ApplyContext): Promise<boolean> {
  const describe = (ref: SourceRef) => withRetry(clock, signal, (trySignal) => source.describe(ref, trySignal));
  const items = await Promise.all(refsOf(row.record).map(describe));
  return items.some((item) => item !== undefined);
}

const back: Ending = {
  outcome: 'interrupted',
  action: 'delete',
  code: 'source-back',
  sentence: 'The source is in the vault again, so the target was not removed.',
  fix: 'Nothing to do: the next sync goes on with it. Press Sync Now to do it at once.',
};

const notYetGone: Ending = {
  outcome: 'unconfirmed',
  action: 'delete',
  code: 'write-unconfirmed',
  sentence: 'The removal was accepted, but the target is still there. Whether it is being removed is not known yet.',
  fix: 'Nothing to do: the next run looks again. Press Sync Now to do it at once.',
  journaled: true,
  leaveIntent: true,
};

/** The brake: more deletions than anybody would call usual wait for a person. */
function stopped({ targetSeen, action }: PlannedStep): Ending {
  return {
    outcome: 'blocked',
    action,
    code: 'delete-brake',
    sentence:
      'The source was deleted, but so many targets would be removed within a day that none of them was. The target was kept.',
    fix: 'Look at what was deleted in Azure, then press Allow deletion or Keep target.',
    conflictSeen: deletionOf(targetSeen),
  };
}
