import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../main/store/database.ts';
import { openStore } from '../../main/store/index.ts';
import { type Migration, migrations } from '../../main/store/migrations.ts';
import { auditOf, contentOf, epoch, failureOf, fill, firstBadOf, temporaryFolder } from './builders.ts';
import { backupsOf, made, openedStore } from './stores.ts';

const day = 86_400_000;

describe('a store opens', () => {
  test('in a folder that is made, for its owner alone', () => {
    const folder = join(temporaryFolder(), 'deep', 'profile');
    openedStore(folder);
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
    openedStore(folder);
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
    expect(openedStore(folder).store.records.list()).toHaveLength(1);
  });

  test('for one process at a time', () => {
    const folder = temporaryFolder();
    openedStore(folder);
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

describe('a backup beside everything else', () => {
  test('is made once a day, with what was committed, and the three newest kept', async () => {
    const folder = temporaryFolder();
    made(folder);
    let now = epoch + 1;
    const { store } = openStore(folder, { now: () => now });
    onTestFinished(() => store.close());
    await store.backUp();
    expect(backupsOf(folder)).toHaveLength(1);
    for (let days = 1; days < 4; days += 1) {
      now = epoch + days * day;
      store.audit.append(auditOf(`day ${days}`));
      // One under way is joined.
      await Promise.all([store.backUp(), store.backUp()]);
      await store.backUp();
    }
    expect(backupsOf(folder)).toEqual([3, 4, 5].map((date) => `daily-2026010${date}T030405000Z.db`));
    expect(statSync(join(folder, 'backups', backupsOf(folder)[2] ?? '')).mode & 0o777).toBe(0o600);
    const copy = temporaryFolder();
    renameSync(join(folder, 'backups', backupsOf(folder)[2] ?? ''), join(copy, 'sync.db'));
    const restored = openedStore(copy, now);
    expect(restored.notices).toEqual([]);
    expect(contentOf(restored.store)).toBe(contentOf(store));
    expect(restored.store.audit.list(10).map(({ subject }) => subject)).toEqual(['day 3', 'day 2', 'day 1']);
  });

  test('leaves out what is written meanwhile, and does not hold it up', async () => {
    const folder = temporaryFolder();
    made(folder);
    let now = epoch;
    const opened = openStore(folder, { now: () => now });
    onTestFinished(() => opened.store.close());
    now = epoch + day;
    const content = contentOf(opened.store);
    let done = false;
    const backup = opened.store.backUp().then(() => {
      done = true;
    });
    let written = 0;
    for (; !done; written += 1) {
      opened.store.audit.append(auditOf(`meanwhile ${written}`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await backup;
    expect(written).toBeGreaterThan(1);
    const copy = temporaryFolder();
    renameSync(join(folder, 'backups', backupsOf(folder).at(-1) ?? ''), join(copy, 'sync.db'));
    const restored = openedStore(copy, now);
    expect(contentOf(restored.store)).toBe(content);
    expect(firstBadOf(restored.store.audit)).toBeNull();
    expect(opened.store.audit.list(10_000)).toHaveLength(written);
  });

  test('is called off when the store is closed, and leaves nothing that counts', async () => {
    const folder = temporaryFolder();
    made(folder);
    let now = epoch;
    const { store } = openStore(folder, { now: () => now });
    now = epoch + day;
    const backup = store.backUp();
    store.close();
    await expect(backup).rejects.toMatchObject({ detail: { kind: 'cancelled' } });
    expect(backupsOf(folder).filter((name) => name.endsWith('.db'))).toHaveLength(1);
    await expect(store.backUp()).rejects.toMatchObject({ detail: { kind: 'cancelled' } });
    expect(openedStore(folder, now).notices).toEqual([]);
    expect(backupsOf(folder)).toEqual(['daily-20260102T030405000Z.db', 'daily-20260103T030405000Z.db']);
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
    expect(sql.pragma('user_version')).toBe(migrations.length + 1);
    expect(sql.first('SELECT count(*) AS count FROM extra')?.count).toBe(0);
    close();
    const [, backup = ''] = backupsOf(folder);
    expect(backup).toBe('migration-20260102T030405005Z.db');

    // The backup is the store as it was: in the store's place, the older app opens it.
    renameSync(join(folder, 'backups', backup), join(folder, 'sync.db'));
    for (const suffix of ['-wal', '-shm']) writeFileSync(join(folder, `sync.db${suffix}`), '');
    expect(contentOf(openedStore(folder).store)).toBe(content);
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
