import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Failure, framesOf } from '../domain/failure.ts';

/**
 * The app's own log, one JSON line for each failure that a person was shown, under its reference. Of a failure's cause only
 * the kind of error and the places in the code are kept: messages may quote what was being handled.
 * @returns a function that writes one line
 */
export function openLog(
  directory: string,
  now: () => number,
): (reference: string, operation: string, failure: Failure) => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stream = createWriteStream(join(directory, 'failures.log'), { flags: 'a', mode: 0o600 });
  // A log that can't be written must not take the app down with it; the person was told the failure itself.
  stream.on('error', () => {});
  return (reference, operation, failure) => {
    const { detail, cause } = failure;
    const { kind, code } = detail;
    const frames = framesOf(cause instanceof Error ? cause : failure);
    const places = frames.slice(0, 12).map((line) => line.trim());
    const error = cause instanceof Error ? cause.name : undefined;
    stream.write(
      `${JSON.stringify({ at: new Date(now()).toISOString(), reference, operation, kind, code, error, places })}\n`,
    );
  };
}
