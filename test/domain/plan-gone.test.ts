import { describe, expect, it } from 'vitest';
import { keptPair, type PlanInput } from '../../main/domain/plan.ts';
import type { LedgerEntry } from '../../main/domain/record.ts';
import { item, ours, planWith, ledger as written } from '../support/plan-parts.ts';

const ledger: LedgerEntry = { ...written, looked: true };
const pending = { kind: 'closed', code: 'pending', why: 'It is scheduled for deletion.', fix: '' } as const;
const removedByUs = { ...pending, restorable: { id: 'arn:1', version: 't1', deletedAt: 7 } } as const;
const removed: LedgerEntry = { ...ledger, removedAt: 10_000 };
const policies = ['overwrite', 'skip', 'alert'] as const;

function plan(change: Partial<PlanInput> = {}) {
  return planWith({ source: { kind: 'missing', certain: true }, ledger, deletion: 'follow', ...change });
}

describe('a source that is gone', () => {
  it('is followed only where everything speaks for it', () => {
    expect(plan()).toMatchObject({
      action: 'delete',
      code: 'source-deleted',
      targetSeen: 'version:t1',
      targetId: 'arn:1',
    });
  });

  it.each<[string, Partial<PlanInput>]>([
    ['nobody wants it', { deletion: 'keep' }],
    ['the service deletes for good', { deletion: 'unrecoverable' }],
    ['it is not certain', { source: { kind: 'missing' } }],
    ['it is known not to be certain', { source: { kind: 'missing', certain: false } }],
    ['the record never wrote the target', { ledger: null }],
    ['the target may not be looked at', { target: { kind: 'unreadable', missing: 'x' } }],
  ])('leaves the target where %s', (_, change) => {
    for (const policy of policies)
      expect(plan({ ...change, policy })).toMatchObject({ action: 'blocked', code: 'source-missing' });
  });

  it.each<[string, PlanInput['target']]>([
    ['another version', { ...ours, version: 't2' }],
    ['no value', { ...ours, version: null }],
    ['another owner', { ...ours, ownerRecordId: 'record-2' }],
    ['no mark of ours', { ...ours, ownerRecordId: null }],
    ['another identity', { ...ours, id: 'arn:2' }],
  ])('is a conflict where the target has %s, whatever the setting', (_, target) => {
    for (const policy of policies)
      expect(plan({ target, policy })).toMatchObject({ action: 'conflict', code: 'delete-changed' });
    expect(plan({ target, consent: 'delete:version:t1' }).action).toBe('conflict');
  });

  it('is nothing to do where the target is gone, too', () => {
    for (const target of [{ kind: 'absent' }, removedByUs] as const)
      expect(plan({ target })).toMatchObject({ action: 'unchanged', code: 'deleted' });
    expect(plan({ target: pending })).toMatchObject({ action: 'blocked', code: 'pending' });
  });

  it('fails with the target that cannot be reached', () => {
    const failure = { kind: 'network', code: 'refused', sentence: 'No connection.', fix: '' } as const;
    for (const known of [ledger, removed])
      expect(plan({ ledger: known, target: { kind: 'failed', failure } })).toMatchObject({
        action: 'blocked',
        code: 'refused',
        failure,
      });
  });

  it('is carried out past the brake only for the state that was allowed', () => {
    expect(plan({ consent: 'delete:version:t1' })).toMatchObject({ action: 'delete', code: 'agreed' });
    for (const consent of ['version:t1', 'adopt:version:t1', 'delete:version:t2'])
      expect(plan({ consent })).toMatchObject({ action: 'delete', code: 'source-deleted' });
  });

  it('is left as it is once a person said so, until either side changes', () => {
    const source = { kind: 'missing', certain: true } as const;
    const kept = keptPair(source, ours);
    expect(plan({ kept })).toMatchObject({ action: 'kept', code: 'kept' });
    expect(plan({ kept, target: { ...ours, version: 't2' } }).action).toBe('conflict');
    expect(plan({ kept, source: { kind: 'found', item }, ledger })).toMatchObject({ action: 'unchanged' });
  });

  it('stays done while it is gone, and is not done again to what somebody brought back', () => {
    for (const target of [{ kind: 'absent' }, removedByUs] as const)
      expect(plan({ ledger: removed, target })).toMatchObject({ action: 'unchanged', code: 'deleted' });
    expect(plan({ ledger: removed })).toMatchObject({ action: 'blocked', code: 'source-missing' });
  });

  it('is not followed while an exclusion keeps it out', () => {
    expect(plan({ excludedBy: 'name:*' })).toMatchObject({ action: 'excluded' });
  });
});

describe('a source that is back', () => {
  const source = { kind: 'found', item } as const;

  it('takes our own deletion back without asking, whatever the setting', () => {
    for (const policy of policies)
      expect(plan({ source, ledger: removed, target: removedByUs, policy })).toMatchObject({
        action: 'update',
        code: 'restore',
        targetId: 'arn:1',
      });
  });

  it.each<[string, PlanInput['target']]>([
    ['of another version', { ...pending, restorable: { id: 'arn:1', version: 't2', deletedAt: 7 } }],
    ['of another target', { ...pending, restorable: { id: 'arn:2', version: 't1', deletedAt: 7 } }],
  ])('asks about a deletion %s', (_, target) => {
    expect(plan({ source, ledger: removed, target })).toMatchObject({ action: 'conflict', code: 'pending' });
  });

  it('asks about a deletion that was not ours', () => {
    expect(plan({ source, target: removedByUs })).toMatchObject({ action: 'conflict', code: 'pending' });
  });

  it('makes the target again where it is gone for good', () => {
    expect(plan({ source, ledger: removed, target: { kind: 'absent' } })).toMatchObject({
      action: 'create',
      code: 'source-back',
    });
    expect(plan({ source, target: { kind: 'absent' } })).toMatchObject({ action: 'conflict', code: 'target-deleted' });
  });

  it('goes on as usual with a target that somebody brought back', () => {
    expect(plan({ source, ledger: removed })).toMatchObject({ action: 'unchanged' });
    expect(plan({ source, ledger: removed, target: { ...ours, version: 't2' } })).toMatchObject({
      action: 'conflict',
      code: 'target-changed',
    });
    expect(plan({ source, ledger: removed, target: { ...ours, id: 'arn:2', ownerRecordId: null } })).toMatchObject({
      action: 'conflict',
      code: 'target-unowned',
    });
  });
});
