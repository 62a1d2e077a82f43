import { describe, expect, it } from 'vitest';
import { occurrences, scheduleProblem, scheduleWords } from '../../main/scheduler/index.ts';

const cron = (expression: string, timeZone = 'Europe/Berlin') => ({ kind: 'cron', expression, timeZone }) as const;

describe('a schedule is refused', () => {
  it.each([
    ['0 0 30 2 *', /never fires/],
    ['0 0 31 4,6,9,11 *', /never fires/],
    ['* * * * *', /more often than every 5 minutes/],
    ['*/4 * * * *', /more often/],
    ['0,1 0 1 1 *', /more often/],
    ['2,58 * * * *', /more often/],
    ['1,59 0,23 * * *', /more often/],
    ['* 3 * * *', /more often/],
    ['* * * * * *', /five fields.*has 6.*Seconds/],
    ['0 0 12 * * ? 2030', /five fields.*has 7/],
    ['0 0 * *', /five fields.*has 4/],
    ['@daily', /Shorthands/],
    ['every day', /five fields.*has 2/],
    ['60 * * * *', /minute “60”.*from 0 to 59/],
    ['0 24 * * *', /hour “24”.*from 0 to 23/],
    ['0 0 32 * *', /day “32”/],
    ['0 0 * 13 *', /month “13”/],
    ['0 0 * * 8', /weekday “8”/],
    ['0 0 * * FUNDAY', /weekday “FUNDAY”/],
    ['0 22-2 * * *', /hour “22-2”/],
    ['5/10 * * * *', /minute “5\/10”/],
    ['*/0 * * * *', /minute/],
    ['-5 * * * *', /minute/],
    ['? 0 * * *', /minute “\?”/],
    ['0 0 13 * +5', /weekday “\+5”/],
    ['0 0 * * <img>', /weekday/],
    [`${'9'.repeat(110)} * * * *`, /minute/],
  ])('%s', (expression, words) => {
    const problem = scheduleProblem(cron(expression));
    expect(problem).toMatch(words);
    expect(problem?.length).toBeLessThan(400);
  });

  it.each(['Mars/Base', '', '+02:00', 'Europe/Berlin; DROP TABLE', '\u202e', 'local'])(
    'for the time zone "%s"',
    (zone) => {
      expect(scheduleProblem(cron('0 0 * * *', zone))).toMatch(/no time zone.*Europe\/Berlin/);
    },
  );

  it('with what was typed made harmless', () => {
    const problem = scheduleProblem(cron('\u001b[31m\u202e 0 * * *')) ?? '';
    expect(problem).toMatch(/minute/);
    for (const hostile of ['\u001b', '\u202e']) expect(problem).not.toContain(hostile);
  });
});

describe('a schedule is taken', () => {
  it.each([
    ['0 2 * * 1-5', 'at 02:00, Monday through Friday (Europe/Berlin)'],
    ['*/5 * * * *', 'every 5 minutes (Europe/Berlin)'],
    ['0 0 29 2 *', 'at 00:00, on day 29 of the month, only in February (Europe/Berlin)'],
    ['0 0 L * *', 'at 00:00, on the last day of the month (Europe/Berlin)'],
    ['0 0 15W * *', 'at 00:00, on the weekday nearest day 15 of the month (Europe/Berlin)'],
    ['0 0 * * 5#2', 'at 00:00, on the second Friday of the month (Europe/Berlin)'],
    ['0 0 * * 7', 'at 00:00, only on Sunday (Europe/Berlin)'],
    ['0 0 1 jan mon', 'at 00:00, on day 1 of the month, and on Monday, only in January (Europe/Berlin)'],
  ])('%s, in words: %s', (expression, words) => {
    expect(scheduleProblem(cron(expression))).toBeNull();
    expect(scheduleWords(cron(expression))).toBe(words);
    // What has words also has times.
    expect(occurrences(cron(expression), 0, 2)).toHaveLength(2);
  });

  it('and said as what it does, where a step does not divide the hour or the day', () => {
    expect(scheduleWords(cron('*/25 * * * *', 'UTC'))).toBe('at 0, 25, and 50 minutes past the hour (UTC)');
    expect(scheduleWords(cron('0 */9 * * *', 'UTC'))).toMatch(/00:00, 09:00,? and 18:00/);
    expect(scheduleWords(cron('*/15 */6 * * *', 'UTC'))).toMatch(/every 15 minutes.*every 6 hours/);
  });

  it('without cron too', () => {
    for (const schedule of [{ kind: 'manual' }, { kind: 'every', hours: 6 }] as const)
      expect(scheduleProblem(schedule)).toBeNull();
    expect(scheduleWords({ kind: 'manual' })).toBe('only when asked');
    expect(scheduleWords({ kind: 'every', hours: 1 })).toBe('every hour');
    expect(scheduleWords({ kind: 'every', hours: 24 })).toBe('every 24 hours');
  });
});

it('has words for a stored schedule that can no longer be read', () => {
  expect(scheduleWords(cron('nonsense', 'Mars/Base'))).toBe('cron nonsense (Mars/Base)');
});
