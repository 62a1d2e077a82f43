import { expect, test } from 'vitest';
import type { ScheduleView } from '../../../preload/contract/views.ts';
import { changeWords } from '../../../renderer/screens/schedule/changeWords.ts';
import { isSame, scheduleOf, timeZones, typedOf, typedProblem } from '../../../renderer/screens/schedule/typed.ts';

const all: readonly ScheduleView[] = [
  { kind: 'manual' },
  { kind: 'every', hours: 1 },
  { kind: 'every', hours: 6 },
  { kind: 'every', hours: 24 },
  { kind: 'cron', expression: '0 2 * * 1-5', timeZone: 'Europe/Berlin' },
];

test('every schedule is typed as what gives it again', () => {
  for (const schedule of all) expect(scheduleOf(typedOf(schedule))).toEqual(schedule);
});

test('a typed expression stays while another rhythm is looked at, and counts for nothing meanwhile', () => {
  const cron = typedOf({ kind: 'cron', expression: '5 4 * * *', timeZone: 'UTC' });
  const hourly = { ...cron, rhythm: '1' as const };
  expect(scheduleOf(hourly)).toEqual({ kind: 'every', hours: 1 });
  expect({ ...hourly, rhythm: 'cron' as const }).toEqual(cron);
  expect(isSame(hourly, typedOf({ kind: 'every', hours: 1 }))).toBe(true);
  expect(isSame(hourly, cron)).toBe(false);
});

test('an empty expression is refused in words, blanks around one are not', () => {
  const cron = typedOf({ kind: 'cron', expression: ' ', timeZone: 'UTC' });
  expect(typedProblem(cron)).toBe('Type a cron expression, for example 0 2 * * 1-5.');
  expect(typedProblem({ ...cron, expression: ' 0 2 * * * ' })).toBeUndefined();
  expect(scheduleOf({ ...cron, expression: ' 0 2 * * * ' })).toMatchObject({ expression: '0 2 * * *' });
});

test('zones in use and UTC can be chosen even where the system has other names for them', () => {
  const zones = timeZones(['Asia/Calcutta']);
  expect(zones).toEqual(expect.arrayContaining(['UTC', 'Asia/Calcutta', 'Europe/Berlin']));
  expect(new Set(zones).size).toBe(zones.length);
});

test('sync on change says how often is looked, and that nobody looks while scans are off', () => {
  expect(changeWords(5)).toContain('Every 5 minutes');
  expect(changeWords(1)).toContain('Every minute');
  expect(changeWords(0)).toContain('Scan now');
});
