import Database from 'libsql';
import type { Failure } from '../domain/failure.ts';
import { flushLater } from './disk.ts';
import { codeOf, diskFailure } from './failures.ts';

/** What may be bound. libsql ends the process on a boolean, so there is none here. */
type Param = string | number | null | Uint8Array;
/** A row, with the columns that the store's queries name. */
export type Row = Readonly<
  Partial<
    Record<
      | 'id'
      | 'doc'
      | 'sum'
      | 'ledger_doc'
      | 'ledger_sum'
      | 'hash'
      | 'region'
      | 'count'
      | 'highest'
      | 'deletions'
      | 'revision'
      | 'record_id'
      | 'connection'
      | 'vault'
      | 'name'
      | 'kind'
      | 'state'
      | 'state_doc'
      | 'state_sum'
      | 'sound',
      unknown
    >
  >
>;

/**
 * One open SQLite file. Statements are prepared once and kept. Text is never read as text: libsql ends the process on text
 * that is not UTF-8, which a damaged file can hold, so queries say `CAST(column AS BLOB)` and callers decode.
 *
 * Everything throws a Failure that names the cause; a broken constraint alone comes through as it is, for the caller to
 * put into words.
 */
export class Sql {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  readonly #file: string;
  #inTransaction = false;
  #closed = false;
  /** Whether a COMMIT waits for the disk, as SQLite was told last. */
  #flushes: boolean | undefined;
  #flushing: Promise<void> | undefined;
  #nextFlush: Promise<void> | undefined;
  /** The error of a disk that failed to keep something: no later flush makes up for what it dropped then. */
  #lost: Failure | undefined;

  /** @param busyTimeoutMs how long to wait for another program's lock */
  constructor(file: string, busyTimeoutMs: number) {
    this.#file = file;
    this.#database = new Database(file, { timeout: busyTimeoutMs });
  }

  /** Runs SQL that has no parameters and whose rows, if any, nobody needs. */
  exec(sql: string): void {
    this.#guarded(() => this.#database.exec(sql));
  }

  /** @returns how many rows it changed */
  run(sql: string, params: readonly Param[] = []): number {
    return this.#guarded(() => this.#statement(sql).run(params).changes);
  }

  all(sql: string, params: readonly Param[] = []): Row[] {
    return this.#guarded(() => this.#statement(sql).all(params) as Row[]);
  }

  first(sql: string, params: readonly Param[] = []): Row | undefined {
    return this.all(sql, params)[0];
  }

  /** A pragma's value, or null. Only for pragmas that answer with a number or plain ASCII. */
  pragma(name: string): unknown {
    const row = this.#guarded(() => this.#database.prepare(`PRAGMA ${name}`).all([]) as Row[])[0];
    return row ? Object.values(row)[0] : null;
  }

  /**
   * Everything `work` does happens, or nothing of it. Does not nest.
   * @param onDisk `now`: it is on the disk when this returns, and everything waits for that; `later`: after `onDisk`, or with
   *   the next that is. In between, a process that is killed loses nothing of it, only a computer whose power fails:
   *   for what would be found out again, or is waited for before anything depends on it.
   */
  transaction<T>(work: () => T, onDisk: 'now' | 'later' = 'now'): T {
    if (this.#inTransaction) throw new Error('Transactions do not nest.');
    this.#checkOpen();
    // Still open only after a ROLLBACK that failed; what that left half done must not become part of this one.
    if (this.#database.inTransaction) this.exec('ROLLBACK');
    this.#setFlushes(onDisk === 'now');
    this.exec('BEGIN IMMEDIATE');
    this.#inTransaction = true;
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  /**
   * Waits until everything committed so far is on the disk; everything else goes on meanwhile. Whoever asks while one such wait
   * is under way shares the next. Of a store in WAL mode alone: only then is what was committed in the log, or in the file
   * already and flushed with it. Rejects with a Failure; after a `disk-error` with that one until the store is opened anew.
   */
  onDisk(): Promise<void> {
    this.#checkOpen();
    if (!this.#flushing) return this.#flush();
    // The one under way may have begun before the last commit.
    this.#nextFlush ??= this.#flushing
      .catch(() => {
        // Told to those who waited for it.
      })
      .then(() => {
        this.#nextFlush = undefined;
        return this.#flush();
      });
    return this.#nextFlush;
  }

  /** Safe to call again. */
  close(): void {
    if (this.#closed) return;
    this.#rollBack();
    this.#closed = true;
    // libsql really closes once its statements are collected; until then they must not be reachable.
    this.#statements.clear();
    this.#database.close();
  }

  async #flush(): Promise<void> {
    if (this.#lost) throw this.#lost;
    const flushing = flushLater(`${this.#file}-wal`, 'r+');
    this.#flushing = flushing;
    try {
      await flushing;
    } catch (error) {
      const failure = diskFailure(error, 'using the store');
      if (failure.detail.code === 'disk-error') this.#lost = failure;
      throw failure;
    } finally {
      if (this.#flushing === flushing) this.#flushing = undefined;
    }
  }

  /** https://www.sqlite.org/pragma.html#pragma_synchronous: NORMAL, in WAL mode, keeps the file whole and flushes at checkpoints. */
  #setFlushes(flushes: boolean): void {
    if (flushes === this.#flushes) return;
    this.exec(`PRAGMA synchronous = ${flushes ? 'FULL' : 'NORMAL'}`);
    this.#flushes = flushes;
  }

  #rollBack(): void {
    // On a full disk and the like SQLite has rolled back by itself.
    if (this.#closed || !this.#database.inTransaction) return;
    try {
      this.exec('ROLLBACK');
    } catch {
      // What made the transaction fail matters more, and is thrown by the caller; the next transaction rolls back first.
    }
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** libsql ends the process when it is asked something after it was closed. */
  #checkOpen(): void {
    if (this.#closed) throw new Error('The store is closed.');
  }

  #guarded<T>(work: () => T): T {
    this.#checkOpen();
    try {
      return work();
    } catch (error) {
      if (codeOf(error).startsWith('SQLITE_CONSTRAINT')) throw error;
      throw diskFailure(error, 'using the store');
    }
  }
}

/** Whether an error is a broken constraint of this kind, on this `table.column` where SQLite names one. */
export function breaks(error: unknown, kind: 'UNIQUE' | 'PRIMARYKEY' | 'FOREIGNKEY', column = ''): boolean {
  return codeOf(error) === `SQLITE_CONSTRAINT_${kind}` && error instanceof Error && error.message.includes(column);
}

/** Does `work`. @throws what `missing` makes of it, if it refers to a row that is not there */
export function referring<T>(work: () => T, missing: (cause: unknown) => Failure): T {
  try {
    return work();
  } catch (error) {
    if (breaks(error, 'FOREIGNKEY')) throw missing(error);
    throw error;
  }
}

/** The conditions that a value is given for, all to be met, and those values. */
export function conditionsOf<Value>(wanted: readonly (readonly [condition: string, value: Value | undefined])[]): {
  readonly where: string;
  readonly params: readonly Value[];
} {
  const given = wanted.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  return {
    where: ['TRUE', ...given.map(({ condition }) => condition)].join(' AND '),
    params: given.map(({ value }) => value),
  };
}

/** Text that was read as a BLOB. */
export function textOf(blob: unknown): string {
  if (!(blob instanceof ArrayBuffer)) throw new TypeError('Expected a BLOB from the store.');
  return Buffer.from(blob).toString('utf8');
}
