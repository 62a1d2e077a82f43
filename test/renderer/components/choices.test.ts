import { expect, test } from 'vitest';
import { choiceOf, scheduleChoices, scheduleOf } from '../../../renderer/components/choices.ts';

test('every choice of a schedule gives the schedule that shows as this choice', () => {
  for (const { value } of scheduleChoices) expect(choiceOf(scheduleOf(value))).toBe(value);
  expect(scheduleOf('24')).toEqual({ kind: 'every', hours: 24 });
});
