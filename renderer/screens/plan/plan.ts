import type { PlanStepView } from '../../../preload/contract/views.ts';

type Action = PlanStepView['action'];

/** What would be written first, then what needs a person, then what stays. */
const order: readonly Action[] = ['create', 'update', 'tags-only', 'conflict', 'blocked', 'unchanged'];

/** How many steps take each action; actions that none takes are left out. */
export function countActions(steps: readonly PlanStepView[]): readonly (readonly [action: Action, count: number])[] {
  const counts = new Map<Action, number>();
  for (const { action } of steps) counts.set(action, (counts.get(action) ?? 0) + 1);
  return order.flatMap((action) => {
    const count = counts.get(action);
    return count === undefined ? [] : [[action, count] as const];
  });
}

/** How many targets would be written to. */
export function writes(counts: ReturnType<typeof countActions>): number {
  const writing: readonly Action[] = ['create', 'update', 'tags-only'];
  return counts.reduce((sum, [action, count]) => sum + (writing.includes(action) ? count : 0), 0);
}
