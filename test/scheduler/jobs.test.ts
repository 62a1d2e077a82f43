import { beforeEach, describe, expect, it } from 'vitest';
import type { Schedule } from '../../main/domain/schedule.ts';
import { checkJob, maintenanceJob, scanJob } from '../../main/scheduler/index.ts';
import { fakeClock } from '../support/engine-bed.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const signal = new AbortController().signal;
const clock = fakeClock();
beforeEach(() => {
  clock.time = Date.parse('2026-05-05T12:00Z');
});

/** Beats once a minute. @returns when the job ran, in minutes from the begin */
async function runsIn(minutes: number, job: ReturnType<typeof scanJob>): Promise<number[]> {
  const runs: number[] = [];
  for (let at = 0; at < minutes; at++, clock.time += minute) {
    if (!job.isDue(clock.time)) continue;
    runs.push(at);
    await job.run(clock.time, signal);
  }
  return runs;
}

describe('scans', () => {
  const state = { minutes: 5, isReady: true };
  const scan = () => scanJob({ minutes: () => state.minutes, isReady: () => state.isReady, scan: () => {} });

  it('come at the first beat and then on their interval, but never if that is 0', async () => {
    state.minutes = 5;
    expect(await runsIn(17, scan())).toEqual([0, 5, 10, 15]);
    state.minutes = 0;
    expect(await runsIn(60, scan())).toEqual([]);
  });

  it('wait until credentials can be used', async () => {
    state.minutes = 5;
    const job = scan();
    state.isReady = false;
    expect(await runsIn(10, job)).toEqual([]);
    state.isReady = true;
    expect(await runsIn(2, job)).toEqual([0]);
  });

  it('are not put off by a beat that comes a moment early, nor for long by a clock that is set back', async () => {
    const job = scan();
    await job.run(clock.time, signal);
    expect(job.isDue(clock.time + 5 * minute - 200)).toBe(true);
    expect(job.isDue(clock.time + 4 * minute)).toBe(false);
    expect(job.isDue(clock.time - 3 * hour)).toBe(true);
  });
});

describe('scheduled checks', () => {
  const daily: Schedule = { kind: 'cron', expression: '0 14 * * *', timeZone: 'UTC' };
  const state: { schedule: Schedule; chosenAt: number; isReady: boolean; earlier: number[] } = {
    schedule: daily,
    chosenAt: 0,
    isReady: true,
    earlier: [],
  };
  beforeEach(() => Object.assign(state, { schedule: daily, chosenAt: clock.time, isReady: true, earlier: [] }));
  /** As after a start of the app: only the store knows of earlier checks. */
  const check = () =>
    checkJob({
      schedule: () => state.schedule,
      chosenAt: () => state.chosenAt,
      earlier: () => state.earlier,
      isReady: () => state.isReady,
      start: () => void state.earlier.push(clock.time),
    });

  it('come at their time, first after they were chosen', async () => {
    expect(await runsIn(2 * 24 * 60, check())).toEqual([120, 120 + 24 * 60]);
  });

  it('come an interval after they were chosen, and after each other', async () => {
    state.schedule = { kind: 'every', hours: 6 };
    expect(await runsIn(13 * 60, check())).toEqual([360, 720]);
    state.schedule = { kind: 'manual' };
    expect(await runsIn(3 * 24 * 60, check())).toEqual([]);
  });

  it('are neither repeated nor lost by restarts', async () => {
    const runs: number[] = [];
    for (let hours = 0; hours < 48; hours++) runs.push(...(await runsIn(60, check())).map((at) => at + hours * 60));
    expect(runs).toEqual([120, 120 + 24 * 60]);
  });

  it('that were missed are made up once', async () => {
    clock.time += 5 * day;
    const job = check();
    expect(await runsIn(60, job)).toEqual([0]);
    expect(await runsIn(24 * 60, job)).toEqual([60]);
  });

  it('wait while schedules are paused, and come once afterwards', async () => {
    const job = check();
    state.isReady = false;
    expect(await runsIn(3 * 24 * 60, job)).toEqual([]);
    state.isReady = true;
    expect(await runsIn(10, job)).toEqual([0]);
  });

  it('do not come again when the clock is set back, and go on when it was wrong by a year', async () => {
    const job = check();
    expect(await runsIn(130, job)).toEqual([120]);
    clock.time -= 2 * hour;
    expect(await runsIn(4 * 60, job)).toEqual([]);
    clock.time -= 365 * day;
    // One that is made up, then as ever.
    expect(await runsIn(2 * 24 * 60, check())).toHaveLength(3);
  });
});

describe('daily maintenance', () => {
  const state = { lastAt: 0, isIdle: true, days: 30, left: 0 };
  const did: string[] = [];
  let before: { unchanged: number; others: number } | undefined;
  beforeEach(() => {
    did.length = 0;
    Object.assign(state, { lastAt: clock.time - day, isIdle: true, days: 30, left: 450 });
  });
  const job = maintenanceJob({
    clock,
    lastAt: () => state.lastAt,
    setLastAt: (at) => {
      state.lastAt = at;
    },
    isIdle: () => state.isIdle,
    historyDays: () => state.days,
    prune: (given, limit) => {
      before = given;
      const pruned = Math.min(limit, state.left);
      state.left -= pruned;
      did.push(`forgot ${pruned}`);
      return pruned;
    },
    backUp: async () => void did.push('copied'),
  });

  it('forgets old history a little at a time, then copies the store, once a day', async () => {
    expect(await runsIn(25 * 60, job)).toEqual([0, 24 * 60]);
    expect(did.slice(0, 4)).toEqual(['forgot 200', 'forgot 200', 'forgot 50', 'copied']);
    expect(did.slice(4)).toEqual(['forgot 0', 'copied']);
  });

  it('keeps what found nothing to do for a week, the rest for as long as is set, and all of that for good with 0', async () => {
    const now = clock.time;
    await job.run(now, signal);
    expect(before).toEqual({ unchanged: now - 7 * day, others: now - 30 * day });
    state.days = 3;
    await job.run(now, signal);
    expect(before).toEqual({ unchanged: now - 3 * day, others: now - 3 * day });
    state.days = 0;
    await job.run(now, signal);
    expect(before).toEqual({ unchanged: now - 7 * day, others: 0 });
  });

  it('waits until no run needs the store, and is not put off for ever by a clock that was wrong', () => {
    state.isIdle = false;
    expect(job.isDue(clock.time)).toBe(false);
    state.isIdle = true;
    expect(job.isDue(clock.time)).toBe(true);
    state.lastAt = clock.time + 365 * day;
    expect(job.isDue(clock.time)).toBe(true);
    state.lastAt = clock.time + hour;
    expect(job.isDue(clock.time)).toBe(false);
  });

  it('stops at once when the app quits, and is done the next day', async () => {
    const quit = new AbortController();
    quit.abort(new Error('quit'));
    await expect(job.run(clock.time, quit.signal)).rejects.toThrow('quit');
    expect(did).toEqual(['forgot 200']);
    expect(job.isDue(clock.time)).toBe(true);
  });
});
