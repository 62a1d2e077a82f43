import type { Topic } from '../../preload/contract/events.ts';
import type { RunView } from '../../preload/contract/views.ts';
import type { QueryName } from './call.ts';

/**
 * What makes a query's answer out of date. `null`: it is asked afresh each time something opens that shows it, because
 * its answer lies in a cloud or depends only on what was typed.
 */
const topicOf: Readonly<Record<QueryName, Topic | null>> = {
  'app.get': 'app',
  'connections.list': 'connections',
  'connections.policy': null,
  'connections.importMeters': 'history',
  'source.vaults': null,
  'source.items': null,
  'source.certificate': null,
  'naming.preview': null,
  'records.list': 'records',
  'records.get': 'records',
  'records.history': 'history',
  'sync.plan': null,
  'runs.list': 'runs',
  'settings.get': 'settings',
};

/** Whether a query of this name is out of date after these topics changed. */
export function isOutOfDate(name: unknown, changed: ReadonlySet<Topic>): boolean {
  const topic = typeof name === 'string' && name in topicOf ? topicOf[name as QueryName] : null;
  return topic !== null && changed.has(topic);
}

/**
 * How long to leave at least between two readings of a topic. The list of records travels whole, and main can do nothing
 * else meanwhile (about 0.03 ms a record), so a long list is read less often: at most a twentieth of main's time goes there.
 * @returns milliseconds
 */
export function gapFor(topic: Topic, recordCount: number): number {
  if (topic !== 'records' && topic !== 'history') return 0;
  return Math.min(10_000, Math.max(250, recordCount * 0.6));
}

/** Runs known so far with what an event brought: newest first, each once. An ended run never goes back to running. */
export function mergeRuns(known: readonly RunView[], arrived: readonly RunView[], limit: number): RunView[] {
  const byId = new Map(known.map((run) => [run.id, run]));
  for (const run of arrived) {
    if (run.endedAt === null && (byId.get(run.id)?.endedAt ?? null) !== null) continue;
    byId.set(run.id, run);
  }
  return [...byId.values()].sort((a, b) => b.startedAt - a.startedAt).slice(0, limit);
}
