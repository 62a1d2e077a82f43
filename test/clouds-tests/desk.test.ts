import { describe, expect, it } from 'vitest';
import { createDesk, fitsPattern } from '../clouds/kernel/desk.ts';
import type { CloudReply, Desk, Operation, Refusal } from '../clouds/kernel/types.ts';

const get: Operation = { cloud: 'keyvault', name: 'GetSecret', resource: 'kv-prod/api-key' };
const list: Operation = { cloud: 'keyvault', name: 'ListSecrets', resource: 'kv-prod' };

/** Passes one request over the desk; tells what came of it. */
async function pass(desk: Desk, operation: Operation) {
  let performed = 0;
  const refusals: Refusal[] = [];
  const reply = await desk.serve(
    operation,
    async (): Promise<CloudReply> => {
      performed += 1;
      return { status: 200, body: 'done' };
    },
    (refusal) => {
      refusals.push(refusal);
      return { status: refusal.kind === 'throttle' ? 429 : refusal.status };
    },
  );
  return { reply, performed, refusal: refusals[0] };
}

async function statuses(desk: Desk, operation: Operation, count: number): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < count; i += 1) seen.push((await pass(desk, operation)).reply.status);
  return seen;
}

describe('faults', () => {
  it('refuse without taking effect: throttle and status', async () => {
    const desk = createDesk();
    desk.addFault({ fault: { kind: 'throttle', retryAfter: 7 }, times: 1 });
    desk.addFault({ fault: { kind: 'status', status: 503 }, times: 1 });
    expect(await pass(desk, get)).toMatchObject({ performed: 0, refusal: { kind: 'throttle', retryAfter: 7 } });
    expect(await pass(desk, get)).toMatchObject({ performed: 0, refusal: { kind: 'status', status: 503 } });
    expect(await pass(desk, get)).toMatchObject({ performed: 1, reply: { status: 200 } });
  });

  it.each([
    ['reset', 'cut', 0],
    ['hang', 'hold', 0],
    ['lose-reply', 'cut', 1],
    ['truncate', 'halve', 1],
  ] as const)('%s makes the server %s the connection after %i effects', async (kind, connection, performed) => {
    const desk = createDesk();
    desk.addFault({ fault: { kind } });
    const outcome = await pass(desk, get);
    expect(outcome.performed).toBe(performed);
    expect(outcome.reply.connection).toBe(connection);
    expect(desk.arrivals()).toEqual([expect.objectContaining({ fault: kind, status: performed === 1 ? 200 : 0 })]);
  });

  it('hit only what matches, skip the first ones and end after their number of times', async () => {
    const desk = createDesk();
    desk.addFault({
      name: 'GetSecret',
      resource: 'kv-prod/*',
      after: 1,
      times: 2,
      fault: { kind: 'status', status: 500 },
    });
    expect(await statuses(desk, list, 2)).toEqual([200, 200]);
    expect(await statuses(desk, { ...get, resource: 'kv-dev/api-key' }, 2)).toEqual([200, 200]);
    expect(await statuses(desk, { ...get, cloud: 'aws' }, 4)).toEqual([200, 500, 500, 200]);
    desk.addFault({ fault: { kind: 'status', status: 500 } });
    desk.clearFaults();
    expect(await statuses(desk, get, 1)).toEqual([200]);
  });

  it('strike by chance in a sequence that every run repeats', async () => {
    const run = async () => {
      const desk = createDesk();
      desk.addFault({ chance: 0.2, fault: { kind: 'status', status: 500 } });
      return statuses(desk, get, 1000);
    };
    const first = await run();
    expect(first).toEqual(await run());
    const struck = first.filter((status) => status === 500).length;
    expect(struck).toBeGreaterThan(150);
    expect(struck).toBeLessThan(250);
  });
});

describe('quotas', () => {
  it('let through so many in a sliding window and throttle the rest', async () => {
    let time = 1_000_000;
    const desk = createDesk({ now: () => time });
    desk.setQuota({ cloud: 'keyvault', limit: 2, perSeconds: 10, retryAfter: 3 });
    expect(await statuses(desk, get, 3)).toEqual([200, 200, 429]);
    time += 9_999;
    expect((await pass(desk, get)).refusal).toEqual({ kind: 'throttle', retryAfter: 3 });
    time += 1;
    expect(await statuses(desk, get, 3)).toEqual([200, 200, 429]);
    expect(await statuses(desk, { ...get, cloud: 'aws' }, 1)).toEqual([200]);
  });

  it('are each their own, and are replaced by one for the same match', async () => {
    const desk = createDesk({ now: () => 0 });
    desk.setQuota({ name: 'GetSecret', limit: 1, perSeconds: 1 });
    desk.setQuota({ name: 'ListSecrets', limit: 1, perSeconds: 1 });
    expect(await statuses(desk, get, 2)).toEqual([200, 429]);
    expect(await statuses(desk, list, 2)).toEqual([200, 429]);
    desk.setQuota({ name: 'GetSecret', limit: 5, perSeconds: 1 });
    expect(await statuses(desk, get, 6)).toEqual([200, 200, 200, 200, 200, 429]);
    desk.clearQuotas();
    expect(await statuses(desk, get, 1)).toEqual([200]);
  });

  it('may count several operations together, and say in the arrivals whom they refused', async () => {
    const desk = createDesk({ now: () => 0 });
    desk.setQuota({ names: ['GetSecret', 'ListSecrets'], limit: 2, perSeconds: 1 });
    expect(await statuses(desk, get, 1)).toEqual([200]);
    expect(await statuses(desk, list, 2)).toEqual([200, 429]);
    expect(await statuses(desk, { ...get, name: 'SetSecret' }, 1)).toEqual([200]);
    expect(desk.arrivals().map(({ overQuota = false }) => overQuota)).toEqual([false, false, true, false]);
  });
});

describe('arrivals', () => {
  it('are numbered, timed on the clock of the clouds, and found by what they were', async () => {
    const desk = createDesk({ now: () => 5_000 });
    desk.setClockOffset(-1_000);
    await pass(desk, list);
    desk.addFault({ name: 'GetSecret', times: 1, fault: { kind: 'throttle' } });
    await pass(desk, get);
    await pass(desk, get);
    expect(desk.arrivals()).toEqual([
      { id: 1, at: 4_000, ...list, status: 200 },
      { id: 2, at: 4_000, ...get, status: 429, fault: 'throttle' },
      { id: 3, at: 4_000, ...get, status: 200 },
    ]);
    expect(desk.arrivals({ name: 'GetSecret', status: 200 }).map(({ id }) => id)).toEqual([3]);
    expect(desk.arrivals({ resource: 'kv-prod*' })).toHaveLength(3);
    desk.clearArrivals();
    expect(desk.arrivals()).toEqual([]);
  });

  it('do not include a request that still waits', async () => {
    const desk = createDesk();
    desk.setLatency(20, { name: 'GetSecret' });
    const waiting = pass(desk, get);
    await pass(desk, list);
    expect(desk.arrivals().map(({ name }) => name)).toEqual(['ListSecrets']);
    await waiting;
    expect(desk.arrivals().map(({ name }) => name)).toEqual(['ListSecrets', 'GetSecret']);
    desk.setLatency(0, { name: 'GetSecret' });
    const quick = pass(desk, get);
    const other = pass(desk, list);
    await Promise.all([quick, other]);
    expect(desk.arrivals().map(({ name }) => name)).toEqual(['ListSecrets', 'GetSecret', 'GetSecret', 'ListSecrets']);
  });
});

describe('fitsPattern', () => {
  it.each([
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['*', '', true],
    ['a*', 'abc', true],
    ['a*', 'ba', false],
    ['*c', 'abc', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c', false],
    ['ab*ba', 'aba', false],
    ['a**c', 'ac', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(fitsPattern(pattern, text)).toBe(expected);
  });
});
