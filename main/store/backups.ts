import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cancelled } from '../domain/failure.ts';
import { makePrivateDirectory, makePrivateFile, moveWhole, moveWholeLater, timeStamp } from './disk.ts';
import { diskFailure } from './failures.ts';
import type { Sql } from './sql.ts';

const day = 86_400_000;
/** How many of each kind are kept. */
const kept = 3;

type BackupKind = 'daily' | 'migration';

export interface Backup {
  readonly path: string;
  readonly kind: BackupKind;
  /** When it was made, milliseconds since the epoch. */
  readonly at: number;
}

const namePattern = /^(daily|migration)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.db$/;

function folderOf(directory: string): string {
  return join(directory, 'backups');
}

/** A store's backups, newest first. */
export function listBackups(directory: string): Backup[] {
  makePrivateDirectory(folderOf(directory));
  return readdirSync(folderOf(directory))
    .flatMap((name): Backup[] => {
      const match = namePattern.exec(name);
      if (!match) return [];
      const [, kind, year, month, date, hour, minute, second, ms] = match;
      const at = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}.${ms}Z`);
      return [{ path: join(folderOf(directory), name), kind: kind === 'daily' ? 'daily' : 'migration', at }];
    })
    .sort((a, b) => b.at - a.at);
}

/** Whether there is no daily backup yet, or the newest is a day old, or from a future that a wrong clock made. */
export function dailyBackupDue(directory: string, now: number): boolean {
  const newest = listBackups(directory).find(({ kind }) => kind === 'daily');
  return newest === undefined || now - newest.at >= day || newest.at > now;
}

/** Backs an open, checked store up, then drops backups of the same kind beyond the newest few. Nothing else goes on meanwhile. */
export function backUp(sql: Sql, directory: string, kind: BackupKind, now: number): void {
  const { path, part } = begin(directory, kind, now);
  sql.run('VACUUM INTO ?', [part]);
  moveWhole(part, path);
  dropOld(directory, kind);
}

/** Makes daily backups of a store that is in use. */
export interface DailyBackups {
  /**
   * Backs the store up if a daily backup is due; joins a backup that is under way. SQLite copies on a thread of its own, so
   * that everything else goes on: what is written meanwhile is in the next one. Rejects with a Failure that names the cause;
   * `cancelled` if the store was closed.
   */
  backUp(): Promise<void>;
  /** From now on no backup is begun, and one under way is given up. @returns whether one still reads the store */
  stop(): boolean;
}

/**
 * @param file the store, which stays open elsewhere
 * @param now milliseconds since the epoch
 */
export function dailyBackups(file: string, directory: string, now: () => number): DailyBackups {
  let running: Promise<void> | undefined;
  let isCopying = false;
  let stopped = false;

  async function make(): Promise<void> {
    try {
      if (stopped) throw cancelled();
      if (!dailyBackupDue(directory, now())) return;
      const { default: Copying } = await import('libsql/promise');
      if (stopped) throw cancelled();
      const { path, part } = begin(directory, 'daily', now());
      const connection = new Copying(file, { timeout: 2_000 });
      isCopying = true;
      try {
        await connection.exec(`VACUUM INTO '${part.replaceAll("'", "''")}'`);
      } finally {
        isCopying = false;
        connection.close();
      }
      if (stopped) throw cancelled();
      await moveWholeLater(part, path);
      dropOld(directory, 'daily');
    } catch (error) {
      throw stopped ? cancelled() : diskFailure(error, 'making the daily backup');
    }
  }

  return {
    backUp() {
      running ??= make().finally(() => {
        running = undefined;
      });
      return running;
    },
    stop() {
      stopped = true;
      // libsql can only be told to end it by waiting for its end. What is left of it goes with the next backup.
      return isCopying;
    },
  };
}

/** Makes room for a backup. @returns its path, and where it is made until it is whole */
function begin(directory: string, kind: BackupKind, now: number): { path: string; part: string } {
  const path = join(folderOf(directory), `${kind}-${timeStamp(now)}.db`);
  makePrivateDirectory(folderOf(directory));
  for (const name of readdirSync(folderOf(directory))) {
    if (name.endsWith('.part')) rmSync(join(folderOf(directory), name));
  }
  makePrivateFile(`${path}.part`);
  return { path, part: `${path}.part` };
}

function dropOld(directory: string, kind: BackupKind): void {
  const same = listBackups(directory).filter((backup) => backup.kind === kind);
  for (const { path } of same.slice(kept)) rmSync(path);
}
