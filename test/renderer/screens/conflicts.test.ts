import { expect, test } from 'vitest';
import {
  countReasons,
  isDeletion,
  seenWords,
  sharedChoices,
  waitingOf,
  writtenWords,
} from '../../../renderer/screens/conflicts/waiting.ts';
import { recordView } from '../views.ts';

const changed = recordView({ code: 'target-changed', choices: ['overwrite', 'keep', 'adopt', 'unlink'] });
const deleted = recordView({ code: 'target-deleted', choices: ['overwrite', 'keep', 'unlink'] });
const braked = recordView({ code: 'delete-brake', choices: ['delete', 'keep', 'unlink'] });

test('only records with a decision to make wait, and a stopped deletion is told apart', () => {
  expect(waitingOf([recordView(), changed, braked])).toEqual([changed, braked]);
  expect([changed, braked].map(isDeletion)).toEqual([false, true]);
});

test('only what every ticked record offers can be decided about all of them', () => {
  expect(sharedChoices([changed])).toEqual(['overwrite', 'keep', 'adopt', 'unlink']);
  expect(sharedChoices([changed, deleted])).toEqual(['overwrite', 'keep', 'unlink']);
  expect(sharedChoices([changed, braked])).toEqual(['keep', 'unlink']);
  expect(sharedChoices([])).toEqual([]);
});

test('reasons are counted in words, and one that is not known is not left out', () => {
  expect(countReasons([changed, braked, braked, recordView({ code: 'new-one', choices: ['unlink'] })])).toEqual([
    ['Deletion stopped', 2],
    ['Target changed', 1],
    ['Other', 1],
  ]);
});

test.each([
  ['version:abc', 'version abc'],
  ['delete:version:abc', 'version abc'],
  ['version:none', 'there, without a version'],
  ['absent', 'not there'],
  ['unreadable', 'may not be looked at'],
  ['unreadable-absent', 'not there'],
  ['unreadable-exists', 'may not be looked at'],
  ['closed:importing', 'can’t be written'],
])('the target state %s is told as "%s"', (seen, words) => {
  expect(seenWords(seen)).toBe(words);
});

test('a deleted target says since when, a written one which version and when', () => {
  expect(seenWords('deleted-at:1700000000000:v1')).toMatch(/^deleted .*2023/);
  expect(writtenWords({ writtenAt: null, targetVersion: null })).toBe('This app has not written to it');
  expect(writtenWords({ writtenAt: 1_700_000_000_000, targetVersion: 'v1' })).toMatch(
    /^This app wrote it .*2023.*, version v1$/,
  );
});
