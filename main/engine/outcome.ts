import { Failure, type FailureDetail, isPassing } from '../domain/failure.ts';
import type { Payload } from '../domain/payload.ts';
import { type PlannedStep, seenByWriting } from '../domain/plan.ts';
import type { LedgerEntry } from '../domain/record.ts';
import { type AttemptOutcome, statusAfter } from '../domain/status.ts';
import type { AuditEntry, Outcome, RecordRow, Trigger } from '../store/ports.ts';
import type { Clock } from './deps.ts';

/** Which run an attempt belongs to. */
export interface RunIdentity {
  readonly id: string;
  readonly trigger: Trigger;
}

/** How an attempt ended, before it is entered. */
export interface Ending {
  readonly outcome: AttemptOutcome;
  readonly action: string;
  readonly code: string;
  readonly sentence: string;
  readonly fix?: string;
  readonly ledger?: LedgerEntry;
  readonly conflictSeen?: string;
  readonly sourceVersion?: string;
  readonly targetVersion?: string;
  /** A write was journaled, so its end is audited and its intent closed, unless `leaveIntent`. */
  readonly journaled?: boolean;
  readonly leaveIntent?: boolean;
  /** It failed in a way that may pass by itself. */
  readonly passing?: boolean;
}

/** An outcome but for what is counted when it is entered, by the schedule and the policy the record has then. */
export interface Ended extends Omit<Outcome, 'nextRunAt' | 'failuresInRow' | 'enteredAt'> {
  readonly passing: boolean;
}

/** The rows an ending leaves in the store, all entered in one transaction. */
export function outcomeOf(run: RunIdentity, row: RecordRow, startedAt: number, ending: Ending, clock: Clock): Ended {
  const { record } = row;
  const now = clock.now();
  const fix = ending.fix ?? '';
  const { outcome, code, sentence } = ending;
  return {
    attempt: {
      recordId: record.id,
      runId: run.id,
      trigger: run.trigger,
      startedAt,
      durationMs: Math.max(0, now - startedAt),
      outcome,
      action: ending.action,
      code,
      sentence,
      fix,
      sourceVersion: ending.sourceVersion ?? ending.ledger?.sourceVersion ?? null,
      targetVersion: ending.targetVersion ?? ending.ledger?.targetVersion ?? null,
      writtenTo: wroteValue(ending)
        ? { service: record.targetService, connectionId: record.targetConnectionId, region: record.targetRegion }
        : null,
    },
    status: { status: statusAfter(outcome), code, sentence, fix },
    ledger: ending.ledger,
    conflictSeen: ending.conflictSeen ?? null,
    passing: ending.passing === true,
    // Never an intent that this attempt did not open or settle: it may stand for a write of unknown end.
    closeIntent: ending.journaled === true && ending.leaveIntent !== true,
    audit: ending.journaled
      ? writeAudit(run, row, now, ending.action, succeeded.has(outcome) ? 'succeeded' : 'failed', code)
      : null,
  };
}

const succeeded: ReadonlySet<AttemptOutcome> = new Set(['synced', 'unchanged', 'deleted']);

function wroteValue({ action, outcome }: Ending): boolean {
  return (action === 'create' || action === 'update') && (outcome === 'synced' || outcome === 'unconfirmed');
}

/** The audit trail's words for one write: who, what, from where, to where. */
export function writeAudit(
  run: RunIdentity,
  { record }: RecordRow,
  at: number,
  action: string,
  outcome: AuditEntry['outcome'],
  detail: string,
): AuditEntry {
  const from = `${record.sourceVault}/${record.sourceName}`;
  const to = `${record.targetService} ${record.targetRegion} ${record.targetName}`;
  return {
    at,
    actor: run.trigger,
    action: `target ${action}`,
    subject: `record ${record.id}: ${from} → ${to}`,
    outcome,
    detail,
  };
}

/** A chain with a hole is written as it is, because some services and readers take it; who uses it should know. */
export function chainWarning(payload: Payload): Partial<Ending> {
  const missing = payload.kind === 'certificate' ? payload.bundle.facts.missingIssuer : null;
  if (missing === null) return {};
  return {
    code: 'chain-incomplete',
    sentence: `The target is up to date, but the certificate's chain has a hole: the certificate of ${missing} is not in Key Vault's bundle.`,
    fix: 'Some clients will not trust it. Import the certificate into Key Vault again, with its whole chain.',
  };
}

/** A failed attempt as its ending. */
export function failedEnding(action: string, failure: FailureDetail, more: Partial<Ending> = {}): Ending {
  const { kind, code, sentence, fix } = failure;
  const passing = isPassing(new Failure(failure));
  return { outcome: kind === 'cancelled' ? 'cancelled' : 'failed', action, code, sentence, fix, passing, ...more };
}

/** The reply got lost for good: whether the target was changed is not known, so the intent stays open until it is. */
export function unconfirmedEnding(action: string, failure: Failure, what: 'write' | 'removal' = 'write'): Ending {
  const open = what === 'write' ? 'the target has the new value' : 'the target was removed';
  return {
    outcome: 'unconfirmed',
    action,
    code: 'write-unconfirmed',
    sentence: `The ${what} was sent, but its end is not known: ${failure.detail.sentence} Whether ${open} is not known yet.`,
    fix: 'Nothing to do: the next run looks at the target first and finishes what is missing. Press Sync Now to do it at once.',
    journaled: true,
    leaveIntent: true,
    passing: isPassing(failure),
  };
}

/** A conflict found while or after something was journaled, for the target state that a person is then asked about. */
export function conflictEnding(step: PlannedStep, journaled: boolean): Ending {
  const { action, code, sentence, fix, targetSeen } = step;
  return { outcome: 'conflict', action, code, sentence, fix, conflictSeen: targetSeen, journaled };
}

/**
 * A write refused because the target is not what a credential that may not look had to assume: a conflict, with the state
 * that a person is then asked about.
 */
export function conflictByWriting(action: string, failure: Failure): Ending | undefined {
  if (failure.detail.code === 'target-exists') {
    return {
      outcome: 'conflict',
      action,
      code: 'target-exists',
      sentence: 'A target with this name exists already. Its value was not touched.',
      fix: 'Press Overwrite target to replace its value from now on, or Unlink and add the record with another name.',
      conflictSeen: seenByWriting.exists,
      journaled: true,
    };
  }
  if (failure.detail.code === 'target-missing') {
    return {
      outcome: 'conflict',
      action,
      code: 'target-deleted',
      sentence: 'The target was deleted outside this app.',
      fix: 'Press Overwrite target to create it again, or Unlink if it is no longer wanted.',
      conflictSeen: seenByWriting.absent,
      journaled: true,
    };
  }
  return undefined;
}
