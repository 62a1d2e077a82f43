import { Failure } from '../domain/failure.ts';
import type { TargetService } from '../domain/service.ts';
import type { AttemptOutcome } from '../domain/status.ts';
import { appendAudit } from './audit.ts';
import { documentColumns } from './documents.ts';
import type { Attempt, AuditEntry, Intent, Journal, Outcome, RunRow, SealedIntent, Trigger } from './ports.ts';
import { prune } from './prune.ts';
import { noSuchRecord, saveRecord, setAtOf, storedRecord } from './records.ts';
import { documents } from './rows.ts';
import { breaks, type Sql, textOf } from './sql.ts';

/** Endings after which there is nothing left that a person could have agreed to. */
const settling: readonly AttemptOutcome[] = ['synced', 'unchanged', 'deleted'];

/** Runs, the intents of their writes, and how each attempt ended. */
export class WriteJournal implements Journal {
  readonly #sql: Sql;
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  startRun(run: { id: string; trigger: Trigger; startedAt: number; total: number }, audit: AuditEntry): void {
    const row: RunRow = { ...run, endedAt: null, cancelled: false, written: 0, unchanged: 0, attention: 0 };
    this.#sql.transaction(() => {
      this.#sql.run('INSERT INTO runs (id, doc, sum) VALUES (?, ?, ?)', [run.id, ...documents.runs.encode(row)]);
      appendAudit(this.#sql, [audit]);
    });
  }

  endRun(
    { id, trigger, startedAt, endedAt, cancelled, total, written, unchanged, attention }: RunRow,
    audit: AuditEntry,
  ): void {
    // Named one by one: callers hand over rows that know more than the store keeps.
    const row = { id, trigger, startedAt, endedAt, cancelled, total, written, unchanged, attention };
    this.#sql.transaction(() => {
      const changed = this.#sql.run('UPDATE runs SET doc = ?, sum = ? WHERE id = ?', [
        ...documents.runs.encode(row),
        id,
      ]);
      if (changed === 0) throw new Error('This run was never started.');
      appendAudit(this.#sql, [audit]);
    });
  }

  runs(limit: number): RunRow[] {
    const rows = this.#sql.all(`SELECT ${documentColumns} FROM runs ORDER BY rowid DESC LIMIT ?`, [limit]);
    return rows.map((row) => documents.runs.decode(row));
  }

  openIntent(intent: Intent, audit: AuditEntry): void {
    this.#sql.transaction(() => {
      try {
        this.#sql.run('INSERT INTO intents (record_id, doc, sum) VALUES (?, ?, ?)', [
          intent.recordId,
          ...documents.intents.encode(intent),
        ]);
      } catch (error) {
        if (breaks(error, 'PRIMARYKEY')) throw intentOpen(error);
        if (breaks(error, 'FOREIGNKEY')) throw noSuchRecord(error);
        throw error;
      }
      appendAudit(this.#sql, [audit]);
    }, 'later');
  }

  sealIntent(recordId: string, sealed: SealedIntent): void {
    this.#sql.transaction(() => {
      const row = this.#sql.first(`SELECT ${documentColumns} FROM intents WHERE record_id = ?`, [recordId]);
      // The record was removed since: its write must not happen.
      if (!row) throw noSuchRecord();
      const intent = { ...documents.intents.decode(row), sealed };
      this.#sql.run('UPDATE intents SET doc = ?, sum = ? WHERE record_id = ?', [
        ...documents.intents.encode(intent),
        recordId,
      ]);
    }, 'later');
  }

  onDisk(): Promise<void> {
    return this.#sql.onDisk();
  }

  openIntents(): Intent[] {
    const rows = this.#sql.all(`SELECT ${documentColumns} FROM intents ORDER BY rowid`);
    return rows.map((row) => documents.intents.decode(row));
  }

  finish(outcomes: readonly Outcome[]): void {
    this.#sql.transaction(() => {
      for (const outcome of outcomes) this.#enter(outcome);
      appendAudit(
        this.#sql,
        outcomes.flatMap(({ audit }) => audit ?? []),
      );
    }, 'later');
  }

  history(recordId: string, limit: number, before = Number.MAX_SAFE_INTEGER): (Attempt & { id: number })[] {
    const rows = this.#sql.all(
      `SELECT id, ${documentColumns} FROM attempts WHERE record_id = ? AND id < ? ORDER BY id DESC LIMIT ?`,
      [recordId, before, limit],
    );
    return rows.map((row) => ({ ...documents.attempts.decode(row), id: Number(row.id) }));
  }

  countWrites(service: TargetService, since: number): { connectionId: string; region: string; count: number }[] {
    const rows = this.#sql.all(
      `SELECT CAST(doc ->> '$.writtenTo.connectionId' AS BLOB) AS connection, CAST(doc ->> '$.writtenTo.region' AS BLOB) AS region,
        count(*) AS count
       FROM attempts WHERE written_to = ? AND doc ->> '$.startedAt' >= ? GROUP BY connection, region ORDER BY min(id)`,
      [service, since],
    );
    return rows.map(({ connection, region, count }) => ({
      connectionId: textOf(connection),
      region: textOf(region),
      count: Number(count),
    }));
  }

  countDeletes(since: number): number {
    const row = this.#sql.first(
      "SELECT count(*) AS count FROM attempts WHERE keep_as = 'deleted' AND started_at >= ?",
      [since],
    );
    return Number(row?.count);
  }

  prune(before: { readonly unchanged: number; readonly others: number }, limit: number): number {
    return this.#sql.transaction(() => prune(this.#sql, before, this.#now(), limit), 'later');
  }

  #enter({ attempt, status, ledger, conflictSeen, nextRunAt, enteredAt, failuresInRow, closeIntent }: Outcome): void {
    const { recordId } = attempt;
    this.#sql.run('INSERT INTO attempts (doc, sum) VALUES (?, ?)', documents.attempts.encode(attempt));
    const stored = storedRecord(this.#sql, recordId);
    // Removed while it was being synced: what happened stays in history and audit, and there is nothing else to update.
    if (!stored) return;
    // Used up by the write it allowed, or by there being nothing to allow any more.
    const usedUp = settling.includes(attempt.outcome);
    const consent = usedUp ? null : stored.record.consent;
    saveRecord(this.#sql, {
      ...stored,
      record: { ...stored.record, consent },
      status,
      conflictSeen,
      lastRunAt: attempt.startedAt,
      nextRunAt,
      nextRunSetAt: setAtOf(nextRunAt, enteredAt),
      failuresInRow,
    });
    if (ledger) {
      this.#sql.run(
        `INSERT INTO ledger (record_id, doc, sum) VALUES (?, ?, ?)
         ON CONFLICT (record_id) DO UPDATE SET doc = excluded.doc, sum = excluded.sum`,
        [recordId, ...documents.ledger.encode(ledger)],
      );
    }
    if (closeIntent) this.#sql.run('DELETE FROM intents WHERE record_id = ?', [recordId]);
  }
}

function intentOpen(cause: unknown): Failure {
  return new Failure(
    {
      kind: 'conflict',
      code: 'intent-open',
      sentence: 'An earlier write of this record has not been settled yet, so no other was begun.',
      fix: 'Wait for the running sync to end, or restart the app: it settles open writes first.',
    },
    cause,
  );
}
