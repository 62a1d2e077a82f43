import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../domain/failure.ts';
import { type Backup, backUp, dailyBackupDue, dailyBackups, listBackups } from './backups.ts';
import { copyWhole, freeName, makePrivateDirectory, makePrivateFile, sizeOf, timeStamp } from './disk.ts';
import { documentColumns, isSound } from './documents.ts';
import { codeOf, Damaged, diskFailure, namingDiskErrors } from './failures.ts';
import { type Migration, migrate, versionOf } from './migrations.ts';
import type { Notice } from './ports.ts';
import { Sql, textOf } from './sql.ts';

const busyTimeoutMs = 2_000;

/** SQLite's file, its write-ahead log and the log's index (sqlite.org/walformat.html). */
const fileSuffixes = ['', '-wal', '-shm'];

/** Tables that only grow: their rows are checked as they are read. Every other table's are checked at start too. */
const growing = ['attempts', 'audit', 'items', 'check_rows'];

interface OpenDatabase {
  readonly sql: Sql;
  /** What a person should know: that a damaged store was replaced, that a backup could not be made. */
  readonly notices: Notice[];
  /** What was done to a damaged store, for the audit trail; undefined if it was whole. */
  readonly recovery: string | undefined;
  /** See `DailyBackups`. */
  backUp(): Promise<void>;
  close(): void;
}

/**
 * Opens the store `sync.db` in a folder, which is made private, and brings it up to date. One process at a time: the lock
 * ends with the process, however that ends. A damaged file is put aside, never deleted, and the newest good backup takes its
 * place, or an empty store if there is none.
 *
 * Throws a Failure: `store-in-use`, `store-newer` (made by a newer version of the app; left as it is), or what the disk
 * said (`disk-full`, `disk-denied`, `disk-error`), in which case the store is as it was.
 */
export function openDatabase(directory: string, now: () => number, migrations: readonly Migration[]): OpenDatabase {
  return namingDiskErrors('opening the store', () => {
    makePrivateDirectory(directory);
    const lock = takeLock(join(directory, 'sync.lock'));
    try {
      const opened = openOrRecover(directory, now, migrations);
      const told = new Set(opened.notices.map(({ id }) => id));
      const notices = [
        ...opened.notices,
        ...keptDamaged(directory).filter(({ id }) => !told.has(id)),
        ...backUpDaily(opened.sql, directory, now()),
      ];
      const backups = dailyBackups(join(directory, 'sync.db'), directory, now);
      const close = () => {
        // Folding the log waits for whoever reads, and quitting must not.
        const isRead = backups.stop();
        if (!isRead) foldLog(opened.sql);
        opened.sql.close();
        lock.close();
      };
      return { sql: opened.sql, recovery: opened.recovery, notices, backUp: backups.backUp, close };
    } catch (error) {
      lock.close();
      throw error;
    }
  });
}

/**
 * An exclusive lock on a file of its own, taken through SQLite because it knows how on every system. The store itself can't
 * be the lock: it is moved away when damaged, and must not be moved under a process that has it open.
 */
function takeLock(file: string): Sql {
  makePrivateFile(file);
  const lock = new Sql(file, 0);
  try {
    // Without a journal file nothing is ever written.
    lock.exec('PRAGMA journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (error instanceof Failure && codeOf(error.cause).startsWith('SQLITE_BUSY')) throw inUse(error);
    throw error;
  }
}

function inUse(cause: unknown): Failure {
  return new Failure(
    {
      kind: 'conflict',
      code: 'store-in-use',
      sentence: 'The app is already running on this profile; only one can write to its store.',
      fix: 'Use the app that is running, or quit it first (look in the tray).',
    },
    cause,
  );
}

/** Moves the write-ahead log into the file, so that the file alone is the store while the app is closed. */
function foldLog(sql: Sql): void {
  try {
    sql.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // Closed before, or no room. Nothing is lost: what is in the log counts, and the next start reads it.
  }
}

type Opened = Pick<OpenDatabase, 'sql' | 'notices' | 'recovery'>;

function openOrRecover(directory: string, now: () => number, migrations: readonly Migration[]): Opened {
  const file = join(directory, 'sync.db');
  const backups = listBackups(directory);
  const open = (mayBeEmpty: boolean) => openFile(file, { directory, now, migrations, mayBeEmpty });
  // Stays if the file could not be moved away. On Windows that takes a new start: libsql lets go of a file late.
  const condemned = `${file}.condemned`;
  try {
    if (!existsSync(condemned)) return { sql: open(backups.length === 0), notices: [], recovery: undefined };
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    makePrivateFile(condemned);
  }
  const aside = putAside(file, now());
  rmSync(condemned, { force: true });
  for (const backup of backups) {
    copyWhole(backup.path, file);
    try {
      return { sql: open(false), ...recovered(aside, backup) };
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      // Only the copy goes; the backup itself stays where it is.
      for (const suffix of fileSuffixes) rmSync(file + suffix, { force: true });
    }
  }
  return { sql: open(true), ...recovered(aside, undefined) };
}

function recovered(aside: string | undefined, backup: Backup | undefined): Pick<Opened, 'notices' | 'recovery'> {
  const why = aside ? `The store was damaged; it was kept as ${aside}.` : 'The store was missing.';
  const done = backup
    ? `The backup of ${new Date(backup.at).toISOString()} took its place.`
    : 'No good backup was found, so an empty store took its place.';
  const notice: Notice = {
    id: aside ? noticeId(aside) : `store-missing-${backup?.at}`,
    level: backup ? 'warning' : 'error',
    sentence: `${why} ${done}`,
    fix: backup
      ? 'Check under Automation > Sync what changed since that backup, then sync. Nothing in a cloud was touched.'
      : 'Set connections and records up again, or put a backup of your own in place of sync.db while the app is closed.',
  };
  return { notices: [notice], recovery: `${why} ${done}` };
}

function noticeId(damaged: string): string {
  return `store-damaged-${damaged}`;
}

/** A reminder of each damaged store that is kept: the start that replaced it may have ended before anybody was told. */
function keptDamaged(directory: string): Notice[] {
  return readdirSync(directory)
    .filter((name) => /^sync\.db\.damaged-[\dTZ]+(-\d+)?$/.test(name))
    .map((name) => ({
      id: noticeId(name),
      level: 'warning',
      sentence: `A damaged store was replaced by its newest backup, or an empty store. It is kept as ${name}.`,
      fix: 'Once nothing is missing under Automation > Sync, the file can be deleted.',
    }));
}

/** Moves a damaged store away with what belongs to it. @returns its new name, or undefined if there was none */
function putAside(file: string, now: number): string | undefined {
  const directory = dirname(file);
  const name = freeName(directory, `sync.db.damaged-${timeStamp(now)}`, fileSuffixes);
  const there = fileSuffixes.filter((suffix) => existsSync(file + suffix));
  for (const suffix of there) renameSync(file + suffix, join(directory, name + suffix));
  return there.length > 0 ? name : undefined;
}

interface OpenFileOptions {
  readonly directory: string;
  readonly now: () => number;
  readonly migrations: readonly Migration[];
  /** Whether an empty or missing file is a first start, or the loss of a store that once was. */
  readonly mayBeEmpty: boolean;
}

/** Opens, checks and migrates one file. Throws Damaged if its content can't be trusted. */
function openFile(file: string, { directory, now, migrations, mayBeEmpty }: OpenFileOptions): Sql {
  // SQLite would take an empty file for a new database and delete the write-ahead log beside it.
  if (sizeOf(file) === 0 && (!mayBeEmpty || sizeOf(`${file}-wal`) > 0)) throw new Damaged('The store is empty.');
  makePrivateFile(file);
  const sql = new Sql(file, busyTimeoutMs);
  try {
    const version = checkWhole(sql, migrations.length);
    if (version === 0 && !mayBeEmpty) throw new Damaged('The store has no tables.');
    configure(sql);
    if (version > 0 && version < migrations.length) backUp(sql, directory, 'migration', now());
    migrate(sql, version, migrations);
    return sql;
  } catch (error) {
    sql.close();
    throw error;
  }
}

function configure(sql: Sql): void {
  const mode = sql.pragma('journal_mode = WAL');
  if (mode !== 'wal') throw new Error('SQLite refused its write-ahead log.');
  sql.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON');
}

/**
 * Throws Damaged unless the file is a whole store.
 * @returns its version, which is one that this app can read; 0 for an empty one
 */
function checkWhole(sql: Sql, newest: number): number {
  try {
    const version = versionOf(sql);
    if (version === undefined) throw new Damaged('The version or the tables are not what they were.');
    if (version > newest) throw newerStore(version, newest);
    const answer = sql.first("SELECT integrity_check = 'ok' AS sound FROM pragma_integrity_check(1)");
    if (answer?.sound !== 1) throw new Damaged('SQLite found damage.');
    if (version > 0) checkRows(sql);
    return version;
  } catch (error) {
    throw saysUnsound(error) ? new Damaged('The store is not a whole database.', { cause: error }) : error;
  }
}

function checkRows(sql: Sql): void {
  const tables = sql.all(`
    SELECT CAST(name AS BLOB) AS doc FROM sqlite_schema AS tables
    WHERE type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(tables.name) AS columns WHERE columns.name = 'sum')`);
  for (const table of tables.map(({ doc }) => textOf(doc))) {
    if (growing.includes(table)) continue;
    for (const { doc, sum } of sql.all(`SELECT ${documentColumns} FROM ${table}`)) {
      if (!isSound(table, doc, sum)) throw new Damaged(`A row of ${table} is damaged.`);
    }
  }
}

/** While a store is checked, a query that does not work is damage too: to a row, or to a table's definition. */
function saysUnsound(error: unknown): boolean {
  const code = codeOf(error instanceof Failure ? error.cause : error);
  const ofARow = error instanceof Failure && error.detail.code === 'row-damaged';
  return ofARow || /^SQLITE_(NOTADB|CORRUPT|ERROR|IOERR_SHORT_READ)/.test(code);
}

function newerStore(version: number, newest: number): Failure {
  return new Failure({
    kind: 'invalid',
    code: 'store-newer',
    sentence: `The store was made by a newer version of the app (format ${version}; this one knows up to ${newest}). It was left as it is.`,
    fix: 'Install the newer version again. To go on with this one, use another profile.',
  });
}

/** A backup that can't be made must not keep the app from working, but must not go unnoticed. */
function backUpDaily(sql: Sql, directory: string, now: number): Notice[] {
  try {
    if (dailyBackupDue(directory, now)) backUp(sql, directory, 'daily', now);
    return [];
  } catch (error) {
    const { code, sentence, fix } = diskFailure(error, 'making the daily backup').detail;
    return [{ id: `no-daily-backup-${code}`, level: 'warning', sentence, fix }];
  }
}
