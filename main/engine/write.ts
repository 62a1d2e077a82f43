import type { WriteRequest, Written } from '../clouds/ports.ts';
import { Failure, hidesTheEnd, neverSent } from '../domain/failure.ts';
import type { SourceItem } from '../domain/item.ts';
import type { Payload } from '../domain/payload.ts';
import { markerIn, type PlanInput, type PlannedStep, planStep } from '../domain/plan.ts';
import type { LedgerEntry } from '../domain/record.ts';
import type { Intent, SealedIntent } from '../store/ports.ts';
import { alreadyWritten, refOf } from './arrival.ts';
import type { ApplyContext } from './context.ts';
import { journaled } from './journaled.ts';
import { refreshedLedger, sealedIntent, writtenEnding } from './ledger.ts';
import { lookAtTarget } from './look.ts';
import {
  chainWarning,
  conflictByWriting,
  conflictEnding,
  type Ending,
  failedEnding,
  unconfirmedEnding,
} from './outcome.ts';
import { pruned } from './prune.ts';
import { readShaped } from './read.ts';
import { withRetry } from './retry.ts';
import { setTags, settleTags, tagsPerhaps } from './tags.ts';

type Mode = WriteRequest['mode'];
type Replaced = Pick<Intent, 'targetId' | 'targetSeen'> & { readonly mode: Mode };

/** Creates or updates the target with what the source holds now, even if that is newer than what was scanned. */
export async function write(
  context: ApplyContext,
  input: PlanInput,
  step: PlannedStep,
  mode: Mode,
  item: SourceItem,
): Promise<Ending> {
  refuseInvalid(context);
  const targetId = targetOf(context, step);
  const ending = await journaled(context, step, { mode, targetId }, mode, () =>
    writeJournaled(context, { mode, targetId, targetSeen: step.targetSeen }, input, step, item),
  );
  const isMadeMeanwhile = ending.code === 'target-exists' && step.targetSeen === 'absent';
  return isMadeMeanwhile ? await seenAfterRefusal(context, input, ending) : ending;
}

/** A create was refused, because somebody made a target since the scan: what it is decides how it is called. */
async function seenAfterRefusal(context: ApplyContext, input: PlanInput, refused: Ending): Promise<Ending> {
  try {
    const now = planStep({ ...input, target: await lookAtTarget(context) });
    if (now.action === 'conflict') return { ...conflictEnding(now, true), action: refused.action };
  } catch (thrown) {
    return failedEnding(refused.action, context.failureOf(thrown).detail, { journaled: true });
  }
  return {
    outcome: 'interrupted',
    action: refused.action,
    code: 'target-exists',
    sentence: 'The target was made by somebody else after this sync had looked. It was left as it was.',
    fix: 'Nothing to do: the next sync looks again. Press Sync Now to do it at once.',
    journaled: true,
  };
}

/** @throws what fails before the value is sent, or where no value has to be */
async function writeJournaled(
  context: ApplyContext,
  replaced: Replaced,
  input: PlanInput,
  step: PlannedStep,
  item: SourceItem,
): Promise<Ending> {
  const { row, store, target } = context;
  const { record, ledger } = row;
  const { read, payload } = await readShaped(context);
  refuseInvalid(context, payload);
  if (ledger && read.version === ledger.sourceVersion) {
    const now = { ...item, version: read.version };
    if (step.code === 'source-changed') return await keepValue(context, now, ledger, input);
    // What comes back is what would be written.
    if (step.code === 'restore' && ledger.targetVersion !== null && markerIn(step.targetSeen) === ledger.targetVersion)
      return await restoreValue(context, now, ledger, input);
  }
  const draft = sealedIntent(context, step, item, read, payload, input.wantedTags);
  const sealed = { ...draft, marker: target.markerOf(requestOf(context, replaced, payload, draft)) ?? null };
  store.journal.sealIntent(record.id, sealed);
  await store.journal.onDisk();
  if (step.code === 'restore') await takeBackDeletion(context, replaced.targetId);
  const ending = await writeSealed(context, replaced, payload, sealed);
  return ending.code === 'synced' ? { ...ending, ...chainWarning(read.payload) } : ending;
}

/** What a target is asked to write. */
export function requestOf(
  { row: { record } }: Pick<ApplyContext, 'row'>,
  { mode, targetId, targetSeen }: Replaced,
  payload: Payload,
  { idempotencyKey, tagsWritten }: Pick<SealedIntent, 'idempotencyKey' | 'tagsWritten'>,
): WriteRequest {
  return {
    mode,
    ...refOf(record.targetName, mode === 'update' ? targetId : null),
    payload,
    tags: tagsWritten,
    options: record.options,
    replaces: markerIn(targetSeen),
    idempotencyKey,
  };
}

/**
 * Which target an update means, by its own identity: the one just seen; where it may not be looked at, the one written last,
 * unless a person agreed to replace whatever goes by the name now. Null leaves it to the name.
 */
function targetOf({ row: { ledger } }: ApplyContext, step: PlannedStep): string | null {
  return step.targetId ?? (step.code === 'agreed' ? null : (ledger?.targetId ?? null));
}

/** The dates had moved but the version had not: the target holds this value already, so only tags may need a write. */
async function keepValue(
  context: ApplyContext,
  item: SourceItem,
  ledger: LedgerEntry,
  { target, wantedTags }: PlanInput,
): Promise<Ending> {
  return await settleTags(context, refreshedLedger(context, item, target) ?? ledger, wantedTags, (tagged, warning) => ({
    outcome: 'unchanged',
    action: 'unchanged',
    code: 'unchanged',
    sentence: `The ${item.kind} was touched in Key Vault, but its value is the one already in the target.`,
    journaled: true,
    ...warning,
    ledger: tagged,
  }));
}

/** Takes back the deletion of a target that holds the source's value. */
async function restoreValue(
  context: ApplyContext,
  item: SourceItem,
  ledger: LedgerEntry,
  { wantedTags }: PlanInput,
): Promise<Ending> {
  await context.store.journal.onDisk();
  await takeBackDeletion(context, ledger.targetId);
  const state = await lookAtTarget(context);
  if (state.kind !== 'present' || state.version !== ledger.targetVersion) {
    return {
      outcome: 'unconfirmed',
      action: 'restore',
      code: 'restore-unconfirmed',
      sentence: 'The deletion of the target was taken back, but the target does not show its old value yet.',
      fix: 'Nothing to do: the next sync looks again. Press Sync Now to do it at once.',
      journaled: true,
    };
  }
  return await settleTags(context, refreshedLedger(context, item, state) ?? ledger, wantedTags, (tagged, warning) => ({
    outcome: 'synced',
    action: 'restore',
    code: 'restored',
    sentence: 'The deletion of the target was taken back. It holds the value from Azure, so nothing was written.',
    journaled: true,
    ...warning,
    ledger: tagged,
  }));
}

async function takeBackDeletion({ row, target, clock, toTheEnd }: ApplyContext, id: string | null): Promise<void> {
  const ref = refOf(row.record.targetName, id);
  await withRetry(clock, toTheEnd, async (trySignal) => target.restore?.(ref, trySignal));
}

/** Writes with a key that the journal holds already; recovery repeats it with the same one. */
export async function writeSealed(
  context: ApplyContext,
  replaced: Replaced,
  payload: Payload,
  sealed: SealedIntent,
): Promise<Ending> {
  const { row, target, clock, toTheEnd, waiting } = context;
  const { mode, targetSeen } = replaced;
  const looked = targetSeen !== 'unreadable';
  const request = requestOf(context, replaced, payload, sealed);
  let written: Written;
  let mayHaveArrived = false;
  try {
    written = await withRetry(clock, toTheEnd, async (trySignal) => {
      const arrived =
        mayHaveArrived && !target.capabilities.idempotentWrites
          ? await alreadyWritten(context, request, targetSeen, sealed, trySignal)
          : undefined;
      if (arrived) return arrived;
      try {
        return await target.write(request, trySignal, waiting);
      } catch (thrown) {
        const failure = context.failureOf(thrown);
        if (!neverSent(failure) && hidesTheEnd(failure)) mayHaveArrived = true;
        throw thrown;
      }
    });
  } catch (thrown) {
    const failure = context.failureOf(thrown);
    // Whatever the last try was told: an earlier one may have been carried out.
    if (mayHaveArrived) return unconfirmedEnding(mode, failure);
    return conflictByWriting(mode, failure) ?? failedEnding(mode, failure.detail, { journaled: true });
  }
  const pruning = await pruned(context, refOf(row.record.targetName, written.id), written);
  if (mode === 'create') return writtenEnding(context, mode, sealed, written, looked, pruning);
  // Another target than the one written last (it was made anew by somebody) has none of our tags.
  const tagsBefore = row.ledger?.targetId === written.id ? row.ledger.tagsWritten : {};
  try {
    const tags = await setTags(context, written.id, tagsBefore, sealed.tagsWritten);
    const warning = { ...pruning, ...tags.warning };
    return writtenEnding(context, mode, { ...sealed, tagsWritten: tags.written }, written, looked, warning);
  } catch (thrown) {
    // The value is in the target and the ledger must say so; the tags are what the next run plans again.
    const failure = context.failureOf(thrown);
    const tagsWritten = hidesTheEnd(failure) ? tagsPerhaps(tagsBefore, sealed.tagsWritten) : tagsBefore;
    const { ledger } = writtenEnding(context, mode, { ...sealed, tagsWritten }, written, looked);
    return failedEnding(mode, failure.detail, { journaled: true, ...(ledger ? { ledger } : {}) });
  }
}

function refuseInvalid({ target, row: { record } }: ApplyContext, payload?: Payload): void {
  const [problem] = target.validate(record.targetName, payload, record.options);
  if (!problem) return;
  const { code, sentence, fix } = problem;
  throw new Failure({ kind: 'invalid', code: `target-${code}`, sentence: `${sentence} Nothing was written.`, fix });
}
