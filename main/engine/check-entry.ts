import type { Check, CheckRow } from '../domain/check.ts';
import { conflictPolicyOf, isHeld } from '../domain/decision.ts';
import type { PlanInput } from '../domain/plan.ts';
import type { AuditEntry, RecordRow } from '../store/ports.ts';
import type { Finding, Mark } from './check-verdict.ts';
import type { EngineDeps } from './deps.ts';

/** The evidence of one record. @param connections their names by id */
export function checkRowOf(
  { record, ledger }: RecordRow,
  finding: Finding,
  input: PlanInput | undefined,
  connections: ReadonlyMap<string, string>,
  checkedAt: number,
): CheckRow {
  const target = input?.target.kind === 'present' ? input.target : undefined;
  const told = input?.source.kind === 'found' ? input.source.item.version : undefined;
  // A list names no versions; where nothing moved since, the current one is the one written last.
  const known = finding.verdict === 'same-version' || finding.verdict === 'same-value' ? ledger?.sourceVersion : null;
  return {
    recordId: record.id,
    source: `${record.sourceVault}/${record.sourceName}`,
    target: record.targetName,
    targetService: record.targetService,
    targetRegion: record.targetRegion,
    targetConnection: connections.get(record.targetConnectionId) ?? '(removed connection)',
    ...finding,
    sourceVersion: told ?? known ?? null,
    targetVersion: target?.version ?? null,
    targetId: target?.id ?? ledger?.targetId ?? null,
    checkedAt,
  };
}

/** A record that begins to wait for a person has no next run, and one that no longer waits has one again. */
export function changedRun(
  { record, conflictSeen }: RecordRow,
  mark: Mark,
  { settings, nextRun, clock }: Pick<EngineDeps, 'settings' | 'nextRun' | 'clock'>,
): { id: string; at: number | null }[] {
  const policy = conflictPolicyOf(record, settings());
  const held = isHeld(mark, policy);
  if (held === isHeld({ conflictSeen }, policy)) return [];
  return [{ id: record.id, at: held ? null : nextRun(record, clock.now()) }];
}

/** The audit row of a check's begin or end. */
export function checkAudit(check: Check, outcome: AuditEntry['outcome'], detail: string): AuditEntry {
  const at = check.endedAt ?? check.startedAt;
  return { at, actor: check.trigger, action: 'check targets', subject: `check ${check.id}`, outcome, detail };
}

/** All that what was found depends on; another text means that it was found of something that is no more. */
export function stampOf({ record, ledger, lastRunAt }: RecordRow): string {
  return JSON.stringify([record, ledger, lastRunAt]);
}

/** Whether a mark says anything that is not shown already. */
export function isNews({ status, conflictSeen }: RecordRow, mark: Mark): boolean {
  return conflictSeen !== mark.conflictSeen || status.status !== mark.status.status || status.code !== mark.status.code;
}

export const stillBusy: Finding = {
  verdict: 'failed',
  code: 'being-synced',
  sentence: 'It was being synced each time this check came to it, so it was not compared.',
  fix: 'Wait until its sync is over, then press Check now.',
  method: 'none',
};

export const unsettled: Finding = {
  verdict: 'unknown',
  code: 'write-unconfirmed',
  sentence: 'A write was sent to the target whose end is not known yet, so there is nothing to compare it with.',
  fix: 'Press Sync Now: it finds out what became of the write. Then check again.',
  method: 'none',
};
