import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { migrate, migrations } from '../../main/store/migrations.ts';
import { Sql } from '../../main/store/sql.ts';
import {
  checkNamed,
  epoch,
  firstBadOf,
  idOf,
  ledgerOf,
  outcomeOf,
  recordNamed,
  ruleNamed,
  scannedOf,
  scanOf,
  temporaryFolder,
} from './builders.ts';
import { backupsOf, openedStore } from './stores.ts';

const day = 86_400_000;

/** A row with the checksum of main/store/documents, but without its schemas: those know only today's shapes. */
function insert(sql: Sql, table: string, key: string | null, doc: object): void {
  const text = JSON.stringify(doc);
  const sum = crc32(Buffer.from(text), crc32(table));
  const column = table === 'ledger' ? 'record_id' : 'id';
  if (key === null) sql.run(`INSERT INTO ${table} (doc, sum) VALUES (?, ?)`, [text, sum]);
  else sql.run(`INSERT INTO ${table} (${column}, doc, sum) VALUES (?, ?, ?)`, [key, text, sum]);
}

/** A store of an older version, with rows as that version wrote them. @returns its folder */
function storeOfVersion(version: number): string {
  const folder = join(temporaryFolder(), 'store');
  mkdirSync(folder);
  const sql = new Sql(join(folder, 'sync.db'), 1_000);
  migrate(sql, 0, migrations.slice(0, version));
  const connection = { credentialHint: '', credentialSavedAt: null, createdAt: epoch };
  const azure = { provider: 'azure', tenantId: 't', clientId: 'c', signIn: 'secret', cloud: 'public' };
  const aws = { provider: 'aws', region: 'us-east-1', ...(version > 1 && { signIn: 'keys' }) };
  insert(sql, 'connections', idOf('azure'), { ...connection, id: idOf('azure'), name: 'azure', settings: azure });
  insert(sql, 'connections', idOf('aws'), { ...connection, id: idOf('aws'), name: 'aws', settings: aws });
  for (const name of ['one', 'two']) {
    const { syncOnChange: _, deletionPolicy: _d, ruleId: _r, kept: _k, ...record } = recordNamed(name);
    const { sourceKind: _s, targetAccount, shape: _h, options: _o, ...first } = record;
    const { status } = outcomeOf(idOf(name));
    insert(sql, 'records', idOf(name), {
      record: version > 1 ? { ...first, sourceKind: 'secret', targetAccount } : first,
      place: `place of ${name}`,
      status,
      conflictSeen: null,
      lastRunAt: epoch,
      nextRunAt: epoch + 1,
    });
    const { looked: _l, removedAt: _a, ...ledger } = ledgerOf(idOf(name));
    insert(sql, 'ledger', idOf(name), ledger);
    const { writtenTo, ...attempt } = outcomeOf(idOf(name)).attempt;
    for (const outcome of ['synced', 'failed', 'unchanged']) {
      const rest = version > 1 ? { writtenTo: outcome === 'synced' ? writtenTo : null } : {};
      insert(sql, 'attempts', null, { ...attempt, ...rest, outcome, startedAt: epoch - 400 * day });
    }
  }
  const numbers = { cancelled: false, total: 2, written: 2, unchanged: 0, attention: 0 };
  insert(sql, 'runs', idOf('run'), {
    id: idOf('run'),
    trigger: 'user',
    startedAt: epoch - 5,
    endedAt: epoch,
    ...numbers,
  });
  sql.close();
  return folder;
}

describe.each([1, 2])('a store of version %i', (version) => {
  test('opens after a backup, with what is new at its defaults', () => {
    const folder = storeOfVersion(version);
    const { store, notices } = openedStore(folder);
    expect(notices).toEqual([]);
    expect(backupsOf(folder).some((name) => name.startsWith('migration-'))).toBe(true);
    const rows = store.records.list();
    expect(rows).toHaveLength(2);
    expect(rows[0]).toEqual({
      record: recordNamed('one', version > 1 ? {} : { targetAccount: null }),
      status: outcomeOf(idOf('one')).status,
      conflictSeen: null,
      lastRunAt: epoch,
      nextRunAt: epoch + 1,
      nextRunSetAt: null,
      failuresInRow: 0,
      ledger: ledgerOf(idOf('one'), { looked: false }),
    });
    expect(store.rules.list()).toEqual([]);
    expect(store.discovery.vaults()).toEqual([]);
    expect(store.checks.list(10)).toEqual([]);
  });

  test('answers what only newer versions ask', () => {
    const { store } = openedStore(storeOfVersion(version));
    const ids = [idOf('one'), idOf('two')];
    const { rows, more, revision } = store.records.changes(null, 10);
    expect([rows, more]).toEqual([store.records.list(), false]);
    expect(store.records.due(epoch + 1)).toEqual(ids);
    expect(store.records.misplaced(0)).toEqual([]);
    expect(store.records.idsWhere({ sourceVault: 'kv-prod' })).toEqual(ids);
    expect([...store.records.places()]).toEqual(
      ['one', 'two'].map((name) => [
        `place of ${name}`,
        { id: idOf(name), sourceVault: 'kv-prod', sourceName: name, sourceKind: 'secret' },
      ]),
    );
    expect(store.journal.countDeletes(0)).toBe(0);
    expect(store.journal.runs(10)).toHaveLength(1);
    store.journal.finish([outcomeOf(idOf('two'))]);
    expect(store.records.changes(revision, 10).rows.map(({ record }) => record.id)).toEqual([idOf('two')]);
  });

  test('takes what only newer versions keep', () => {
    const { store } = openedStore(storeOfVersion(version));
    store.rules.save(ruleNamed('rule'));
    store.records.update([idOf('one')], { ruleId: idOf('rule'), syncOnChange: true });
    expect(store.records.idsWhere({ ruleId: idOf('rule') })).toEqual([idOf('one')]);
    store.discovery.enterScan(scanOf([scannedOf('one')]));
    expect(store.discovery.vaults()).toMatchObject([{ items: 1 }]);
    const audit = { at: epoch, actor: 'user', action: 'a', subject: 's', outcome: 'started', detail: '' } as const;
    store.checks.start(checkNamed('check'), audit);
    expect(store.checks.list(10)).toHaveLength(1);
    expect(firstBadOf(store.audit)).toBeNull();
  });

  test('forgets its old history as its rows say', () => {
    const { store } = openedStore(storeOfVersion(version));
    // Each record keeps its last. The first version did not enter what was written where: those count as other attempts.
    expect(store.journal.prune({ unchanged: epoch, others: epoch + 1 }, 100)).toBe(5);
    expect(store.journal.history(idOf('one'), 10).map(({ outcome }) => outcome)).toEqual(['unchanged']);
    expect(store.journal.runs(10)).toEqual([]);
  });
});
