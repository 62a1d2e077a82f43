import { Failure } from '../domain/failure.ts';
import { targetPlace } from '../domain/record.ts';
import { documentColumns } from './documents.ts';
import type { RecordChange, RecordRow, RecordStore } from './ports.ts';
import { documents, type StoredRecord } from './rows.ts';
import { breaks, type Row, type Sql, textOf } from './sql.ts';

/** A record with its ledger entry, in one query. */
const selectRows = `
  SELECT CAST(records.doc AS BLOB) AS doc, records.sum AS sum,
    CAST(ledger.doc AS BLOB) AS ledger_doc, ledger.sum AS ledger_sum
  FROM records LEFT JOIN ledger ON ledger.record_id = records.id`;

const selectStored = `SELECT ${documentColumns} FROM records`;

/** Sync records and how each stands. */
export class Records implements RecordStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  list(): RecordRow[] {
    return this.#sql.all(`${selectRows} ORDER BY records.rowid`).map(rowOf);
  }

  get(id: string): RecordRow | undefined {
    const row = this.#sql.first(`${selectRows} WHERE records.id = ?`, [id]);
    return row && rowOf(row);
  }

  getMany(ids: readonly string[]): RecordRow[] {
    const found = this.#sql.all(`${selectRows} WHERE records.id IN (SELECT value FROM json_each(?))`, [
      JSON.stringify(ids),
    ]);
    const byId = new Map(found.map(rowOf).map((row) => [row.record.id, row]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  insert(rows: Parameters<RecordStore['insert']>[0]): void {
    this.#sql.transaction(() => {
      for (const { record, status, nextRunAt } of rows) {
        const place = targetPlace(record);
        const stored = { record, place, status, conflictSeen: null, lastRunAt: null, nextRunAt };
        try {
          this.#sql.run('INSERT INTO records (id, doc, sum) VALUES (?, ?, ?)', [
            record.id,
            ...documents.records.encode(stored),
          ]);
        } catch (error) {
          if (breaks(error, 'UNIQUE', 'records.place')) throw duplicateTarget(record.targetName, error);
          if (breaks(error, 'FOREIGNKEY')) throw noSuchConnection(error);
          throw error;
        }
      }
    });
  }

  update(ids: readonly string[], change: RecordChange): void {
    this.#sql.transaction(() => {
      for (const id of ids) {
        const stored = this.#existing(id);
        saveRecord(this.#sql, { ...stored, record: { ...stored.record, ...change } });
      }
    });
  }

  setConsent(id: string, consent: string): void {
    this.#sql.transaction(() => {
      const stored = this.#existing(id);
      saveRecord(this.#sql, { ...stored, record: { ...stored.record, consent } });
    });
  }

  setNextRun(id: string, at: number | null): void {
    this.#sql.transaction(() => saveRecord(this.#sql, { ...this.#existing(id), nextRunAt: at }));
  }

  due(now: number): string[] {
    // A time further away than the schedule can put it was counted from a clock that was wrong.
    const rows = this.#sql.all(
      `${selectStored} WHERE due_at <= ?1 OR due_at > ?1 + 3600000 * (doc ->> '$.record.schedule.hours')
       ORDER BY due_at, rowid`,
      [now],
    );
    return rows.map((row) => documents.records.decode(row).record.id);
  }

  remove(ids: readonly string[]): void {
    this.#sql.transaction(() => {
      this.#sql.run('DELETE FROM records WHERE id IN (SELECT value FROM json_each(?))', [JSON.stringify(ids)]);
    });
  }

  countByConnection(): Map<string, number> {
    const rows = this.#sql.all(`
      SELECT CAST(connection AS BLOB) AS connection, count(*) AS count FROM (
        SELECT source_connection AS connection FROM records
        UNION ALL SELECT target_connection FROM records WHERE target_connection <> source_connection
      ) GROUP BY connection`);
    return new Map(rows.map(({ connection, count }) => [textOf(connection), Number(count)]));
  }

  countWithStatus(status: RecordRow['status']['status']): number {
    return Number(this.#sql.first('SELECT count(*) AS count FROM records WHERE status = ?', [status])?.count ?? 0);
  }

  #existing(id: string): StoredRecord {
    const stored = storedRecord(this.#sql, id);
    if (!stored) throw noSuchRecord();
    return stored;
  }
}

/** A record's row, or undefined if it was removed. */
export function storedRecord(sql: Sql, id: string): StoredRecord | undefined {
  const row = sql.first(`${selectStored} WHERE id = ?`, [id]);
  return row && documents.records.decode(row);
}

/** Replaces a record's row, inside the caller's transaction. */
export function saveRecord(sql: Sql, stored: StoredRecord): void {
  sql.run('UPDATE records SET doc = ?, sum = ? WHERE id = ?', [...documents.records.encode(stored), stored.record.id]);
}

/** @param cause the broken constraint that told it, if one did */
export function noSuchRecord(cause?: unknown): Failure {
  return new Failure(
    {
      kind: 'not-found',
      code: 'no-such-record',
      sentence: 'This sync record was removed.',
      fix: 'Add it again under Automation > Sync if it is still wanted.',
    },
    cause,
  );
}

function rowOf(row: Row): RecordRow {
  const { record, status, conflictSeen, lastRunAt, nextRunAt } = documents.records.decode(row);
  const ledger = row.ledger_doc === null ? null : documents.ledger.decode(row, 'ledger_doc', 'ledger_sum');
  return { record, status, conflictSeen, lastRunAt, nextRunAt, ledger };
}

function duplicateTarget(targetName: string, cause: unknown): Failure {
  return new Failure(
    {
      kind: 'conflict',
      code: 'duplicate-target',
      sentence: `Another sync record already writes to ${targetName} there. Two records with one target would overwrite each other.`,
      fix: 'Choose another target name or naming rule, or remove the other record.',
    },
    cause,
  );
}

function noSuchConnection(cause: unknown): Failure {
  return new Failure(
    {
      kind: 'not-found',
      code: 'no-such-connection',
      sentence: 'The connection was removed, so the sync record was not added.',
      fix: 'Choose another connection, or set it up again.',
    },
    cause,
  );
}

/** Places the records of a connection by the account it leads to, inside the caller's transaction. */
export function adoptAccount(sql: Sql, connectionId: string, account: string): void {
  // Chosen by the database: reading all of a connection's records only to save its name would hold up everything else.
  const rows = sql.all(`${selectStored} WHERE target_connection = ? AND doc ->> '$.record.targetAccount' IS NULL`, [
    connectionId,
  ]);
  for (const row of rows) {
    const stored = documents.records.decode(row);
    const record = { ...stored.record, targetAccount: account };
    const place = targetPlace(record);
    // Two records of one target, made before this could be known: the later one stays as it is, and is found by its owner mark.
    if (sql.first('SELECT 1 FROM records WHERE place = ?', [place])) continue;
    saveRecord(sql, { ...stored, record, place });
  }
}
