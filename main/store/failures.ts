import { Failure, type FailureDetail, toFailure } from '../domain/failure.ts';

/** The file holds something else than what was stored: not a fault of the disk that may pass, but lost content. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

const diskFull = {
  kind: 'quota',
  code: 'disk-full',
  sentence: 'The disk is full',
  fix: 'Free some disk space, then try again. What was stored before is unharmed.',
} as const satisfies FailureDetail;

const diskDenied = {
  kind: 'denied',
  code: 'disk-denied',
  sentence: 'The operating system refused access',
  fix: 'Check who owns the folder and its permissions, and that its disk is not read-only. Then try again.',
} as const satisfies FailureDetail;

const diskError = {
  kind: 'invalid',
  code: 'disk-error',
  sentence: 'The disk reported an error',
  fix: 'Check the disk and that it is still connected, then start the app again. What was stored before is kept.',
} as const satisfies FailureDetail;

const storeBusy = {
  kind: 'conflict',
  code: 'store-busy',
  sentence: 'Another program is using the store',
  fix: 'Close other programs that have the store open, then try again.',
} as const satisfies FailureDetail;

const storeDamaged = {
  kind: 'invalid',
  code: 'store-damaged',
  sentence: 'The store is damaged',
  fix: 'Start the app again: it checks its store then, and restores the newest good backup.',
} as const satisfies FailureDetail;

/** SQLite's result codes (sqlite.org/rescode.html) and errno names, by how they start. */
const causes: readonly (readonly [prefix: string, detail: FailureDetail])[] = [
  ['SQLITE_FULL', diskFull],
  ['ENOSPC', diskFull],
  ['EDQUOT', diskFull],
  ['SQLITE_READONLY', diskDenied],
  ['SQLITE_CANTOPEN', diskDenied],
  ['SQLITE_PERM', diskDenied],
  ['EACCES', diskDenied],
  ['EPERM', diskDenied],
  ['EROFS', diskDenied],
  ['EISDIR', diskDenied],
  ['ENOTDIR', diskDenied],
  ['EEXIST', diskDenied],
  ['EBUSY', diskDenied],
  ['SQLITE_IOERR', diskError],
  ['EIO', diskError],
  ['EFBIG', diskError],
  ['SQLITE_BUSY', storeBusy],
  ['SQLITE_LOCKED', storeBusy],
  ['SQLITE_CORRUPT', storeDamaged],
  ['SQLITE_NOTADB', storeDamaged],
];

/** The code of an error from SQLite or the operating system, or an empty text. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // libsql reports a file it can't open as text that ends in SQLite's number for it: 14 is SQLITE_CANTOPEN.
  if (/^ConnectionFailed\(.*: 14"\)$/.test(error.message)) return 'SQLITE_CANTOPEN';
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * An error of the disk or of SQLite as a Failure that names the cause.
 * @param doing what was being done, to follow "while", e.g. `writing to the store`
 */
export function diskFailure(error: unknown, doing: string): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error);
  const known = causes.find(([prefix]) => code.startsWith(prefix))?.[1];
  if (!known) return toFailure(error);
  return new Failure({ ...known, sentence: `${known.sentence} while ${doing} (${code}).` }, error);
}

/** Runs `work` and lets its disk errors out as Failures; see `diskFailure`. */
export function namingDiskErrors<T>(doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Damaged ? error : diskFailure(error, doing);
  }
}
