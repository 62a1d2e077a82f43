import { consentTo } from './decision.ts';
import type { FailureDetail } from './failure.ts';
import type { MakeStep, PlanInput, PlannedStep, SourceState } from './plan.ts';

/**
 * The step of a record whose source is not there. The target is kept unless a person wants it to follow, the source is
 * certainly gone, the target is as the last sync left it, and its deletion can be taken back.
 */
export function planGone(
  input: PlanInput,
  source: SourceState & { readonly kind: 'missing' },
  step: MakeStep,
): PlannedStep {
  const { target, ledger } = input;
  const gone = `${source.name === undefined ? 'It' : `The secret ${source.name}`} is no longer in the vault: it was deleted, or the vault changed.`;
  const keep = (why: string) =>
    step(
      'blocked',
      'source-missing',
      `${gone} The copy in the target was kept${why}.`,
      'Recover it in Azure, point this record at something else, or delete the record.',
    );
  const failed = (failure: FailureDetail) => step('blocked', failure.code, failure.sentence, failure.fix, failure);

  if (ledger !== null && ledger.removedAt !== null) {
    if (target.kind === 'present') return keep(': it had been removed, and somebody has brought it back');
    if (target.kind === 'failed') return failed(target.failure);
    return step('unchanged', 'deleted', 'The source was deleted, and its target was removed after it.');
  }
  if (input.deletion === 'keep') return keep('');
  if (input.deletion === 'unrecoverable') return keep(', because this service could not take its deletion back');
  if (!source.certain) return keep(', because it is not certain that all of it was deleted');
  if (!ledger) return keep(', because this record never wrote it');
  switch (target.kind) {
    case 'failed':
      return failed(target.failure);
    case 'unreadable':
      return keep(', because this credential cannot look at it');
    case 'absent':
      return step('unchanged', 'deleted', 'The source was deleted, and its target is gone, too.');
    case 'closed':
      if (!target.restorable) return step('blocked', target.code, target.why, target.fix);
      return step('unchanged', 'deleted', 'The source was deleted, and its target is scheduled for deletion, too.');
    case 'present':
      return planDeletion(input, ledger, target, step);
  }
}

function planDeletion(
  { recordId, consent }: PlanInput,
  ledger: NonNullable<PlanInput['ledger']>,
  target: PlanInput['target'] & { readonly kind: 'present' },
  step: MakeStep,
): PlannedStep {
  const isAsLeft =
    target.id === ledger.targetId &&
    target.ownerRecordId === recordId &&
    target.version !== null &&
    target.version === ledger.targetVersion;
  if (!isAsLeft) {
    return step(
      'conflict',
      'delete-changed',
      'The source was deleted, but the target is not as the last sync left it: somebody else changed it or took our mark off. It was kept.',
      'Press Keep target to leave it as it is, or Unlink to forget the record.',
    );
  }
  if (consent === consentTo('delete', `version:${target.version}`))
    return step('delete', 'agreed', 'You allowed the target to be removed after its source. It can be taken back.');
  return step('delete', 'source-deleted', 'The source was deleted, so the target is removed. It can be taken back.');
}
