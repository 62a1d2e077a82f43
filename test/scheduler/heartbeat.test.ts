import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../main/engine/index.ts';
import { type Scheduler, startScheduler } from '../../main/scheduler/index.ts';
import { fakeClock } from '../support/engine-bed.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('a heartbeat', () => {
  let scheduler: Scheduler;
  afterEach(() => {
    scheduler.stop();
    vi.useRealTimers();
  });
  const refused: unknown[] = [];
  const nothing: Pick<Engine, 'start'> = {
    start: () => {
      throw new Error('started something');
    },
  };
  const records = { due: () => ['a'], misplaced: () => [], getMany: () => [], setNextRuns() {} };
  const begin = (change: Partial<Parameters<typeof startScheduler>[0]>) => {
    refused.length = 0;
    scheduler = startScheduler({
      ...{ engine: nothing, records, clock: fakeClock(), isOpen: () => true, isPaused: () => false, jobs: [] },
      onRefused: (_, thrown) => refused.push(thrown),
      ...change,
    });
    return scheduler;
  };

  it('starts nothing while nothing is due, schedules are paused, or the credential store is locked', async () => {
    for (const change of [
      { records: { ...records, due: () => [] } },
      { isPaused: () => true },
      { isOpen: () => false },
    ]) {
      await begin(change).beat();
      scheduler.stop();
      expect(refused).toEqual([]);
    }
  });

  it('survives a run that cannot start, a store that cannot be asked, and a job that fails', async () => {
    await begin({}).beat();
    expect(refused).toEqual([new Error('started something')]);
    scheduler.stop();
    const full = () => {
      throw new Error('the disk is full');
    };
    await begin({ records: { ...records, due: () => [], misplaced: full } }).beat();
    expect(refused).toEqual([new Error('the disk is full')]);
  });

  it('tries a job that failed again an hour later, also when the clock was set back by more', async () => {
    const clock = fakeClock();
    let runs = 0;
    const job = {
      name: 'fails',
      isDue: () => true,
      run: async () => {
        runs += 1;
        throw new Error('not now');
      },
    };
    begin({ clock, records: { ...records, due: () => [] }, jobs: [job] });
    await scheduler.beat();
    await scheduler.beat();
    expect(runs).toBe(1);
    clock.time += hour;
    await scheduler.beat();
    expect(runs).toBe(2);
    clock.time -= 3 * hour;
    await scheduler.beat();
    expect(runs).toBe(3);
  });

  it('leaves alone a job that is still under way', async () => {
    let open = () => {};
    let runs = 0;
    const job = {
      name: 'long',
      isDue: () => true,
      run: () => {
        runs += 1;
        return new Promise<void>((resolve) => {
          open = resolve;
        });
      },
    };
    begin({ records: { ...records, due: () => [] }, jobs: [job] });
    const first = scheduler.beat();
    await scheduler.beat();
    expect(runs).toBe(1);
    open();
    await first;
    const second = scheduler.beat();
    open();
    await second;
    expect(runs).toBe(2);
  });

  it('comes once a minute until stopped', async () => {
    vi.useFakeTimers({ now: new Date('2026-03-01T12:00:30Z') });
    let beats = 0;
    const due = () => {
      beats += 1;
      return [];
    };
    begin({ records: { ...records, due } });
    await vi.advanceTimersByTimeAsync(5 * minute);
    expect(beats).toBe(5);
    scheduler.stop();
    await vi.advanceTimersByTimeAsync(5 * minute);
    expect(beats).toBe(5);
  });
});
