import { describe, expect, it } from 'vitest';
import {
  choicesFor,
  conflictPolicyOf,
  consentTo,
  deletionPolicyOf,
  isHeld,
  stateIn,
} from '../../main/domain/decision.ts';

describe('a decision', () => {
  it('is good for one choice and one state', () => {
    expect(consentTo('overwrite', 'version:t1')).toBe('version:t1');
    expect(consentTo('adopt', 'version:t1')).toBe('adopt:version:t1');
    expect(consentTo('delete', 'delete:version:t1')).toBe('delete:version:t1');
    expect(consentTo('delete', 'version:t1')).toBe('delete:version:t1');
    expect(stateIn('delete:deleted-at:7:t9')).toBe('deleted-at:7:t9');
  });

  it.each([
    ['target-changed', 'version:t2', ['overwrite', 'keep', 'adopt', 'unlink']],
    ['target-unowned', 'version:none', ['overwrite', 'keep', 'unlink']],
    ['target-deleted', 'absent', ['overwrite', 'keep', 'unlink']],
    ['pending', 'deleted-at:7:t9', ['overwrite', 'keep', 'unlink']],
    ['target-exists', 'unreadable-exists', ['overwrite', 'unlink']],
    ['sight-lost', 'unreadable', ['overwrite', 'unlink']],
    ['delete-brake', 'delete:version:t1', ['delete', 'keep', 'unlink']],
    ['delete-changed', 'version:t2', ['keep', 'unlink']],
  ])('about %s, where %s was seen', (code, seen, choices) => {
    expect(choicesFor(code, seen)).toEqual(choices);
  });

  it('is waited for under Alert, and about a deletion under any policy', () => {
    expect(isHeld({ conflictSeen: null }, 'alert')).toBe(false);
    expect(isHeld({ conflictSeen: 'version:t2' }, 'alert')).toBe(true);
    for (const policy of ['overwrite', 'skip'] as const) {
      expect(isHeld({ conflictSeen: 'version:t2' }, policy)).toBe(false);
      expect(isHeld({ conflictSeen: 'delete:version:t2' }, policy)).toBe(true);
    }
  });

  it('is the record’s own to make, or Settings’', () => {
    const settings = { conflictPolicy: 'skip', deletionPolicy: 'follow' } as const;
    expect(conflictPolicyOf({ conflictPolicy: 'default' }, settings)).toBe('skip');
    expect(conflictPolicyOf({ conflictPolicy: 'alert' }, settings)).toBe('alert');
    expect(deletionPolicyOf({ deletionPolicy: 'default' }, settings)).toBe('follow');
    expect(deletionPolicyOf({ deletionPolicy: 'keep' }, settings)).toBe('keep');
  });
});
