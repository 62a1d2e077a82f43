import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../main/store/index.ts';
import { epoch, failureOf, fill, firstBadOf, idOf, scannedOf, scanOf, temporaryFolder } from './builders.ts';
import { backupsOf, made, openedStore } from './stores.ts';

const day = 86_400_000;

/** Runs SQL on a closed store's file behind its back. */
function tamper(folder: string, sql: string): void {
  const raw = new Database(join(folder, 'sync.db'));
  raw.exec(sql);
  raw.close();
}

describe('a damaged store', () => {
  const garbage = 'not a database, but somebody’s letter. '.repeat(300);

  test('is kept aside, and the newest good backup takes its place', () => {
    const folder = temporaryFolder();
    made(folder);
    const { store } = openStore(folder, { now: () => epoch + day });
    store.close();
    writeFileSync(join(folder, 'sync.db'), garbage);
    writeFileSync(join(folder, 'sync.db-wal'), 'log of it');
    const { store: restored, notices } = openedStore(folder, epoch + day + 5);
    expect(restored.records.list()).toHaveLength(2);
    const aside = 'sync.db.damaged-20260103T030405005Z';
    expect(notices).toMatchObject([{ id: `store-damaged-${aside}`, level: 'warning' }]);
    expect(notices[0]?.sentence).toContain(aside);
    expect(notices[0]?.sentence).toContain('2026-01-03T03:04:05.000Z');
    expect(readFileSync(join(folder, aside), 'utf8')).toBe(garbage);
    expect(readFileSync(join(folder, `${aside}-wal`), 'utf8')).toBe('log of it');
    expect(restored.audit.list(1)).toMatchObject([{ actor: 'recovery', action: 'restore store' }]);
    expect(firstBadOf(restored.audit)).toBeNull();
  });

  test('is told of at every start, for as long as it is kept', () => {
    const folder = temporaryFolder();
    made(folder);
    writeFileSync(join(folder, 'sync.db'), garbage);
    const first = openStore(folder, { now: () => epoch });
    first.store.close();
    const second = openedStore(folder);
    expect(second.notices.map(({ id }) => id)).toEqual(first.notices.map(({ id }) => id));
    expect(second.store.audit.list(10)).toHaveLength(1);
  });

  test('never overwrites another that was kept', () => {
    const folder = temporaryFolder();
    made(folder);
    for (const text of ['first', 'second', 'third']) {
      writeFileSync(join(folder, 'sync.db'), text + garbage);
      openStore(folder, { now: () => epoch }).store.close();
    }
    const kept = readdirSync(folder).filter((name) => /damaged-\w+(-\d)?$/.test(name));
    const texts = kept.map((name) => readFileSync(join(folder, name), 'utf8').replace(garbage, ''));
    expect(texts.sort()).toEqual(['first', 'second', 'third']);
  });

  test('without a good backup is replaced by an empty one', () => {
    const folder = temporaryFolder();
    made(folder);
    for (const name of backupsOf(folder)) writeFileSync(join(folder, 'backups', name), garbage);
    writeFileSync(join(folder, 'sync.db'), garbage);
    const { store, notices } = openedStore(folder);
    expect(store.records.list()).toEqual([]);
    expect(notices).toMatchObject([{ level: 'error' }]);
    expect(backupsOf(folder)).toHaveLength(1);
  });

  test('falls back to an older backup if the newest is damaged too', () => {
    const folder = temporaryFolder();
    made(folder);
    openStore(folder, { now: () => epoch + day }).store.close();
    openStore(folder, { now: () => epoch + 2 * day }).store.close();
    writeFileSync(join(folder, 'backups', backupsOf(folder).at(-1) ?? ''), garbage);
    writeFileSync(join(folder, 'sync.db'), garbage);
    const { store, notices } = openedStore(folder, epoch + 2 * day);
    expect(store.records.list()).toHaveLength(2);
    expect(notices[0]?.sentence).toContain('2026-01-03');
  });

  test.each([
    ['gone', (folder: string) => renameSync(join(folder, 'sync.db'), join(folder, 'elsewhere'))],
    ['empty', (folder: string) => writeFileSync(join(folder, 'sync.db'), '')],
    [
      'without its tables',
      (folder: string) => {
        renameSync(join(folder, 'sync.db'), join(folder, 'elsewhere'));
        tamper(folder, 'VACUUM');
      },
    ],
    ['with a table that was changed', (folder: string) => tamper(folder, 'ALTER TABLE runs ADD COLUMN more TEXT')],
    ['with a version it does not have', (folder: string) => tamper(folder, 'PRAGMA user_version = 0')],
    [
      'with a row that was changed',
      (folder: string) =>
        tamper(folder, "UPDATE records SET doc = replace(doc, 'certifyclouds/one', 'certifyclouds/two-')"),
    ],
    [
      'with an index that was changed',
      (folder: string) =>
        tamper(
          folder,
          "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'records_source_connection') WHERE name = 'records_target_connection'",
        ),
    ],
  ])('may be one that is %s', (_, damage) => {
    const folder = temporaryFolder();
    const { store } = openStore(folder, { now: () => epoch });
    fill(store, ['one', 'two']);
    store.close();
    openStore(folder, { now: () => epoch + day }).store.close();
    damage(folder);
    const { store: restored, notices } = openedStore(folder, epoch + day);
    expect(notices).toMatchObject([{ level: 'warning' }]);
    expect(restored.records.list().map(({ record }) => record.targetName)).toEqual([
      'certifyclouds/one',
      'certifyclouds/two',
    ]);
  });

  test('is not a write-ahead log whose store is gone: both are kept', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'sync.db-wal'), 'all that is left');
    openedStore(folder);
    expect(existsSync(join(folder, 'sync.db'))).toBe(true);
    expect(readFileSync(join(folder, 'sync.db.damaged-20260102T030405000Z-wal'), 'utf8')).toBe('all that is left');
  });

  test('is moved at the next start if it could not be moved at this one', () => {
    const folder = temporaryFolder();
    made(folder);
    writeFileSync(join(folder, 'sync.db'), garbage);
    // What a start that could not rename it leaves behind.
    writeFileSync(join(folder, 'sync.db.condemned'), '');
    const { notices } = openedStore(folder);
    expect(notices).toHaveLength(1);
    expect(existsSync(join(folder, 'sync.db.condemned'))).toBe(false);
  });
});

describe('a damaged row of history', () => {
  test('is a Failure that names its table, and the rest is readable', () => {
    const folder = temporaryFolder();
    const { store } = openStore(folder, { now: () => epoch });
    fill(store, ['one']);
    const entry = { at: epoch, actor: 'user', action: 'a', subject: 's', outcome: 'succeeded', detail: '' } as const;
    store.audit.append(entry);
    store.audit.append({ ...entry, subject: 'later' });
    store.close();
    const raw = new Database(join(folder, 'sync.db'));
    const trigger = raw.prepare("SELECT sql FROM sqlite_schema WHERE name = 'audit_no_update'").get() as {
      sql: string;
    };
    raw.exec("DROP TRIGGER audit_no_update; UPDATE audit SET doc = replace(doc, 'later', 'never')");
    raw.exec(trigger.sql);
    raw.close();
    const again = openedStore(folder);
    expect(again.notices).toEqual([]);
    const failure = failureOf(() => again.store.audit.list(10));
    expect(failure.detail).toMatchObject({ kind: 'invalid', code: 'row-damaged' });
    expect(failure.detail.sentence).toContain('"audit"');
    expect(again.store.audit.list(1, 2)).toHaveLength(1);
    expect(firstBadOf(again.store.audit)).toBe(2);
  });
});

test('a damaged row of what scans have seen is as good as never seen, until the next scan', () => {
  const folder = temporaryFolder();
  const { store } = openStore(folder, { now: () => epoch });
  fill(store, []);
  const names = ['a', 'b', 'c', 'd'];
  store.discovery.enterScan(scanOf(names.map((name) => scannedOf(name))));
  store.close();
  tamper(folder, "UPDATE items SET doc = replace(doc, 'kv-prod', 'kv-evil') WHERE name = 'b'");
  const { store: again, notices } = openedStore(folder);
  expect(notices).toEqual([]);
  const seen = () => again.discovery.page(idOf('azure'), 'kv-prod', null, 3).map(({ item }) => item.name);
  // As many as were asked for, or it would look like the end.
  expect(seen()).toEqual(['a', 'c', 'd']);
  expect([...again.discovery.items(idOf('azure'), 'kv-prod', 'secret').keys()]).toEqual(['a', 'c', 'd']);
  const all: string[] = [];
  again.discovery.eachPage((items) => all.push(...items.map(({ item }) => item.name)));
  expect(all).toEqual(['a', 'c', 'd']);
  again.discovery.enterScan(scanOf([scannedOf('b')]));
  expect(seen()).toEqual(['a', 'b', 'c']);
});
