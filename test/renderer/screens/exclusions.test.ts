import { expect, test } from 'vitest';
import { patternsOf, typedPatterns, withPattern } from '../../../renderer/screens/settings/patterns.ts';

test('what is saved comes back as it was', () => {
  const saved = ['name:*-local', 'vault:kv-dev', 'tag:no-sync=true'];
  expect(patternsOf(typedPatterns(saved))).toEqual(saved);
});

test('each pattern is saved once, trimmed, and an empty line not at all', () => {
  expect(patternsOf(typedPatterns([' name:a ', '', 'name:a', '  ', 'name:b']))).toEqual(['name:a', 'name:b']);
});

test('a new line is empty, comes last and has an id that none of the others has', () => {
  expect(withPattern([])).toEqual([{ id: 0, text: '' }]);
  const typed = typedPatterns(['name:a', 'name:b', 'name:c']).filter(({ id }) => id !== 1);
  const more = withPattern(typed);
  expect(more.at(-1)?.text).toBe('');
  expect(new Set(more.map(({ id }) => id)).size).toBe(3);
  expect(more.slice(0, 2)).toEqual(typed);
});
