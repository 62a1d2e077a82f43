import { expect, test } from 'vitest';
import { auditFilter } from '../../../preload/contract/watch.ts';
import { filterOf, noFilter } from '../../../renderer/screens/audit/filter.ts';

test('nothing typed filters nothing', () => {
  expect(filterOf(noFilter)).toEqual({});
  expect(filterOf({ ...noFilter, text: '  ' })).toEqual({});
});

test('what is chosen and typed is asked for, and the contract takes it', () => {
  const filter = filterOf({ actor: 'schedule', outcome: 'failed', text: ' api-key ', from: '', to: '' });
  expect(filter).toEqual({ actor: 'schedule', outcome: 'failed', text: 'api-key' });
  expect(auditFilter.safeParse(filter).success).toBe(true);
});

test('a day is all of it by this computer’s clock, also one that the clock is put forward or back in', () => {
  for (const [from, to] of [
    ['2026-03-01', '2026-03-01'],
    ['2026-03-29', '2026-03-29'],
    ['2026-10-25', '2026-11-01'],
    ['2026-12-31', '2026-12-31'],
  ] as const) {
    const filter = filterOf({ ...noFilter, from, to });
    const first = new Date(filter.from ?? 0);
    const last = new Date(filter.to ?? 0);
    expect([first.getHours(), first.getMinutes(), first.getMilliseconds()]).toEqual([0, 0, 0]);
    expect([last.getHours(), last.getMinutes(), last.getSeconds(), last.getMilliseconds()]).toEqual([23, 59, 59, 999]);
    expect(dayOf(first)).toBe(from);
    expect(dayOf(last)).toBe(to);
    expect(auditFilter.safeParse(filter).success).toBe(true);
  }
});

test.each(['2026', '2026-1-1', 'x', '99999-01-01'])('%s is no day yet, and filters nothing', (day) => {
  expect(filterOf({ ...noFilter, from: day, to: day })).toEqual({});
});

function dayOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
