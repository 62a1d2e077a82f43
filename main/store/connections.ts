import type { Connection } from '../domain/connection.ts';
import { Failure } from '../domain/failure.ts';
import { documentColumns } from './documents.ts';
import type { ConnectionStore } from './ports.ts';
import { adoptAccount } from './records.ts';
import { documents } from './rows.ts';
import { removeRule, rulesOf } from './rules.ts';
import { breaks, type Sql } from './sql.ts';

/** Connections and, apart from them, their credentials as Fernet tokens. */
export class Connections implements ConnectionStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  list(): Connection[] {
    const rows = this.#sql.all(`SELECT ${documentColumns} FROM connections ORDER BY rowid`);
    return rows.map((row) => documents.connections.decode(row));
  }

  get(id: string): Connection | undefined {
    const row = this.#sql.first(`SELECT ${documentColumns} FROM connections WHERE id = ?`, [id]);
    return row && documents.connections.decode(row);
  }

  save(connection: Connection, token: string | null): void {
    this.#sql.transaction(() => {
      saveConnection(this.#sql, connection);
      if (connection.account !== null) adoptAccount(this.#sql, connection.id, connection.account);
      if (token === null) return;
      this.#sql.run('INSERT OR REPLACE INTO tokens (connection_id, doc, sum) VALUES (?, ?, ?)', [
        connection.id,
        ...documents.tokens.encode({ connectionId: connection.id, token }),
      ]);
    });
  }

  token(id: string): string | undefined {
    const row = this.#sql.first(`SELECT ${documentColumns} FROM tokens WHERE connection_id = ?`, [id]);
    return row && documents.tokens.decode(row).token;
  }

  remove(id: string, options: { readonly withRecords: boolean }): void {
    try {
      this.#sql.transaction(() => {
        if (options.withRecords) {
          this.#sql.run('DELETE FROM records WHERE source_connection = ?1 OR target_connection = ?1', [id]);
          for (const ruleId of rulesOf(this.#sql, id)) removeRule(this.#sql, ruleId);
        }
        this.#sql.run('DELETE FROM connections WHERE id = ?', [id]);
      });
    } catch (error) {
      if (!breaks(error, 'FOREIGNKEY')) throw error;
      throw new Failure(
        {
          kind: 'conflict',
          code: 'connection-in-use',
          sentence: 'Sync records or rules use this connection, so it was not removed.',
          fix: 'Remove those first, under Automation > Sync and Automation > Rules.',
        },
        error,
      );
    }
  }
}

/** Inserts or replaces a connection's row, inside the caller's transaction. Its place in the list stays. */
export function saveConnection(sql: Sql, connection: Connection): void {
  sql.run(
    'INSERT INTO connections (id, doc, sum) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, sum = excluded.sum',
    [connection.id, ...documents.connections.encode(connection)],
  );
}
