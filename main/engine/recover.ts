import { Failure } from '../domain/failure.ts';
import { isGone, type TargetState, targetSeen } from '../domain/plan.ts';
import type { Intent, SealedIntent } from '../store/ports.ts';
import { arrivalOf, refOf } from './arrival.ts';
import type { ApplyContext } from './context.ts';
import { writtenEnding } from './ledger.ts';
import { lookAtTarget } from './look.ts';
import { type Ending, failedEnding } from './outcome.ts';
import { readShaped } from './read.ts';
import { deletedEnding } from './remove.ts';
import { withRetry } from './retry.ts';
import { noValue, tagsPerhaps } from './tags.ts';
import { writeSealed } from './write.ts';

/**
 * Finds out how a write ended that was journaled and never entered: the app was killed, or the reply got lost. Asks the
 * target before anything is written again.
 * @returns the ending to enter; one with `leaveIntent` if it could not be found out now
 */
export async function resolveIntent(context: ApplyContext, intent: Intent): Promise<Ending> {
  const { sealed, mode } = intent;
  try {
    if (mode === 'delete') return await resolveRemoval(context, intent);
    if (!sealed) return interrupted(context, intent);
    if (sealed.idempotencyKey === noValue) return interruptedTags(context, intent, sealed);
    return await resolveSealed(context, { ...intent, mode }, sealed);
  } catch (thrown) {
    return failedEnding(mode, context.failureOf(thrown).detail, {
      outcome: 'unconfirmed',
      leaveIntent: true,
      journaled: true,
    });
  }
}

/** A removal that was journaled: the target tells whether it was carried out. If it was not, the next plan decides anew. */
async function resolveRemoval(context: ApplyContext, intent: Intent): Promise<Ending> {
  const state = await lookAtTarget(context);
  if (isGone(state)) return deletedEnding(context);
  if (state.kind === 'unreadable' || targetSeen(state) === intent.targetSeen) return interrupted(context, intent);
  return changedMeanwhile(intent, state);
}

type WriteIntent = Intent & { readonly mode: 'create' | 'update' };

async function resolveSealed(context: ApplyContext, intent: WriteIntent, sealed: SealedIntent): Promise<Ending> {
  const { row, clock, signal } = context;
  const ref = refOf(row.record.targetName, intent.targetId ?? row.ledger?.targetId);
  const arrival = await withRetry(clock, signal, (trySignal) =>
    arrivalOf(context, ref, intent.targetSeen, sealed.marker ?? undefined, sealed, trySignal),
  );
  switch (arrival.kind) {
    case 'not-arrived':
      return interrupted(context, intent);
    case 'unreadable':
      if (isLeftAlone(context)) throw pausedMeanwhile();
      return await repeatBlind(context, intent, sealed);
    case 'arrived': {
      // An update's tags are a call of their own, after the value: the next plan sees whether they are missing.
      const tagsBefore = row.ledger?.targetId === arrival.id ? row.ledger.tagsWritten : {};
      const tagsWritten = intent.mode === 'create' ? sealed.tagsWritten : tagsPerhaps(tagsBefore, sealed.tagsWritten);
      const written = { id: arrival.id, version: arrival.version, confirmed: true };
      return writtenEnding(context, intent.mode, { ...sealed, tagsWritten }, written, true, {
        code: 'recovered',
        sentence:
          'The write had reached the target before the app was stopped. It was found there, so nothing was written again.',
      });
    }
    case 'changed':
      return changedMeanwhile(intent, arrival.state);
  }
}

function changedMeanwhile({ mode }: Intent, state: TargetState): Ending {
  if (state.kind === 'closed')
    return failedEnding(
      mode,
      { kind: 'conflict', code: state.code, sentence: state.why, fix: state.fix },
      { journaled: true },
    );
  return {
    outcome: 'conflict',
    action: mode,
    code: mode === 'delete' ? 'delete-changed' : 'target-changed',
    sentence: `The app was stopped while it ${mode === 'delete' ? 'removed the target' : 'wrote'}, and the target now holds something else again. It was left as it is.`,
    fix:
      mode === 'delete'
        ? 'Press Keep target to leave it as it is, or Unlink to forget the record.'
        : 'Look at the target, then press Overwrite target to replace it with the value from Azure, or Keep target.',
    conflictSeen: targetSeen(state),
    journaled: true,
  };
}

/** A credential that may not look: the same write with the same key changes nothing if it had arrived. */
async function repeatBlind(context: ApplyContext, intent: WriteIntent, sealed: SealedIntent): Promise<Ending> {
  // Where it would change something, the next plan decides: a create is refused by what is there, an update writes again.
  if (!context.target.capabilities.idempotentWrites) return interrupted(context, intent);
  const { read, payload } = await readShaped(context);
  // The source has moved on; the next plan writes the newer version, whatever became of this one.
  if (read.version !== sealed.sourceVersion) return interrupted(context, intent);
  await context.store.journal.onDisk();
  const ending = await writeSealed(context, intent, payload, sealed);
  const made = ending.ledger?.targetId;
  if (intent.mode === 'update' || made === undefined) return ending;
  // A repeated create succeeds if it had arrived, whatever was written over it since; only an update is told what is current.
  return await writeSealed(context, { ...intent, mode: 'update', targetId: made }, payload, sealed);
}

/** Whether a person paused the record since: a start by itself may then look at its target, but not write to it. */
export function isLeftAlone({ run, row }: Pick<ApplyContext, 'run' | 'row'>): boolean {
  return run.trigger === 'recovery' && !row.record.enabled;
}

function pausedMeanwhile(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'write-unconfirmed',
    sentence:
      'The app was stopped while it wrote, and this credential cannot see whether the write arrived. The record is paused, so it was not repeated.',
    fix: 'Resume the record or press Sync Now: the write is then repeated, which makes no second version.',
  });
}

/** No value was under way. Of the tags, those that were to be set may be there or not: the next plan sets and removes. */
function interruptedTags(context: ApplyContext, intent: Intent, sealed: SealedIntent): Ending {
  const { ledger } = context.row;
  const tagsWritten = tagsPerhaps(ledger?.tagsWritten ?? {}, sealed.tagsWritten);
  return { ...interrupted(context, intent), ...(ledger ? { ledger: { ...ledger, tagsWritten } } : {}) };
}

function interrupted(context: ApplyContext, intent: Intent): Ending {
  return {
    outcome: 'interrupted',
    action: intent.mode,
    code: 'interrupted',
    sentence: 'The app was stopped before this reached the target. Its value was not changed.',
    fix: isLeftAlone(context)
      ? 'The record is paused: resume it, or press Sync Now.'
      : 'Nothing to do: it is synced again now.',
    journaled: true,
  };
}
