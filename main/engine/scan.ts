import type { Clouds } from '../clouds/ports.ts';
import type { Exclusion } from '../domain/exclusions.ts';
import type { PlanInput, SourceState } from '../domain/plan.ts';
import type { SyncRecord } from '../domain/record.ts';
import type { RecordRow } from '../store/ports.ts';
import type { Clock } from './deps.ts';
import { Queue } from './queue.ts';
import { scanSource } from './scan-source.ts';
import { placeLook, scanTargets } from './scan-target.ts';

/** What source and target look like now, by record id, without any value. Every scanned record is in both. */
export interface Scan {
  readonly source: Map<string, SourceState>;
  readonly target: Map<string, PlanInput['target']>;
  /** The records whose service can take back a removal. */
  readonly recoverable: Set<string>;
}

export interface ScanDeps {
  readonly clouds: Clouds;
  readonly clock: Clock;
  readonly concurrency: number;
  /** Their targets are not looked at. */
  readonly exclusions: readonly Exclusion[];
  /** Whether the record's target is to follow its source when that is deleted: then it has to be certain. */
  readonly follows: (record: SyncRecord) => boolean;
}

/** Records of one vault that go to one target place. */
export interface Lane {
  readonly rows: readonly RecordRow[];
  /** Each record once, as soon as its source and its target are in `scanned`. To be taken by one. */
  readonly parts: AsyncIterable<readonly RecordRow[]>;
  /** When all of them were looked at. */
  readonly looked: Promise<void>;
}

/** Records handed on together, before everything else gets its turn. */
const partLength = 50;

/**
 * Looks at the sources and targets of these records: metadata only. A vault or target that fails marks its own records
 * and no others, and one that hangs keeps only its own records waiting. No promise rejects; `signal` ends them as failed.
 */
export function scanInLanes(
  rows: readonly RecordRow[],
  deps: ScanDeps,
  signal: AbortSignal,
): { readonly scanned: Scan; readonly lanes: readonly Lane[] } {
  const scanned: Scan = { source: new Map(), target: new Map(), recoverable: new Set() };
  /** Where records go once their source is known, by record and by vault. */
  const next = new Map<string, Queue<RecordRow>>();
  const ofVault = new Map<string, Queue<RecordRow>[]>();
  const lanes = [...groupBy(rows, placeOf).values()].flatMap((inPlace) => {
    const place = placeLook(inPlace, deps, signal);
    return [...groupBy(inPlace, vaultOf)].map(([vault, lane]): Lane => {
      const sources = new Queue<RecordRow>(partLength);
      const parts = new Queue<RecordRow>(partLength);
      for (const { record } of lane) next.set(record.id, sources);
      ofVault.set(vault, [...(ofVault.get(vault) ?? []), sources]);
      const looked = scanTargets(sources, place, deps, scanned, (some) => parts.push(some)).finally(() =>
        parts.close(),
      );
      return { rows: lane, parts, looked };
    });
  });
  const tell = (found: RecordRow) => next.get(found.record.id)?.push([found]);
  for (const [vault, inVault] of groupBy(rows, vaultOf)) {
    void scanSource(inVault, deps, signal, scanned.source, tell).finally(() => {
      for (const sources of ofVault.get(vault) ?? []) sources.close();
    });
  }
  return { scanned, lanes };
}

/** As `scanInLanes`, for who needs all of it at once. */
export async function scan(rows: readonly RecordRow[], deps: ScanDeps, signal: AbortSignal): Promise<Scan> {
  const { scanned, lanes } = scanInLanes(rows, deps, signal);
  await Promise.all(lanes.map(({ looked }) => looked));
  return scanned;
}

/** What is listed as one: a vault's secrets, or its certificates. */
function vaultOf({ record }: RecordRow): string {
  return [record.sourceConnectionId, record.sourceVault, record.sourceKind].join('\n');
}

/** The account, service and region that a record writes to: what is reached, or hangs, as one. */
export function placeOf({ record }: RecordRow): string {
  return [record.targetConnectionId, record.targetService, record.targetRegion].join('\n');
}

/** Items by their key, in order of first appearance. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
