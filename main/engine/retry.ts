import type { CallSignal } from '../clouds/ports.ts';
import { cancelled, type Failure, isPassing, neverSent, toFailure } from '../domain/failure.ts';
import type { Clock } from './deps.ts';

const attempts = 6;
/** Key Vault's guidance for a 429 without Retry-After is 1, 2, 4, 8, 16 seconds (Azure Key Vault throttling guidance). */
const firstWaitMs = 1_000;
const longestWaitMs = 16_000;
/** A cloud that asks for a longer pause gets it from the next run, not from a record that hangs. */
const longestAskedWaitMs = 60_000;
/** Being called too often is no failure: it is tried again for as long as this, in milliseconds from the first try. */
const throttledForMs = 10 * 60_000;

/**
 * The app's only retry layer: SDKs are told not to retry. Repeats a call while it fails in a way that may pass by itself,
 * waiting as long as the cloud asked for, or else twice as long each time with jitter. Throttled tries are not counted, but end
 * after ten minutes. How long one try may take is the adapter's to say.
 * @param signal with a `stop`, that ends the waiting and begins no further try, while a try under way comes to its end
 * @param call must be safe to repeat
 * @throws the last Failure; a `cancelled` one once the signal aborts or stops
 */
export async function withRetry<T, S extends CallSignal>(
  clock: Clock,
  signal: S,
  call: (signal: S) => Promise<T>,
): Promise<T> {
  const stop = signal.stop ?? signal;
  const startedAt = clock.now();
  let failed = 0;
  let throttled = 0;
  let waited = 0;
  for (;;) {
    if (stop.aborted || signal.aborted) throw cancelled();
    try {
      return await call(signal);
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (signal.aborted) throw cancelled();
      if (!isPassing(failure) || neverSent(failure)) throw failure;
      if (stop.aborted) throw cancelled();
      if (failure.kind === 'throttled') throttled += 1;
      else failed += 1;
      const wait = waitFor(failure, failed + throttled, clock);
      waited += wait;
      // By the waits too: the clock may have been set back.
      const passed = Math.max(clock.now() - startedAt + wait, waited);
      const isOver = failure.kind === 'throttled' ? passed > throttledForMs : failed >= attempts;
      if (isOver || wait > longestAskedWaitMs) throw failure;
      await clock.sleep(wait, stop).catch(() => {
        throw cancelled();
      });
    }
  }
}

/** How long to wait before the next try, in milliseconds. @param tries how many failed so far */
function waitFor({ detail: { retryAfterMs = 0 } }: Failure, tries: number, clock: Clock): number {
  const planned = Math.min(firstWaitMs * 2 ** (tries - 1), longestWaitMs) * (0.5 + clock.random() / 2);
  return Math.max(retryAfterMs, planned);
}
