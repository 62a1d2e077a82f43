import { Failure } from '../domain/failure.ts';
import type { PlannedStep } from '../domain/plan.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { createPlans } from './plans.ts';
import { pastRunViewOf, runViewOf } from './views.ts';

type SyncOperations = 'sync.plan' | 'sync.apply' | 'sync.start' | 'sync.cancel' | 'sync.pause' | 'runs.list';

/** Operations on runs: look first, apply what was shown, start, cancel, pause. */
export function syncHandlers(deps: OperationDeps): Handlers<SyncOperations> {
  const { engine, store } = deps;
  const plans = createPlans(deps);
  return {
    'sync.plan': async ({ ids }, { signal }) => {
      const steps = await engine.plan(ids ?? store.records.idsWhere({}), signal);
      const { planId, madeAt } = plans.keep(steps);
      return {
        planId,
        madeAt,
        steps: steps.map(({ recordId, action, code, sentence, fix }) => ({ recordId, action, code, sentence, fix })),
      };
    },
    'sync.apply': ({ planId, ids }, context) => {
      const shown = plans.shown(planId);
      const chosen = ids ?? [...shown.values()].filter(changesSomething).map(({ recordId }) => recordId);
      context.about(`plan ${planId}: ${chosen.length} of ${shown.size} records`);
      if (chosen.some((id) => !shown.has(id))) throw notInPlan();
      if (chosen.length === 0) throw nothingToApply();
      return runViewOf(engine.start(chosen, 'user', shown).progress);
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

/** Whether a step would change source, target or what is known of them; the others are there to be read. */
function changesSomething({ action }: PlannedStep): boolean {
  return !['unchanged', 'kept', 'excluded', 'conflict', 'blocked'].includes(action);
}

function notInPlan(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'not-in-plan',
    sentence: 'Some of these records are not in the plan that was shown. Nothing was written.',
    fix: 'Press Preview to look again with these records, then apply what it shows.',
  });
}

function nothingToApply(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'nothing-to-apply',
    sentence:
      'This plan has nothing to write: every record is up to date, left out on purpose, or needs a decision first.',
    fix: 'Close it, or decide about the records that wait for you.',
  });
}
