import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { Failure } from '../domain/failure.ts';
import { codeOf, diskFailure } from '../store/failures.ts';

/**
 * Writes a file that only its owner may read. At any moment there is, under the name chosen, what was there before or the
 * whole of the new file: it grows beside it and gets the name at the end. What fails leaves nothing behind.
 * @returns the SHA-256 of its bytes, lower-case hex
 * @throws what `parts` throws, and Failures that name the disk's error
 */
export async function saveWhole(path: string, parts: AsyncIterable<string | Uint8Array>): Promise<string> {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  const hash = createHash('sha256');
  try {
    const file = await open(part, 'wx', 0o600);
    try {
      for await (const piece of parts) {
        hash.update(piece);
        await file.writeFile(piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    return hash.digest('hex');
  } catch (error) {
    await rm(part, { force: true });
    throw codeOf(error) === 'ENOENT' ? folderMissing(error) : diskFailure(error, 'saving the file');
  }
}

function folderMissing(cause: unknown): Failure {
  return new Failure(
    {
      kind: 'not-found',
      code: 'folder-missing',
      sentence: 'The folder to save in is no longer there. Nothing was saved.',
      fix: 'Export again and choose another folder.',
    },
    cause,
  );
}
