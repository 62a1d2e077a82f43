import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EngineBed, openEngineBed, settle } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('what comes after an attempt', () => {
  let bed: EngineBed;
  beforeEach(() => {
    bed = openEngineBed();
    bed.vaults.set('kv', 'api-key', 'first');
  });
  afterEach(() => bed.close());

  const fail = (kind: 'network' | 'timeout' | 'throttled' | 'denied') => {
    bed.vaults.hooks.before = () => {
      throw memoryFailure(kind, 'played', { retryAfterMs: kind === 'denied' ? 0 : 61_000 });
    };
  };
  const wait = (id: string) => {
    const { nextRunAt } = bed.row(id);
    return nextRunAt === null ? null : nextRunAt - bed.clock.time;
  };

  it.each(['network', 'timeout', 'throttled'] as const)(
    'is another before its time, where it failed in passing (%s): later each time, and an hour at most',
    async (kind) => {
      const id = bed.add('api-key', { schedule: { kind: 'every', hours: 24 } });
      fail(kind);
      const waits: (number | null)[] = [];
      for (let n = 0; n < 6; n++) {
        await bed.sync(id);
        waits.push(wait(id));
      }
      expect(waits).toEqual([5, 10, 20, 40, 60, 60].map((minutes) => minutes * minute));
      expect(bed.row(id).failuresInRow).toBe(6);
      bed.vaults.hooks.before = undefined;
      await bed.sync(id);
      expect(bed.row(id).failuresInRow).toBe(0);
      expect(wait(id)).toBe(24 * hour);
    },
  );

  it('is the schedule’s, where that comes first', async () => {
    const id = bed.add('api-key', { schedule: { kind: 'every', hours: 1 } });
    fail('network');
    for (let n = 0; n < 10; n++) await bed.sync(id);
    expect(wait(id)).toBe(hour);
  });

  it('is the schedule’s after what does not pass by itself', async () => {
    const id = bed.add('api-key', { schedule: { kind: 'every', hours: 24 } });
    fail('network');
    await bed.sync(id);
    fail('denied');
    await bed.sync(id);
    expect([bed.row(id).failuresInRow, wait(id)]).toEqual([0, 24 * hour]);
  });

  it('is none for a record that a person starts, or that is paused', async () => {
    const manual = bed.add('api-key', { syncOnChange: true });
    const paused = bed.add('api-key', {
      targetName: 'certifyclouds/b',
      enabled: false,
      schedule: { kind: 'every', hours: 1 },
    });
    fail('network');
    await bed.sync(manual, paused);
    expect([wait(manual), wait(paused)]).toEqual([null, null]);
  });

  it('is another for a record that a change of its source started', async () => {
    const id = bed.add('api-key', { syncOnChange: true });
    fail('network');
    await bed.engine().start([id], 'change').finished;
    expect(wait(id)).toBe(5 * minute);
  });

  it('finds out soon what became of a write whose answer was lost', async () => {
    const id = bed.add('api-key', { schedule: { kind: 'every', hours: 24 } });
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation === 'write') throw memoryFailure('network', 'lost');
    };
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('unknown');
    expect(wait(id)).toBe(5 * minute);
  });

  it('is none while a person is asked, and one again once the policy asks nobody', async () => {
    const id = bed.add('api-key', { schedule: { kind: 'every', hours: 1 } });
    await bed.sync(id);
    bed.secrets.putOutside('certifyclouds/api-key', 'by hand');
    await bed.sync(id);
    expect(wait(id)).toBeNull();
    expect(bed.decisions).toEqual([1]);
    bed.policy = 'skip';
    await bed.sync(id);
    expect(bed.row(id).status.code).toBe('target-changed');
    expect(wait(id)).toBe(hour);
    expect(bed.decisions).toEqual([1]);
  });
});

describe('a record that takes too long', () => {
  let bed: EngineBed;
  beforeEach(() => {
    bed = openEngineBed();
    for (const name of ['slow', 'quick']) bed.vaults.set('kv', name, `value of ${name}`);
  });
  afterEach(() => bed.close());

  /** Lets a call of the slow record hang for as long as its caller waits. */
  const hang = (operation: string, moment: 'before' | 'after') => {
    const hook = async (call: { operation: string; subject: string }) => {
      if (call.operation === operation && call.subject.endsWith('slow')) await new Promise(() => {});
    };
    bed.vaults.hooks[moment] = hook;
    bed.secrets.hooks[moment] = hook;
  };

  it('is ended after ten minutes, in words, and tried again soon', async () => {
    const ids = ['slow', 'quick'].map((name) => bed.add(name, { schedule: { kind: 'every', hours: 24 } }));
    const [slow = '', quick = ''] = ids;
    hang('read', 'before');
    const run = bed.engine().start(ids, 'user');
    for (let turn = 0; turn < 200 && run.progress.written < 1; turn++) await settle(1);
    bed.clock.time += 9 * minute;
    await settle();
    expect(run.progress.done).toBe(1);
    bed.clock.time += minute;
    await run.finished;
    expect(bed.row(quick).status.status).toBe('synced');
    expect(bed.row(slow)).toMatchObject({
      status: { status: 'failed', code: 'record-timeout' },
      failuresInRow: 1,
      nextRunAt: bed.clock.time + 5 * minute,
    });
    expect(bed.store.journal.openIntents()).toEqual([]);
  });

  it('begins no further try after that, and what it sent stays journaled', async () => {
    const id = bed.add('slow');
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation !== 'write') return;
      bed.clock.time += 10 * minute;
      throw memoryFailure('network', 'lost');
    };
    await bed.sync(id);
    expect(bed.secrets.count('write')).toBe(1);
    expect(bed.row(id).status).toMatchObject({ status: 'unknown', code: 'write-unconfirmed' });
    expect(bed.row(id).status.sentence).not.toContain('Cancelled');
    expect(bed.store.journal.openIntents()).toHaveLength(1);
    bed.secrets.hooks.after = undefined;
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.versions('slow')).toBe(1);
  });
});

describe('Cancel', () => {
  it('lets a request under way end and begins no further try', async () => {
    const bed = openEngineBed();
    bed.vaults.set('kv', 'api-key', 'first');
    const id = bed.add('api-key');
    const run = { now: bed.engine().start([id], 'user') };
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation !== 'write') return;
      run.now.cancel();
      throw memoryFailure('network', 'lost');
    };
    expect(await run.now.finished).toMatchObject({ phase: 'cancelled' });
    expect(bed.secrets.count('write')).toBe(1);
    expect(bed.row(id).status).toMatchObject({ status: 'unknown', code: 'write-unconfirmed' });
    expect(bed.store.journal.openIntents()).toHaveLength(1);
    bed.secrets.hooks.after = undefined;
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.versions('api-key')).toBe(1);
    bed.close();
  });

  it('enters a value that was written, though its tags are not begun any more', async () => {
    const bed = openEngineBed();
    bed.vaults.set('kv', 'api-key', 'first');
    const id = bed.add('api-key');
    await bed.sync(id);
    bed.clock.time += 10_000;
    const version = bed.vaults.set('kv', 'api-key', 'second', { tags: { env: 'live' } });
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation === 'write') run.cancel();
    };
    const run = bed.engine().start([id], 'user');
    await run.finished;
    expect(bed.secrets.count('tag')).toBe(0);
    expect(bed.row(id)).toMatchObject({ status: { status: 'pending' }, ledger: { sourceVersion: version } });
    expect(bed.store.journal.openIntents()).toEqual([]);
    bed.secrets.hooks.after = undefined;
    await bed.sync(id);
    expect(bed.versions('api-key')).toBe(2);
    expect(bed.row(id).status.status).toBe('synced');
    bed.close();
  });
});

describe('an excluded record', () => {
  it.each(['name:api-*', 'vault:KV', 'tag:no-sync=true'])(
    'by %s: its target is left, and not even looked at',
    async (pattern) => {
      const bed = openEngineBed();
      bed.vaults.set('kv', 'api-key', 'first', { tags: { 'no-sync': 'true' } });
      bed.vaults.set('kv', 'other', 'x');
      const id = bed.add('api-key', { schedule: { kind: 'every', hours: 1 } });
      await bed.sync(id);
      bed.clock.time += 10_000;
      bed.vaults.set('kv', 'api-key', 'second', { tags: { 'no-sync': 'true' } });
      bed.exclusions = [pattern];
      bed.secrets.made.length = 0;
      expect(await bed.sync(id)).toMatchObject({ unchanged: 1, attention: 0 });
      expect(bed.secrets.made).toEqual([]);
      expect(bed.held('api-key')).toBe('first');
      expect(bed.row(id)).toMatchObject({ status: { status: 'unknown', code: 'excluded' }, conflictSeen: null });
      expect(bed.row(id).nextRunAt).not.toBeNull();
      expect(bed.outcomes(id)[0]).toBe('excluded');
      // What was excluded when it was deleted stays so, though its tags cannot be seen any more.
      bed.deletions = 'follow';
      bed.vaults.remove('kv', 'api-key');
      await bed.sync(id);
      expect(bed.held('api-key')).toBe('first');
      bed.vaults.recover('kv', 'api-key');
      bed.exclusions = [];
      await bed.sync(id);
      expect(bed.held('api-key')).toBe('second');
      bed.close();
    },
  );
});
