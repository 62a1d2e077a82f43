import { Failure } from '../domain/failure.ts';
import { type LedgerEntry, type SyncRecord, targetPlace } from '../domain/record.ts';
import { documentColumns } from './documents.ts';
import type { RecordChange, RecordChanges, RecordRow, RecordStore } from './ports.ts';
import { documents, placed, type StoredRecord } from './rows.ts';
import { breaks, conditionsOf, type Row, referring, type Sql, textOf } from './sql.ts';

/** A record with its ledger entry, in one query. */
const selectRows = `
  SELECT CAST(records.doc AS BLOB) AS doc, records.sum AS sum,
    CAST(ledger.doc AS BLOB) AS ledger_doc, ledger.sum AS ledger_sum
  FROM records LEFT JOIN ledger ON ledger.record_id = records.id`;

/** The same for records as they changed; one that is gone has neither. */
const selectChanged = `
  SELECT revision, CAST(changes.record_id AS BLOB) AS record_id,
    CAST(records.doc AS BLOB) AS doc, records.sum AS sum,
    CAST(ledger.doc AS BLOB) AS ledger_doc, ledger.sum AS ledger_sum
  FROM changes LEFT JOIN records ON records.id = changes.record_id LEFT JOIN ledger ON ledger.record_id = records.id
  WHERE revision > ? ORDER BY revision LIMIT ?`;

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
        const next = { nextRunAt, nextRunSetAt: setAtOf(nextRunAt, record.createdAt) };
        const stored = { record, place, status, conflictSeen: null, lastRunAt: null, failuresInRow: 0, ...next };
        try {
          this.#sql.run('INSERT INTO records (id, doc, sum) VALUES (?, ?, ?)', [
            record.id,
            ...documents.records.encode(stored),
          ]);
        } catch (error) {
          if (breaks(error, 'UNIQUE', 'records.place')) throw duplicateTarget(record.targetName, error);
          if (breaks(error, 'FOREIGNKEY')) throw noSuchConnection('sync record', error);
          throw error;
        }
      }
    });
  }

  update(ids: readonly string[], change: RecordChange): void {
    const apply = () => {
      for (const id of ids) {
        const { record, ...rest } = this.#existing(id);
        const changed = { ...record, ...change };
        saveRecord(this.#sql, { ...rest, record: changed });
        // Of another source its times and metadata prove nothing, even where they look the same.
        if (sourcePlace(changed) !== sourcePlace(record)) this.#changeLedger(id, { settled: false });
      }
    };
    this.#sql.transaction(() => referring(apply, (cause) => noSuchConnection('sync record', cause)));
  }

  setConsent(id: string, consent: string | null): void {
    this.#sql.transaction(() => this.#save(id, ({ record, ...rest }) => ({ ...rest, record: { ...record, consent } })));
  }

  setNextRuns(runs: readonly { readonly id: string; readonly at: number | null }[], setAt: number): void {
    this.#sql.transaction(() => {
      for (const { id, at } of runs) {
        this.#save(id, (stored) => ({ ...stored, nextRunAt: at, nextRunSetAt: setAtOf(at, setAt) }));
      }
    }, 'later');
  }

  due(now: number): string[] {
    return this.#ids('due_at <= ? ORDER BY due_at, rowid', [now]);
  }

  misplaced(now: number): string[] {
    return this.#ids('set_at > ? ORDER BY set_at, rowid', [now]);
  }

  mark(marks: Parameters<RecordStore['mark']>[0]): void {
    this.#sql.transaction(() => {
      for (const { id, status, conflictSeen, disowned } of marks) {
        const stored = storedRecord(this.#sql, id);
        if (!stored) continue;
        saveRecord(this.#sql, { ...stored, status, conflictSeen });
        if (disowned) this.#changeLedger(id, { targetVersion: null });
      }
    }, 'later');
  }

  changes(since: number | null, limit: number): RecordChanges {
    const rows = this.#sql.all(selectChanged, [since ?? 0, limit + 1]);
    const given = rows.slice(0, limit);
    return {
      rows: given.filter(({ doc }) => doc !== null).map(rowOf),
      removed: given.filter(({ doc }) => doc === null).map((row) => textOf(row.record_id)),
      revision: Number(given.at(-1)?.revision ?? since ?? 0),
      more: rows.length > limit,
    };
  }

  idsWhere({ sourceConnectionId, sourceVault, ruleId, code }: Parameters<RecordStore['idsWhere']>[0]): string[] {
    const { where, params } = conditionsOf([
      ['source_connection = ?', sourceConnectionId],
      // Azure tells names of vaults apart without regard to case.
      ["doc ->> '$.record.sourceVault' = ? COLLATE NOCASE", sourceVault],
      ['rule_id = ?', ruleId],
      ["doc ->> '$.status.code' = ?", code],
    ]);
    return this.#ids(`${where} ORDER BY rowid`, params);
  }

  places(): ReturnType<RecordStore['places']> {
    // One text for all of them: handing over a row each takes longer than finding them.
    const row = this.#sql.first(`
      SELECT CAST(json_group_array(json_extract(doc, '$.place', '$.record.id', '$.record.sourceVault',
        '$.record.sourceName', '$.record.sourceKind')) AS BLOB) AS doc FROM records`);
    return new Map(
      placed
        .parse(JSON.parse(textOf(row?.doc)))
        .map(([place, id, sourceVault, sourceName, sourceKind]) => [
          place,
          { id, sourceVault, sourceName, sourceKind },
        ]),
    );
  }

  count(): number {
    return Number(this.#sql.first('SELECT count(*) AS count FROM records')?.count);
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

  countWaiting(): { conflicts: number; deletions: number } {
    const found = this.#sql.first(`
      SELECT count(*) AS count, count(*) FILTER (WHERE conflict_seen LIKE 'delete:%') AS deletions
      FROM records WHERE conflict_seen IS NOT NULL`);
    const deletions = Number(found?.deletions);
    return { conflicts: Number(found?.count) - deletions, deletions };
  }

  /** Inside the caller's transaction. */
  #changeLedger(id: string, change: Partial<LedgerEntry>): void {
    const row = this.#sql.first(`SELECT ${documentColumns} FROM ledger WHERE record_id = ?`, [id]);
    if (!row) return;
    const entry = { ...documents.ledger.decode(row), ...change };
    this.#sql.run('UPDATE ledger SET doc = ?, sum = ? WHERE record_id = ?', [...documents.ledger.encode(entry), id]);
  }

  #ids(where: string, params: readonly (string | number)[]): string[] {
    const rows = this.#sql.all(`SELECT CAST(id AS BLOB) AS id FROM records WHERE ${where}`, params);
    return rows.map(({ id }) => textOf(id));
  }

  #existing(id: string): StoredRecord {
    const stored = storedRecord(this.#sql, id);
    if (!stored) throw noSuchRecord();
    return stored;
  }

  #save(id: string, change: (stored: StoredRecord) => StoredRecord): void {
    saveRecord(this.#sql, change(this.#existing(id)));
  }
}

function sourcePlace({ sourceConnectionId, sourceVault, sourceName }: SyncRecord): string {
  return [sourceConnectionId, sourceVault, sourceName].join('\n').toLowerCase();
}

/** A record's row, or undefined if it was removed. */
export function storedRecord(sql: Sql, id: string): StoredRecord | undefined {
  const row = sql.first(`${selectStored} WHERE id = ?`, [id]);
  return row && documents.records.decode(row);
}

/** When a next run was counted: only known of one that there is, so that a record without one is never taken for misplaced. */
export function setAtOf(nextRunAt: number | null, at: number): number | null {
  return nextRunAt === null ? null : at;
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
  const { place: _, ...shown } = documents.records.decode(row);
  const ledger = row.ledger_doc === null ? null : documents.ledger.decode(row, 'ledger_doc', 'ledger_sum');
  return { ...shown, ledger };
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

/** @param what was to be saved */
export function noSuchConnection(what: string, cause: unknown): Failure {
  return new Failure(
    {
      kind: 'not-found',
      code: 'no-such-connection',
      sentence: `The connection was removed, so the ${what} was not saved.`,
      fix: 'Choose another connection, or set it up again.',
    },
    cause,
  );
}

/** Leaves the records of a rule without one, inside the caller's transaction. */
export function releaseFromRule(sql: Sql, ruleId: string): void {
  for (const row of sql.all(`${selectStored} WHERE rule_id = ?`, [ruleId])) {
    const stored = documents.records.decode(row);
    saveRecord(sql, { ...stored, record: { ...stored.record, ruleId: null } });
  }
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
