import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRun, occurrences } from '../../main/scheduler/index.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** An instant as a zone's wall clock shows it: `2026-03-29 02:30`. */
function wall(at: number, timeZone: string): string {
  return new Date(at).toLocaleString('sv-SE', { timeZone }).slice(0, 16);
}

const cron = (expression: string, timeZone: string) => ({ kind: 'cron', expression, timeZone }) as const;
const times = (expression: string, timeZone: string, from: string, count: number) =>
  occurrences(cron(expression, timeZone), Date.parse(from), count).map((at) => new Date(at).toISOString().slice(0, 16));

/** The days on which clocks change in 2026: northern and southern, whole hours, half an hour, and across midnight. */
const edges = [
  { zone: 'Europe/Berlin', spring: '2026-03-29', autumn: '2026-10-25' },
  { zone: 'America/New_York', spring: '2026-03-08', autumn: '2026-11-01' },
  { zone: 'Australia/Lord_Howe', spring: '2026-10-04', autumn: '2026-04-05' },
  { zone: 'America/Santiago', spring: '2026-09-06', autumn: '2026-04-05' },
  { zone: 'America/Nuuk', spring: '2026-03-28', autumn: '2026-10-24' },
] as const;

describe('a daily job over the days on which clocks change', () => {
  const jobs = ['30 2 * * *', '15 2 * * *', '30 1 * * *', '45 1 * * *', '0 0 * * *', '30 0 * * *', '30 23 * * *'];
  for (const { zone, spring, autumn } of edges) {
    it.each(jobs)(`runs exactly once a day in ${zone}: %s`, (expression) => {
      for (const edge of [spring, autumn]) {
        const from = Date.parse(edge) - 4 * day;
        const runs = occurrences(cron(expression, zone), from, 8);
        const gaps = runs.slice(1).map((at, index) => at - (runs[index] ?? 0));
        // One a day: a second on the same day would come sooner, a lost one would leave two days.
        for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(22 * hour);
        for (const gap of gaps) expect(gap).toBeLessThanOrEqual(26 * hour);
        const [, clock = '', at = ''] = expression.match(/^(\d+) (\d+)/) ?? [];
        const named = `${at.padStart(2, '0')}:${clock.padStart(2, '0')}`;
        const elsewhere = runs.map((run) => wall(run, zone)).filter((text) => !text.endsWith(named));
        // Only a time that the clock jumped over runs at another: when it had jumped.
        expect(elsewhere.length).toBeLessThanOrEqual(1);
        for (const text of elsewhere) expect([spring, nextDay(spring)]).toContain(text.slice(0, 10));
      }
    });
  }

  it.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-29T01:00'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-25T00:30'],
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', '2026-03-08T07:00'],
    ['30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', '2026-11-01T05:30'],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', '2026-10-03T15:30'],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00Z', '2026-04-04T14:45'],
    // The gap ends at midnight: croner alone would leave that day out.
    ['30 23 * * *', 'America/Nuuk', '2026-03-28T12:00Z', '2026-03-29T01:00'],
    ['0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', '2026-09-06T04:00'],
  ])('%s in %s after %s is at %s', (expression, zone, from, at) => {
    expect(times(expression, zone, from, 1)).toEqual([at]);
  });

  it('runs named times that meet at the end of a gap once, and those of a repeated hour once each', () => {
    expect(times('0,30 2,14 * * *', 'Europe/Berlin', '2026-03-28T23:00Z', 3)).toEqual([
      '2026-03-29T01:00',
      '2026-03-29T12:00',
      '2026-03-29T12:30',
    ]);
    expect(times('0,30 2 * * *', 'Europe/Berlin', '2026-10-24T23:00Z', 3)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-26T01:00',
    ]);
  });

  it('finds the next day when asked in the second round of a repeated hour', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10Z', 1)).toEqual(['2026-10-26T01:30']);
  });
});

describe('an hourly job', () => {
  it.each(['Europe/Berlin', 'America/New_York', 'America/Nuuk'])('runs every 60 minutes all year in %s', (zone) => {
    const runs = occurrences(cron('0 * * * *', zone), Date.parse('2026-01-01T00:30Z'), 365 * 24);
    expect(runs.filter((at, index) => index > 0 && at - (runs[index - 1] ?? 0) !== hour)).toEqual([]);
  });

  it('is half an hour off at most where clocks move by half an hour', () => {
    const runs = occurrences(cron('0 * * * *', 'Australia/Lord_Howe'), Date.parse('2026-01-01T00:00Z'), 365 * 24);
    const odd = runs.slice(1).flatMap((at, index) => {
      const gap = at - (runs[index] ?? 0);
      return gap === hour ? [] : [gap / minute];
    });
    expect(odd).toEqual([90, 90]);
  });
});

describe('occurrences', () => {
  const zones = fc.constantFrom(
    ...edges.map(({ zone }) => zone),
    'UTC',
    'Asia/Kolkata',
    'Africa/Cairo',
    'Antarctica/Troll',
    'Africa/Casablanca',
    'Asia/Gaza',
    'Pacific/Chatham',
  );
  const list = (from: number, to: number) =>
    fc.uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: 4 }).map((values) => ({
      text: [...values].sort((a, b) => a - b).join(','),
      has: (one: number) => values.includes(one),
    }));
  const any = { text: '*', has: () => true };
  const minutes = list(0, 59);
  const hours = fc.oneof(list(0, 23), fc.constant(any));
  const weekdays = fc.oneof(list(0, 6), fc.constant(any));
  const starts = fc.date({ min: new Date('2024-01-01'), max: new Date('2034-01-01'), noInvalidDate: true });

  it('strictly increase, and each shows its fields on the wall clock or is where the clock jumped over them', () => {
    fc.assert(
      fc.property(zones, minutes, hours, weekdays, starts, (zone, minuteField, hourField, weekday, start) => {
        const expression = `${minuteField.text} ${hourField.text} * * ${weekday.text}`;
        const from = start.getTime();
        const runs = occurrences(cron(expression, zone), from, 30);
        expect(runs).toHaveLength(30);
        let last = from;
        for (const at of runs) {
          expect(at).toBeGreaterThan(last);
          last = at;
          if (shows(at, zone)) continue;
          // The gap's end: a moment before, the wall clock showed an earlier time, and one of those jumped over is named.
          const jumped = wallMinutes(at, zone) - wallMinutes(at - minute, zone);
          expect(hourField).not.toBe(any);
          expect(jumped).toBeGreaterThan(1);
          expect(
            Array.from({ length: jumped - 1 }, (_, index) => wallMinutes(at, zone) - 1 - index).some((one) =>
              named(one),
            ),
          ).toBe(true);
        }

        function shows(at: number, timeZone: string): boolean {
          return at % minute === 0 && named(wallMinutes(at, timeZone));
        }
        function named(wallMinute: number): boolean {
          const date = new Date(wallMinute * minute);
          return (
            minuteField.has(date.getUTCMinutes()) && hourField.has(date.getUTCHours()) && weekday.has(date.getUTCDay())
          );
        }
      }),
      { numRuns: 150 },
    );
  });

  it('leave out no named time of the day, whichever days they are', () => {
    fc.assert(
      fc.property(
        zones,
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        starts,
        (zone, at, past, start) => {
          const runs = occurrences(cron(`${past} ${at} * * *`, zone), start.getTime(), 400);
          const gaps = runs.slice(1).map((run, index) => (run - (runs[index] ?? 0)) / hour);
          expect(Math.min(...gaps)).toBeGreaterThanOrEqual(21);
          expect(Math.max(...gaps)).toBeLessThanOrEqual(27);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('are none of a manual schedule, of one that never comes, and of one that can’t be read', () => {
    expect(occurrences({ kind: 'manual' }, 0, 3)).toEqual([]);
    for (const [expression, zone] of [
      ['0 0 30 2 *', 'UTC'],
      ['nonsense', 'UTC'],
      ['0 0 * * *', 'Mars/Base'],
    ] as const)
      expect(occurrences(cron(expression, zone), 0, 3)).toEqual([]);
  });

  it('of an interval are counted in elapsed time', () => {
    expect(occurrences({ kind: 'every', hours: 6 }, 5, 2)).toEqual([6 * hour + 5, 12 * hour + 5]);
  });
});

describe('next run', () => {
  const next = (schedule: Parameters<typeof nextRun>[0]['schedule'], now: number, jitter: number) =>
    nextRun({ enabled: true, schedule }, now, jitter);

  it('never comes for a paused or manual record, nor for a schedule that can’t be read', () => {
    expect(next({ kind: 'manual' }, 1_000, 0)).toBeNull();
    expect(nextRun({ enabled: false, schedule: { kind: 'every', hours: 1 } }, 1_000, 0)).toBeNull();
    expect(next(cron('0 0 31 2 *', 'UTC'), 1_000, 0)).toBeNull();
    expect(next(cron('0 0 * * *', 'Mars/Base'), 1_000, 0)).toBeNull();
  });

  it.each([1, 6, 24] as const)('is %i hours on without jitter, and a twentieth earlier at most', (hours) => {
    expect(next({ kind: 'every', hours }, 5 * hour, 0)).toBe(5 * hour + hours * hour);
    expect(next({ kind: 'every', hours }, 5 * hour, 0.999_999)).toBeGreaterThanOrEqual(5 * hour + 0.95 * hours * hour);
    expect(next({ kind: 'every', hours }, 0, 0.5)).toBe(0.975 * hours * hour);
  });

  it('of a cron time is never before it, and at most 60 s or a twentieth of the gap after it', () => {
    const at = Date.parse('2026-05-05T02:00Z');
    for (const jitter of [0, 0.5, 0.999_999]) {
      const daily = next(cron('0 2 * * *', 'UTC'), at - hour, jitter) ?? 0;
      expect(daily - at).toBe(Math.round(minute * jitter));
      const often = next(cron('*/5 * * * *', 'UTC'), at - minute, jitter) ?? 0;
      expect(often - at).toBe(Math.round(15_000 * jitter));
    }
  });

  it('is the same however often and in whatever order it is asked for', () => {
    const schedule = cron('*/10 * * * *', 'Europe/Berlin');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 30 }), (steps) => {
        for (const step of steps) {
          const now = Date.parse('2026-10-25T00:00Z') + step * minute + 1;
          expect(next(schedule, now, 0)).toBe(Math.ceil(now / (10 * minute)) * 10 * minute);
        }
      }),
    );
  });

  it('spreads a thousand hourly records over more than one beat', () => {
    const beats = new Set(
      Array.from({ length: 1_000 }, (_, index) =>
        Math.ceil((next({ kind: 'every', hours: 1 }, 0, index / 1_000) ?? 0) / minute),
      ),
    );
    expect(beats.size).toBeGreaterThanOrEqual(3);
  });
});

/** Minutes since 1970 as a zone's wall clock shows them. */
function wallMinutes(at: number, timeZone: string): number {
  return Date.parse(`${wall(at, timeZone).replace(' ', 'T')}Z`) / minute;
}

function nextDay(date: string): string {
  return new Date(Date.parse(date) + day).toISOString().slice(0, 10);
}
