import type { PlanInput } from './plan.ts';

/** Why a target can't be written as it is: it is not what the last sync left. */
interface Disagreement {
  readonly code: string;
  readonly sentence: string;
  readonly fix: string;
  /** Whether Settings > Sync may decide it. A target that was never ours always needs a person. */
  readonly policyApplies: boolean;
}

/** What speaks against writing a target that is there, or is not there any more; undefined if nothing does. */
export function conflictIn(
  input: Pick<PlanInput, 'recordId' | 'target' | 'ledger' | 'policy' | 'consent'>,
): Disagreement | undefined {
  const { recordId, target, ledger } = input;
  if (target.kind === 'absent') return ledger && ledger.removedAt === null ? targetDeleted : undefined;
  if (target.kind === 'unreadable') return ledger ? unseenConflict(input, ledger) : undefined;
  if (target.kind !== 'present') return undefined;
  if (target.ownerRecordId !== null && target.ownerRecordId !== recordId) return ownedByOther;
  if (isOwnShell(input)) return undefined;
  // A ledger about another target says nothing of this one, whose name it happens to have.
  const isOurs = target.ownerRecordId === recordId;
  if (!ledger || (target.id !== ledger.targetId && !isOurs)) return isOurs ? ledgerLost : unowned;
  if (ledger.targetVersion === null || target.version !== ledger.targetVersion) return targetChanged;
  return undefined;
}

/** What the last write was told is all there is to go by where nothing may be looked at. */
function unseenConflict(
  { policy, consent }: Pick<PlanInput, 'policy' | 'consent'>,
  { targetVersion, looked }: NonNullable<PlanInput['ledger']>,
): Disagreement | undefined {
  if (targetVersion === null) return targetChanged;
  if (!looked) return undefined;
  // Azure wins whatever the target holds, so there is nothing to ask. Nor is there a reason to write: that is the source's to give.
  return policy === 'overwrite' && consent !== 'unreadable' ? undefined : sightLost;
}

/** Made by this record and never given a value: where making and filling are two calls, the app may end between them. */
export function isOwnShell({ recordId, ledger, target }: Pick<PlanInput, 'recordId' | 'ledger' | 'target'>): boolean {
  return !ledger && target.kind === 'present' && target.version === null && target.ownerRecordId === recordId;
}

const targetDeleted: Disagreement = {
  code: 'target-deleted',
  sentence: 'The target was deleted outside this app.',
  fix: 'Press Overwrite target to create it again, Keep target to leave it deleted, or Unlink to forget the record.',
  policyApplies: true,
};

const sightLost: Disagreement = {
  code: 'sight-lost',
  sentence:
    'The target can no longer be looked at with this credential, so a change by somebody else would go unseen. Nothing was written.',
  fix: 'Give the credential back the right to look, then press Sync Now. Or press Overwrite target to go on without looking.',
  policyApplies: true,
};

const ownedByOther: Disagreement = {
  code: 'target-owned-by-other',
  sentence:
    'The target belongs to another sync record, of this app or of another installation. Its value was not touched.',
  fix: 'Press Keep target to leave it to the other record, or Overwrite target if this record should own it.',
  policyApplies: false,
};

const ledgerLost: Disagreement = {
  code: 'ledger-lost',
  sentence:
    'The target is marked as this record’s own, but what was last written to it is not known. It was not touched.',
  fix: 'Press Overwrite target to write it again from Azure, or Adopt if it holds the value from Azure already.',
  policyApplies: true,
};

const unowned: Disagreement = {
  code: 'target-unowned',
  sentence: 'A target with this name exists already and was not made by this app. Its value was not touched.',
  fix: 'Press Adopt if it holds the value from Azure already, Overwrite target to replace its value from now on, or Keep target.',
  policyApplies: false,
};

const targetChanged: Disagreement = {
  code: 'target-changed',
  sentence: 'The target was changed outside this app since the last sync. It was left as it is.',
  fix: 'Look at the target, then press Overwrite target to replace it with the value from Azure, or Keep target.',
  policyApplies: true,
};
