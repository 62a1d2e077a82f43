import { saveConnection } from './connections.ts';
import { documentColumns } from './documents.ts';
import { documents, type KeyRecord } from './rows.ts';
import type { Sql } from './sql.ts';

/** What the keyring keeps in the store: never SECRET_KEY, only what it takes to derive and recognise the key. */
export interface KeyStore {
  /** Undefined until a key was chosen. */
  read(): KeyRecord | undefined;
  write(record: KeyRecord): void;
  /** A random id that names this store in the OS keychain, so that two profiles never meet. Made on first use. */
  account(): string;
  /**
   * Gives the key up: it and the tokens that only it opens are put aside for good, and connections are left without
   * credentials. The next key gets an account of its own, so that the old one's keychain entry is not written over.
   * @param now milliseconds since the epoch
   */
  retire(now: number): void;
}

const select = `SELECT ${documentColumns} FROM`;

/** The keyring's rows in this store. */
export class Keys implements KeyStore {
  readonly #sql: Sql;
  readonly #newId: () => string;

  /** @param newId makes a random UUID */
  constructor(sql: Sql, newId: () => string) {
    this.#sql = sql;
    this.#newId = newId;
  }

  read(): KeyRecord | undefined {
    const row = this.#sql.first(`${select} meta WHERE key = 'key'`);
    return row && documents.key.decode(row);
  }

  write(record: KeyRecord): void {
    this.#put('key', documents.key.encode(record));
  }

  account(): string {
    const row = this.#sql.first(`${select} meta WHERE key = 'account'`);
    if (row) return documents.account.decode(row).account;
    const account = this.#newId();
    this.#put('account', documents.account.encode({ account }));
    return account;
  }

  retire(now: number): void {
    this.#sql.transaction(() => {
      const key = this.read();
      if (!key) return;
      const tokens = this.#sql.all(`${select} tokens`).map((row) => documents.tokens.decode(row));
      const former = {
        key,
        retiredAt: now,
        tokens: Object.fromEntries(tokens.map(({ connectionId, token }) => [connectionId, token])),
      };
      this.#sql.run('INSERT INTO former_keys (doc, sum) VALUES (?, ?)', documents.formerKeys.encode(former));
      for (const row of this.#sql.all(`${select} connections`)) {
        const connection = documents.connections.decode(row);
        saveConnection(this.#sql, { ...connection, credentialHint: '', credentialSavedAt: null });
      }
      this.#sql.exec("DELETE FROM tokens; DELETE FROM meta WHERE key IN ('key', 'account')");
    });
  }

  #put(key: 'key' | 'account', [doc, sum]: [string, number]): void {
    this.#sql.run('INSERT OR REPLACE INTO meta (key, doc, sum) VALUES (?, ?, ?)', [key, doc, sum]);
  }
}
