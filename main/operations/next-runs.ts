import type { SettingsView } from '../../preload/contract/views.ts';
import { asksDeletion, conflictPolicyOf, deletionPolicyOf, isHeld } from '../domain/decision.ts';
import type { SyncRecord } from '../domain/record.ts';
import { inStretches } from '../engine/planning.ts';
import { nextRun } from '../scheduler/index.ts';
import type { RecordRow } from '../store/ports.ts';
import type { OperationDeps } from './deps.ts';

type NextRunDeps = Pick<OperationDeps, 'store' | 'clock' | 'preferences'>;

/**
 * Counts again when records run next by themselves, after what it depends on was changed. Those that wait for a person have no
 * next run.
 * @param concerns leaves out the others
 */
export async function countNextRuns(
  { store, clock, preferences }: NextRunDeps,
  ids: readonly string[],
  concerns: (row: RecordRow) => boolean = () => true,
): Promise<void> {
  for await (const some of inStretches(ids)) {
    const now = clock.now();
    const settings = preferences.get();
    const runs = store.records
      .getMany(some)
      .filter(concerns)
      .map((row) => {
        const waits = waitsForPerson(row, settings);
        return { id: row.record.id, at: waits ? null : nextRun(row.record, now, clock.random()) };
      });
    if (runs.length > 0) store.records.setNextRuns(runs, now);
  }
}

/** Does so for records in which this was changed, as far as it decides when they run. */
export async function countAfterChange(
  deps: NextRunDeps,
  ids: readonly string[],
  { schedule, enabled, conflictPolicy, deletionPolicy }: Partial<SyncRecord>,
): Promise<void> {
  const concernsAll = schedule !== undefined || enabled !== undefined;
  if (!concernsAll && conflictPolicy === undefined && deletionPolicy === undefined) return;
  // A policy decides only whether a record waits for a person.
  await countNextRuns(deps, ids, ({ conflictSeen }) => concernsAll || conflictSeen !== null);
}

/** Whether neither its schedule nor a change of its source starts a record before a person decided, as Settings are now. */
export function waitsForPerson(
  row: RecordRow,
  settings: Pick<SettingsView, 'conflictPolicy' | 'deletionPolicy'>,
): boolean {
  const { record, conflictSeen } = row;
  // A deletion that nobody wants any more needs no decision.
  if (asksDeletion(conflictSeen) && deletionPolicyOf(record, settings) === 'keep') return false;
  return isHeld(row, conflictPolicyOf(record, settings));
}
