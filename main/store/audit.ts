import { createHash } from 'node:crypto';
import { documentColumns } from './documents.ts';
import type { Audit, AuditEntry } from './ports.ts';
import { documents } from './rows.ts';
import type { Sql } from './sql.ts';

const pageSize = 1_000;

/** The audit trail: rows are only ever added, and each is chained to the one before by SHA-256. */
export class AuditTrail implements Audit {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  append(entry: AuditEntry): void {
    this.#sql.transaction(() => appendAudit(this.#sql, [entry]));
  }

  list(limit: number, before = Number.MAX_SAFE_INTEGER): (AuditEntry & { id: number })[] {
    const rows = this.#sql.all(`SELECT id, ${documentColumns} FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?`, [
      before,
      limit,
    ]);
    return rows.map((row) => ({ ...documents.audit.decode(row), id: Number(row.id) }));
  }

  verify(): number | null {
    let id = 0;
    let hash: Buffer = Buffer.alloc(0);
    for (;;) {
      const rows = this.#sql.all(
        'SELECT id, CAST(doc AS BLOB) AS doc, hash FROM audit WHERE id > ? ORDER BY id LIMIT ?',
        [id, pageSize],
      );
      for (const row of rows) {
        const expected = chain(hash, id + 1, bytesOf(row.doc));
        if (row.id !== id + 1 || !expected.equals(bytesOf(row.hash))) return id + 1;
        hash = expected;
        id += 1;
      }
      if (rows.length < pageSize) break;
    }
    // SQLite remembers the highest id it ever gave out, so that rows cut off at the end are missed too.
    const ever = this.#sql.first("SELECT seq AS highest FROM sqlite_sequence WHERE name = 'audit'")?.highest ?? 0;
    return ever === id ? null : id + 1;
  }
}

/** Adds rows to the end of the chain, inside the caller's transaction. */
export function appendAudit(sql: Sql, entries: readonly AuditEntry[]): void {
  if (entries.length === 0) return;
  const last = sql.first('SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1');
  let id = Number(last?.id ?? 0);
  let hash: Buffer = last ? bytesOf(last.hash) : Buffer.alloc(0);
  for (const entry of entries) {
    const [doc, sum] = documents.audit.encode(entry);
    id += 1;
    hash = chain(hash, id, Buffer.from(doc));
    sql.run('INSERT INTO audit (id, doc, sum, hash) VALUES (?, ?, ?, ?)', [id, doc, sum, hash]);
  }
}

/** SHA-256 of the hash before (nothing, for the first row), the row's id and its JSON. */
function chain(previous: Buffer, id: number, doc: Buffer): Buffer {
  return createHash('sha256').update(previous).update(`${id}\n`).update(doc).digest();
}

function bytesOf(blob: unknown): Buffer {
  return blob instanceof ArrayBuffer ? Buffer.from(blob) : Buffer.alloc(0);
}
