import type { CheckRow, CheckVerdict } from '../domain/check.ts';
import { asksDeletion } from '../domain/decision.ts';
import { isGone, type PlanInput, type PlannedStep, planStep } from '../domain/plan.ts';
import type { LedgerEntry } from '../domain/record.ts';
import type { StatusDetail } from '../domain/status.ts';
import type { RecordRow } from '../store/ports.ts';

/** What was found of one record, in a check's words. */
export type Finding = Pick<CheckRow, 'verdict' | 'code' | 'sentence' | 'fix' | 'method'>;

/** What a check enters of a record: what the next sync would show. */
export interface Mark {
  readonly status: StatusDetail;
  readonly conflictSeen: string | null;
  /** What is current in the target is not what was written, though its version marker is. */
  readonly disowned?: boolean;
}

/**
 * The step that says how things are: what a person agreed to, or set for conflicts, is the next sync's business and changes
 * nothing of what the target is now.
 */
export function stepAsSeen(input: PlanInput): PlannedStep {
  return planStep({ ...input, consent: null, policy: 'alert' });
}

/** What the version markers tell of a record. Pure; judged by the plan itself, so that no sync ever says otherwise. */
export function findingByMarkers({ ledger }: Pick<RecordRow, 'ledger'>, input: PlanInput): Finding {
  const step = stepAsSeen(input);
  const { code, sentence } = step;
  const fix = fixOf(input, step);
  const verdict = verdictOf(ledger, input, step);
  if (verdict === 'failed' && ledger) {
    const alone = targetAlone(input, ledger);
    if (alone.action === 'conflict') {
      const found = verdictOf(ledger, input, alone);
      const words = `${alone.sentence} Its source could not be compared: ${sentence}`;
      return { verdict: found, code: alone.code, sentence: words, fix: alone.fix, method: 'marker' };
    }
  }
  if (verdict === 'unknown' && step.action === 'unchanged') {
    return {
      verdict,
      code,
      sentence: 'This credential may not look at the target, so whether it is still what was written is not known.',
      fix: 'Give the credential the right to look at the target; Settings > Connections shows the policy.',
      method: 'none',
    };
  }
  return { verdict, code, sentence, fix, method: verdict === 'failed' || verdict === 'unknown' ? 'none' : 'marker' };
}

/** What a person can do: nothing, where the next sync does it by itself. */
function fixOf(input: PlanInput, step: PlannedStep): string {
  const { action } = planStep(input);
  if (writes(step.action)) return step.fix || pressSync;
  if (step.action !== 'conflict' || !writes(action)) return step.fix;
  return input.consent === null ? `By your conflict setting, Azure wins. ${pressSync}` : pressSync;
}

function writes(action: PlannedStep['action']): boolean {
  return action === 'create' || action === 'update' || action === 'tags-only' || action === 'adopt';
}

function verdictOf(ledger: LedgerEntry | null, { source, target }: PlanInput, step: PlannedStep): CheckVerdict {
  switch (step.action) {
    case 'excluded':
    case 'kept':
      return 'left-out';
    case 'unchanged':
      // Both are gone, as the deletion policy wants it.
      if (source.kind === 'missing') return 'left-out';
      return target.kind === 'unreadable' ? 'unknown' : 'same-version';
    case 'tags-only':
      return step.code === 'mark-removed' ? 'mark-removed' : 'behind';
    case 'delete':
      return 'source-missing';
    case 'create':
    case 'update':
    case 'adopt':
      if (!ledger) return 'never-synced';
      return isGone(target) ? 'missing' : 'behind';
    case 'conflict':
      if (step.code === 'ledger-lost' || step.code === 'sight-lost') return 'unknown';
      if (!ledger) return 'never-synced';
      return isGone(target) ? 'missing' : 'changed';
    case 'blocked':
      if (source.kind === 'missing') return 'source-missing';
      if (source.kind !== 'found' || target.kind !== 'closed' || step.code !== target.code) return 'failed';
      if (!ledger) return 'never-synced';
      return isGone(target) ? 'missing' : 'changed';
  }
}

/** How the target stands to what was written last, whatever became of the source: drift is no less for a vault that fails. */
function targetAlone(input: PlanInput, ledger: LedgerEntry): PlannedStep {
  const item = {
    kind: 'secret',
    vault: '',
    name: '',
    enabled: true,
    updatedOn: ledger.sourceUpdatedOn,
    version: ledger.sourceVersion,
    tags: {},
    managed: false,
  } as const;
  return stepAsSeen({
    ...input,
    source: { kind: 'found', item },
    refusal: null,
    wantedTags: ledger.tagsWritten,
  });
}

/**
 * What a check enters as the record's status: what the next sync would show, and only where that is no better than what is
 * shown now.
 * - a conflict, or a source or target that no sync may use: always, so that a person can decide at once
 * - something to write: `pending`, in place of a `synced` that is no longer true; any other status says more
 * - all well: `synced`, in place of a conflict or a pending write that is no more; a failure stays until a sync succeeds
 * - what could not be looked at says nothing about the copy, and changes nothing
 */
export function markOf(row: Pick<RecordRow, 'status' | 'conflictSeen' | 'ledger'>, input: PlanInput): Mark | undefined {
  const step = planStep(input);
  const { code, sentence, fix, targetSeen } = step;
  const shown = row.status.status;
  switch (step.action) {
    case 'conflict':
      return { status: { status: 'failed', code, sentence, fix }, conflictSeen: targetSeen };
    case 'blocked':
      if (step.failure || (code === 'source-missing' && isAskedToDelete(row, input))) return undefined;
      return { status: { status: 'failed', code, sentence, fix }, conflictSeen: null };
    case 'unchanged':
      if (input.target.kind === 'unreadable') return undefined;
      if (row.conflictSeen === null && shown !== 'pending') return undefined;
      return { status: { status: 'synced', code, sentence, fix }, conflictSeen: null };
    case 'excluded':
    case 'kept':
      if (shown !== 'synced') return undefined;
      return { status: { status: 'unknown', code, sentence, fix }, conflictSeen: null };
    default:
      if (shown !== 'synced' || !row.ledger) return undefined;
      return { status: { status: 'pending', code, sentence, fix: fix || pressSync }, conflictSeen: null };
  }
}

/** Whether a person's answer about a deletion is wanted: that it is no longer certain is none. */
function isAskedToDelete({ conflictSeen }: Pick<RecordRow, 'conflictSeen'>, { deletion }: PlanInput): boolean {
  return deletion !== 'keep' && asksDeletion(conflictSeen);
}

const pressSync = 'The next sync does it. Press Sync Now to do it at once.';
