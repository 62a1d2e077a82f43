import type { SourceKind } from '../domain/item.ts';
import { documentColumns } from './documents.ts';
import type { DiscoveryStore, ScannedItem, ScannedVault } from './ports.ts';
import { noSuchConnection } from './records.ts';
import { type Row, referring, type Sql, textOf } from './sql.ts';
import { type StoredVault, watchDocuments } from './watch-rows.ts';

const pageSize = 500;

type Scan = ScannedVault['scans'][number];

/**
 * What scans have seen. Vaults and items are found by lower-case name, as Azure compares them.
 *
 * An item that is damaged is taken for one that was never seen: the next scan enters it again.
 */
export class Discovery implements DiscoveryStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  vaults(): ScannedVault[] {
    const counts = this.#counts();
    return this.#sql.all(`SELECT ${documentColumns} FROM vaults ORDER BY rowid`).map((row) => {
      const vault = watchDocuments.vaults.decode(row);
      const { enabled = 0, disabled = 0, deleted = 0 } = counts.get(keyOf(vault.connectionId, vault.vault)) ?? {};
      return { ...vault, items: enabled + disabled, disabled, deleted };
    });
  }

  enterVaults(
    connectionId: string,
    vaults: readonly { readonly name: string; readonly subscription: string }[],
    at: number,
  ): void {
    this.#transaction(() => {
      const seen = new Set(vaults.map(({ name }) => name.toLowerCase()));
      const rows = this.#sql.all(`SELECT ${documentColumns} FROM vaults WHERE connection = ?`, [connectionId]);
      const known = rows.map((row) => watchDocuments.vaults.decode(row));
      for (const vault of known) {
        // One that no list ever told of was typed by a person: that no list tells of it now means nothing.
        const isGone = vault.subscription !== '' && vault.goneAt === null && !seen.has(vault.vault.toLowerCase());
        if (isGone) this.#saveVault({ ...vault, goneAt: at });
      }
      for (const { name, subscription } of vaults) {
        const vault = known.find((one) => one.vault.toLowerCase() === name.toLowerCase());
        const isKnown = vault?.goneAt === null && vault.subscription === subscription && vault.vault === name;
        if (isKnown) continue;
        this.#saveVault({ connectionId, vault: name, subscription, goneAt: null, scans: vault?.scans ?? [] });
      }
    });
  }

  items(connectionId: string, vault: string, kind: SourceKind): Map<string, ScannedItem> {
    const rows = this.#sql.all(
      `SELECT ${documentColumns} FROM items WHERE connection = ? AND vault = ? AND kind = ? ORDER BY name`,
      [connectionId, vault.toLowerCase(), kind],
    );
    return new Map(soundItems(rows).map((scanned) => [scanned.item.name.toLowerCase(), scanned]));
  }

  page(
    connectionId: string,
    vault: string,
    after: { readonly kind: SourceKind; readonly name: string } | null,
    limit: number,
  ): ScannedItem[] {
    const found: ScannedItem[] = [];
    let place = [after?.name.toLowerCase() ?? '', after?.kind ?? ''];
    for (;;) {
      const asked = limit - found.length;
      const rows = this.#sql.all(
        `SELECT ${documentColumns}, CAST(name AS BLOB) AS name, CAST(kind AS BLOB) AS kind FROM items
         WHERE connection = ? AND vault = ? AND (items.name, items.kind) > (?, ?)
         ORDER BY items.name, items.kind LIMIT ?`,
        [connectionId, vault.toLowerCase(), ...place, asked],
      );
      found.push(...soundItems(rows));
      const last = rows.at(-1);
      // Fewer than asked for means the end, to the caller too: damaged ones are made up for.
      if (!last || rows.length < asked || found.length === limit) return found;
      place = [textOf(last.name), textOf(last.kind)];
    }
  }

  eachPage(look: (items: readonly ScannedItem[]) => void): void {
    let id = 0;
    for (;;) {
      const rows = this.#sql.all(
        `SELECT rowid AS id, ${documentColumns} FROM items WHERE rowid > ? ORDER BY rowid LIMIT ?`,
        [id, pageSize],
      );
      if (rows.length > 0) look(soundItems(rows));
      if (rows.length < pageSize) return;
      id = Number(rows.at(-1)?.id);
    }
  }

  enterScan({ connectionId, vault, kind, at, changed }: Parameters<DiscoveryStore['enterScan']>[0]): void {
    this.#transaction(() => {
      this.#saveScan(connectionId, vault, { kind, scannedAt: at, failedAt: null, failure: null });
      for (const scanned of changed) {
        const { item, deletedAt } = scanned;
        const state = deletedAt !== null ? 'deleted' : item.enabled ? 'enabled' : 'disabled';
        this.#sql.run(
          `INSERT INTO items (connection, vault, name, kind, state, doc, sum) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (connection, vault, name, kind) DO UPDATE
           SET state = excluded.state, doc = excluded.doc, sum = excluded.sum`,
          [
            connectionId,
            vault.toLowerCase(),
            item.name.toLowerCase(),
            kind,
            state,
            ...watchDocuments.items.encode(scanned),
          ],
        );
      }
    });
  }

  enterFailure({ connectionId, vault, kind, at, failure }: Parameters<DiscoveryStore['enterFailure']>[0]): void {
    this.#transaction(() => this.#saveScan(connectionId, vault, { kind, scannedAt: null, failedAt: at, failure }));
  }

  /** How many items of each state a vault has. */
  #counts(): Map<string, Record<string, number>> {
    const rows = this.#sql.all(`
      SELECT CAST(connection AS BLOB) AS connection, CAST(vault AS BLOB) AS vault, CAST(state AS BLOB) AS state,
        count(*) AS count
      FROM items GROUP BY items.connection, items.vault, items.state`);
    const counts = new Map<string, Record<string, number>>();
    for (const { connection, vault, state, count } of rows) {
      const key = keyOf(textOf(connection), textOf(vault));
      counts.set(key, { ...counts.get(key), [textOf(state)]: Number(count) });
    }
    return counts;
  }

  /** Enters how a listing of one kind ended, and keeps when the last whole one was. */
  #saveScan(connectionId: string, name: string, scan: Scan): void {
    const row = this.#sql.first(`SELECT ${documentColumns} FROM vaults WHERE connection = ? AND vault = ?`, [
      connectionId,
      name.toLowerCase(),
    ]);
    const vault = row
      ? watchDocuments.vaults.decode(row)
      : { connectionId, vault: name, subscription: '', goneAt: null, scans: [] };
    const before = vault.scans.find(({ kind }) => kind === scan.kind);
    const scans = vault.scans.filter(({ kind }) => kind !== scan.kind);
    const scannedAt = scan.scannedAt ?? before?.scannedAt ?? null;
    this.#saveVault({ ...vault, scans: [...scans, { ...scan, scannedAt }] });
  }

  #saveVault(vault: StoredVault): void {
    this.#sql.run(
      `INSERT INTO vaults (connection, vault, doc, sum) VALUES (?, ?, ?, ?)
       ON CONFLICT (connection, vault) DO UPDATE SET doc = excluded.doc, sum = excluded.sum`,
      [vault.connectionId, vault.vault.toLowerCase(), ...watchDocuments.vaults.encode(vault)],
    );
  }

  #transaction(work: () => void): void {
    this.#sql.transaction(() => referring(work, (cause) => noSuchConnection('scan', cause)), 'later');
  }
}

function keyOf(connectionId: string, vault: string): string {
  return `${connectionId}\n${vault.toLowerCase()}`;
}

function soundItems(rows: readonly Row[]): ScannedItem[] {
  return rows.flatMap((row) => watchDocuments.items.decodeIfSound(row) ?? []);
}
