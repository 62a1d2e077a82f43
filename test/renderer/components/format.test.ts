import { expect, test } from 'vitest';
import { age, duration, exactlyIn, expiryWords, fromNow, plural } from '../../../renderer/components/format.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [0, 'just now'],
  [-59_999, 'just now'],
  [1, 'in under a minute'],
  [minute, 'in 1 minute'],
  [-5 * minute, '5 minutes ago'],
  [-119 * minute, '1 hour ago'],
  [6 * hour, 'in 6 hours'],
  [-day, 'yesterday'],
  [-41 * day, '41 days ago'],
])('a moment %i ms from now is "%s"', (distance, words) => {
  expect(fromNow(1_000_000_000_000 + distance, 1_000_000_000_000)).toBe(words);
});

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [59_999, '59.9 s'],
  [60_000, '1 min 0 s'],
  [65_000, '1 min 5 s'],
])('%i ms took "%s"', (milliseconds, words) => {
  expect(duration(milliseconds)).toBe(words);
});

test('counts are grouped and take the right form of the word', () => {
  expect(plural(1, 'record')).toBe('1 record');
  expect(plural(0, 'record')).toBe('0 records');
  expect(plural(10_000, 'record')).toBe('10,000 records');
  expect(plural(2, 'record uses', 'records use')).toBe('2 records use');
});

test('what ends says so, and what ended too', () => {
  expect(expiryWords(60 * day, 0)).toBe('Expires in 60 days');
  expect(expiryWords(0, 3 * day)).toBe('Expired 3 days ago');
});

test('an age in days', () => {
  expect(age(0, day - 1)).toBe('today');
  expect(age(0, day)).toBe('1 day ago');
});

test('a moment is told by the clock of another zone, with its offset then', () => {
  const summer = exactlyIn(Date.UTC(2026, 6, 1, 0, 0), 'Europe/Berlin');
  expect(summer).toContain('2:00:00');
  expect(summer).toContain('GMT+2');
  expect(summer).toMatch(/Europe\/Berlin$/);
  expect(exactlyIn(Date.UTC(2026, 0, 1, 0, 0), 'Europe/Berlin')).toContain('GMT+1');
});
