import { setImmediate as breathe } from 'node:timers/promises';
import pMap from 'p-map';
import type { Source, SourceRef } from '../clouds/ports.ts';
import { toFailure } from '../domain/failure.ts';
import type { SourceItem } from '../domain/item.ts';
import { needsVersion, type SourceState } from '../domain/plan.ts';
import type { RecordRow } from '../store/ports.ts';
import { listWholeVault } from './discover.ts';
import { withRetry } from './retry.ts';
import { groupBy, type Scan, type ScanDeps } from './scan.ts';
import { refsOf, together } from './several.ts';

/** Up to so many records of a vault, asking for each is cheaper than listing the vault 25 at a time. */
const fewRecords = 10;
/** Looked up in a list at a time, before everything else gets its turn. */
const lookups = 100;

/**
 * Looks at the sources of one vault's records. Never rejects: what fails marks the records it concerns.
 * @param onFound told of records whose source is known now; of each once
 */
export async function scanSource(
  rows: readonly RecordRow[],
  deps: ScanDeps,
  signal: AbortSignal,
  found: Scan['source'],
  onFound: (row: RecordRow) => void,
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const { sourceConnectionId, sourceVault, sourceKind } = first.record;
  const tell = (row: RecordRow, state: SourceState) => {
    found.set(row.record.id, state);
    onFound(row);
  };
  try {
    const source = await deps.clouds.source(sourceConnectionId);
    const list = (onPage?: (items: readonly SourceItem[]) => void) =>
      listWholeVault(source, sourceVault, sourceKind, deps.clock, signal, onPage);
    const byName = groupedByName(rows);
    // What a page names is there, whatever becomes of the other pages; only what is missing takes the whole list.
    const tellOfPage = (items: readonly SourceItem[]) => {
      for (const item of items)
        for (const row of byName.get(item.name.toLowerCase()) ?? [])
          if (!found.has(row.record.id) && !needsVersion(row.ledger, item)) tell(row, { kind: 'found', item });
    };
    const listed = rows.length > fewRecords ? await list(tellOfPage) : undefined;
    const asked: RecordRow[] = [];
    for (const [index, row] of rows.entries()) {
      if (index % lookups === lookups - 1) await breathe();
      if (found.has(row.record.id)) continue;
      const state = listed && listedState(listed, row, deps);
      if (state) tell(row, state);
      else asked.push(row);
    }
    let whole = listed && Promise.resolve(listed);
    const wholeList = () => (whole ??= list());
    await pMap(asked, async (row) => tell(row, await askedState(source, row, wholeList, deps, signal)), {
      concurrency: deps.concurrency,
    });
  } catch (thrown) {
    const failure = toFailure(thrown).detail;
    for (const row of rows) if (!found.has(row.record.id)) tell(row, { kind: 'failed', failure });
  }
}

/** The records that copy one item, by its lower-case name. */
function groupedByName(rows: readonly RecordRow[]): ReadonlyMap<string, readonly RecordRow[]> {
  const single = rows.filter(({ record }) => refsOf(record).length === 1);
  return groupBy(single, ({ record }) => record.sourceName.toLowerCase());
}

/** What a list of the whole vault tells of a record's source; undefined if the source itself has to be asked. */
function listedState(
  listed: ReadonlyMap<string, SourceItem>,
  { record, ledger }: RecordRow,
  deps: ScanDeps,
): SourceState | undefined {
  const refs = refsOf(record);
  const known = wholeOf(
    refs,
    refs.map(({ name }) => listed.get(name.toLowerCase())),
  );
  const isUnclear =
    known.kind === 'found' ? needsVersion(ledger, known.item) : deps.follows(record) && ledger?.removedAt === null;
  return isUnclear ? undefined : known;
}

async function askedState(
  source: Source,
  { record, ledger }: RecordRow,
  wholeList: () => Promise<ReadonlyMap<string, SourceItem>>,
  { clock, follows }: ScanDeps,
  signal: AbortSignal,
): Promise<SourceState> {
  const refs = refsOf(record);
  const describe = (ref: SourceRef) => withRetry(clock, signal, (trySignal) => source.describe(ref, trySignal));
  try {
    const items = await Promise.all(refs.map(describe));
    const state = wholeOf(refs, items);
    const mayBeDeleted = state.kind === 'missing' && follows(record) && ledger?.removedAt === null;
    if (!mayBeDeleted || items.some((item) => item !== undefined)) return state;
    const listed = await wholeList();
    // An empty list may be a vault that was swapped, or a right that was taken away: nothing is ever deleted by it.
    return { ...state, certain: listed.size > 0 && refs.every(({ name }) => !listed.has(name.toLowerCase())) };
  } catch (thrown) {
    return { kind: 'failed', failure: toFailure(thrown).detail };
  }
}

/** All items taken as one. @param items those of `refs`, undefined where there is none */
function wholeOf(refs: readonly SourceRef[], items: readonly (SourceItem | undefined)[]): SourceState {
  const lost = refs.find((_, index) => items[index] === undefined);
  const item = together(items.filter((one) => one !== undefined));
  if (lost === undefined && item) return { kind: 'found', item };
  return { kind: 'missing', ...(lost && refs.length > 1 ? { name: lost.name } : {}) };
}
