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
  'schedule.preview': null,
  'records.list': 'records',
  // Asked for by the revision known so far; see records.ts.
  'records.changes': null,
  'records.get': 'records',
  'records.preview': null,
  'records.history': 'history',
  'sync.plan': null,
  'runs.list': 'runs',
  'discovery.vaults': 'discovery',
  'discovery.items': 'discovery',
  'discovery.orphans': 'discovery',
  'exclusions.preview': null,
  'rules.list': 'rules',
  'rules.preview': null,
  'checks.list': 'checks',
  'checks.rows': 'checks',
  'audit.list': 'audit',
  'settings.get': 'settings',
};

/** Whether a query of this name is out of date after these topics changed. */
export function isOutOfDate(name: unknown, changed: ReadonlySet<Topic>): boolean {
  const topic = typeof name === 'string' && name in topicOf ? topicOf[name as QueryName] : null;
  return topic !== null && changed.has(topic);
}

/**
 * How long to leave at least between two readings of a topic. Of the records only a page of what changed is read, but the
 * window then orders and filters all of them anew: with very many that is done less often.
 * @returns milliseconds
 */
export function gapFor(topic: Topic, recordCount: number): number {
  if (topic === 'history') return 1_000;
  return topic === 'records' ? Math.min(2_000, Math.max(250, recordCount * 0.02)) : 0;
}

/** Runs, or checks, known so far with what an event brought: newest first, each once. An ended one never goes back to running. */
export function mergeRuns<R extends Pick<RunView, 'id' | 'startedAt' | 'endedAt'>>(
  known: readonly R[],
  arrived: readonly R[],
  limit: number,
): R[] {
  const byId = new Map(known.map((run) => [run.id, run]));
  for (const run of arrived) {
    if (run.endedAt === null && (byId.get(run.id)?.endedAt ?? null) !== null) continue;
    byId.set(run.id, run);
  }
  return [...byId.values()].sort((a, b) => b.startedAt - a.startedAt).slice(0, limit);
}
