import { describe, expect, test } from 'vitest';
import { Breaker } from '../../main/clouds/breaker.ts';
import { Failure, type FailureKind, neverSent } from '../../main/domain/failure.ts';
import { failureOf, patience } from '../conformance/outcome.ts';

const host = 'vault.example';

function open() {
  let time = Date.UTC(2026, 10, 24, 10);
  const breaker = new Breaker(host, () => time);
  const calls = { sent: 0 };
  const call = (kind?: FailureKind, takesMs = 0) =>
    breaker.during(patience(), async () => {
      calls.sent += 1;
      time += takesMs;
      if (kind)
        throw new Failure({ kind, code: `test-${kind}`, sentence: `It said ${kind}.`, fix: 'Change the test.' });
      return 'answered';
    });
  return {
    breaker,
    calls,
    call,
    wait(ms: number) {
      time += ms;
    },
    /** Until the server is left alone: some calls that each run into their time limit. */
    async tire() {
      for (let count = 0; count < 5; count++) await failureOf(call('timeout', 30_000));
    },
  };
}

describe('a breaker', () => {
  test('leaves a server alone that did not answer some times in a row, and says so', async () => {
    const { call, calls, tire } = open();
    await tire();
    const detail = await failureOf(call());
    expect(detail).toMatchObject({ kind: 'network', code: 'target-resting', retryAfterMs: 30_000 });
    expect(detail.sentence).toContain(`${host} failed 5 times in a row. It said timeout.`);
    expect(detail.sentence).toContain('until 10:03:00 UTC');
    expect(neverSent({ detail })).toBe(true);
    expect(calls.sent).toBe(5);
  });

  test('leaves a short cut in the network to the retries', async () => {
    const { call, calls } = open();
    for (let count = 0; count < 50; count++) await failureOf(call('network', 100));
    expect(await call()).toBe('answered');
    expect(calls.sent).toBe(51);
  });

  test('takes any answer for one: a refusal, throttling, even one that could not be understood', async () => {
    for (const kind of ['denied', 'throttled', 'not-found', 'auth', 'bug'] as const) {
      const { call } = open();
      for (let count = 0; count < 20; count++) {
        await failureOf(call('timeout', 30_000));
        await failureOf(call('timeout', 30_000));
        expect(await failureOf(call(kind))).toMatchObject({ kind });
      }
    }
  });

  test('learns nothing from calls that were given up', async () => {
    const { call } = open();
    for (let count = 0; count < 4; count++) await failureOf(call('timeout', 30_000));
    for (let count = 0; count < 20; count++) await failureOf(call('cancelled', 30_000));
    expect(await failureOf(call('timeout'))).toMatchObject({ code: 'test-timeout' });
    expect(await failureOf(call())).toMatchObject({ code: 'target-resting' });
  });

  test('lets one call try after a while, for which the others wait, and all once that is answered', async () => {
    const { breaker, call, calls, tire, wait } = open();
    await tire();
    wait(30_000);
    let answer = () => {};
    const trying = breaker.during(
      patience(),
      () =>
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
    );
    const stop = new AbortController();
    const gaveUp = failureOf(breaker.during(stop.signal, async () => 'sent'));
    const others = [call(), call()];
    await Promise.resolve();
    stop.abort();
    const detail = await gaveUp;
    expect(detail.kind).toBe('cancelled');
    expect(neverSent({ detail })).toBe(true);
    expect(calls.sent).toBe(5);
    answer();
    await trying;
    expect(await Promise.all(others)).toEqual(['answered', 'answered']);
    expect(await failureOf(call('timeout'))).toMatchObject({ code: 'test-timeout' });
    expect(calls.sent).toBe(8);
  });

  test('who waited for the one that tries is refused with it', async () => {
    const { breaker, call, calls, tire, wait } = open();
    await tire();
    wait(30_000);
    let fail = (_: Failure) => {};
    const trying = failureOf(
      breaker.during(
        patience(),
        () =>
          new Promise((_, reject) => {
            fail = reject;
          }),
      ),
    );
    const others = [failureOf(call()), failureOf(call())];
    await Promise.resolve();
    fail(new Failure({ kind: 'timeout', code: 'test-again', sentence: 'It said nothing.', fix: 'Change the test.' }));
    expect(await trying).toMatchObject({ code: 'test-again' });
    for (const other of others) expect(await other).toMatchObject({ code: 'target-resting' });
    expect(calls.sent).toBe(5);
  });

  test('leaves it alone for longer each time, up to five minutes', async () => {
    const { call, tire, wait } = open();
    await tire();
    const rests: (number | undefined)[] = [];
    for (let count = 0; count < 6; count++) {
      const { retryAfterMs = 0 } = await failureOf(call());
      rests.push(retryAfterMs / 1000);
      wait(retryAfterMs);
      expect(await failureOf(call('network'))).toMatchObject({ code: 'test-network' });
    }
    expect(rests).toEqual([30, 60, 120, 240, 300, 300]);
  });

  test('lets another call try when the first one was given up', async () => {
    const { call, tire, wait } = open();
    await tire();
    wait(30_000);
    expect(await failureOf(call('cancelled'))).toMatchObject({ code: 'test-cancelled' });
    expect(await call()).toBe('answered');
  });

  test('lets one through at once for a person who asks', async () => {
    const { breaker, call, tire } = open();
    await tire();
    breaker.wake();
    expect(await call()).toBe('answered');
  });
});
