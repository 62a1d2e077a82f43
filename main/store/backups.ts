import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory, makePrivateFile, moveWhole, timeStamp } from './disk.ts';
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

/** Backs an open, checked store up, then drops backups of the same kind beyond the newest few. */
export function backUp(sql: Sql, directory: string, kind: BackupKind, now: number): void {
  const path = join(folderOf(directory), `${kind}-${timeStamp(now)}.db`);
  makePrivateDirectory(folderOf(directory));
  for (const name of readdirSync(folderOf(directory))) {
    if (name.endsWith('.part')) rmSync(join(folderOf(directory), name));
  }
  makePrivateFile(`${path}.part`);
  sql.run('VACUUM INTO ?', [`${path}.part`]);
  moveWhole(`${path}.part`, path);
  const same = listBackups(directory).filter((backup) => backup.kind === kind);
  for (const { path: old } of same.slice(kept)) rmSync(old);
}
