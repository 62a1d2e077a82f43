import type { Written } from '../clouds/ports.ts';
import { metadataOf, type SourceItem, type SourceValue } from '../domain/item.ts';
import type { Payload } from '../domain/payload.ts';
import type { PlanInput, PlannedStep } from '../domain/plan.ts';
import type { LedgerEntry } from '../domain/record.ts';
import type { SealedIntent } from '../store/ports.ts';
import type { ApplyContext } from './context.ts';
import { idempotencyKey } from './idempotency.ts';
import type { Ending } from './outcome.ts';
import { contentOf } from './shape.ts';

/** The source's clock and ours may differ by this much and a date is still taken as old. */
const settledAfterMs = 2 * 3_600_000;
/** Key Vault dates have a resolution of one second, so two looks this far apart can't hide a change between them. */
export const dateResolutionMs = 2_000;

/**
 * The ledger with what a look has told beside the value: the source's newer dates where nothing but they moved, and a target that
 * may be looked at, or is there again. Undefined if it already says so.
 */
export function refreshedLedger(
  context: Pick<ApplyContext, 'row' | 'lookedAt'>,
  item: SourceItem,
  target: PlanInput['target'],
): LedgerEntry | undefined {
  const { ledger } = context.row;
  if (!ledger) return undefined;
  const dated = withNewerDates(context, ledger, item);
  if (target.kind !== 'present' || (ledger.looked && ledger.removedAt === null)) return dated;
  return { ...(dated ?? ledger), looked: true, removedAt: null };
}

function withNewerDates(
  { lookedAt }: Pick<ApplyContext, 'lookedAt'>,
  ledger: LedgerEntry,
  item: SourceItem,
): LedgerEntry | undefined {
  if (item.version !== ledger.sourceVersion) return undefined;
  const sourceMetadata = metadataOf(item);
  const sameDate = item.updatedOn === ledger.sourceUpdatedOn;
  const settled = isSettled(item, lookedAt) || (sameDate && lookedAt - ledger.writtenAt >= dateResolutionMs);
  if (sameDate && sourceMetadata === ledger.sourceMetadata && settled === ledger.settled) return undefined;
  return { ...ledger, sourceUpdatedOn: item.updatedOn, sourceMetadata, settled };
}

function isSettled(item: SourceItem, now: number): boolean {
  return now - item.updatedOn >= settledAfterMs;
}

/** What the write of a value just read will leave behind, with its key. @param payload what is written of it */
export function sealedIntent(
  { row, keyring, clock }: Pick<ApplyContext, 'row' | 'keyring' | 'clock'>,
  step: Pick<PlannedStep, 'targetSeen'>,
  item: SourceItem,
  read: SourceValue,
  payload: Payload,
  wantedTags: Readonly<Record<string, string>>,
): Omit<SealedIntent, 'marker'> {
  const { record, ledger } = row;
  const rewrite = ledger?.sourceVersion === read.version ? `${step.targetSeen}\n${clock.now()}` : '';
  return {
    sourceVersion: read.version,
    // The scan's date, even if the read brought a newer one: its tags belong to the scan, so the next scan must look again.
    sourceUpdatedOn: item.updatedOn,
    sourceMetadata: metadataOf(item),
    settled: read.updatedOn === item.updatedOn && isSettled(item, clock.now()),
    idempotencyKey: idempotencyKey(record.id, read.version, rewrite),
    fingerprint: keyring.fingerprint(contentOf(payload)),
    tagsWritten: wantedTags,
  };
}

/**
 * What a write that the target confirmed (or would not confirm) leaves behind.
 * @param looked whether the target could be looked at
 */
export function writtenEnding(
  { row, clock }: Pick<ApplyContext, 'row' | 'clock'>,
  action: string,
  sealed: SealedIntent,
  written: Written,
  looked: boolean,
  warning: Partial<Ending> = {},
): Ending {
  const { idempotencyKey: _spent, marker: _told, ...remembered } = sealed;
  const ledger: LedgerEntry = {
    recordId: row.record.id,
    ...remembered,
    targetId: written.id,
    targetVersion: written.confirmed ? written.version : null,
    writtenAt: clock.now(),
    looked,
    removedAt: null,
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
      targetVersion: written.version,
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
    ...written.warning,
    ...warning,
  };
}
