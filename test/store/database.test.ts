import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../main/store/database.ts';
import { openStore } from '../../main/store/index.ts';
import { type Migration, migrations } from '../../main/store/migrations.ts';
import { contentOf, epoch, failureOf, fill, temporaryFolder } from './builders.ts';

const day = 86_400_000;

/** Opens a store that is closed after the test. */
function opened(folder: string, now = epoch) {
  const result = openStore(folder, { now: () => now });
  onTestFinished(() => result.store.close());
  return result;
}

/** A closed store with some records, and what it holds. */
function made(folder: string, now = epoch): string {
  const { store } = openStore(folder, { now: () => now });
  fill(store, ['one', 'two']);
  const content = contentOf(store);
  store.close();
  return content;
}

function backupsOf(folder: string): string[] {
  return readdirSync(join(folder, 'backups')).sort();
}

/** Runs SQL on a closed store's file behind its back. */
function tamper(folder: string, sql: string): void {
  const raw = new Database(join(folder, 'sync.db'));
  raw.exec(sql);
  raw.close();
}

describe('a store opens', () => {
  test('in a folder that is made, for its owner alone', () => {
    const folder = join(temporaryFolder(), 'deep', 'profile');
    opened(folder);
    const modes = ['', 'sync.db', 'sync.lock', 'backups', join('backups', backupsOf(folder)[0] ?? '')].map(
      (name) => statSync(join(folder, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o700, 0o600]);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  });

  test('and makes a folder and file private that were not', () => {
    const folder = temporaryFolder();
    made(folder);
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'sync.db'), 0o644);
    opened(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'sync.db')).mode & 0o777).toBe(0o600);
  });

  test('with the settings that keep what is committed', () => {
    const { sql, close } = openDatabase(temporaryFolder(), () => epoch, migrations);
    onTestFinished(close);
    expect(sql.pragma('journal_mode')).toBe('wal');
    expect(sql.pragma('synchronous')).toBe(2);
    expect(sql.pragma('foreign_keys')).toBe(1);
  });

  test('for one at a time', () => {
    const folder = temporaryFolder();
    const first = openStore(folder, { now: () => epoch });
    const failure = failureOf(() => openStore(folder, { now: () => epoch }));
    expect(failure.detail).toMatchObject({ kind: 'conflict', code: 'store-in-use' });
    fill(first.store, ['one']);
    first.store.close();
    expect(opened(folder).store.records.list()).toHaveLength(1);
  });

  test('for one process at a time', () => {
    const folder = temporaryFolder();
    opened(folder);
    // Plain SQLite in another process, asking for the lock that the app takes.
    const script = `
      const Database = require('libsql');
      const lock = new Database(process.argv[1], { timeout: 0 });
      try { lock.exec('BEGIN EXCLUSIVE'); console.log('taken'); } catch (error) { console.log(error.code); }`;
    const answer = execFileSync(process.execPath, ['-e', script, join(folder, 'sync.lock')], { encoding: 'utf8' });
    expect(answer.trim()).toBe('SQLITE_BUSY');
  });
});

describe('a store that can’t be opened says why', () => {
  test.each([
    ['its folder is a file', (folder: string) => writeFileSync(join(folder, 'profile'), '')],
    ['its file is a folder', (folder: string) => mkdirSync(join(folder, 'profile', 'sync.db'), { recursive: true })],
    ['its lock is a folder', (folder: string) => mkdirSync(join(folder, 'profile', 'sync.lock'), { recursive: true })],
    [
      'its backups are a file',
      (folder: string) => {
        mkdirSync(join(folder, 'profile'));
        writeFileSync(join(folder, 'profile', 'backups'), '');
      },
    ],
  ])('%s', (_, prepare) => {
    const folder = temporaryFolder();
    prepare(folder);
    const failure = failureOf(() => openStore(join(folder, 'profile'), { now: () => epoch }));
    expect(failure.detail).toMatchObject({ kind: 'denied', code: 'disk-denied' });
    expect(failure.detail.sentence).toContain('The operating system refused access');
  });
});

describe('backups', () => {
  test('are made once a day, and the three newest kept', () => {
    const folder = temporaryFolder();
    for (const hours of [0, 1, 23, 24, 50, 75, 100]) {
      openStore(folder, { now: () => epoch + hours * 3_600_000 }).store.close();
    }
    expect(backupsOf(folder)).toEqual([
      'daily-20260104T050405000Z.db',
      'daily-20260105T060405000Z.db',
      'daily-20260106T070405000Z.db',
    ]);
  });

  test('go on after a clock that was wrong', () => {
    const folder = temporaryFolder();
    openStore(folder, { now: () => epoch + 400 * day }).store.close();
    openStore(folder, { now: () => epoch }).store.close();
    expect(backupsOf(folder)).toContain('daily-20260102T030405000Z.db');
  });
});

describe('migrations', () => {
  const second: Migration = (sql) => sql.exec('CREATE TABLE extra (id TEXT NOT NULL PRIMARY KEY) STRICT');
  const broken: Migration = (sql) => {
    sql.exec('CREATE TABLE half (id TEXT) STRICT');
    sql.exec('CREATE TABLE half (id TEXT) STRICT');
  };

  test('bring an older store up to date, after a backup of it', () => {
    const folder = temporaryFolder();
    const content = made(folder);
    const { sql, notices, close } = openDatabase(folder, () => epoch + 5, [...migrations, second]);
    expect(notices).toEqual([]);
    expect(sql.pragma('user_version')).toBe(2);
    expect(sql.first('SELECT count(*) AS count FROM extra')?.count).toBe(0);
    close();
    const [, backup = ''] = backupsOf(folder);
    expect(backup).toBe('migration-20260102T030405005Z.db');

    // The backup is the store as it was: in the store's place, the older app opens it.
    renameSync(join(folder, 'backups', backup), join(folder, 'sync.db'));
    for (const suffix of ['-wal', '-shm']) writeFileSync(join(folder, `sync.db${suffix}`), '');
    expect(contentOf(opened(folder).store)).toBe(content);
  });

  test('happen once', () => {
    const folder = temporaryFolder();
    openDatabase(folder, () => epoch, [...migrations, second]).close();
    openDatabase(folder, () => epoch, [...migrations, second]).close();
    expect(backupsOf(folder)).toHaveLength(1);
  });

  test('that fail leave the store as it was', () => {
    const folder = temporaryFolder();
    made(folder);
    expect(failureOf(() => openDatabase(folder, () => epoch, [...migrations, second, broken])).kind).toBe('bug');
    const { sql, close } = openDatabase(folder, () => epoch, [...migrations, second]);
    expect(sql.first("SELECT count(*) AS count FROM sqlite_schema WHERE name = 'half'")?.count).toBe(0);
    expect(sql.first('SELECT count(*) AS count FROM records')?.count).toBe(2);
    close();
  });

  test('refuse a store of a newer version, and leave it untouched', () => {
    const folder = temporaryFolder();
    openDatabase(folder, () => epoch, [...migrations, second]).close();
    const files = () => readdirSync(folder).filter((name) => !/-(shm|wal)$/.test(name));
    const [before, bytes] = [files(), readFileSync(join(folder, 'sync.db'))];
    const failure = failureOf(() => openStore(folder, { now: () => epoch }));
    expect(failure.detail).toMatchObject({ kind: 'invalid', code: 'store-newer' });
    expect(failure.detail.sentence).toContain('newer version');
    expect(files()).toEqual(before);
    expect(readFileSync(join(folder, 'sync.db')).equals(bytes)).toBe(true);
    openDatabase(folder, () => epoch, [...migrations, second]).close();
  });
});

describe('a damaged store', () => {
  const garbage = 'not a database, but somebody’s letter. '.repeat(300);

  test('is kept aside, and the newest good backup takes its place', () => {
    const folder = temporaryFolder();
    made(folder);
    const { store } = openStore(folder, { now: () => epoch + day });
    store.close();
    writeFileSync(join(folder, 'sync.db'), garbage);
    writeFileSync(join(folder, 'sync.db-wal'), 'log of it');
    const { store: restored, notices } = opened(folder, epoch + day + 5);
    expect(restored.records.list()).toHaveLength(2);
    const aside = 'sync.db.damaged-20260103T030405005Z';
    expect(notices).toMatchObject([{ id: `store-damaged-${aside}`, level: 'warning' }]);
    expect(notices[0]?.sentence).toContain(aside);
    expect(notices[0]?.sentence).toContain('2026-01-03T03:04:05.000Z');
    expect(readFileSync(join(folder, aside), 'utf8')).toBe(garbage);
    expect(readFileSync(join(folder, `${aside}-wal`), 'utf8')).toBe('log of it');
    expect(restored.audit.list(1)).toMatchObject([{ actor: 'recovery', action: 'restore store' }]);
    expect(restored.audit.verify()).toBeNull();
  });

  test('is told of at every start, for as long as it is kept', () => {
    const folder = temporaryFolder();
    made(folder);
    writeFileSync(join(folder, 'sync.db'), garbage);
    const first = openStore(folder, { now: () => epoch });
    first.store.close();
    const second = opened(folder);
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
    const { store, notices } = opened(folder);
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
    const { store, notices } = opened(folder, epoch + 2 * day);
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
    const { store: restored, notices } = opened(folder, epoch + day);
    expect(notices).toMatchObject([{ level: 'warning' }]);
    expect(restored.records.list().map(({ record }) => record.targetName)).toEqual([
      'certifyclouds/one',
      'certifyclouds/two',
    ]);
  });

  test('is not a write-ahead log whose store is gone: both are kept', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'sync.db-wal'), 'all that is left');
    opened(folder);
    expect(existsSync(join(folder, 'sync.db'))).toBe(true);
    expect(readFileSync(join(folder, 'sync.db.damaged-20260102T030405000Z-wal'), 'utf8')).toBe('all that is left');
  });

  test('is moved at the next start if it could not be moved at this one', () => {
    const folder = temporaryFolder();
    made(folder);
    writeFileSync(join(folder, 'sync.db'), garbage);
    // What a start that could not rename it leaves behind.
    writeFileSync(join(folder, 'sync.db.condemned'), '');
    const { notices } = opened(folder);
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
    const again = opened(folder);
    expect(again.notices).toEqual([]);
    const failure = failureOf(() => again.store.audit.list(10));
    expect(failure.detail).toMatchObject({ kind: 'invalid', code: 'row-damaged' });
    expect(failure.detail.sentence).toContain('"audit"');
    expect(again.store.audit.list(1, 2)).toHaveLength(1);
    expect(again.store.audit.verify()).toBe(2);
  });
});
