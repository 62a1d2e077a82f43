import { cancelled, type Failure, isPassing, toFailure } from '../domain/failure.ts';
import type { Clock } from './deps.ts';

const attempts = 6;
/** Key Vault's guidance for a 429 without Retry-After is 1, 2, 4, 8, 16 seconds (Azure Key Vault throttling guidance). */
const firstWaitMs = 1_000;
const longestWaitMs = 16_000;
/** A cloud that asks for a longer pause gets it from the next run, not from a record that hangs. */
const longestAskedWaitMs = 60_000;

/**
 * The app's only retry layer: SDKs are told not to retry. Repeats a call while it fails in a way that may pass by itself,
 * waiting as long as the cloud asked for, or else twice as long each time with jitter. How long one try may take is the
 * adapter's to say.
 * @param call must be safe to repeat
 * @throws the last Failure; a `cancelled` one once the signal aborts
 */
export async function withRetry<T>(
  clock: Clock,
  signal: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    if (signal.aborted) throw cancelled();
    try {
      return await call(signal);
    } catch (thrown) {
      if (signal.aborted) throw cancelled();
      const failure = toFailure(thrown);
      const wait = waitBefore(attempt, failure, clock);
      if (wait === undefined) throw failure;
      await clock.sleep(wait, signal).catch(() => {
        throw cancelled();
      });
    }
  }
}

/** How long to wait before the next try, or undefined to give up. */
function waitBefore(attempt: number, failure: Failure, clock: Clock): number | undefined {
  if (!isPassing(failure) || attempt >= attempts) return undefined;
  const asked = failure.detail.retryAfterMs;
  if (asked !== undefined && asked > longestAskedWaitMs) return undefined;
  const planned = Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs) * (0.5 + clock.random() / 2);
  return Math.max(asked ?? 0, planned);
}
