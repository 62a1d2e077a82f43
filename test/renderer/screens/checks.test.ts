import { expect, test } from 'vitest';
import { type CheckView, checkVerdict } from '../../../preload/contract/watch.ts';
import { mergeChecks } from '../../../renderer/bridge/watch.ts';
import { verdictLook } from '../../../renderer/screens/checks/looks.ts';

function checkView(id: string, about: Partial<CheckView> = {}): CheckView {
  return {
    id,
    trigger: 'user',
    values: false,
    startedAt: 0,
    endedAt: null,
    cancelled: false,
    total: 10,
    done: 0,
    counts: {},
    attention: 0,
    ...about,
  };
}

test('checks that arrive take their place: newest first, each once', () => {
  const known = [checkView('b', { startedAt: 2 }), checkView('a', { startedAt: 1, endedAt: 2 })];
  const arrived = [checkView('c', { startedAt: 3 }), checkView('b', { startedAt: 2, done: 5 })];
  const merged = mergeChecks(known, arrived);
  expect(merged.map(({ id, done }) => [id, done])).toEqual([
    ['c', 0],
    ['b', 5],
    ['a', 0],
  ]);
  expect(known[0]?.done).toBe(0);
});

test('an ended check never goes back to running', () => {
  const ended = checkView('a', { endedAt: 9, done: 10, attention: 2 });
  expect(mergeChecks([ended], [checkView('a', { done: 7 })])).toEqual([ended]);
});

test('no more are kept than are asked for', () => {
  const known = Array.from({ length: 50 }, (_, index) => checkView(`old-${index}`, { startedAt: index }));
  const merged = mergeChecks(known, [checkView('new', { startedAt: 100 })]);
  expect(merged).toHaveLength(50);
  expect(merged[0]?.id).toBe('new');
  expect(merged.some(({ id }) => id === 'old-0')).toBe(false);
});

test('every verdict has its own words', () => {
  const words = checkVerdict.options.map((verdict) => verdictLook(verdict).word);
  expect(new Set(words).size).toBe(words.length);
  for (const word of words) expect(word).toMatch(/^[A-Z]/);
});
