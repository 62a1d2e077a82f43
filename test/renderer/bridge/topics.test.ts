import { expect, test } from 'vitest';
import { gapFor, isOutOfDate, mergeRuns } from '../../../renderer/bridge/topics.ts';
import { runView } from '../views.ts';

test('an answer is out of date when its own topic changed, and only then', () => {
  expect(isOutOfDate('records.list', new Set(['records']))).toBe(true);
  expect(isOutOfDate('records.get', new Set(['records']))).toBe(true);
  expect(isOutOfDate('records.list', new Set(['runs', 'app']))).toBe(false);
  // What changed is asked for by revision, not all of it again.
  expect(isOutOfDate('records.changes', new Set(['records']))).toBe(false);
  expect(isOutOfDate('checks.rows', new Set(['checks']))).toBe(true);
  expect(isOutOfDate('connections.importMeters', new Set(['history']))).toBe(true);
  expect(isOutOfDate('source.vaults', new Set(['connections', 'records']))).toBe(false);
  expect(isOutOfDate('toString', new Set(['app']))).toBe(false);
  expect(isOutOfDate(undefined, new Set(['app']))).toBe(false);
});

test('changes of a very long list are read less often, everything else at once', () => {
  expect(gapFor('records', 0)).toBe(250);
  expect(gapFor('records', 10_000)).toBe(250);
  expect(gapFor('records', 50_000)).toBe(1_000);
  expect(gapFor('records', 1_000_000)).toBe(2_000);
  expect(gapFor('runs', 100_000)).toBe(0);
});

test('live progress replaces what was known of a run, newest run first', () => {
  const older = runView({ startedAt: 1, done: 3 });
  const newer = runView({ startedAt: 2 });
  expect(mergeRuns([older], [newer, { ...older, done: 4 }], 20)).toEqual([newer, { ...older, done: 4 }]);
  expect(mergeRuns([older], [newer], 1)).toEqual([newer]);
});

test('a late event does not bring an ended run back to life', () => {
  const ended = runView({ endedAt: 9, phase: 'done' });
  expect(mergeRuns([ended], [{ ...ended, endedAt: null, phase: 'applying' }], 20)).toEqual([ended]);
});
