import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskFull, type EngineBed, gate, openEngineBed, settle } from '../support/engine-bed.ts';
import { type MemoryCalls, memoryFailure } from '../support/memory-calls.ts';

describe('a run', () => {
  let bed: EngineBed;
  beforeEach(() => {
    bed = openEngineBed();
  });
  afterEach(() => {
    expect(bed.firstBadAudit()).toBeNull();
    bed.close();
  });

  const addAll = (count: number, targetRegion = 'us-east-1', prefix = 's') =>
    Array.from({ length: count }, (_, n) => {
      bed.vaults.set('kv', `${prefix}-${n}`, `value ${n}`);
      return bed.add(`${prefix}-${n}`, { targetRegion });
    });
  const statuses = (ids: string[]) => new Set(ids.map((id) => bed.row(id).status.status));
  /** Holds every call of an operation on a subject until opened. */
  const hold = (operation: string, subject: RegExp, place: Pick<MemoryCalls, 'hooks'> = bed.secrets) => {
    const { passed, open } = gate();
    place.hooks.before = async (call) => {
      if (call.operation === operation && subject.test(call.subject)) await passed;
    };
    return open;
  };

  it('leaves 999 synced when one of 1,000 is bad', { timeout: 60_000 }, async () => {
    const ids = addAll(1_000);
    bed.secrets.hooks.before = ({ operation, subject }) => {
      if (operation === 'write' && subject.endsWith('/s-777')) throw memoryFailure('denied', 'may-not-write');
    };
    const run = await bed.sync(...ids);
    expect(run).toMatchObject({ total: 1_000, done: 1_000, written: 999, attention: 1 });
    expect(ids.filter((id) => bed.row(id).status.status === 'synced')).toHaveLength(999);
    expect(bed.row(ids[777] ?? '').status).toMatchObject({ status: 'failed', code: 'may-not-write' });
  });

  it('writes what one page of the vault named while the next is awaited', async () => {
    const ids = addAll(60);
    const open = hold('listPage', /./, bed.vaults);
    // Only from the second page on.
    const wait = bed.vaults.hooks.before;
    bed.vaults.hooks.before = async (call) => (call.count > 1 ? wait?.(call) : undefined);
    const run = bed.engine().start(ids, 'user');
    while (run.progress.written < 25) await settle(1);
    expect(run.progress).toMatchObject({ written: 25, done: 25, phase: 'applying' });
    open();
    expect(await run.finished).toMatchObject({ written: 60, attention: 0 });
  });

  it('joins the run that a record is in, and starts one for the others', async () => {
    const [first = '', second = ''] = addAll(2);
    const open = hold('write', /s-0/);
    const one = bed.engine().start([first], 'user');
    expect(bed.engine().start([first], 'schedule')).toBe(one);
    const two = bed.engine().start([first, second], 'user');
    expect(two.progress.total).toBe(1);
    open();
    await Promise.all([one.finished, two.finished]);
    expect(bed.outcomes(first)).toEqual(['synced']);
    expect(bed.outcomes(second)).toEqual(['synced']);
  });

  it('syncs a record once that was named twice', async () => {
    const [id = ''] = addAll(1);
    const run = await bed.sync(id, id, id);
    expect(run).toMatchObject({ total: 1, done: 1, written: 1 });
    expect(bed.outcomes(id)).toEqual(['synced']);
    expect(bed.store.journal.openIntents()).toEqual([]);
  });

  it('refuses records that do not exist', () => {
    expect(() => bed.engine().start([crypto.randomUUID()], 'user')).toThrow('There is no such sync record');
  });

  it('ends writes under way and begins nothing new when cancelled', async () => {
    bed.concurrency = 2;
    const ids = addAll(6);
    const open = hold('write', /./);
    const run = bed.engine().start(ids, 'user');
    while (bed.secrets.count('write') < 2) await settle(1);
    run.cancel();
    await settle();
    open();
    expect(await run.finished).toMatchObject({ phase: 'cancelled', cancelled: true, written: 2, done: 2 });
    expect(bed.secrets.count('write')).toBe(2);
    expect(ids.map((id) => bed.row(id).status.status).sort()).toEqual([
      ...Array(4).fill('pending'),
      ...Array(2).fill('synced'),
    ]);
    expect(bed.store.journal.openIntents()).toEqual([]);
    expect(await bed.sync(...ids)).toMatchObject({ phase: 'done', written: 4, unchanged: 2 });
  });

  it('enters nothing for records it did not reach, and leaves them as they were', async () => {
    const ids = addAll(3);
    bed.vaults.hooks.before = async () => {
      bed.engine().cancel(run.progress.id);
    };
    const run = bed.engine().start(ids, 'user');
    await run.finished;
    expect(ids.flatMap((id) => bed.outcomes(id))).toEqual([]);
    expect(statuses(ids)).toEqual(new Set(['pending']));
  });

  it('gives up a write that does not end when the app is stopped, and finds out at the next start what became of it', async () => {
    const [id = ''] = addAll(1);
    // The write arrives, its reply never does.
    bed.secrets.hooks.after = async ({ operation }) => {
      if (operation === 'write') await new Promise(() => {});
    };
    const run = bed.engine().start([id], 'user');
    while (bed.versions('s-0') === 0) await settle();
    await bed.engine().stop(5_000);
    expect(await run.finished).toMatchObject({ phase: 'cancelled', attention: 1 });
    expect(bed.row(id).status).toMatchObject({ status: 'unknown', code: 'write-unconfirmed' });
    expect(bed.store.journal.openIntents()).toHaveLength(1);

    bed.secrets.hooks.after = undefined;
    await bed.engine().recover()?.finished;
    expect(bed.row(id).status).toMatchObject({ status: 'synced' });
    expect(bed.versions('s-0')).toBe(1);
  });

  it('does not begin again at once what a person cancelled', async () => {
    const [first = '', second = ''] = addAll(2);
    bed.store.records.update([first, second], { schedule: { kind: 'every', hours: 1 } });
    for (const id of [first, second]) bed.store.records.setNextRuns([{ id, at: bed.clock.time }], bed.clock.time);
    bed.concurrency = 1;
    const open = hold('write', /s-0/);
    const run = bed.engine().start(bed.store.records.due(bed.clock.time), 'schedule');
    await settle();
    bed.engine().cancel(run.progress.id);
    open();
    await run.finished;
    await settle();
    expect(bed.row(second).status.status).not.toBe('synced');
    expect(bed.store.records.due(bed.clock.time + 60_000)).toEqual([]);
  });

  it('cancels while it waits to repeat a call', async () => {
    const [id = ''] = addAll(1);
    bed.vaults.hooks.before = () => {
      bed.engine().cancel(run.progress.id);
      throw memoryFailure('network', 'down');
    };
    const run = bed.engine().start([id], 'user');
    expect(await run.finished).toMatchObject({ phase: 'cancelled', done: 0 });
  });

  it('is not delayed for one target by another that hangs while it is written', async () => {
    const slow = addAll(20, 'eu-west-1', 'slow');
    const fast = addAll(20);
    const open = hold('write', /./, bed.secretsIn('eu-west-1'));
    const run = bed.engine().start([...slow, ...fast], 'user');
    while (run.progress.written < 20) await settle(1);
    expect(statuses(fast)).toEqual(new Set(['synced']));
    open();
    expect(await run.finished).toMatchObject({ written: 40 });
  });

  it('is not delayed for one target by another that hangs while it is looked at', async () => {
    const slow = addAll(20, 'eu-west-1', 'slow');
    const fast = addAll(20);
    const open = hold('inspect', /./, bed.secretsIn('eu-west-1'));
    const run = bed.engine().start([...slow, ...fast], 'user');
    for (let turn = 0; turn < 500 && run.progress.written < 20; turn++) await settle(1);
    expect(statuses(fast)).toEqual(new Set(['synced']));
    open();
    expect(await run.finished).toMatchObject({ written: 40 });
  });

  it('is not delayed for one vault by another that hangs', async () => {
    bed.vaults.addVault('slow');
    bed.vaults.set('slow', 'x', '1');
    const slow = bed.add('x', { sourceVault: 'slow', targetRegion: 'eu-west-1' });
    const fast = addAll(5);
    const { passed, open } = gate();
    bed.vaults.hooks.before = async ({ subject }) => {
      if (subject.startsWith('slow')) await passed;
    };
    const run = bed.engine().start([slow, ...fast], 'user');
    for (let turn = 0; turn < 500 && run.progress.written < 5; turn++) await settle(1);
    expect(statuses(fast)).toEqual(new Set(['synced']));
    open();
    expect(await run.finished).toMatchObject({ written: 6 });
  });

  it('is not delayed by a write of unknown end whose target hangs', async () => {
    const [open_ = ''] = addAll(1, 'eu-west-1', 'open');
    const eu = bed.secretsIn('eu-west-1');
    eu.hooks.after = ({ operation }) => {
      if (operation === 'write') throw memoryFailure('network', 'lost');
    };
    await bed.sync(open_);
    eu.hooks.after = undefined;
    expect(bed.store.journal.openIntents()).toHaveLength(1);
    const fast = addAll(3);
    const open = hold('inspect', /./, eu);
    const run = bed.engine().start([open_, ...fast], 'user');
    for (let turn = 0; turn < 500 && run.progress.written < 3; turn++) await settle(1);
    expect(statuses(fast)).toEqual(new Set(['synced']));
    open();
    await run.finished;
    expect(bed.row(open_).status.status).toBe('synced');
  });

  it('never works on more records of one target at once than it is set to, from however many vaults', async () => {
    bed.concurrency = 3;
    const ids = ['one', 'two', 'three'].flatMap((sourceVault) => {
      bed.vaults.addVault(sourceVault);
      return Array.from({ length: 8 }, (_, n) => {
        bed.vaults.set(sourceVault, `s-${n}`, 'x');
        return bed.add(`s-${n}`, { sourceVault, targetName: `certifyclouds/${sourceVault}-${n}` });
      });
    });
    let under = 0;
    let most = 0;
    bed.secrets.hooks.before = async ({ operation }) => {
      if (operation !== 'write') return;
      under += 1;
      most = Math.max(most, under);
      await settle(2);
      under -= 1;
    };
    expect(await bed.sync(...ids)).toMatchObject({ written: 24 });
    expect(most).toBe(3);
  });

  it('tells its numbers upwards only, and done at the end', async () => {
    await bed.sync(...addAll(30));
    const done = bed.shown.map((run) => run.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(bed.shown.at(-1)).toMatchObject({ phase: 'done', done: 30, endedAt: expect.any(Number) });
  });

  it('never enters an old look over a newer write of another run', async () => {
    const [quick = '', slow = ''] = addAll(2);
    await bed.sync(quick, slow);
    // Unsettled, so that the next look refreshes the ledger; the other record hangs in its write meanwhile.
    bed.clock.time += 10_000;
    bed.vaults.set('kv', 's-1', 'changed');
    const open = hold('write', /s-1/);
    const first = bed.engine().start([quick, slow], 'user');
    while (bed.secrets.count('write') < 3) await settle(1);
    bed.clock.time += 10_000;
    const version = bed.vaults.set('kv', 's-0', 'newer');
    const second = bed.engine().start([quick], 'user');
    if (second !== first) await second.finished;
    open();
    await first.finished;
    await bed.sync(quick);
    expect(bed.row(quick)).toMatchObject({ status: { status: 'synced' }, ledger: { sourceVersion: version } });
    expect(bed.held('s-0')).toBe('newer');
  });

  it('shows a record that is done, though another of its run hangs', async () => {
    const [quick = '', slow = ''] = addAll(2);
    await bed.sync(quick, slow);
    bed.clock.time += 10_000;
    bed.vaults.set('kv', 's-1', 'changed');
    const open = hold('write', /s-1/);
    const run = bed.engine().start([quick, slow], 'user');
    while (bed.secrets.count('write') < 3) await settle(1);
    expect(bed.engine().isSyncing(quick)).toBe(false);
    expect(bed.outcomes(quick)).toEqual(['unchanged', 'synced']);
    open();
    await run.finished;
  });

  it('keeps a schedule that was set while it ran', async () => {
    const [id = ''] = addAll(1);
    const open = hold('write', /./);
    const run = bed.engine().start([id], 'user');
    while (bed.secrets.count('write') < 1) await settle(1);
    bed.store.records.update([id], { schedule: { kind: 'every', hours: 6 } });
    open();
    await run.finished;
    expect(bed.row(id).nextRunAt).toBeGreaterThan(bed.clock.now());
  });

  it('counts the next run from the end of this one', async () => {
    const [id = ''] = addAll(1);
    bed.store.records.update([id], { schedule: { kind: 'every', hours: 1 } });
    await bed.sync(id);
    expect(bed.row(id).nextRunAt).toBe(bed.clock.now() + 3_600_000);
  });

  it('has ended everywhere when it says so, even if the store failed in the middle', async () => {
    const ids = [...addAll(3), ...addAll(3, 'eu-west-1', 'eu')];
    const open = hold('write', /./, bed.secretsIn('eu-west-1'));
    let finishes = 0;
    bed.storeHook = (step, moment) => {
      if (step === 'finish' && moment === 'before' && ++finishes === 1) throw diskFull();
    };
    const run = bed.engine().start(ids, 'user');
    while (finishes === 0 || bed.secretsIn('eu-west-1').count('write') < 3) await settle(1);
    let ended = false;
    void run.finished.then(() => {
      ended = true;
    });
    await settle();
    expect(ended).toBe(false);
    open();
    await run.finished;
    expect(bed.failures.map(({ detail }) => detail.code)).toEqual(['disk-full']);
    bed.storeHook = undefined;
    await bed.sync(...ids);
    expect(statuses(ids)).toEqual(new Set(['synced']));
    for (const place of ['us-east-1', 'eu-west-1'])
      for (const secret of bed.secretsIn(place).secrets.values()) expect(secret.versions.size).toBe(1);
  });

  it('begins no further write once the store has failed', async () => {
    bed.concurrency = 1;
    const ids = [...addAll(5), ...addAll(5, 'eu-west-1', 'eu')];
    bed.storeHook = (step, moment) => {
      if (step === 'finish' && moment === 'before') throw diskFull();
    };
    await bed.sync(...ids);
    // One in each target may have been under way.
    const writes = bed.secrets.count('write') + bed.secretsIn('eu-west-1').count('write');
    expect(writes).toBeLessThanOrEqual(2);
    expect(bed.store.journal.openIntents().length).toBe(writes);
  });

  it('waits for writes under way when the engine stops', async () => {
    const ids = addAll(2);
    const open = hold('write', /./);
    bed.engine().start(ids, 'user');
    while (bed.secrets.count('write') < 2) await settle(1);
    // The time to wait for them is long enough.
    bed.clock.sleep = (_ms, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const stopped = bed.engine().stop(5_000);
    open();
    await stopped;
    expect(statuses(ids)).toEqual(new Set(['synced']));
    expect(bed.engine().active()).toEqual([]);
  });
});
