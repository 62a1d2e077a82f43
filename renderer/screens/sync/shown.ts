import type { RecordView } from '../../../preload/contract/views.ts';

export const statusFilters = ['all', 'synced', 'pending', 'syncing', 'failed', 'unknown', 'paused'] as const;
export type StatusFilter = (typeof statusFilters)[number];

/** The text a record is found by. Kept per record, since every key typed searches all of them. */
const haystacks = new WeakMap<RecordView, string>();

function haystack(record: RecordView): string {
  const known = haystacks.get(record);
  if (known !== undefined) return known;
  const made = [
    record.sourceName,
    record.sourceVault,
    record.sourceConnection,
    record.targetName,
    record.targetRegion,
    record.targetConnection,
    record.sentence,
  ]
    .join('\n')
    .toLowerCase();
  haystacks.set(record, made);
  return made;
}

function passes(record: RecordView, filter: StatusFilter): boolean {
  if (filter === 'all') return true;
  return filter === 'paused' ? !record.enabled : record.status === filter;
}

export interface Shown {
  /** Records that match the search and the filter, in their given order. */
  readonly records: readonly RecordView[];
  /** How many records that match the search each filter would show. */
  readonly counts: Readonly<Record<StatusFilter, number>>;
}

/** What to show of all records. Every word of the search must be found somewhere in a record. */
export function shownRecords(all: readonly RecordView[], search: string, filter: StatusFilter): Shown {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found =
    words.length === 0 ? all : all.filter((record) => words.every((word) => haystack(record).includes(word)));
  const counts = { all: found.length, synced: 0, pending: 0, syncing: 0, failed: 0, unknown: 0, paused: 0 };
  for (const record of found) {
    counts[record.status] += 1;
    if (!record.enabled) counts.paused += 1;
  }
  return { records: filter === 'all' ? found : found.filter((record) => passes(record, filter)), counts };
}
