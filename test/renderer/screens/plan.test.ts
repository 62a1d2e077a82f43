import { expect, test } from 'vitest';
import type { PlanStepView } from '../../../preload/contract/views.ts';
import { countActions, writes } from '../../../renderer/screens/plan/plan.ts';

const step = (action: PlanStepView['action']): PlanStepView => ({
  recordId: '00000000-0000-4000-8000-000000000000',
  action,
  code: action,
  sentence: '',
  fix: '',
});

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

test('a plan without a write says so', () => {
  expect(writes(countActions([step('unchanged'), step('conflict'), step('blocked')]))).toBe(0);
});
