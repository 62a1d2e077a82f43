import { randomUUID } from 'node:crypto';
import { AuditTrail } from './audit.ts';
import { Checks } from './checks.ts';
import { Connections } from './connections.ts';
import { openDatabase } from './database.ts';
import { Discovery } from './discovery.ts';
import { WriteJournal } from './journal.ts';
import { type KeyStore, Keys } from './keys.ts';
import { migrations } from './migrations.ts';
import type { Notice, Store } from './ports.ts';
import { Records } from './records.ts';
import { Rules } from './rules.ts';

interface OpenedStore {
  readonly store: Store;
  /** For the keyring alone. */
  readonly keys: KeyStore;
  readonly notices: Notice[];
}

/**
 * Opens the store in a folder, which becomes private to its owner; see `openDatabase` for what is done with a store that is
 * damaged, outdated or in use, and for the Failures.
 * @param now milliseconds since the epoch
 */
export function openStore(directory: string, { now }: { readonly now: () => number }): OpenedStore {
  const { sql, notices, recovery, backUp, close } = openDatabase(directory, now, migrations);
  const audit = new AuditTrail(sql);
  const store: Store = {
    connections: new Connections(sql),
    records: new Records(sql),
    rules: new Rules(sql),
    discovery: new Discovery(sql),
    checks: new Checks(sql),
    journal: new WriteJournal(sql, now),
    audit,
    backUp,
    close,
  };
  if (recovery !== undefined) {
    const entry = { actor: 'recovery', action: 'restore store', outcome: 'succeeded', detail: recovery } as const;
    try {
      audit.append({ ...entry, at: now(), subject: 'sync.db' });
    } catch (error) {
      close();
      throw error;
    }
  }
  return { store, keys: new Keys(sql, randomUUID), notices };
}
