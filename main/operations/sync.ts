import type { Handlers, OperationDeps } from './deps.ts';
import { pastRunViewOf, runViewOf } from './views.ts';

type SyncOperations = 'sync.plan' | 'sync.start' | 'sync.cancel' | 'sync.pause' | 'runs.list';

/** Operations on runs: look first, start, cancel, pause. */
export function syncHandlers(deps: OperationDeps): Handlers<SyncOperations> {
  const { engine, store } = deps;
  return {
    'sync.plan': async ({ ids }, { signal }) => {
      const steps = await engine.plan(ids, signal);
      return steps.map(({ recordId, action, code, sentence, fix }) => ({ recordId, action, code, sentence, fix }));
    },
    'sync.start': ({ ids }, context) => {
      context.about(`${ids.length} records`);
      return runViewOf(engine.start(ids, 'user').progress);
    },
    'sync.cancel': ({ runId }, context) => {
      context.about(`run ${runId}`);
      engine.cancel(runId);
      return {};
    },
    'sync.pause': ({ paused }, context) => {
      context.about(paused ? 'paused' : 'resumed');
      deps.preferences.set({ paused });
      deps.events.changed('app');
      return {};
    },
    'runs.list': ({ limit }) => {
      const active = engine.active().map(runViewOf);
      const ids = new Set(active.map(({ id }) => id));
      const past = store.journal.runs(limit).filter(({ id }) => !ids.has(id));
      return [...active, ...past.map(pastRunViewOf)].slice(0, limit);
    },
  };
}
