import type { SourceRef, WriteRequest, Written } from '../clouds/ports.ts';
import { Failure, type FailureKind, toFailure } from '../domain/failure.ts';
import type { SourceItem, SourceValue } from '../domain/item.ts';
import type { Payload } from '../domain/payload.ts';
import { markerIn, type PlanInput, type PlannedStep, planStep, type TargetState } from '../domain/plan.ts';
import type { Intent, SealedIntent } from '../store/ports.ts';
import { alreadyWritten, refOf } from './arrival.ts';
import type { ApplyContext } from './context.ts';
import { refreshedLedger, sealedIntent, writtenEnding } from './ledger.ts';
import { chainWarning, conflictByWriting, type Ending, failedEnding, writeAudit } from './outcome.ts';
import { pruned } from './prune.ts';
import { withRetry } from './retry.ts';
import { joined, refsOf } from './several.ts';
import { shaped } from './shape.ts';
import { setTags } from './tags.ts';

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
function mayTouchTarget({ action }: PlannedStep): boolean {
  return action === 'create' || action === 'update' || action === 'tags-only' || action === 'conflict';
}

/** Whether applying this step asks no cloud for anything: it only has to be entered. */
export function isQuiet(step: PlannedStep): boolean {
  return !mayTouchTarget(step);
}

/** The target itself, now, not from an overview. */
export function lookAgain({ row, target, clock, signal }: ApplyContext): Promise<TargetState> {
  const ref = refOf(row.record.targetName, row.ledger?.targetId);
  return withRetry(clock, signal, (trySignal) => target.inspect(ref, trySignal));
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

async function write(
  context: ApplyContext,
  step: PlannedStep,
  mode: 'create' | 'update',
  item: SourceItem,
  wantedTags: Readonly<Record<string, string>>,
): Promise<Ending> {
  const { row, run, store, clock } = context;
  const { record } = row;
  refuseInvalid(context);
  const startedAt = clock.now();
  store.journal.openIntent(
    {
      recordId: record.id,
      runId: run.id,
      mode,
      startedAt,
      targetSeen: step.targetSeen,
      targetId: targetOf(context, step),
      sealed: null,
    },
    writeAudit(run, row, startedAt, mode, 'started', step.code),
  );
  try {
    return await writeJournaled(context, step, mode, item, wantedTags);
  } catch (thrown) {
    // No value was sent: `writeSealed` keeps its own failures.
    return failedEnding(mode, toFailure(thrown).detail, { journaled: true });
  }
}

/** @throws what fails before the value is sent, or where no value has to be */
async function writeJournaled(
  context: ApplyContext,
  step: PlannedStep,
  mode: 'create' | 'update',
  item: SourceItem,
  wantedTags: Readonly<Record<string, string>>,
): Promise<Ending> {
  const { row, store } = context;
  const { record, ledger } = row;
  const { read, payload } = await readShaped(context);
  refuseInvalid(context, payload);
  if (step.code === 'source-changed' && ledger && read.version === ledger.sourceVersion) {
    return await keepValue(context, { ...item, version: read.version }, wantedTags);
  }
  const { target, clock, signal } = context;
  const targetId = targetOf(context, step);
  const draft = sealedIntent(context, step, item, read, payload, wantedTags);
  const marker = target.markerOf(requestOf(context, { mode, targetId, targetSeen: step.targetSeen }, payload, draft));
  const sealed = { ...draft, marker: marker ?? null };
  store.journal.sealIntent(record.id, sealed);
  if (step.code === 'restore') {
    const ref = refOf(record.targetName, targetId);
    await withRetry(clock, signal, async (trySignal) => target.restore?.(ref, trySignal));
  }
  const ending = await writeSealed(context, { mode, targetId, targetSeen: step.targetSeen }, payload, sealed);
  return ending.code === 'synced' ? { ...ending, ...chainWarning(read.payload) } : ending;
}

/** Reads the source's current value and makes of it what the record writes. */
export async function readShaped({ row, source, clock, signal }: ApplyContext): Promise<{
  read: SourceValue;
  payload: Payload;
}> {
  const { shape } = row.record;
  const readOne = (ref: SourceRef) => withRetry(clock, signal, (trySignal) => source.read(ref, trySignal));
  const values = await Promise.all(refsOf(row.record).map(readOne));
  const [only] = values;
  if (only && values.length === 1) return { read: only, payload: await shaped(only.payload, shape) };
  const keys = shape.kind === 'json-object' ? [shape.key, ...(shape.more ?? []).map(({ key }) => key)] : [];
  const read = joined(values, keys);
  return { read, payload: read.payload };
}

function requestOf(
  { row: { record } }: ApplyContext,
  { mode, targetId, targetSeen }: Pick<Intent, 'mode' | 'targetId' | 'targetSeen'>,
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
  wantedTags: Readonly<Record<string, string>>,
): Promise<Ending> {
  const kept: Ending = {
    outcome: 'unchanged',
    action: 'unchanged',
    code: 'unchanged',
    sentence: `The ${item.kind} was touched in Key Vault, but its value is the one already in the target.`,
    journaled: true,
  };
  const ledger = refreshedLedger(context, item) ?? context.row.ledger;
  if (!ledger) return kept;
  const tags = await setTags(context, ledger.targetId, ledger.tagsWritten, wantedTags);
  return { ...kept, ...tags.warning, ledger: { ...ledger, tagsWritten: tags.written } };
}

/** Failures that leave open whether a write was carried out: no answer, none waited for, or one that could not be understood. */
const hidesTheEnd: ReadonlySet<FailureKind> = new Set(['network', 'timeout', 'bug', 'cancelled']);

/** Writes with a key that the journal holds already; recovery repeats it with the same one. */
export async function writeSealed(
  context: ApplyContext,
  intent: Pick<Intent, 'mode' | 'targetId' | 'targetSeen'>,
  payload: Payload,
  sealed: SealedIntent,
): Promise<Ending> {
  const { row, target, clock, toTheEnd, waiting } = context;
  const { mode } = intent;
  const request = requestOf(context, intent, payload, sealed);
  let written: Written;
  let mayHaveArrived = false;
  try {
    written = await withRetry(clock, toTheEnd, async (trySignal) => {
      const arrived =
        mayHaveArrived && !target.capabilities.idempotentWrites
          ? await alreadyWritten(context, request, intent.targetSeen, sealed, trySignal)
          : undefined;
      if (arrived) return arrived;
      try {
        return await target.write(request, trySignal, waiting);
      } catch (thrown) {
        if (hidesTheEnd.has(toFailure(thrown).kind)) mayHaveArrived = true;
        throw thrown;
      }
    });
  } catch (thrown) {
    const failure = toFailure(thrown);
    // Whatever the last try was told: an earlier one may have been carried out.
    if (mayHaveArrived) return unconfirmedEnding(mode, failure);
    return conflictByWriting(mode, failure) ?? failedEnding(mode, failure.detail, { journaled: true });
  }
  const pruning = await pruned(context, refOf(row.record.targetName, written.id), written);
  if (mode === 'create') return writtenEnding(context, mode, sealed, written, pruning);
  // Another target than the one written last (it was made anew by somebody) has none of our tags.
  const tagsBefore = row.ledger?.targetId === written.id ? row.ledger.tagsWritten : {};
  try {
    const tags = await setTags(context, written.id, tagsBefore, sealed.tagsWritten);
    const warning = { ...pruning, ...tags.warning };
    return writtenEnding(context, mode, { ...sealed, tagsWritten: tags.written }, written, warning);
  } catch (thrown) {
    // The value is in the target and the ledger must say so; the tags are what the next run plans again.
    const { ledger: valueWritten } = writtenEnding(context, mode, { ...sealed, tagsWritten: tagsBefore }, written);
    const more = valueWritten ? { ledger: valueWritten, journaled: true } : { journaled: true };
    return failedEnding(mode, toFailure(thrown).detail, more);
  }
}

/** The reply got lost for good: whether the target has the value is not known, so the intent stays open until it is. */
function unconfirmedEnding(action: string, failure: Failure): Ending {
  return {
    outcome: 'unconfirmed',
    action,
    code: 'write-unconfirmed',
    sentence: `The write was sent, but its end is not known: ${failure.detail.sentence} Whether the target has the new value is not known yet.`,
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
      targetSeen: step.targetSeen,
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

function refuseInvalid({ target, row: { record } }: ApplyContext, payload?: Payload): void {
  const [problem] = target.validate(record.targetName, payload, record.options);
  if (!problem) return;
  const { code, sentence, fix } = problem;
  throw new Failure({ kind: 'invalid', code: `target-${code}`, sentence: `${sentence} Nothing was written.`, fix });
}
