import { describe, expect, it } from 'vitest';
import { metadataOf, type SourceItem } from '../../main/domain/item.ts';
import { needsVersion, type PlanInput, planStep, seenByWriting, targetSeen } from '../../main/domain/plan.ts';
import type { ConflictPolicy, LedgerEntry } from '../../main/domain/record.ts';

const recordId = 'record-1';
const marks = { owner: recordId };

const item: SourceItem = {
  vault: 'kv-prod',
  name: 'api-key',
  enabled: true,
  updatedOn: 5_000,
  tags: {},
  managed: false,
};
const ledger: LedgerEntry = {
  recordId,
  sourceVersion: 'v1',
  sourceUpdatedOn: 5_000,
  sourceMetadata: metadataOf(item),
  settled: true,
  targetId: 'arn:1',
  targetVersion: 't1',
  fingerprint: 'f',
  tagsWritten: marks,
  writtenAt: 9_000,
};
const ours: PlanInput['target'] = { kind: 'present', id: 'arn:1', version: 't1', ownerRecordId: recordId };
const failure = { kind: 'network', code: 'refused', sentence: 'No connection.', fix: 'Check the network.' } as const;

function plan(change: Partial<PlanInput> = {}) {
  return planStep({
    recordId,
    source: { kind: 'found', item },
    target: ours,
    ledger,
    policy: 'alert',
    consent: null,
    wantedTags: marks,
    ...change,
  });
}
const found = (change: Partial<SourceItem>): PlanInput['source'] => ({ kind: 'found', item: { ...item, ...change } });

describe('plan', () => {
  it('leaves alone what did not change', () => {
    expect(plan()).toMatchObject({ action: 'unchanged', code: 'unchanged' });
  });

  it('creates what is not there yet', () => {
    expect(plan({ ledger: null, target: { kind: 'absent' } })).toMatchObject({
      action: 'create',
      targetSeen: 'absent',
      targetId: null,
    });
  });

  it('updates when the source date moved and nothing but the value can be why', () => {
    expect(plan({ source: found({ updatedOn: 6_000 }) })).toMatchObject({
      action: 'update',
      code: 'source-changed',
      targetId: 'arn:1',
    });
  });

  it('believes a version over a date', () => {
    expect(plan({ source: found({ updatedOn: 6_000, version: 'v1' }) }).action).toBe('unchanged');
    expect(plan({ source: found({ version: 'v2' }) }).action).toBe('update');
  });

  it('reads again while the ledger date proves nothing', () => {
    expect(plan({ ledger: { ...ledger, settled: false } }).action).toBe('update');
    expect(plan({ ledger: { ...ledger, settled: false }, source: found({ version: 'v1' }) }).action).toBe('unchanged');
  });

  it('changes only tags when only tags changed', () => {
    const source = found({ version: 'v1', updatedOn: 6_000, tags: { team: 'a' } });
    expect(plan({ source, wantedTags: { ...marks, team: 'a' } })).toMatchObject({
      action: 'tags-only',
      code: 'tags-changed',
    });
  });

  it('puts its mark back when somebody removed it', () => {
    expect(plan({ target: { ...ours, ownerRecordId: null } })).toMatchObject({
      action: 'tags-only',
      code: 'mark-removed',
    });
  });

  it.each([
    ['missing', { kind: 'missing' }, 'source-missing'],
    ['disabled', found({ enabled: false }), 'source-disabled'],
    ['part of a certificate', found({ managed: true }), 'source-managed'],
    ['out of reach', { kind: 'failed', failure }, 'refused'],
  ] as const)('is blocked while the source is %s, whatever the target', (_, source, code) => {
    for (const target of [ours, { kind: 'absent' } as const]) {
      for (const policy of ['overwrite', 'skip', 'alert'] as const) {
        expect(plan({ source, target, policy })).toMatchObject({ action: 'blocked', code });
      }
    }
  });

  it.each([
    ['closed', { kind: 'closed', code: 'pending-deletion', why: 'w', fix: 'f' }, 'pending-deletion'],
    ['out of reach', { kind: 'failed', failure }, 'refused'],
  ] as const)('is blocked while the target is %s, even with consent', (_, target, code) => {
    expect(plan({ target, consent: target.kind, policy: 'overwrite' })).toMatchObject({ action: 'blocked', code });
  });
});

describe('conflict', () => {
  const changed: PlanInput['target'] = { ...ours, version: 'foreign' };
  const byPolicy = (policy: ConflictPolicy, target: PlanInput['target']) => plan({ policy, target });

  it('is a foreign version in the target', () => {
    expect(byPolicy('alert', changed)).toMatchObject({ action: 'conflict', code: 'target-changed' });
    expect(byPolicy('skip', changed)).toMatchObject({ action: 'conflict', code: 'target-changed' });
    expect(byPolicy('overwrite', changed)).toMatchObject({ action: 'update', code: 'target-changed' });
  });

  it('says that it was left alone by a setting only where the setting decided it', () => {
    const left = /left alone, by your conflict setting/;
    expect(byPolicy('skip', changed).sentence).toMatch(left);
    expect(byPolicy('alert', changed).sentence).not.toMatch(left);
    expect(byPolicy('skip', { ...ours, ownerRecordId: 'record-2' }).sentence).not.toMatch(left);
  });

  it('is a target that was deleted', () => {
    expect(byPolicy('alert', { kind: 'absent' })).toMatchObject({ action: 'conflict', code: 'target-deleted' });
    expect(byPolicy('overwrite', { kind: 'absent' })).toMatchObject({ action: 'create', code: 'target-deleted' });
  });

  it.each([
    ['nobody', null, 'target-unowned'],
    ['another record', 'record-2', 'target-owned-by-other'],
  ])('is a target of %s, which no setting overwrites', (_, ownerRecordId, code) => {
    for (const policy of ['overwrite', 'skip', 'alert'] as const) {
      const step = plan({ ledger: null, policy, target: { ...ours, ownerRecordId } });
      expect(step).toMatchObject({ action: 'conflict', code });
    }
  });

  it('is our own target of which nothing is remembered', () => {
    expect(plan({ ledger: null })).toMatchObject({ action: 'conflict', code: 'ledger-lost' });
    expect(plan({ ledger: null, policy: 'overwrite' })).toMatchObject({ action: 'update', code: 'ledger-lost' });
  });

  it('ends with consent to exactly the state that was seen', () => {
    expect(plan({ target: changed, consent: targetSeen(changed) })).toMatchObject({ action: 'update', code: 'agreed' });
    expect(plan({ target: { ...ours, version: 'later' }, consent: targetSeen(changed) }).action).toBe('conflict');
    expect(plan({ target: { kind: 'absent' }, consent: 'absent' })).toMatchObject({ action: 'create', code: 'agreed' });
    expect(plan({ target: { kind: 'absent' }, consent: targetSeen(changed) }).action).toBe('conflict');
  });
});

describe('with a credential that may not look at the target', () => {
  const target: PlanInput['target'] = { kind: 'unreadable', missing: 'secretsmanager:DescribeSecret' };

  it('creates only what the ledger does not know, and updates only what changed', () => {
    expect(plan({ target, ledger: null }).action).toBe('create');
    expect(plan({ target }).code).toBe('unchanged-unseen');
    expect(plan({ target, source: found({ updatedOn: 6_000 }) }).action).toBe('update');
  });

  it('takes over or creates again once a person agreed to what the write ran into', () => {
    expect(plan({ target, ledger: null, consent: seenByWriting.exists })).toMatchObject({
      action: 'update',
      code: 'agreed',
    });
    expect(plan({ target, consent: seenByWriting.absent })).toMatchObject({ action: 'create', code: 'agreed' });
  });
});

describe('the source is asked for its version', () => {
  it.each([
    ['nothing is known yet', null, {}, false],
    ['nothing moved', ledger, {}, false],
    ['only the date moved: the value changed', ledger, { updatedOn: 6_000 }, false],
    ['date and tags moved: perhaps only tags changed', ledger, { updatedOn: 6_000, tags: { a: 'b' } }, true],
    ['the ledger date proves nothing', { ...ledger, settled: false }, {}, true],
    ['the version is known', { ...ledger, settled: false }, { version: 'v1' }, false],
    ['it can not be copied anyway', { ...ledger, settled: false }, { enabled: false }, false],
  ] as const)('%s', (_, known, change, asked) => {
    expect(needsVersion(known, { ...item, ...change })).toBe(asked);
  });
});
