import { setImmediate as breathe } from 'node:timers/promises';
import type { Clouds } from '../clouds/ports.ts';
import { conflictPolicyOf, deletionPolicyOf } from '../domain/decision.ts';
import { cancelled } from '../domain/failure.ts';
import { wantedTags } from '../domain/ownership.ts';
import { type PlanInput, type PlannedStep, planStep } from '../domain/plan.ts';
import type { SyncRecord } from '../domain/record.ts';
import { refusalOf } from '../domain/refusal.ts';
import type { RecordRow } from '../store/ports.ts';
import type { EngineDeps } from './deps.ts';
import { exclusionOf } from './excluded.ts';
import { type Scan, type ScanDeps, scan } from './scan.ts';

/** So many records are read, planned or entered before everything else gets its turn. */
export const stretch = 100;

/** Items in stretches, with a turn for everything else between two of them. */
export async function* inStretches<T>(items: readonly T[], length = stretch): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < items.length; from += length) {
    if (from > 0) await breathe();
    yield items.slice(from, from + length);
  }
}

/** What a scan goes by, as Settings > Sync has it now. */
export function scanDepsOf({ clock, settings }: Pick<EngineDeps, 'clock' | 'settings'>, clouds: Clouds): ScanDeps {
  const now = settings();
  const { concurrency, exclusions } = now;
  return { clouds, clock, concurrency, exclusions, follows: (record) => deletionPolicyOf(record, now) === 'follow' };
}

/** What planning needs to know of records, put together from the store and a scan. Give it no more than a stretch at a time. */
export function planInputs(
  rows: readonly RecordRow[],
  scanned: Scan,
  deps: Pick<EngineDeps, 'settings' | 'tagNamespace' | 'clock'>,
): { row: RecordRow; input: PlanInput }[] {
  const settings = deps.settings();
  return rows.map((row) => {
    const { record, ledger } = row;
    const source = scanned.source.get(record.id);
    const target = scanned.target.get(record.id);
    if (!source || !target) throw new Error('a record was not scanned');
    const follow = scanned.recoverable.has(record.id) ? 'follow' : 'unrecoverable';
    const input: PlanInput = {
      recordId: record.id,
      recordSeen: recordSeen(record),
      source,
      target,
      refusal: source.kind === 'found' ? refusalOf(record, source.item, deps.clock.now()) : null,
      ledger,
      policy: conflictPolicyOf(record, settings),
      consent: record.consent,
      kept: record.kept,
      excludedBy: exclusionOf(row, source, settings.exclusions)?.pattern ?? null,
      deletion: deletionPolicyOf(record, settings) === 'follow' ? follow : 'keep',
      wantedTags: wantedTags(deps.tagNamespace, record, source.kind === 'found' ? source.item.tags : {}),
    };
    return { row, input };
  });
}

/** What a sync of these records would do now, in their order. Reads no value and writes nothing. */
export async function preview(
  rows: readonly RecordRow[],
  deps: EngineDeps,
  signal: AbortSignal,
): Promise<PlannedStep[]> {
  const clouds = deps.openClouds();
  try {
    const scanned = await scan(rows, scanDepsOf(deps, clouds), signal);
    if (signal.aborted) throw cancelled();
    const steps: PlannedStep[] = [];
    for await (const some of inStretches(rows))
      for (const { input } of planInputs(some, scanned, deps)) steps.push(planStep(input));
    return steps;
  } finally {
    clouds.close();
  }
}

/** What a person can change in a record that changes what a sync writes. */
function recordSeen(record: SyncRecord): string {
  const { sourceConnectionId, sourceVault, sourceName, shape, options, copyTags } = record;
  return JSON.stringify([sourceConnectionId, sourceVault, sourceName, shape, options, copyTags]);
}
