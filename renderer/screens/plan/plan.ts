import type { PlanStepView, RecordView } from '../../../preload/contract/views.ts';

export type Action = PlanStepView['action'];

/** What would be written first, then what needs a person, then what stays. */
const order: readonly Action[] = [
  'create',
  'update',
  'tags-only',
  'adopt',
  'delete',
  'conflict',
  'blocked',
  'kept',
  'excluded',
  'unchanged',
];
const writing: ReadonlySet<Action> = new Set(['create', 'update', 'tags-only', 'adopt', 'delete']);

/** Whether an action changes a target. */
export function isWriting(action: Action): boolean {
  return writing.has(action);
}

/** A planned step as it is shown: of a record, or of one that is not created yet. */
export interface ShownStep extends Pick<PlanStepView, 'action' | 'sentence' | 'fix'> {
  readonly key: string;
  /** Undefined where the window does not know the record. */
  readonly about:
    | Pick<RecordView, 'sourceKind' | 'sourceVault' | 'sourceName' | 'shape' | 'targetService' | 'targetName'>
    | undefined;
}

/** How many steps take each action; actions that none takes are left out. */
export function countActions(
  steps: readonly Pick<ShownStep, 'action'>[],
): readonly (readonly [action: Action, count: number])[] {
  const counts = new Map<Action, number>();
  for (const { action } of steps) counts.set(action, (counts.get(action) ?? 0) + 1);
  return order.flatMap((action) => {
    const count = counts.get(action);
    return count === undefined ? [] : [[action, count] as const];
  });
}

/** How many targets would be written to. */
export function writes(counts: ReturnType<typeof countActions>): number {
  return counts.reduce((sum, [action, count]) => sum + (isWriting(action) ? count : 0), 0);
}

type PlanRow =
  | { readonly head: Action; readonly count: number }
  | { readonly head: undefined; readonly step: ShownStep };

/** The steps under a head for each action. */
export function grouped(steps: readonly ShownStep[]): PlanRow[] {
  return countActions(steps).flatMap(([action, count]): PlanRow[] => [
    { head: action, count },
    ...steps.filter((step) => step.action === action).map((step) => ({ head: undefined, step })),
  ]);
}

/** Records that a run left in need of a person, those first for which something else than the plan showed would be done. */
export function leftAlone(records: readonly RecordView[], runStartedAt: number): readonly RecordView[] {
  const ended = records.filter(
    ({ status, lastRunAt, code }) =>
      lastRunAt !== null &&
      lastRunAt >= runStartedAt &&
      (status === 'failed' || status === 'unknown') &&
      code !== 'kept' &&
      code !== 'excluded',
  );
  return [...ended.filter(hasChangedPlan), ...ended.filter((record) => !hasChangedPlan(record))];
}

export function hasChangedPlan({ code }: Pick<RecordView, 'code'>): boolean {
  return code === 'plan-changed';
}
