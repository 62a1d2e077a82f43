import { metadataOf } from '../domain/item.ts';
import type { ScannedItem } from '../store/ports.ts';
import { dateResolutionMs } from './ledger.ts';
import { together } from './several.ts';
import type { KnownRecord } from './source-index.ts';

/** A run this soon after a write may have looked before the second was over, even where its attempt began later. */
const soonMs = 30_000;

/** What a scan saw, for telling which records have to follow. */
export interface Seen {
  /** All that is known of the vault's items of one kind, by lower-case name. */
  readonly items: ReadonlyMap<string, ScannedItem>;
  /** Names of the items that this very scan saw change. */
  readonly changed: ReadonlySet<string>;
}

/**
 * Whether a record has to be started because its source changed. One whose last attempt began after the change was seen is
 * left alone, so that one that fails is not tried again by every scan: its schedule does that. What this very scan saw
 * needs no comparison of times, and so no clock that is right.
 * @param again the change was seen while the record could not be started
 * @param now milliseconds since the epoch
 */
export function hasToFollow(record: KnownRecord, seen: Seen, again: boolean, now: number): boolean {
  if (!record.follows) return false;
  const items = record.reads.flatMap((name) => seen.items.get(name.toLowerCase()) ?? []);
  // Made after the vault was listed: the next look knows its source.
  if (items.length < record.reads.length) return false;
  if (!isBehind(record, items)) return mayHideAChange(record, now);
  const changedAt = Math.max(...items.map((item) => item.deletedAt ?? item.changedAt));
  const isFresh = record.lastRunAt === null || changedAt > record.lastRunAt;
  return isFresh || again || record.reads.some((name) => seen.changed.has(name.toLowerCase()));
}

/** Whether the source, as it was seen, is other than what the last sync of this record left behind. */
function isBehind({ ledger, missedSource }: KnownRecord, items: readonly ScannedItem[]): boolean {
  if (items.some(({ deletedAt }) => deletedAt !== null)) return !missedSource && (ledger?.removedAt ?? null) === null;
  const item = together(items.map((one) => one.item));
  if (!item || !ledger || ledger.removedAt !== null || missedSource) return true;
  return item.updatedOn !== ledger.sourceUpdatedOn || metadataOf(item) !== ledger.sourceMetadata;
}

/**
 * Whether the source may have changed a second time in the second in which it was read, which no listing can show: one more
 * look, which asks for the version, settles it.
 */
function mayHideAChange({ ledger, lastRunAt }: KnownRecord, now: number): boolean {
  if (!ledger || ledger.settled) return false;
  // A run that looked late enough has settled it, unless it failed: then it is not tried again by every scan.
  const isUnseen = lastRunAt === null || lastRunAt - ledger.writtenAt < soonMs;
  return isUnseen && now - ledger.writtenAt >= dateResolutionMs;
}
