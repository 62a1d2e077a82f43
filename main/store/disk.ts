import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Makes a folder, or an existing one, its owner's alone. */
export function makePrivateDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
}

/**
 * Makes a file, or an existing one, its owner's alone. It never opens a file that exists: on POSIX systems closing any handle
 * of a file drops every lock this process has on it, SQLite's included.
 */
export function makePrivateFile(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o600);
  else closeSync(openSync(file, 'wx', 0o600));
}

/** The file's size in bytes; 0 if there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Copies a file so that `to` is, at any moment, either what it was or the whole copy. */
export function copyWhole(from: string, to: string): void {
  const part = `${to}.part`;
  rmSync(part, { force: true });
  makePrivateFile(part);
  copyFileSync(from, part);
  moveWhole(part, to);
}

/** Gives a finished file its name: only once all of it is on the disk, and so that the name is on the disk too. */
export function moveWhole(part: string, to: string): void {
  flush(part, 'r+');
  renameSync(part, to);
  // Windows has no handles to folders; its file systems journal the rename.
  if (process.platform !== 'win32') flush(dirname(to), 'r');
}

/** The same, while everything else goes on. */
export async function moveWholeLater(part: string, to: string): Promise<void> {
  await flushLater(part, 'r+');
  await rename(part, to);
  if (process.platform !== 'win32') await flushLater(dirname(to), 'r');
}

/** Puts a file or folder on the disk, while everything else goes on. */
export async function flushLater(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function flush(path: string, flags: 'r' | 'r+'): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * A name that nothing in the folder has: the wanted one, or with a number behind it.
 * @param suffixes of the files that share the name
 */
export function freeName(directory: string, wanted: string, suffixes: readonly string[] = ['']): string {
  let name = wanted;
  const isTaken = (suffix: string) => existsSync(join(directory, name + suffix));
  for (let n = 2; suffixes.some(isTaken); n += 1) name = `${wanted}-${n}`;
  return name;
}

/** A time as part of a file name that sorts by it, e.g. `20260102T030405678Z`. */
export function timeStamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:.]/g, '');
}
