import { describe, expect, test } from 'vitest';
import { Pace, type Rate } from '../../main/clouds/pace.ts';
import { Failure, neverSent } from '../../main/domain/failure.ts';
import { failureOf, patience } from '../conformance/outcome.ts';
import { virtualTime } from './virtual-time.ts';

const fifty: Rate = { calls: 50, seconds: 1 };

function throttled(retryAfterMs?: number): Failure {
  const more = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new Failure({ kind: 'throttled', code: 'test-throttled', sentence: 'Too often.', fix: 'Wait.', ...more });
}

/** A cloud that takes so many calls in any second, and answers after a while that differs from call to call. */
function openCloud(time: ReturnType<typeof virtualTime>, rate: Rate, latency: (n: number) => number = () => 20) {
  const accepted: number[] = [];
  let sent = 0;
  let refused = 0;
  return {
    accepted,
    get sent() {
      return sent;
    },
    get refused() {
      return refused;
    },
    async call() {
      sent += 1;
      const way = latency(sent);
      await time.sleep(way / 2);
      const now = time.now();
      const inWindow = accepted.filter((at) => at > now - rate.seconds * 1000).length;
      if (inWindow >= rate.calls) refused += 1;
      else accepted.push(now);
      await time.sleep(way / 2);
      if (inWindow >= rate.calls) throw throttled();
      return sent;
    },
  };
}

/** So many workers that call until told to end; what is throttled is tried again after a second. */
function work(time: ReturnType<typeof virtualTime>, pace: Pace, call: () => Promise<unknown>, workers: number) {
  const stop = new AbortController();
  const worker = async () => {
    while (!stop.signal.aborted) {
      try {
        await pace.during(stop.signal, call);
      } catch (error) {
        if (!(error instanceof Failure) || error.kind === 'cancelled') return;
        await time.sleep(1_000);
      }
    }
  };
  for (let count = 0; count < workers; count++) void worker();
  return stop;
}

describe('a pace', () => {
  for (const [name, latency] of [
    ['an even way', () => 40],
    ['a way that differs', (n: number) => 20 + ((n * 7919) % 40)],
  ] as const) {
    test(`keeps just under the quota of a cloud that counts in a sliding window, over ${name}`, async () => {
      const time = virtualTime();
      const pace = new Pace(fifty, time);
      const cloud = openCloud(time, fifty, latency);
      const stop = work(time, pace, cloud.call, 20);
      await time.pass(20_000);
      stop.abort();
      expect(cloud.refused).toBe(0);
      expect(cloud.accepted.length).toBeGreaterThanOrEqual(0.95 * 20 * 50);
    });
  }

  test('spreads its calls: a second is not spent in its first moment', async () => {
    const time = virtualTime();
    const pace = new Pace(fifty, time);
    const cloud = openCloud(time, fifty, () => 0);
    const stop = work(time, pace, cloud.call, 200);
    await time.pass(100);
    expect(cloud.sent).toBeLessThanOrEqual(7);
    await time.pass(900);
    stop.abort();
    expect(cloud.sent).toBeGreaterThan(45);
  });

  test('keeps a rate of ten seconds or a minute in each second', async () => {
    const time = virtualTime();
    const cloud = openCloud(time, { calls: 10, seconds: 1 });
    const stop = work(time, new Pace({ calls: 600, seconds: 60 }, time), cloud.call, 30);
    await time.pass(30_000);
    stop.abort();
    expect(cloud.refused).toBe(0);
    expect(cloud.accepted.length).toBeGreaterThanOrEqual(0.95 * 300);
  });

  test('lets through in the order they came', async () => {
    const time = virtualTime();
    const pace = new Pace({ calls: 3, seconds: 1 }, time);
    const order: number[] = [];
    const all = Array.from({ length: 12 }, (_, n) => pace.during(patience(), async () => void order.push(n)));
    await time.pass(10_000);
    await Promise.all(all);
    expect(order).toEqual(Array.from({ length: 12 }, (_, n) => n));
  });

  test('lets go of who gives up, at once, without sending and without keeping anybody waiting', async () => {
    const time = virtualTime();
    const pace = new Pace({ calls: 1, seconds: 1 }, time);
    const sent: string[] = [];
    const stop = new AbortController();
    await pace.during(patience(), async () => void sent.push('first'));
    const given = failureOf(pace.during(stop.signal, async () => void sent.push('given up')));
    const last = pace.during(patience(), async () => void sent.push('last'));
    stop.abort();
    const detail = await given;
    expect(detail.kind).toBe('cancelled');
    expect(neverSent({ detail })).toBe(true);
    expect(sent).toEqual(['first']);
    await time.pass(1_100);
    await last;
    expect(sent).toEqual(['first', 'last']);
  });

  test('does not begin for who has given up already', async () => {
    const stopped = new Pace(fifty, virtualTime()).during(AbortSignal.abort(), async () => 'sent');
    expect(neverSent({ detail: await failureOf(stopped) })).toBe(true);
  });

  test('leaves no timer and nobody in line behind', async () => {
    const time = virtualTime();
    const pace = new Pace({ calls: 1, seconds: 1 }, time);
    const stop = new AbortController();
    const all = Array.from({ length: 50 }, () => pace.during(stop.signal, () => time.sleep(5)));
    const settled = Promise.allSettled(all);
    await time.pass(2_500);
    expect(pace.waiting).toBeGreaterThan(40);
    stop.abort();
    await time.pass(10);
    expect([pace.waiting, time.sleeping()]).toEqual([0, 0]);
    await settled;
  });

  test('slows down when somebody else uses up the quota, and comes back when they have gone', async () => {
    const time = virtualTime();
    const pace = new Pace(fifty, time);
    const rate = { calls: 25, seconds: 1 };
    const cloud = openCloud(time, rate);
    const stop = work(time, pace, cloud.call, 40);
    await time.pass(120_000);
    const before = { sent: cloud.sent, refused: cloud.refused };
    await time.pass(240_000);
    const refused = cloud.refused - before.refused;
    // After the first surprise: close to what is left, with few refusals.
    expect(refused / (cloud.sent - before.sent)).toBeLessThan(0.005);
    expect(cloud.sent - before.sent - refused).toBeGreaterThan(0.9 * 25 * 240);
    rate.calls = 50;
    await time.pass(200_000);
    const sent = cloud.sent;
    await time.pass(10_000);
    stop.abort();
    expect(cloud.sent - sent).toBeGreaterThan(0.9 * 500);
  });

  test('pauses as a whole for as long as the cloud asks', async () => {
    const time = virtualTime();
    const pace = new Pace(fifty, time);
    await failureOf(
      pace.during(patience(), async () => {
        throw throttled(7_000);
      }),
    );
    const sent: number[] = [];
    const all = [1, 2, 3].map((n) => pace.during(patience(), async () => void sent.push(n)));
    await time.pass(6_900);
    expect(sent).toEqual([]);
    await time.pass(200);
    await Promise.all(all);
    expect(sent).toEqual([1, 2, 3]);
  });

  test('tells who would wait longer than a minute, instead of each asking the cloud for itself', async () => {
    const time = virtualTime();
    const pace = new Pace({ calls: 1, seconds: 1 }, time);
    const refused = pace.during(patience(), async () => {
      await time.sleep(10);
      throw throttled(600_000);
    });
    const inLine = pace.during(patience(), async () => 'sent');
    const [, waiting] = await Promise.all([failureOf(refused), failureOf(inLine), time.pass(20)]);
    for (const detail of [waiting, await failureOf(pace.during(patience(), async () => 'sent'))]) {
      expect(detail).toMatchObject({ kind: 'throttled', code: 'pause-asked' });
      expect(detail.retryAfterMs).toBeGreaterThan(500_000);
      expect(neverSent({ detail })).toBe(true);
    }
    await time.pass(600_000);
    expect(await pace.during(patience(), async () => 'sent')).toBe('sent');
  });

  test('is not slowed by two that got in each other’s way at one target', async () => {
    const time = virtualTime();
    const pace = new Pace({ calls: 1, seconds: 1 }, time);
    const busy = new Failure({ ...throttled(30_000).detail, code: 'aws-busy' });
    await failureOf(pace.during(patience(), () => Promise.reject(busy)));
    const next = pace.during(patience(), async () => 'sent');
    await time.pass(1_050);
    expect(await next).toBe('sent');
  });

  test('goes on when the clock is put back by an hour, or forth', async () => {
    const time = virtualTime();
    const pace = new Pace({ calls: 1, seconds: 1 }, time);
    const cloud = openCloud(time, { calls: 1_000, seconds: 1 });
    const stop = work(time, pace, cloud.call, 3);
    await time.pass(5_000);
    const sent = cloud.sent;
    time.set(time.now() - 3_600_000);
    await time.pass(5_000);
    expect(cloud.sent - sent).toBeGreaterThanOrEqual(4);
    time.set(time.now() + 7_200_000);
    await time.pass(5_000);
    stop.abort();
    expect(cloud.sent - sent).toBeGreaterThanOrEqual(8);
    expect(cloud.sent - sent).toBeLessThanOrEqual(12);
  });

  test('is not held up by calls that are never answered', async () => {
    const time = virtualTime();
    const pace = new Pace({ calls: 3, seconds: 1 }, time);
    for (let count = 0; count < 3; count++) void pace.during(patience(), () => new Promise(() => {}));
    const next = pace.during(patience(), async () => 'sent');
    await time.pass(1_600);
    expect(await next).toBe('sent');
  });
});
