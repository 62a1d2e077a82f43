import { createHash } from 'node:crypto';
import { documentColumns } from './documents.ts';
import type { Audit, AuditEntry, AuditFilter } from './ports.ts';
import { documents } from './rows.ts';
import { conditionsOf, type Sql } from './sql.ts';

/** Rows taken at a time, so that none holds up everything else for more than a few milliseconds. */
const stretch = 500;

type Found = AuditEntry & { id: number };

/** The audit trail: rows are only ever added, and each is chained to the one before by SHA-256. */
export class AuditTrail implements Audit {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  append(entry: AuditEntry): void {
    this.#sql.transaction(() => appendAudit(this.#sql, [entry]));
  }

  list(limit: number, before?: number, filter?: AuditFilter): Found[] {
    return drained(this.search(limit, before, filter));
  }

  *search(limit: number, before = Number.MAX_SAFE_INTEGER, filter: AuditFilter = {}): Generator<number, Found[]> {
    const found = yield* this.#walk(before, limit, filter, 'DESC');
    return found.map(({ hash: _, ...entry }) => entry);
  }

  page(after: number, limit: number, filter: AuditFilter = {}): (Found & { hash: string })[] {
    return drained(this.#walk(after, limit, filter, 'ASC'));
  }

  *verify(): ReturnType<Audit['verify']> {
    let id = 0;
    let hash: Buffer = Buffer.alloc(0);
    for (;;) {
      const rows = this.#sql.all(
        'SELECT id, CAST(doc AS BLOB) AS doc, hash FROM audit WHERE id > ? ORDER BY id LIMIT ?',
        [id, stretch],
      );
      for (const row of rows) {
        const expected = chain(hash, id + 1, bytesOf(row.doc));
        if (row.id !== id + 1 || !expected.equals(bytesOf(row.hash))) return this.#broken(id + 1);
        hash = expected;
        id += 1;
      }
      if (rows.length < stretch) break;
      yield id;
    }
    // SQLite remembers the highest id it ever gave out, so that rows cut off at the end are missed too.
    const ever = this.#sql.first("SELECT seq AS highest FROM sqlite_sequence WHERE name = 'audit'")?.highest ?? 0;
    return ever === id ? { rows: id, firstBad: null } : this.#broken(id + 1);
  }

  #broken(firstBad: number): { rows: number; firstBad: number } {
    return { rows: Number(this.#sql.first('SELECT count(*) AS count FROM audit')?.count), firstBad };
  }

  /**
   * Looks for up to `limit` rows that match, beyond one of them. Ids have no gaps, so a range of them is a bounded piece of work.
   * Each turn is one, and yields the id it came to.
   */
  *#walk(
    from: number,
    limit: number,
    filter: AuditFilter,
    order: 'ASC' | 'DESC',
  ): Generator<number, (Found & { hash: string })[]> {
    const newest = Number(this.#sql.first('SELECT max(id) AS highest FROM audit')?.highest ?? 0);
    const step = order === 'ASC' ? stretch : -stretch;
    const { where, params } = filterOf(filter);
    const query = `SELECT id, hash, ${documentColumns} FROM audit
      WHERE id BETWEEN ? AND ? AND ${where} ORDER BY id ${order} LIMIT ?`;
    const text = filter.text?.toLowerCase() ?? '';
    const found: (Found & { hash: string })[] = [];
    for (let at = Math.min(from, newest + 1); found.length < limit && (order === 'ASC' ? at < newest : at > 1); ) {
      const range = order === 'ASC' ? [at + 1, at + step] : [at + step, at - 1];
      const asked = limit - found.length;
      const rows = this.#sql.all(query, [...range, ...params, asked]);
      for (const row of rows) {
        const entry = documents.audit.decode(row);
        if (!mentions(entry, text)) continue;
        found.push({ ...entry, id: Number(row.id), hash: bytesOf(row.hash).toString('hex') });
      }
      at = rows.length === asked ? Number(rows.at(-1)?.id) : at + step;
      yield at;
    }
    return found;
  }
}

function drained<T>(walk: Generator<number, T>): T {
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value;
  }
}

/** What the database can tell of a filter: of its text only roughly, since it knows the case of ASCII letters alone. */
function filterOf({ actor, outcome, text, from, to }: AuditFilter): ReturnType<typeof conditionsOf<string | number>> {
  const rough = text === undefined || text === '' ? undefined : `%${text.replace(/[%_\\]|[^\x20-\x7e]/gu, '_')}%`;
  return conditionsOf<string | number>([
    ["doc ->> '$.actor' = ?", actor],
    ["doc ->> '$.outcome' = ?", outcome],
    ["doc ->> '$.at' >= ?", from],
    ["doc ->> '$.at' <= ?", to],
    ["(doc ->> '$.action') || char(10) || (doc ->> '$.subject') || char(10) || (doc ->> '$.detail') LIKE ?", rough],
  ]);
}

function mentions({ action, subject, detail }: AuditEntry, text: string): boolean {
  return [action, subject, detail].some((part) => part.toLowerCase().includes(text));
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
