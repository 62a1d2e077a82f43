import type { AttemptView, ConnectionView, RecordView, RunView } from '../../preload/contract/views.ts';
import type { Connection } from '../domain/connection.ts';
import type { RunProgress } from '../engine/index.ts';
import type { Attempt, RecordRow, RunRow } from '../store/ports.ts';
import { given } from './given.ts';

/** What screens see of the store's rows. Every field is named here, so that nothing crosses a door by accident. */

/**
 * @param connectionNames by id
 * @param syncing whether a run is at this record now
 * @param waitingFor what its write is waiting for now
 */
export function recordViewOf(
  row: RecordRow,
  connectionNames: ReadonlyMap<string, string>,
  syncing: boolean,
  waitingFor: string | undefined,
): RecordView {
  const { record, status, ledger } = row;
  const nameOf = (id: string) => connectionNames.get(id) ?? '(removed connection)';
  return {
    id: record.id,
    sourceConnectionId: record.sourceConnectionId,
    sourceConnection: nameOf(record.sourceConnectionId),
    sourceKind: record.sourceKind,
    sourceVault: record.sourceVault,
    sourceName: record.sourceName,
    targetConnectionId: record.targetConnectionId,
    targetConnection: nameOf(record.targetConnectionId),
    targetService: record.targetService,
    targetName: record.targetName,
    targetRegion: record.targetRegion,
    shape: given(record.shape) as RecordView['shape'],
    options: given(record.options) as RecordView['options'],
    schedule: record.schedule,
    enabled: record.enabled,
    copyTags: record.copyTags,
    conflictPolicy: record.conflictPolicy,
    status: syncing ? 'syncing' : status.status,
    code: status.code,
    sentence: waitingFor ?? status.sentence,
    fix: status.fix,
    conflictSeen: row.conflictSeen,
    lastRunAt: row.lastRunAt,
    nextRunAt: row.nextRunAt,
    sourceVersion: ledger?.sourceVersion ?? null,
    targetVersion: ledger?.targetVersion ?? null,
    targetId: ledger?.targetId ?? null,
    writtenAt: ledger?.writtenAt ?? null,
    createdAt: record.createdAt,
  };
}

/** @param records how many use it */
export function connectionViewOf(connection: Connection, records: number): ConnectionView {
  const { id, name, settings, credentialHint, credentialSavedAt, credentialExpiresAt, createdAt } = connection;
  return {
    id,
    name,
    settings: given(settings) as ConnectionView['settings'],
    credentialHint,
    credentialSavedAt,
    credentialExpiresAt,
    records,
    createdAt,
  };
}

export function attemptViewOf(attempt: Attempt & { id: number }): AttemptView {
  const {
    id,
    runId,
    trigger,
    startedAt,
    durationMs,
    outcome,
    action,
    code,
    sentence,
    fix,
    sourceVersion,
    targetVersion,
  } = attempt;
  return {
    id,
    runId,
    trigger,
    startedAt,
    durationMs,
    outcome,
    action,
    code,
    sentence,
    fix,
    sourceVersion,
    targetVersion,
  };
}

export function runViewOf(run: RunProgress): RunView {
  const { id, trigger, startedAt, endedAt, phase, total, done, written, unchanged, attention } = run;
  return { id, trigger, startedAt, endedAt, phase, total, done, written, unchanged, attention };
}

/** A run from the store; what was not entered when it ended was not done. */
export function pastRunViewOf(run: RunRow): RunView {
  const { cancelled, ...rest } = run;
  return { ...rest, phase: cancelled ? 'cancelled' : 'done', done: run.written + run.unchanged + run.attention };
}
