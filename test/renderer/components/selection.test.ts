import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extendTo, moved, nothingSelected, toggle, toggleAll } from '../../../renderer/components/selection.ts';

const shown = ['a', 'b', 'c', 'd', 'e'];
const ids = (selection: { readonly ids: ReadonlySet<string> }) => [...selection.ids].sort();

test('a tick is set, taken away and becomes the anchor', () => {
  const one = toggle(nothingSelected, 'b');
  expect(ids(one)).toEqual(['b']);
  expect(one.anchor).toBe('b');
  expect(ids(toggle(one, 'b'))).toEqual([]);
  expect(ids(nothingSelected)).toEqual([]);
});

test('a range goes from the anchor in either direction, both ends included, and keeps what was ticked', () => {
  const from = toggle(toggle(nothingSelected, 'e'), 'c');
  expect(ids(extendTo(from, 'a', shown))).toEqual(['a', 'b', 'c', 'e']);
  expect(ids(extendTo(from, 'd', shown))).toEqual(['c', 'd', 'e']);
  expect(extendTo(from, 'a', shown).anchor).toBe('c');
});

test('without an anchor that is shown, only the row itself is ticked', () => {
  expect(ids(extendTo(nothingSelected, 'c', shown))).toEqual(['c']);
  expect(ids(extendTo(toggle(nothingSelected, 'hidden'), 'c', shown))).toEqual(['c', 'hidden']);
});

test('all shown are ticked, then unticked; what is not shown stays', () => {
  const hidden = toggle(nothingSelected, 'hidden');
  const all = toggleAll(hidden, shown);
  expect(ids(all)).toEqual([...shown, 'hidden'].sort());
  expect(ids(toggleAll(all, shown))).toEqual(['hidden']);
  expect(ids(toggleAll(nothingSelected, []))).toEqual([]);
});

test('keys move within the list whatever they are pressed on', () => {
  const keys = ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'];
  fc.assert(
    fc.property(
      fc.constantFrom(...keys),
      fc.integer({ min: 1, max: 500 }),
      fc.nat({ max: 40 }),
      fc.nat(),
      (key, count, page, seed) => {
        const to = moved(key, (seed % (count + 1)) - 1, count, page + 1);
        expect(to).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThan(count);
      },
    ),
  );
});

test('each key goes where it says', () => {
  expect(moved('ArrowDown', -1, 10, 4)).toBe(0);
  expect(moved('ArrowDown', 3, 10, 4)).toBe(4);
  expect(moved('ArrowUp', 3, 10, 4)).toBe(2);
  expect(moved('PageDown', 3, 10, 4)).toBe(7);
  expect(moved('PageUp', 3, 10, 4)).toBe(0);
  expect(moved('End', 3, 10, 4)).toBe(9);
  expect(moved('x', 3, 10, 4)).toBeUndefined();
  expect(moved('ArrowDown', -1, 0, 4)).toBeUndefined();
});
