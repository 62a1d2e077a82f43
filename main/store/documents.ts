import { crc32 } from 'node:zlib';
import type { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import { type Row, textOf } from './sql.ts';

/** What a query selects of a row that is to be decoded. Why as a BLOB: see `Sql`. */
export const documentColumns = 'CAST(doc AS BLOB) AS doc, sum';

/**
 * Rows are kept as JSON in a column `doc`, which keys and indexes are generated from, with a checksum in `sum`: SQLite finds
 * damage to its own structure, but not a flipped letter in a target's name, which would send a secret to the wrong place.
 * Nothing is stored that could not be read again, and nothing damaged is read.
 */
export class Documents<T> {
  readonly #table: string;
  readonly #schema: z.ZodType<T>;

  constructor(table: string, schema: z.ZodType<T>) {
    this.#table = table;
    this.#schema = schema;
  }

  /** The values of the columns `doc` and `sum`. Throws if the value is not of the table's shape. */
  encode(value: T): [doc: string, sum: number] {
    const doc = JSON.stringify(this.#schema.parse(value));
    return [doc, checksum(this.#table, Buffer.from(doc))];
  }

  /**
   * The value of a row read as `documentColumns`.
   * @param doc the name of the column, where it is not `doc`; likewise `sum`
   */
  decode(row: Row, doc: keyof Row = 'doc', sum: keyof Row = 'sum'): T {
    if (!isSound(this.#table, row[doc], row[sum])) throw this.#damaged();
    try {
      return this.#schema.parse(JSON.parse(textOf(row[doc])));
    } catch (error) {
      throw this.#damaged(error);
    }
  }

  /** The same for what can be found out anew: undefined where the row is damaged. */
  decodeIfSound(row: Row): T | undefined {
    return isSound(this.#table, row.doc, row.sum) ? this.decode(row) : undefined;
  }

  #damaged(cause?: unknown): Failure {
    return new Failure(
      {
        kind: 'invalid',
        code: 'row-damaged',
        sentence: `A row of the table "${this.#table}" in the store is damaged and was not used.`,
        fix: 'Start the app again: it checks its store then, and restores the newest good backup if it has to.',
      },
      cause,
    );
  }
}

/** Whether a row's `doc`, read as a BLOB, fits its `sum`. */
export function isSound(table: string, doc: unknown, sum: unknown): boolean {
  return doc instanceof ArrayBuffer && checksum(table, Buffer.from(doc)) === sum;
}

/** The table's name is part of it, so that a page that turns up in another table does not pass. */
function checksum(table: string, doc: Buffer): number {
  return crc32(doc, crc32(table));
}
