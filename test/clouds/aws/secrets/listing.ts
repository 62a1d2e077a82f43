import { z } from 'zod';
import { firstIndex } from '../../kernel/sorted.ts';
import { AwsFailure } from '../failure.ts';
import { toCondition } from './filters.ts';
import type { listSecrets } from './inputs.ts';
import type { Secret } from './secret.ts';
import { metadataOf, type SecretMetadata } from './views.ts';

/** A secret as ListSecrets tells it. */
interface Entry extends SecretMetadata {
  readonly SecretVersionsToStages?: { readonly [versionId: string]: readonly string[] };
}

/** What a listing may still show of one secret, by when it came about: with a lag, an older state. */
interface Tracked {
  readonly order: number;
  states: State[];
}

interface State {
  readonly at: number;
  /** Undefined once the secret is gone. */
  readonly entry: Entry | undefined;
}

interface Row {
  readonly order: number;
  readonly entry: Entry;
}

const cursor = z.tuple([z.union([z.string(), z.number()]), z.number()]);
type Cursor = z.infer<typeof cursor>;
type Request = z.infer<typeof listSecrets>;

/**
 * What ListSecrets sees of a region: copies of the secrets, made at each change. "All Secrets Manager operations are
 * eventually consistent. ListSecrets might not reflect changes from the last five minutes": the lag is settable.
 */
export class Listing {
  private readonly records = new Map<Secret, Tracked>();
  private readonly region: string;
  private lag = 0;
  private nextOrder = 0;
  /** In order of creation; kept while nothing changes, so that a page costs what is on it. */
  private rows: Row[] | undefined;

  constructor(region: string) {
    this.region = region;
  }

  /** @param milliseconds how old the state is that listings show; applies to changes from now on */
  setLag(milliseconds: number): void {
    this.lag = milliseconds;
    this.rows = undefined;
  }

  /** To be called after each change to the secret. */
  changed(secret: Secret, now: number, gone = false): void {
    const record = this.records.get(secret) ?? { order: this.nextOrder++, states: [] };
    this.records.set(secret, record);
    record.states.push({ at: now, entry: gone ? undefined : toEntry(secret, this.region) });
    const shown = this.shownState(record, now);
    if (shown !== undefined) record.states = record.states.slice(record.states.indexOf(shown));
    this.rows = undefined;
  }

  page(request: Request, now: number): { SecretList: Entry[]; NextToken?: string } {
    const { MaxResults = 100, SortBy = 'created-date', SortOrder = 'asc' } = request;
    const matches = toCondition(request.Filters ?? []);
    const direction = SortOrder === 'asc' ? 1 : -1;
    const keyOf = ({ order, entry }: Row): Cursor => [sortKey(SortBy, entry, order), order];
    const inOrder = this.currentRows(now);
    const sorted =
      SortBy === 'created-date' && SortOrder === 'asc'
        ? inOrder
        : inOrder.toSorted((a, b) => direction * compare(keyOf(a), keyOf(b)));

    const after = request.NextToken === undefined ? undefined : readToken(request.NextToken);
    let index = after === undefined ? 0 : firstIndex(sorted, (row) => direction * compare(keyOf(row), after) > 0);
    const found: Row[] = [];
    for (; index < sorted.length && found.length <= MaxResults; index += 1) {
      const row = sorted[index];
      if (row === undefined || !isListed(row.entry, request.IncludePlannedDeletion ?? false, now)) continue;
      if (matches(row.entry)) found.push(row);
    }
    // One more than asked for was looked for, to know whether there is another page.
    const shown = found.slice(0, MaxResults);
    const last = shown.at(-1);
    const SecretList = shown.map(({ entry }) => entry);
    return found.length > shown.length && last !== undefined
      ? { SecretList, NextToken: writeToken(keyOf(last)) }
      : { SecretList };
  }

  private currentRows(now: number): Row[] {
    if (this.rows !== undefined) return this.rows;
    const rows: Row[] = [];
    for (const [secret, record] of this.records) {
      const shown = this.shownState(record, now);
      if (shown?.entry !== undefined) rows.push({ order: record.order, entry: shown.entry });
      else if (shown !== undefined) this.records.delete(secret);
    }
    if (this.lag === 0) this.rows = rows;
    return rows;
  }

  /** Without a lag the newest, even if the clock was set back since. */
  private shownState({ states }: Tracked, now: number): State | undefined {
    return this.lag === 0 ? states.at(-1) : states.findLast(({ at }) => at <= now - this.lag);
  }
}

function toEntry(secret: Secret, region: string): Entry {
  const labelled = secret.labelledVersions();
  const metadata = metadataOf(secret, region);
  return Object.keys(labelled).length === 0 ? metadata : { ...metadata, SecretVersionsToStages: labelled };
}

function isListed({ DeletedDate }: Entry, includePlanned: boolean, now: number): boolean {
  return DeletedDate === undefined || (includePlanned && DeletedDate * 1000 > now);
}

function sortKey(by: string, entry: Entry, order: number): string | number {
  switch (by) {
    case 'name':
      return entry.Name;
    case 'last-changed-date':
      return entry.LastChangedDate;
    case 'last-accessed-date':
      return entry.LastAccessedDate ?? 0;
    default:
      return order;
  }
}

function compare([keyA, orderA]: Cursor, [keyB, orderB]: Cursor): number {
  return keyA < keyB ? -1 : keyA > keyB ? 1 : orderA - orderB;
}

function writeToken(position: Cursor): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function readToken(token: string): Cursor {
  try {
    return cursor.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch {
    throw new AwsFailure('InvalidNextTokenException', 'The NextToken value is invalid.');
  }
}
