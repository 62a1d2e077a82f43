import type { AttemptView, ConnectionView, RecordView, RunView } from '../../preload/contract/views.ts';
import type { Connection } from '../domain/connection.ts';
import { choicesFor } from '../domain/decision.ts';
import type { RunProgress } from '../engine/index.ts';
import { scheduleWords } from '../scheduler/index.ts';
import type { Attempt, RecordRow, RunRow, Store } from '../store/ports.ts';
import type { OperationDeps } from './deps.ts';
import { given } from './given.ts';
import { waitsForPerson } from './next-runs.ts';

/** What screens see of the store's rows. Every field is named here, so that nothing crosses a door by accident. */

type RecordViewDeps = Pick<OperationDeps, 'store' | 'engine' | 'preferences' | 'waitingFor'>;

/** Records as the list shows them, with what is told of them elsewhere: names, the run that is at them, their choices. */
export function recordViewsOf(deps: RecordViewDeps, rows: readonly RecordRow[]): RecordView[] {
  const { store, engine, preferences, waitingFor } = deps;
  const nameOf = connectionNames(store);
  const rules = new Map(store.rules.list().map(({ rule: { id, name } }) => [id, name]));
  const settings = preferences.get();
  return rows.map((row) => {
    const { record } = row;
    return recordViewOf(row, {
      sourceConnection: nameOf(record.sourceConnectionId),
      targetConnection: nameOf(record.targetConnectionId),
      rule: record.ruleId === null ? null : (rules.get(record.ruleId) ?? null),
      held: waitsForPerson(row, settings),
      syncing: engine.isSyncing(record.id),
      waitingFor: waitingFor(record.id),
    });
  });
}

/** The names of connections by id, as they are now. */
export function connectionNames({ connections }: Pick<Store, 'connections'>): (id: string) => string {
  const names = new Map(connections.list().map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? '(removed connection)';
}

interface Around {
  readonly sourceConnection: string;
  readonly targetConnection: string;
  readonly rule: string | null;
  readonly held: boolean;
  /** Whether a run is at this record now. */
  readonly syncing: boolean;
  /** What its write is waiting for now. */
  readonly waitingFor: string | undefined;
}

function recordViewOf(row: RecordRow, around: Around): RecordView {
  const { record, status, ledger, conflictSeen } = row;
  return {
    id: record.id,
    sourceConnectionId: record.sourceConnectionId,
    sourceConnection: around.sourceConnection,
    sourceKind: record.sourceKind,
    sourceVault: record.sourceVault,
    sourceName: record.sourceName,
    targetConnectionId: record.targetConnectionId,
    targetConnection: around.targetConnection,
    targetService: record.targetService,
    targetName: record.targetName,
    targetRegion: record.targetRegion,
    shape: given(record.shape) as RecordView['shape'],
    options: given(record.options) as RecordView['options'],
    schedule: record.schedule,
    scheduleWords: scheduleWords(record.schedule),
    enabled: record.enabled,
    syncOnChange: record.syncOnChange,
    copyTags: record.copyTags,
    conflictPolicy: record.conflictPolicy,
    deletionPolicy: record.deletionPolicy,
    ruleId: record.ruleId,
    rule: around.rule,
    status: around.syncing ? 'syncing' : status.status,
    code: status.code,
    sentence: around.waitingFor ?? status.sentence,
    fix: status.fix,
    conflictSeen,
    choices: conflictSeen === null || around.syncing ? [] : choicesFor(status.code, conflictSeen),
    held: around.held,
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
