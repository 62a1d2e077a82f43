import { metadataOf, type SourceItem } from '../domain/item.ts';
import { isAsShown, type PlanInput, type PlannedStep, planStep } from '../domain/plan.ts';
import { adopt } from './adopt.ts';
import type { ApplyContext } from './context.ts';
import { refreshedLedger } from './ledger.ts';
import { lookAtTarget } from './look.ts';
import { conflictEnding, type Ending, failedEnding } from './outcome.ts';
import { removeTarget } from './remove.ts';
import { retag } from './tags.ts';
import { write } from './write.ts';

/**
 * Brings one record's target to what its source holds, in numbered steps that survive a kill between any two:
 * 1 look at the target again, 2 journal intent and audit, 3 read the value, 4 seal the intent with the write's key,
 * 5 write, 6 confirm. The caller enters the ending (ledger, history, audit, intent) in one transaction.
 * @throws nothing that a person should see: failures become endings
 */
export async function applyStep(context: ApplyContext, input: PlanInput): Promise<Ending> {
  const planned = planStep(input);
  try {
    const now = needsLook(planned) ? { ...input, target: await lookAtTarget(context) } : input;
    const step = planStep(now);
    if (isQuiet(step) || step.action === 'conflict') return endQuietly(context, now, step);
    const { shown } = context;
    if (shown && !isAsShown(shown, step)) return notAsShown(step);
    if (step.action === 'delete') return await removeTarget(context, now, step);
    if (now.source.kind !== 'found') throw new Error(`${step.action} was planned without a source`);
    return await writeStep(context, now, step, now.source.item);
  } catch (thrown) {
    return failedEnding(planned.action, context.failureOf(thrown).detail);
  }
}

function writeStep(context: ApplyContext, input: PlanInput, step: PlannedStep, item: SourceItem): Promise<Ending> {
  switch (step.action) {
    case 'create':
    case 'update':
      return write(context, input, step, step.action, item);
    case 'adopt':
      return adopt(context, input, step, item);
    case 'tags-only':
      return retag(context, input, step, item);
    default:
      throw new Error(`nothing is written for ${step.action}`);
  }
}

const quiet: ReadonlySet<PlannedStep['action']> = new Set(['unchanged', 'kept', 'excluded', 'blocked']);

/** Whether applying this step asks no cloud for anything: it only has to be entered. */
export function isQuiet({ action }: PlannedStep): boolean {
  return quiet.has(action);
}

/**
 * An overview may lag by minutes, and a run may take hours: a conflict or a write is only believed after a look at the target
 * itself. But for a create: every service refuses one by itself if there is anything by that name, and then it is looked at.
 */
function needsLook(step: PlannedStep): boolean {
  return !isQuiet(step) && step.action !== 'create';
}

/** The ending of a step that writes nothing. */
export function endQuietly(
  context: Pick<ApplyContext, 'row' | 'lookedAt'>,
  { source, target }: Pick<PlanInput, 'source' | 'target'>,
  step: PlannedStep,
): Ending {
  const { action, code, sentence, fix } = step;
  switch (action) {
    case 'conflict':
      return conflictEnding(step, false);
    case 'blocked':
      return step.failure ? failedEnding(action, step.failure) : { outcome: 'blocked', action, code, sentence, fix };
    case 'kept':
      return { outcome: action, action, code, sentence, fix };
    case 'excluded': {
      // With the tags it is excluded by: once the source is gone they cannot be seen any more.
      const { ledger } = context.row;
      const tagged = ledger && source.kind === 'found' && { sourceMetadata: metadataOf(source.item), settled: false };
      return { outcome: action, action, code, sentence, fix, ...(tagged ? { ledger: { ...ledger, ...tagged } } : {}) };
    }
    default: {
      const ledger = source.kind === 'found' ? refreshedLedger(context, source.item, target) : undefined;
      return { outcome: 'unchanged', action, code, sentence, fix, ...(ledger ? { ledger } : {}) };
    }
  }
}

function notAsShown(step: PlannedStep): Ending {
  return {
    outcome: 'blocked',
    action: step.action,
    code: 'plan-changed',
    sentence: `Nothing was written, because this is not what you were shown. What would be done now: ${step.sentence}`,
    fix: 'Press Preview to look again, then apply that plan. Or press Sync Now.',
  };
}
