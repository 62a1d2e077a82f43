import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../main/domain/schedule.ts';
import type { Engine } from '../../main/engine/index.ts';
import { nextRun, startScheduler } from '../../main/scheduler/index.ts';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';
import { scheduleOn } from './real-runs.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.parse('2026-03-20T12:00:10Z');

/** A scheduler on a real store; its engine ends each run at once, as one that found nothing to do. */
function openBed(schedules: readonly Schedule[]) {
  const bed = openEngineBed();
  const { clock, store } = bed;
  clock.time = start;
  const ids = schedules.map((schedule, index) => bed.add(`s${index}`, { schedule }));
  const next = () =>
    store.records
      .getMany(ids)
      .map(({ record }) => ({ id: record.id, at: nextRun(record, clock.time, clock.random()) }));
  store.records.setNextRuns(next(), clock.time);
  const state = { isPaused: false, isOpen: true };
  const runs: { readonly id: string; readonly at: number }[] = [];
  const engine = {
    start(started: readonly string[]) {
      expect(new Set(started).size).toBe(started.length);
      for (const { record } of store.records.getMany(started)) {
        runs.push({ id: record.id, at: clock.time });
        finish(record.id, nextRun(record, clock.time, clock.random()));
      }
      return undefined as unknown as ReturnType<Engine['start']>;
    },
  };
  const finish = (recordId: string, nextRunAt: number | null) =>
    store.journal.finish([
      {
        attempt: {
          recordId,
          runId: crypto.randomUUID(),
          trigger: 'schedule',
          startedAt: clock.time,
          durationMs: 0,
          outcome: 'unchanged',
          action: 'unchanged',
          code: 'unchanged',
          sentence: '',
          fix: '',
          sourceVersion: null,
          targetVersion: null,
          writtenTo: null,
        },
        status: { status: 'synced', code: 'unchanged', sentence: '', fix: '' },
        conflictSeen: null,
        nextRunAt,
        enteredAt: clock.time,
        failuresInRow: 0,
        closeIntent: true,
        audit: null,
      },
    ]);
  const refused: unknown[] = [];
  const begin = () =>
    startScheduler({
      engine,
      records: store.records,
      clock,
      isOpen: () => state.isOpen,
      isPaused: () => state.isPaused,
      jobs: [],
      onRefused: (_, thrown) => refused.push(thrown),
    });
  let scheduler = begin();
  return {
    ...{ bed, clock, store, ids, runs, state, refused },
    beat: () => scheduler.beat(),
    /** Time goes by as it should, with its heartbeats. */
    async pass(ms: number) {
      for (const end = clock.time + ms; clock.time < end; ) {
        clock.time += minute;
        await scheduler.beat();
      }
    },
    /** The clock is somewhere else, and the heartbeats that were missed come at once. */
    async jump(ms: number) {
      clock.time += ms;
      for (let beats = 0; beats < 3; beats++) await scheduler.beat();
    },
    restart() {
      scheduler.stop();
      scheduler = begin();
    },
    /** How often a record was started from then on. */
    since: (at: number, id = ids[0]) => runs.filter((run) => run.id === id && run.at >= at).length,
    end() {
      scheduler.stop();
      bed.close();
      expect(refused).toEqual([]);
    },
  };
}

const hourly: Schedule = { kind: 'every', hours: 1 };
const cron = (expression: string, timeZone = 'Europe/Berlin'): Schedule => ({ kind: 'cron', expression, timeZone });

describe('a record', () => {
  it('runs once, however late, in a real run', async () => {
    const bed: EngineBed = openEngineBed();
    bed.vaults.set('kv', 'a', '1');
    const id = bed.add('a', { schedule: hourly });
    bed.store.records.setNextRuns([{ id, at: bed.clock.now() }], bed.clock.now());
    const scheduler = scheduleOn(bed);
    const beat = async () => {
      await scheduler.beat();
      if (bed.engine().active().length > 0) await bed.engine().start([id], 'user').finished;
    };
    bed.clock.time += 7 * day;
    for (let beats = 0; beats < 3; beats++) await beat();
    const attempts = () => bed.store.journal.history(id, 100);
    expect(attempts().map(({ trigger }) => trigger)).toEqual(['schedule']);
    bed.clock.time += hour;
    await beat();
    expect(attempts()).toHaveLength(2);
    bed.store.records.update([id], { enabled: false });
    bed.clock.time += 7 * day;
    await beat();
    expect(attempts()).toHaveLength(2);
    scheduler.stop();
    bed.close();
  });

  it.each([
    ['every hour', hourly, hour],
    ['hourly by cron', cron('0 * * * *'), hour],
    ['daily by cron', cron('30 2 * * *'), day],
  ] as const)(
    '%s: costs one catch-up at most after sleep, restart and clock changes',
    async (_, schedule, interval) => {
      const bed = openBed([schedule]);
      await bed.pass(interval + 10 * minute);
      expect(bed.since(0)).toBe(1);
      // Slept through many times.
      let from = bed.clock.time;
      await bed.jump(7 * day);
      expect(bed.since(from)).toBe(1);
      // Off, and started again, and again.
      from = bed.clock.time;
      bed.clock.time += 2 * day;
      for (let starts = 0; starts < 3; starts++) {
        bed.restart();
        await bed.beat();
      }
      expect(bed.since(from + 1)).toBe(1);
      // Set back: nothing is started for that, and it goes on soon.
      await bed.pass(interval);
      from = bed.runs.length;
      await bed.jump(-3 * hour);
      expect(bed.runs.length).toBe(from);
      await bed.pass(interval + 3 * hour + 10 * minute);
      expect(bed.runs.length).toBeGreaterThan(from);
      expect(bed.runs.length).toBeLessThanOrEqual(from + Math.floor((interval + 3 * hour) / (interval * 0.95)) + 1);
      // Set forward by mistake, and put right.
      from = bed.runs.length;
      await bed.jump(5 * hour);
      expect(bed.runs.length).toBeLessThanOrEqual(from + 1);
      await bed.jump(-5 * hour);
      expect(bed.runs.length).toBeLessThanOrEqual(from + 1);
      bed.end();
    },
  );

  it('that is manual, and is being tried again, goes on with it when the clock is set back', async () => {
    const bed = openBed([{ kind: 'manual' }]);
    const [id = ''] = bed.ids;
    bed.store.records.setNextRuns([{ id, at: bed.clock.time + 5 * minute }], bed.clock.time);
    await bed.jump(-hour);
    expect(bed.runs.map((run) => run.id)).toEqual([id]);
    bed.end();
  });

  it('that ran for a cron time does not run for it again when the clock is set back before it', async () => {
    const bed = openBed([cron('30 2 * * *', 'UTC')]);
    bed.clock.time = Date.parse('2026-03-21T02:00:10Z');
    await bed.pass(45 * minute);
    expect(bed.runs).toHaveLength(1);
    await bed.jump(-2 * hour);
    await bed.pass(4 * hour);
    expect(bed.runs).toHaveLength(1);
    await bed.pass(day - 2 * hour);
    expect(bed.runs).toHaveLength(2);
    // A clock that was wrong by a year is not waited for.
    await bed.jump(365 * day);
    await bed.jump(-365 * day);
    const before = bed.runs.length;
    await bed.pass(day);
    expect(bed.runs).toHaveLength(before + 1);
    bed.end();
  });

  it.each([
    ['Europe/Berlin', '2026-03-27', '2026-10-23'],
    ['America/New_York', '2026-03-06', '2026-10-30'],
    ['Australia/Lord_Howe', '2026-10-02', '2026-04-03'],
  ])('runs once a day in %s over both edges of daylight saving', async (zone, ...edges) => {
    const expressions = ['30 2 * * *', '15 2 * * *', '30 1 * * *', '45 1 * * *', '0 0 * * *'];
    for (const edge of edges) {
      const bed = openBed(expressions.map((expression) => cron(expression, zone)));
      bed.clock.time = Date.parse(`${edge}T12:00:10Z`);
      const now = bed.clock.time;
      bed.store.records.setNextRuns(
        bed.store.records.getMany(bed.ids).map(({ record }) => ({ id: record.id, at: nextRun(record, now, 0) })),
        now,
      );
      await bed.pass(4 * day);
      for (const id of bed.ids) {
        const dates = bed.runs
          .filter((run) => run.id === id)
          .map(({ at }) => new Date(at).toLocaleDateString('sv-SE', { timeZone: zone }));
        expect(dates).toHaveLength(4);
        expect(new Set(dates).size).toBe(4);
      }
      bed.end();
    }
  });

  it('is not started while schedules are paused, and once afterwards', async () => {
    const bed = openBed([hourly]);
    bed.state.isPaused = true;
    await bed.pass(5 * hour);
    expect(bed.runs).toEqual([]);
    bed.state.isPaused = false;
    await bed.pass(10 * minute);
    expect(bed.runs).toHaveLength(1);
    bed.end();
  });

  it('that waits for a person goes on waiting when the clock was wrong, and so do more than one batch of others', async () => {
    const bed = openBed(Array.from({ length: 250 }, () => hourly));
    const [held = ''] = bed.ids;
    bed.store.records.setNextRuns([{ id: held, at: null }], bed.clock.time);
    await bed.jump(-3 * hour);
    const rows = bed.store.records.getMany(bed.ids);
    expect(
      rows.filter(({ nextRunSetAt }) => nextRunSetAt !== bed.clock.time && (nextRunSetAt ?? 0) > bed.clock.time),
    ).toEqual([]);
    expect(rows[0]?.nextRunAt).toBeNull();
    for (const { nextRunAt } of rows.slice(1)) expect(nextRunAt).toBeLessThanOrEqual(bed.clock.time + hour);
    expect(bed.runs).toEqual([]);
    bed.end();
  });

  it('whatever happens to the clock, is never started twice for one time and always goes on', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.integer({ min: 1, max: 300 }).map((minutes) => ({ kind: 'pass', ms: minutes * minute }) as const),
      },
      fc.integer({ min: -24, max: 48 }).map((hours) => ({ kind: 'jump', ms: hours * hour }) as const),
      fc.constant({ kind: 'restart', ms: 0 } as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const bed = openBed([hourly, cron('30 2 * * *', 'UTC')]);
        const [everyHour, daily] = bed.ids;
        let passed = 0;
        let forward = 0;
        let latest = 0;
        for (const { kind, ms } of steps) {
          latest = Math.max(latest, bed.clock.time);
          // A clock is believed again only after more than a day: then a time may come twice, rather than never.
          if (bed.clock.time + ms < latest - day) continue;
          const before = bed.runs.length;
          if (kind === 'pass') await bed.pass(ms);
          else if (kind === 'jump') await bed.jump(ms);
          else bed.restart();
          if (kind === 'pass') passed += ms;
          // Whatever the jump, each record catches up once at most; back, there is nothing to catch up.
          if (kind === 'jump') expect(bed.runs.length - before).toBeLessThanOrEqual(ms > 0 ? 2 : 0);
          if (kind === 'jump' && ms > 0) forward += 1;
        }
        expect(bed.since(0, everyHour)).toBeLessThanOrEqual(Math.floor(passed / (0.95 * hour)) + forward + 1);
        // Never two runs for one 02:30, however late the first came.
        const days = bed.runs.filter(({ id }) => id === daily).map(({ at }) => Math.floor((at - 2.5 * hour) / day));
        expect(new Set(days).size).toBe(days.length);
        const end = bed.runs.length;
        await bed.pass(50 * hour);
        const later = bed.runs.slice(end).map(({ id }) => id);
        expect(later.filter((id) => id === everyHour).length).toBeGreaterThanOrEqual(45);
        expect(later.filter((id) => id === daily).length).toBeGreaterThanOrEqual(1);
        bed.end();
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});
