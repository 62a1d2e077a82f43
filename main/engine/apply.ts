import type { Source, Target, Written } from '../clouds/ports.ts';
import { Failure, isPassing, toFailure } from '../domain/failure.ts';
import { metadataOf, type SourceItem, type SourceValue } from '../domain/item.ts';
import { type PlanInput, type PlannedStep, planStep, type TargetState } from '../domain/plan.ts';
import type { LedgerEntry } from '../domain/record.ts';
import type { Keyring, RecordRow, SealedIntent, Store } from '../store/ports.ts';
import type { Clock } from './deps.ts';
import { idempotencyKey } from './idempotency.ts';
import { conflictByWriting, type Ending, failedEnding, type RunIdentity, writeAudit } from './outcome.ts';
import { withRetry } from './retry.ts';

export interface ApplyContext {
  readonly run: RunIdentity;
  readonly row: RecordRow;
  readonly source: Source;
  readonly target: Target;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A write that has begun is not torn off by Cancel: it ends, or its own deadlines end it. */
const never = new AbortController().signal;

/** The source's clock and ours may differ by this much and a date is still taken as old. */
const settledAfterMs = 2 * 3_600_000;
/** Key Vault dates have a resolution of one second, so two looks this far apart can't hide a change between them. */
const dateResolutionMs = 2_000;

/**
 * Brings one record's target to what its source holds, in numbered steps that survive a kill between any two:
 * 1 look at the target again, 2 journal intent and audit, 3 read the value, 4 seal the intent with the write's key,
 * 5 write, 6 confirm. The caller enters the ending (ledger, history, audit, intent) in one transaction.
 * @throws nothing that a person should see: failures become endings
 */
export async function applyStep(context: ApplyContext, input: PlanInput): Promise<Ending> {
  const planned = planStep(input);
  try {
    const step = mayTouchTarget(planned) ? planStep({ ...input, target: await lookAgain(context) }) : planned;
    if (input.source.kind !== 'found') return endWithoutWriting(context, step, undefined);
    const { item } = input.source;
    switch (step.action) {
      case 'unchanged':
      case 'conflict':
      case 'blocked':
        return endWithoutWriting(context, step, item);
      case 'tags-only':
        return await retag(context, step, item, input.wantedTags);
      case 'create':
      case 'update':
        return await write(context, step, step.action, item, input.wantedTags);
    }
  } catch (thrown) {
    return failedEnding(planned.action, toFailure(thrown).detail);
  }
}

/** An overview may lag by minutes: a conflict or a write is only believed after a look at the target itself. */
function mayTouchTarget(step: PlannedStep): boolean {
  return (
    step.action === 'create' || step.action === 'update' || (step.action === 'conflict' && step.failure === undefined)
  );
}

/** The target itself, now, not from an overview. */
export function lookAgain({ row, target, clock, signal }: ApplyContext): Promise<TargetState> {
  return withRetry(clock, signal, (trySignal) => target.inspect(row.record.targetName, trySignal));
}

function endWithoutWriting(context: ApplyContext, step: PlannedStep, item: SourceItem | undefined): Ending {
  const { action, code, sentence, fix } = step;
  if (action === 'conflict') return { outcome: 'conflict', action, code, sentence, fix, conflictSeen: step.targetSeen };
  if (action === 'blocked') {
    return step.failure ? failedEnding(action, step.failure) : { outcome: 'blocked', action, code, sentence, fix };
  }
  const ledger = item && refreshedLedger(context, item);
  return { outcome: 'unchanged', action, code, sentence, fix, ...(ledger ? { ledger } : {}) };
}

/** The ledger with the source's newer dates where nothing but they moved; undefined if it already says so. */
function refreshedLedger({ row: { ledger }, clock }: ApplyContext, item: SourceItem): LedgerEntry | undefined {
  if (!ledger || item.version !== ledger.sourceVersion) return undefined;
  const sourceMetadata = metadataOf(item);
  const sameDate = item.updatedOn === ledger.sourceUpdatedOn;
  const settled = isSettled(item, clock.now()) || (sameDate && clock.now() - ledger.writtenAt >= dateResolutionMs);
  if (sameDate && sourceMetadata === ledger.sourceMetadata && settled === ledger.settled) return undefined;
  return { ...ledger, sourceUpdatedOn: item.updatedOn, sourceMetadata, settled };
}

function isSettled(item: SourceItem, now: number): boolean {
  return now - item.updatedOn >= settledAfterMs;
}

async function write(
  context: ApplyContext,
  step: PlannedStep,
  mode: 'create' | 'update',
  item: SourceItem,
  wantedTags: Readonly<Record<string, string>>,
): Promise<Ending> {
  const { row, run, source, target, store, clock, signal } = context;
  const { record, ledger } = row;
  refuseInvalid(target, record.targetName);
  const startedAt = clock.now();
  store.journal.openIntent(
    {
      recordId: record.id,
      runId: run.id,
      mode,
      startedAt,
      targetSeen: step.targetSeen,
      targetId: ledger?.targetId ?? null,
      sealed: null,
    },
    writeAudit(run, row, startedAt, mode, 'started', step.code),
  );
  let read: SourceValue;
  try {
    read = await withRetry(clock, signal, (trySignal) => source.read(record.sourceVault, record.sourceName, trySignal));
    refuseInvalid(target, record.targetName, Buffer.byteLength(read.value, 'utf8'));
  } catch (thrown) {
    return failedEnding(mode, toFailure(thrown).detail, { journaled: true });
  }
  if (step.code === 'source-changed' && ledger && read.version === ledger.sourceVersion) {
    return await keepValue(context, { ...item, version: read.version }, wantedTags);
  }
  const sealed = sealedIntent(context, step, item, read, wantedTags);
  store.journal.sealIntent(record.id, sealed);
  return await writeSealed(context, mode, read.value, sealed, wantedTags);
}

/** The dates had moved but the version had not: the target holds this value already, so only tags may need a write. */
async function keepValue(
  context: ApplyContext,
  item: SourceItem,
  wantedTags: Readonly<Record<string, string>>,
): Promise<Ending> {
  const kept: Ending = {
    outcome: 'unchanged',
    action: 'unchanged',
    code: 'unchanged',
    sentence: 'The secret was touched in Key Vault, but its value is the one already in the target.',
    journaled: true,
  };
  const ledger = refreshedLedger(context, item) ?? context.row.ledger;
  if (!ledger) return kept;
  const tags = await setTags(context, ledger.targetId, ledger.tagsWritten, wantedTags);
  return { ...kept, ...tags.warning, ledger: { ...ledger, tagsWritten: tags.written } };
}

function sealedIntent(
  { row, keyring, clock }: ApplyContext,
  step: PlannedStep,
  item: SourceItem,
  read: SourceValue,
  wantedTags: Readonly<Record<string, string>>,
): SealedIntent {
  const { record, ledger } = row;
  const rewrite = ledger?.sourceVersion === read.version ? `${step.targetSeen}\n${clock.now()}` : '';
  return {
    sourceVersion: read.version,
    // The scan's date, even if the read brought a newer one: its tags belong to the scan, so the next scan must look again.
    sourceUpdatedOn: item.updatedOn,
    sourceMetadata: metadataOf(item),
    settled: read.updatedOn === item.updatedOn && isSettled(item, clock.now()),
    idempotencyKey: idempotencyKey(record.id, read.version, rewrite),
    fingerprint: keyring.fingerprint(read.value),
    tagsWritten: wantedTags,
  };
}

/** Writes with a key that the journal holds already; recovery repeats it with the same one. */
export async function writeSealed(
  context: ApplyContext,
  mode: 'create' | 'update',
  value: string,
  sealed: SealedIntent,
  wantedTags: Readonly<Record<string, string>>,
): Promise<Ending> {
  const { row, target, clock } = context;
  const { record, ledger } = row;
  const request = {
    mode,
    name: record.targetName,
    ...(mode === 'update' && ledger ? { id: ledger.targetId } : {}),
    value,
    tags: wantedTags,
    idempotencyKey: sealed.idempotencyKey,
  };
  let written: Written;
  try {
    written = await withRetry(clock, never, (trySignal) => target.write(request, trySignal));
  } catch (thrown) {
    const failure = toFailure(thrown);
    const conflict = conflictByWriting(mode, failure);
    if (conflict) return conflict;
    if (isPassing(failure)) return unconfirmedEnding(mode, failure);
    return failedEnding(mode, failure.detail, { journaled: true });
  }
  if (mode === 'create') return writtenEnding(context, mode, sealed, written);
  const tagsBefore = ledger?.tagsWritten ?? {};
  try {
    const tags = await setTags(context, written.id, tagsBefore, wantedTags);
    return writtenEnding(context, mode, { ...sealed, tagsWritten: tags.written }, written, tags.warning);
  } catch (thrown) {
    // The value is in the target and the ledger must say so; the tags are what the next run plans again.
    const { ledger: valueWritten } = writtenEnding(context, mode, { ...sealed, tagsWritten: tagsBefore }, written);
    const more = valueWritten ? { ledger: valueWritten, journaled: true } : { journaled: true };
    return failedEnding(mode, toFailure(thrown).detail, more);
  }
}

/** What a write that the target confirmed (or would not confirm) leaves behind. */
export function writtenEnding(
  { row, clock }: Pick<ApplyContext, 'row' | 'clock'>,
  action: string,
  sealed: SealedIntent,
  written: Written,
  warning: Partial<Ending> = {},
): Ending {
  const { idempotencyKey: _spent, ...remembered } = sealed;
  const ledger: LedgerEntry = {
    recordId: row.record.id,
    ...remembered,
    targetId: written.id,
    targetVersion: written.version,
    writtenAt: clock.now(),
  };
  if (!written.confirmed) {
    return {
      outcome: 'unconfirmed',
      action,
      code: 'not-current',
      sentence:
        'The value was written, but the target did not name it as its current version: something else may have written at the same time.',
      fix: 'Press Sync Now to look again.',
      ledger,
      journaled: true,
    };
  }
  return {
    outcome: 'synced',
    action,
    code: 'synced',
    sentence: 'The target is up to date.',
    ledger,
    journaled: true,
    ...warning,
  };
}

/** The reply got lost for good: whether the target has the value is not known, so the intent stays open until it is. */
function unconfirmedEnding(action: string, failure: Failure): Ending {
  return {
    outcome: 'unconfirmed',
    action,
    code: 'write-unconfirmed',
    sentence: `The write was sent, but no answer came back: ${failure.detail.sentence} Whether the target has the new value is not known yet.`,
    fix: 'Nothing to do: the next run looks at the target first and finishes what is missing. Press Sync Now to do it at once.',
    journaled: true,
    leaveIntent: true,
  };
}

async function retag(
  context: ApplyContext,
  step: PlannedStep,
  item: SourceItem,
  wantedTags: Readonly<Record<string, string>>,
): Promise<Ending> {
  const { row, run, store, clock } = context;
  const { record, ledger } = row;
  if (!ledger) throw new Error('tags-only was planned without a ledger');
  const startedAt = clock.now();
  store.journal.openIntent(
    {
      recordId: record.id,
      runId: run.id,
      mode: 'update',
      startedAt,
      targetSeen: `version:${ledger.targetVersion}`,
      targetId: ledger.targetId,
      sealed: null,
    },
    writeAudit(run, row, startedAt, 'tags-only', 'started', step.code),
  );
  try {
    const tags = await setTags(context, ledger.targetId, ledger.tagsWritten, wantedTags, step.code === 'mark-removed');
    const refreshed = refreshedLedger(context, item) ?? ledger;
    return {
      outcome: 'synced',
      action: 'tags-only',
      code: 'synced',
      sentence: 'The target is up to date. Only its tags had to change.',
      ledger: { ...refreshed, tagsWritten: tags.written },
      journaled: true,
      ...tags.warning,
    };
  } catch (thrown) {
    return failedEnding('tags-only', toFailure(thrown).detail, { journaled: true });
  }
}

/**
 * Sets the wanted tags and removes those of ours that are no longer wanted. A credential that may not remove leaves them, with
 * a warning instead of a failure: the documented four-action policy has no UntagResource.
 * @param putBack set all wanted tags even if `before` has them: somebody removed them from the target
 */
async function setTags(
  { row, target, clock }: ApplyContext,
  id: string,
  before: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
  putBack = false,
): Promise<{ written: Readonly<Record<string, string>>; warning: Partial<Ending> }> {
  const place = { name: row.record.targetName, id };
  const stale = Object.keys(before).filter((key) => !(key in wanted));
  const missing = Object.entries(wanted).some(([key, value]) => before[key] !== value);
  if (missing || putBack)
    await withRetry(clock, never, (signal) => target.tag(place, { set: wanted, remove: [] }, signal));
  if (stale.length === 0) return { written: wanted, warning: {} };
  try {
    await withRetry(clock, never, (signal) => target.tag(place, { set: {}, remove: stale }, signal));
    return { written: wanted, warning: {} };
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.kind !== 'denied') throw failure;
    return {
      written: wanted,
      warning: {
        code: 'stale-tags-left',
        sentence: `The target is up to date, but tags that are gone from the source are still on it: ${stale.join(', ')}.`,
        fix: `${failure.detail.fix} Or remove the tags by hand; they are not tried again.`,
      },
    };
  }
}

function refuseInvalid(target: Target, name: string, valueBytes?: number): void {
  const [problem] = target.validate(name, valueBytes);
  if (!problem) return;
  throw new Failure({
    kind: 'invalid',
    code: `target-${problem.code}`,
    sentence: problem.sentence,
    fix:
      problem.code === 'name'
        ? 'Delete this record and add it again with another target name.'
        : 'Change the secret in Azure, or delete this record.',
  });
}
