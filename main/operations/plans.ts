import { Failure } from '../domain/failure.ts';
import type { PlannedStep } from '../domain/plan.ts';
import type { OperationDeps } from './deps.ts';

/** A plan as it was shown, by record. */
type ShownPlan = ReadonlyMap<string, PlannedStep>;

const keptMs = 3_600_000;
const mostPlans = 20;
/** All plans together; the latest is kept whatever its size. */
const mostSteps = 100_000;

/** The latest plans that were shown, so that what is applied is what was shown. In memory only: a restart looks again. */
export function createPlans({ clock, newId }: Pick<OperationDeps, 'clock' | 'newId'>) {
  const plans = new Map<string, { readonly madeAt: number; readonly steps: ShownPlan }>();

  return {
    keep(steps: readonly PlannedStep[]): { readonly planId: string; readonly madeAt: number } {
      const planId = newId();
      const madeAt = clock.now();
      plans.set(planId, { madeAt, steps: new Map(steps.map((step) => [step.recordId, step])) });
      let total = [...plans.values()].reduce((sum, { steps: { size } }) => sum + size, 0);
      for (const [id, { steps: old }] of plans) {
        if (id === planId || (plans.size <= mostPlans && total <= mostSteps)) break;
        plans.delete(id);
        total -= old.size;
      }
      return { planId, madeAt };
    },
    /** @throws Failure `conflict`, code `plan-gone`, if it was never shown, too long ago, or many others since */
    shown(planId: string): ShownPlan {
      const plan = plans.get(planId);
      // A clock that was set back makes no plan younger.
      if (plan && Math.abs(clock.now() - plan.madeAt) < keptMs) return plan.steps;
      plans.delete(planId);
      throw new Failure({
        kind: 'conflict',
        code: 'plan-gone',
        sentence:
          'This plan is no longer known: it is older than an hour, or the app was restarted. Nothing was written.',
        fix: 'Press Preview to look again, then apply what it shows.',
      });
    },
  };
}
