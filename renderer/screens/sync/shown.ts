import type { RecordView } from '../../../preload/contract/views.ts';
import { bundleOf, kindLooks, serviceIds, services } from '../../components/services.ts';

export const statusFilters = ['all', 'synced', 'pending', 'syncing', 'failed', 'unknown', 'waiting', 'paused'] as const;
type StatusFilter = (typeof statusFilters)[number];
export const kindFilters = ['all', 'secret', 'certificate'] as const;
type KindFilter = (typeof kindFilters)[number];
export const serviceFilters = ['all', ...serviceIds] as const;
type ServiceFilter = (typeof serviceFilters)[number];

export interface Filter {
  readonly status: StatusFilter;
  readonly kind: KindFilter;
  readonly service: ServiceFilter;
}
export const everything: Filter = { status: 'all', kind: 'all', service: 'all' };

/** The text a record is found by. Kept per record, since every key typed searches all of them. */
const haystacks = new WeakMap<RecordView, string>();

function haystack(record: RecordView): string {
  const known = haystacks.get(record);
  if (known !== undefined) return known;
  const made = [
    record.sourceName,
    ...bundleOf(record).map(({ name }) => name),
    record.sourceVault,
    record.sourceConnection,
    kindLooks[record.sourceKind].word,
    record.targetName,
    services[record.targetService].title,
    services[record.targetService].short,
    record.targetRegion,
    record.targetConnection,
    record.sentence,
    record.scheduleWords,
    record.rule ?? '',
  ]
    .join('\n')
    .toLowerCase();
  haystacks.set(record, made);
  return made;
}

function hasStatus(record: RecordView, status: StatusFilter): boolean {
  if (status === 'all') return true;
  if (status === 'waiting') return record.choices.length > 0;
  return status === 'paused' ? !record.enabled : record.status === status;
}

export interface Shown {
  /** Records that match the search and the filter, in their given order. */
  readonly records: readonly RecordView[];
  /** How many records each choice of a filter would show, with the search and the other filters as they are. */
  readonly counts: {
    readonly status: Readonly<Record<StatusFilter, number>>;
    readonly kind: Readonly<Record<KindFilter, number>>;
    readonly service: Readonly<Record<ServiceFilter, number>>;
  };
}

/** What to show of all records. Every word of the search must be found somewhere in a record. */
export function shownRecords(all: readonly RecordView[], search: string, filter: Filter): Shown {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found =
    words.length === 0 ? all : all.filter((record) => words.every((word) => haystack(record).includes(word)));
  const counts = {
    status: { all: 0, synced: 0, pending: 0, syncing: 0, failed: 0, unknown: 0, waiting: 0, paused: 0 },
    kind: { all: 0, secret: 0, certificate: 0 },
    service: { all: 0, secretsmanager: 0, parameterstore: 0, acm: 0, secretmanager: 0, certificatemanager: 0 },
  };
  const records: RecordView[] = [];
  for (const record of found) {
    const byStatus = hasStatus(record, filter.status);
    const byKind = filter.kind === 'all' || record.sourceKind === filter.kind;
    const byService = filter.service === 'all' || record.targetService === filter.service;
    if (byKind && byService) {
      counts.status.all += 1;
      counts.status[record.status] += 1;
      if (record.choices.length > 0) counts.status.waiting += 1;
      if (!record.enabled) counts.status.paused += 1;
    }
    if (byStatus && byService) {
      counts.kind.all += 1;
      counts.kind[record.sourceKind] += 1;
    }
    if (byStatus && byKind) {
      counts.service.all += 1;
      counts.service[record.targetService] += 1;
    }
    if (byStatus && byKind && byService) records.push(record);
  }
  return { records: records.length === all.length ? all : records, counts };
}
