import pMap from 'p-map';
import type { Clouds, Source, SourceRef, Target } from '../clouds/ports.ts';
import { toFailure } from '../domain/failure.ts';
import type { SourceItem } from '../domain/item.ts';
import { needsVersion, type PlanInput, type SourceState, type TargetState } from '../domain/plan.ts';
import type { RecordRow } from '../store/ports.ts';
import { refOf } from './arrival.ts';
import type { Clock } from './deps.ts';
import { listAll, listWholeVault } from './discover.ts';
import { withRetry } from './retry.ts';
import { refsOf, together } from './several.ts';

/** What source and target look like now, by record id, without any value. Every scanned record is in both. */
export interface Scan {
  readonly source: Map<string, SourceState>;
  readonly target: Map<string, PlanInput['target']>;
}

export interface ScanDeps {
  readonly clouds: Clouds;
  readonly clock: Clock;
  readonly concurrency: number;
}

/** Up to so many records of a vault, asking for each is cheaper than listing the vault 25 at a time. */
const fewRecords = 10;
/** Up to so many targets, asking for each is cheaper than listing the account. */
const fewTargets = 20;

/** Records of one vault that go to one target place, and when both have been looked at. */
interface Lane {
  readonly rows: readonly RecordRow[];
  readonly looked: Promise<Scan>;
}

/**
 * Looks at the sources and targets of these records: metadata only. A vault or target that fails marks its own records
 * and no others, and one that hangs keeps only its own lanes waiting. No promise rejects; `signal` ends them as failed.
 */
export function scanInLanes(rows: readonly RecordRow[], deps: ScanDeps, signal: AbortSignal): Lane[] {
  const scanned: Scan = { source: new Map(), target: new Map() };
  const vaults = looksBy(rows, vaultOf, (group) => scanSource(group, deps, signal, scanned.source));
  const places = looksBy(rows, placeOf, (group) => scanTarget(group, deps, signal, scanned.target));
  return groupBy(rows, (row) => `${vaultOf(row)}\n${placeOf(row)}`).map((lane) => ({
    rows: lane,
    looked: Promise.all(lane.slice(0, 1).flatMap((row) => [vaults.get(vaultOf(row)), places.get(placeOf(row))])).then(
      () => scanned,
    ),
  }));
}

/** As `scanInLanes`, for who needs all of it at once. */
export async function scan(rows: readonly RecordRow[], deps: ScanDeps, signal: AbortSignal): Promise<Scan> {
  const scans = await Promise.all(scanInLanes(rows, deps, signal).map(({ looked }) => looked));
  return scans[0] ?? { source: new Map(), target: new Map() };
}

/** What is listed as one: a vault's secrets, or its certificates. */
function vaultOf({ record }: RecordRow): string {
  return [record.sourceConnectionId, record.sourceVault, record.sourceKind].join('\n');
}

/** The account, service and region that a record writes to: what is reached, or hangs, as one. */
export function placeOf({ record }: RecordRow): string {
  return [record.targetConnectionId, record.targetService, record.targetRegion].join('\n');
}

function looksBy(
  rows: readonly RecordRow[],
  keyOf: (row: RecordRow) => string,
  look: (group: RecordRow[]) => Promise<void>,
): Map<string, Promise<void>> {
  return new Map(groupBy(rows, keyOf).map((group) => [group.slice(0, 1).map(keyOf).join(), look(group)]));
}

async function scanSource(
  rows: RecordRow[],
  deps: ScanDeps,
  signal: AbortSignal,
  found: Scan['source'],
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const { sourceConnectionId, sourceVault, sourceKind } = first.record;
  try {
    const source = await deps.clouds.source(sourceConnectionId);
    const listed =
      rows.length > fewRecords ? await listWholeVault(source, sourceVault, sourceKind, deps.clock, signal) : undefined;
    await pMap(
      rows,
      async (row) => {
        found.set(row.record.id, await sourceState(source, row, listed, deps.clock, signal));
      },
      { concurrency: deps.concurrency },
    );
  } catch (thrown) {
    const failure = toFailure(thrown).detail;
    for (const { record } of rows) found.set(record.id, { kind: 'failed', failure });
  }
}

async function sourceState(
  source: Source,
  row: RecordRow,
  listed: Map<string, SourceItem> | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<SourceState> {
  const refs = refsOf(row.record);
  const known =
    listed &&
    wholeOf(
      refs,
      refs.map(({ name }) => listed.get(name.toLowerCase())),
    );
  if (known && (known.kind !== 'found' || !needsVersion(row.ledger, known.item))) return known;
  const describe = (ref: SourceRef) => withRetry(clock, signal, (trySignal) => source.describe(ref, trySignal));
  try {
    return wholeOf(refs, await Promise.all(refs.map(describe)));
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

async function scanTarget(
  rows: RecordRow[],
  deps: ScanDeps,
  signal: AbortSignal,
  found: Scan['target'],
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const { targetConnectionId, targetService, targetRegion } = first.record;
  try {
    const target = await deps.clouds.target(targetConnectionId, targetService, targetRegion);
    const { overview: canOverview } = target.capabilities;
    const overview = canOverview && rows.length > fewTargets ? await overviewOf(target, deps.clock, signal) : undefined;
    await pMap(
      rows,
      async (row) => {
        const seen = overview && (overview.get(row.record.targetName) ?? { kind: 'absent' as const });
        const believed = seen && !disagrees(row, seen) ? seen : await targetState(target, row, deps.clock, signal);
        found.set(row.record.id, believed);
      },
      { concurrency: deps.concurrency },
    );
  } catch (thrown) {
    const failure = toFailure(thrown).detail;
    for (const { record } of rows) found.set(record.id, { kind: 'failed', failure });
  }
}

/** Everything the target place holds, or undefined where the credential may not list. */
async function overviewOf(
  target: Target,
  clock: Clock,
  signal: AbortSignal,
): Promise<Map<string, TargetState> | undefined> {
  try {
    const items = await listAll(clock, signal, (next, trySignal) => target.overviewPage(next, trySignal));
    return new Map(items.map(({ name, state }) => [name, state]));
  } catch (thrown) {
    if (toFailure(thrown).kind === 'denied') return undefined;
    throw thrown;
  }
}

/** An overview may lag by minutes: what speaks against the ledger is only believed from the target itself. */
function disagrees({ ledger }: RecordRow, seen: TargetState): boolean {
  return ledger !== null && (seen.kind !== 'present' || seen.version !== ledger.targetVersion);
}

async function targetState(
  target: Target,
  row: RecordRow,
  clock: Clock,
  signal: AbortSignal,
): Promise<PlanInput['target']> {
  try {
    return await withRetry(clock, signal, (trySignal) =>
      target.inspect(refOf(row.record.targetName, row.ledger?.targetId), trySignal),
    );
  } catch (thrown) {
    return { kind: 'failed', failure: toFailure(thrown).detail };
  }
}

/** Splits records into groups with the same key, in order of first appearance. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
