import type { Check, CheckRow, CheckVerdict } from '../domain/check.ts';
import { Failure } from '../domain/failure.ts';
import { appendAudit } from './audit.ts';
import { documentColumns } from './documents.ts';
import type { AuditEntry, CheckStore } from './ports.ts';
import { referring, type Sql } from './sql.ts';
import { watchDocuments } from './watch-rows.ts';

/** Checks and what each found. */
export class Checks implements CheckStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  start(check: Check, audit: AuditEntry): void {
    this.#sql.transaction(() => {
      this.#sql.run('INSERT INTO checks (id, doc, sum) VALUES (?, ?, ?)', [
        check.id,
        ...watchDocuments.checks.encode(check),
      ]);
      appendAudit(this.#sql, [audit]);
    });
  }

  add(checkId: string, rows: readonly CheckRow[]): void {
    const insert = () => {
      for (const row of rows) {
        this.#sql.run('INSERT INTO check_rows (check_id, verdict, doc, sum) VALUES (?, ?, ?, ?)', [
          checkId,
          row.verdict,
          ...watchDocuments.checkRows.encode(row),
        ]);
      }
    };
    this.#sql.transaction(() => referring(insert, noSuchCheck), 'later');
  }

  end(check: Check, audit: AuditEntry): void {
    this.#sql.transaction(() => {
      const changed = this.#sql.run('UPDATE checks SET doc = ?, sum = ? WHERE id = ?', [
        ...watchDocuments.checks.encode(check),
        check.id,
      ]);
      if (changed === 0) throw noSuchCheck();
      appendAudit(this.#sql, [audit]);
    });
  }

  list(limit: number): Check[] {
    const rows = this.#sql.all(`SELECT ${documentColumns} FROM checks ORDER BY rowid DESC LIMIT ?`, [limit]);
    return rows.map((row) => watchDocuments.checks.decode(row));
  }

  get(id: string): Check | undefined {
    const row = this.#sql.first(`SELECT ${documentColumns} FROM checks WHERE id = ?`, [id]);
    return row && watchDocuments.checks.decode(row);
  }

  rows(
    checkId: string,
    { after, limit, verdicts }: { after: number; limit: number; verdicts?: readonly CheckVerdict[] },
  ): (CheckRow & { id: number })[] {
    const rows = this.#sql.all(
      `SELECT id, ${documentColumns} FROM check_rows
       WHERE check_id = ?1 AND id > ?2 AND (?3 IS NULL OR verdict IN (SELECT value FROM json_each(?3)))
       ORDER BY id LIMIT ?4`,
      [checkId, after, verdicts ? JSON.stringify(verdicts) : null, limit],
    );
    return rows.map((row) => ({ ...watchDocuments.checkRows.decode(row), id: Number(row.id) }));
  }
}

function noSuchCheck(cause?: unknown): Failure {
  return new Failure(
    {
      kind: 'not-found',
      code: 'no-such-check',
      sentence: 'This check is no longer kept, so what was found was not entered.',
      fix: 'Press Check now to start another.',
    },
    cause,
  );
}
