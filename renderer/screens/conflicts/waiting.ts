import type { RecordView, Resolution } from '../../../preload/contract/views.ts';
import { exactly } from '../../components/format.ts';
import { text } from './text.ts';

/** Records about which a person can decide now. */
export function waitingOf(records: readonly RecordView[]): readonly RecordView[] {
  return records.filter(({ choices }) => choices.length > 0);
}

/** Whether it is a deletion that the brake stopped. */
export function isDeletion({ choices }: Pick<RecordView, 'choices'>): boolean {
  return choices.includes('delete');
}

export function reasonOf({ code }: Pick<RecordView, 'code'>): string {
  return text.reasons[code] ?? text.otherReason;
}

/** How many records wait for each reason, in words, the commonest first. */
export function countReasons(records: readonly RecordView[]): readonly (readonly [reason: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const record of records) counts.set(reasonOf(record), (counts.get(reasonOf(record)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

const order: readonly Resolution[] = ['overwrite', 'delete', 'keep', 'adopt', 'unlink'];

/** The decisions that can be made about every one of these records. */
export function sharedChoices(records: readonly Pick<RecordView, 'choices'>[]): Resolution[] {
  if (records.length === 0) return [];
  return order.filter((choice) => records.every(({ choices }) => choices.includes(choice)));
}

/** A target's state as main tells it in `conflictSeen`, in words. */
export function seenWords(conflictSeen: string): string {
  const seen = conflictSeen.replace(/^delete:/, '');
  const { seen: words } = text;
  const deleted = /^deleted-at:(\d+):/.exec(seen)?.[1];
  if (deleted !== undefined) return `${words.deleted} ${exactly(Number(deleted))}`;
  if (seen === 'version:none') return words.noVersion;
  if (seen.startsWith('version:')) return `${words.version} ${seen.slice('version:'.length)}`;
  if (seen === 'absent' || seen === 'unreadable-absent') return words.absent;
  if (seen.startsWith('closed:')) return words.closed;
  return words.unreadable;
}

/** What this app last wrote to the target, in words. */
export function writtenWords({ writtenAt, targetVersion }: Pick<RecordView, 'writtenAt' | 'targetVersion'>): string {
  if (writtenAt === null) return text.neverWritten;
  const version = targetVersion === null ? '' : `, ${text.seen.version} ${targetVersion}`;
  return `${text.written} ${exactly(writtenAt)}${version}`;
}
