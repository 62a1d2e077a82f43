import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../main/engine/index.ts';
import { type Scheduler, startScheduler } from '../../main/scheduler/index.ts';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';

const hour = 3_600_000;

describe('scheduler', () => {
  let bed: EngineBed;
  let scheduler: Scheduler;
  afterEach(() => {
    scheduler.stop();
    vi.useRealTimers();
  });

  const refused: unknown[] = [];
  const schedule = (engine: Pick<Engine, 'start'>, due: () => string[], isPaused = () => false) => {
    refused.length = 0;
    scheduler = startScheduler({ engine, due, isPaused, onRefused: (thrown) => refused.push(thrown) });
    return scheduler;
  };
  const nothing: Pick<Engine, 'start'> = {
    start: () => {
      throw new Error('started something');
    },
  };

  it('starts nothing while nothing is due or schedules are paused', () => {
    schedule(nothing, () => []).beat();
    scheduler.stop();
    schedule(
      nothing,
      () => ['a'],
      () => true,
    ).beat();
    expect(refused).toEqual([]);
  });

  it('survives a run that cannot start and a store that cannot be asked', () => {
    schedule(nothing, () => ['a']).beat();
    expect(refused).toEqual([new Error('started something')]);
    scheduler.stop();
    schedule(nothing, () => {
      throw new Error('the disk is full');
    }).beat();
    expect(refused).toEqual([new Error('the disk is full')]);
  });

  it('beats once a minute until stopped', async () => {
    vi.useFakeTimers({ now: new Date('2026-03-01T12:00:30Z') });
    let beats = 0;
    schedule(nothing, () => {
      beats += 1;
      return [];
    });
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect(beats).toBe(5);
    scheduler.stop();
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect(beats).toBe(5);
  });

  it('runs what is due once, however late it comes, and again when its interval is over', async () => {
    bed = openEngineBed();
    bed.vaults.set('kv', 'a', '1');
    const id = bed.add('a', { schedule: { kind: 'every', hours: 1 } });
    bed.store.records.setNextRun(id, bed.clock.now());
    schedule(bed.engine(), () => bed.store.records.due(bed.clock.now()));
    const runs = () => bed.store.journal.history(id, 100).length;
    const beat = async () => {
      scheduler.beat();
      await Promise.all(
        bed
          .engine()
          .active()
          .map(() => bed.engine().start([id], 'user').finished),
      );
    };
    // As after a week's sleep: several heartbeats come at once.
    bed.clock.time += 7 * 24 * hour;
    await beat();
    await beat();
    await beat();
    expect(runs()).toBe(1);
    expect(bed.store.journal.history(id, 1)[0]?.trigger).toBe('schedule');
    bed.clock.time += hour;
    await beat();
    expect(runs()).toBe(2);
    bed.store.records.update([id], { enabled: false });
    bed.clock.time += 7 * 24 * hour;
    await beat();
    expect(runs()).toBe(2);
    bed.close();
  });
});
