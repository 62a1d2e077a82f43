import { describe, expect, it } from 'vitest';
import { failureKinds, pauseAskedCode, restingCode } from '../../main/domain/failure.ts';
import { withRetry } from '../../main/engine/retry.ts';
import { failureOf, patience } from '../conformance/outcome.ts';
import { fakeClock } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

/** A call that fails with each of these in turn, then succeeds; counts its tries. */
function failing(...failures: Error[]) {
  const call = Object.assign(
    async () => {
      const failure = failures[call.tries++];
      if (failure) throw failure;
      return 'done';
    },
    { tries: 0 },
  );
  return call;
}
const network = () => memoryFailure('network', 'reset');

describe('retry', () => {
  it('waits twice as long each time, with jitter, never longer than sixteen seconds', async () => {
    const clock = fakeClock();
    const call = failing(network(), network(), network(), network(), network());
    expect(await withRetry(clock, patience(), call)).toBe('done');
    // A random 0.5 is three quarters of each planned wait.
    expect(clock.waits).toEqual([750, 1_500, 3_000, 6_000, 12_000]);
  });

  it('takes between half and all of the planned wait', async () => {
    for (const [random, wait] of [
      [0, 500],
      [0.999_999, 999.999_5],
    ] as const) {
      const clock = { ...fakeClock(), random: () => random };
      await withRetry(clock, patience(), failing(network()));
      expect(clock.waits[0]).toBeCloseTo(wait, 3);
    }
  });

  it('gives up after six tries with the last failure', async () => {
    const clock = fakeClock();
    const call = failing(...Array.from({ length: 10 }, (_, n) => memoryFailure('timeout', `try-${n + 1}`)));
    expect(await failureOf(withRetry(clock, patience(), call))).toMatchObject({ kind: 'timeout', code: 'try-6' });
    expect(call.tries).toBe(6);
  });

  it('waits at least as long as the cloud asked for', async () => {
    const clock = fakeClock();
    await withRetry(clock, patience(), failing(memoryFailure('throttled', 'slow', { retryAfterMs: 20_000 })));
    expect(clock.waits).toEqual([20_000]);
  });

  it('does not come back sooner than its own wait when the cloud asks for less', async () => {
    const clock = fakeClock();
    await withRetry(clock, patience(), failing(memoryFailure('throttled', 'slow', { retryAfterMs: 1 })));
    expect(clock.waits).toEqual([750]);
  });

  it('leaves a pause of more than a minute to the next run', async () => {
    const clock = fakeClock();
    const call = failing(memoryFailure('throttled', 'slow', { retryAfterMs: 60_001 }));
    expect(await failureOf(withRetry(clock, patience(), call))).toMatchObject({ kind: 'throttled' });
    expect(clock.waits).toEqual([]);
  });

  it('does not count being called too often as a failure: it goes on for ten minutes, then tells', async () => {
    const clock = fakeClock();
    const often = () => memoryFailure('throttled', 'slow');
    const call = failing(...Array.from({ length: 30 }, often), network(), network(), network(), network(), network());
    expect(await withRetry(clock, patience(), call)).toBe('done');
    const forEver = failing(...Array.from({ length: 1_000 }, often));
    const startedAt = clock.now();
    expect(await failureOf(withRetry(clock, patience(), forEver))).toMatchObject({ kind: 'throttled', code: 'slow' });
    const passed = clock.now() - startedAt;
    expect(passed).toBeGreaterThan(9 * 60_000);
    expect(passed).toBeLessThanOrEqual(10 * 60_000);
  });

  it('ends for one who is called too often even where the clock stands still', async () => {
    const call = failing(...Array.from({ length: 1_000 }, () => memoryFailure('throttled', 'slow')));
    const standing = { now: () => 0, random: () => 0.5, sleep: async () => {} };
    expect(await failureOf(withRetry(standing, patience(), call))).toMatchObject({ kind: 'throttled' });
    expect(call.tries).toBeLessThan(100);
  });

  it('gives up at once what was not sent: its server is left alone, or the cloud asked for it', async () => {
    for (const [kind, code] of [
      ['network', restingCode],
      ['throttled', pauseAskedCode],
    ] as const) {
      const call = failing(memoryFailure(kind, code, { retryAfterMs: 1_000 }));
      expect(await failureOf(withRetry(fakeClock(), patience(), call))).toMatchObject({ kind, code });
      expect(call.tries).toBe(1);
    }
  });

  describe('with a gentle stop', () => {
    const gently = (stop: AbortSignal) => Object.assign(new AbortController().signal, { stop });

    it('lets a try under way succeed', async () => {
      const stop = new AbortController();
      const call = async () => {
        stop.abort();
        return 'done';
      };
      expect(await withRetry(fakeClock(), gently(stop.signal), call)).toBe('done');
    });

    it('begins no further try, and none at all', async () => {
      const stop = new AbortController();
      let tries = 0;
      const call = async () => {
        tries += 1;
        stop.abort();
        throw network();
      };
      for (let time = 0; time < 2; time++)
        expect(await failureOf(withRetry(fakeClock(), gently(stop.signal), call))).toMatchObject({ kind: 'cancelled' });
      expect(tries).toBe(1);
    });

    it('tells what the last try was refused for, if it was an answer for good', async () => {
      const stop = new AbortController();
      const call = async () => {
        stop.abort();
        throw memoryFailure('denied', 'not-allowed');
      };
      expect(await failureOf(withRetry(fakeClock(), gently(stop.signal), call))).toMatchObject({ kind: 'denied' });
    });

    it('ends a wait between tries at once', async () => {
      const stop = new AbortController();
      const clock = {
        ...fakeClock(),
        sleep: (_: number, signal: AbortSignal) =>
          new Promise<void>((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
            setImmediate(() => stop.abort());
          }),
      };
      const call = failing(network(), network());
      expect(await failureOf(withRetry(clock, gently(stop.signal), call))).toMatchObject({ kind: 'cancelled' });
      expect(call.tries).toBe(1);
    });
  });

  it('repeats only what may pass by itself', async () => {
    for (const kind of failureKinds) {
      const call = failing(memoryFailure(kind, 'once'));
      await withRetry(fakeClock(), patience(), call).catch(() => undefined);
      expect([kind, call.tries]).toEqual([kind, ['throttled', 'timeout', 'network'].includes(kind) ? 2 : 1]);
    }
  });

  it('does not repeat a bug, and tells nothing of its text', async () => {
    const call = failing(new Error('text of a value'));
    const failure = await failureOf(withRetry(fakeClock(), patience(), call));
    expect(failure.kind).toBe('bug');
    expect(JSON.stringify(failure)).not.toContain('text of a value');
    expect(call.tries).toBe(1);
  });

  it('ends at once when cancelled while it waits', async () => {
    const abort = new AbortController();
    const call = failing(network(), network());
    const clock = {
      ...fakeClock(),
      sleep: (_: number, signal: AbortSignal) =>
        new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          setImmediate(() => abort.abort());
        }),
    };
    expect(await failureOf(withRetry(clock, abort.signal, call))).toMatchObject({ kind: 'cancelled' });
    expect(call.tries).toBe(1);
  });

  it('does not call at all once cancelled', async () => {
    const call = failing();
    expect(await failureOf(withRetry(fakeClock(), AbortSignal.abort(), call))).toMatchObject({ kind: 'cancelled' });
    expect(call.tries).toBe(0);
  });

  it('says cancelled, whatever the call said, if it was cancelled during the call', async () => {
    const abort = new AbortController();
    const call = async () => {
      abort.abort();
      throw network();
    };
    expect(await failureOf(withRetry(fakeClock(), abort.signal, call))).toMatchObject({ kind: 'cancelled' });
  });
});
