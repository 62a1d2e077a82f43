import { expect, test } from 'vitest';
import {
  type Action,
  countActions,
  grouped,
  leftAlone,
  type ShownStep,
  writes,
} from '../../../renderer/screens/plan/plan.ts';
import { recordView } from '../views.ts';

const step = (action: Action, key = ''): ShownStep => ({ key, action, sentence: '', fix: '', about: undefined });

test('actions are counted, writes first, and what none takes is left out', () => {
  const counts = countActions([step('unchanged'), step('blocked'), step('update'), step('update'), step('tags-only')]);
  expect(counts).toEqual([
    ['update', 2],
    ['tags-only', 1],
    ['blocked', 1],
    ['unchanged', 1],
  ]);
  expect(writes(counts)).toBe(3);
});

test('adopting and deleting change a target too', () => {
  expect(writes(countActions([step('adopt'), step('delete'), step('kept'), step('excluded')]))).toBe(2);
});

test('a plan without a write says so', () => {
  expect(writes(countActions([step('unchanged'), step('conflict'), step('blocked')]))).toBe(0);
});

test('steps stand under the head of their action, in their order', () => {
  const rows = grouped([step('unchanged', 'a'), step('create', 'b'), step('create', 'c')]);
  expect(rows.map((row) => row.head ?? row.step.key)).toEqual(['create', 'b', 'c', 'unchanged', 'a']);
  expect(rows[0]).toEqual({ head: 'create', count: 2 });
});

test('after applying, a record for which something else would be done is named first', () => {
  const records = [
    recordView({ sourceName: 'fine', lastRunAt: 10 }),
    recordView({ sourceName: 'failed', status: 'failed', code: 'denied', lastRunAt: 10 }),
    recordView({ sourceName: 'changed', status: 'failed', code: 'plan-changed', lastRunAt: 12 }),
    recordView({ sourceName: 'failed before', status: 'failed', code: 'plan-changed', lastRunAt: 9 }),
    recordView({ sourceName: 'kept on purpose', status: 'unknown', code: 'kept', lastRunAt: 11 }),
  ];
  expect(leftAlone(records, 10).map(({ sourceName }) => sourceName)).toEqual(['changed', 'failed']);
});
