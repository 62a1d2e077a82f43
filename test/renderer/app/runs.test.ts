import { expect, test } from 'vitest';
import { progressOf, runNumbers, spokenProgress } from '../../../renderer/app/runs.ts';
import { runView } from '../views.ts';

test('nothing runs when every run has ended', () => {
  expect(progressOf([runView({ endedAt: 5 })], 10)).toBeUndefined();
  expect(spokenProgress(undefined)).toBe('');
});

test('runs under way count as one, ended ones not at all', () => {
  const progress = progressOf(
    [
      runView({ startedAt: 2_000, total: 10, done: 5, written: 4, attention: 1 }),
      runView({ startedAt: 0, total: 30, done: 15, unchanged: 15 }),
      runView({ startedAt: 0, endedAt: 1, total: 99, done: 99 }),
    ],
    10_000,
  );
  expect(progress).toMatchObject({ total: 40, done: 20, written: 4, unchanged: 15, attention: 1, rate: 2 });
  expect(progress?.runIds).toHaveLength(2);
});

test('no rate is shown before it means something', () => {
  expect(progressOf([runView({ startedAt: 0, done: 5 })], 999)?.rate).toBeNull();
  expect(progressOf([runView({ startedAt: 0, done: 0 })], 60_000)?.rate).toBeNull();
});

test('numbers are told with the verb that goes with them', () => {
  const numbers = { written: 12_000, unchanged: 3, attention: 1 };
  expect(runNumbers(numbers)).toBe('12,000 written · 3 unchanged · 1 needs attention');
  expect(runNumbers({ ...numbers, attention: 2 })).toContain('2 need attention');
});

test('a screen reader hears each quarter once', () => {
  const heard = new Set(
    Array.from({ length: 100 }, (_, done) => spokenProgress(progressOf([runView({ total: 100, done })], 5_000))),
  );
  expect([...heard]).toEqual([
    'Sync started.',
    'Sync: 25 percent of 100 done.',
    'Sync: 50 percent of 100 done.',
    'Sync: 75 percent of 100 done.',
  ]);
  for (const looking of [runView({ phase: 'scanning', total: 100 }), runView({ phase: 'applying', total: 0 })]) {
    expect(spokenProgress(progressOf([looking], 5_000))).toContain('Looking for changes');
  }
});
