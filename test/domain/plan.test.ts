import { describe, expect, it } from 'vitest';
import { metadataOf, type SourceItem } from '../../main/domain/item.ts';
import {
  isAsShown,
  keptPair,
  markerIn,
  needsVersion,
  type PlanInput,
  seenByWriting,
  targetSeen,
} from '../../main/domain/plan.ts';
import type { ConflictPolicy } from '../../main/domain/record.ts';
import { item, ledger, marks, ours, planWith as plan, recordId } from '../support/plan-parts.ts';

const failure = { kind: 'network', code: 'refused', sentence: 'No connection.', fix: 'Check the network.' } as const;

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

  it('a deletion that can be taken back needs a person, and exactly their word restores it', () => {
    const pending = { kind: 'closed', code: 'pending', why: 'It is scheduled for deletion.', fix: '' } as const;
    const restorable = { ...pending, restorable: { id: 'arn:1', version: 't9', deletedAt: 7 } } as const;
    expect(plan({ target: pending })).toMatchObject({ action: 'blocked', code: 'pending' });
    for (const policy of ['overwrite', 'skip', 'alert'] as const)
      expect(plan({ target: restorable, policy })).toMatchObject({ action: 'conflict', targetSeen: 'deleted-at:7:t9' });
    expect(plan({ target: restorable, consent: 'deleted-at:7:t9' })).toMatchObject({
      action: 'update',
      code: 'restore',
    });
    // What was agreed to is that value, deleted at that time: not another one that was deleted since.
    for (const consent of ['version:t9', 'deleted-at:8:t9', 'deleted-at:7:t8', 'closed:pending'])
      expect(plan({ target: restorable, consent })).toMatchObject({ action: 'conflict' });
    expect(markerIn('deleted-at:7:t9')).toBe('t9');
    expect(markerIn('version:a:b')).toBe('a:b');
    for (const seen of ['absent', 'unreadable', 'version:none', 'deleted-at:7:none']) expect(markerIn(seen)).toBeNull();
  });

  it('fills a target that it made and could not fill, and nobody else’s', () => {
    const shell = { kind: 'present', id: 'arn:1', version: null, ownerRecordId: recordId } as const;
    expect(plan({ ledger: null, target: shell })).toMatchObject({ action: 'update', code: 'unfinished' });
    for (const ownerRecordId of [null, 'record-2'])
      expect(plan({ ledger: null, target: { ...shell, ownerRecordId } })).toMatchObject({ action: 'conflict' });
    expect(plan({ target: shell })).toMatchObject({ action: 'conflict', code: 'target-changed' });
  });

  it('what the service would refuse is blocked before anything is read, and the target kept', () => {
    const refusal = { code: 'certificate-expired', sentence: 'It expired.', fix: 'Renew it.' };
    expect(plan({ refusal, source: found({ updatedOn: 6_000 }) })).toMatchObject({ action: 'blocked', ...refusal });
    expect(plan({ refusal, source: { kind: 'missing' } })).toMatchObject({ code: 'source-missing' });
  });

  it('a renewed certificate is told by its thumbprint', () => {
    const certificate = { ...item, kind: 'certificate', thumbprint: 'aa' } as const;
    const kept = { ...ledger, sourceMetadata: metadataOf(certificate) };
    expect(needsVersion(kept, { ...certificate, updatedOn: 6_000, thumbprint: 'bb' })).toBe(true);
    expect(metadataOf({ ...certificate, thumbprint: 'bb' })).not.toBe(kept.sourceMetadata);
    expect(metadataOf(item)).toBe('[true,null,null,null,[]]');
  });
});

describe('what a person decided', () => {
  const changed: PlanInput['target'] = { kind: 'present', id: 'arn:1', version: 'foreign', ownerRecordId: recordId };

  it('leaves the target as it is, for exactly this source and this target', () => {
    const source = found({});
    const kept = keptPair(source, changed);
    for (const policy of ['overwrite', 'skip', 'alert'] as const)
      expect(plan({ target: changed, kept, policy })).toMatchObject({ action: 'kept', code: 'kept' });
    expect(plan({ target: { ...changed, version: 'later' }, kept }).action).toBe('conflict');
    expect(plan({ target: changed, source: found({ updatedOn: 6_000 }), kept }).action).toBe('conflict');
    expect(plan({ target: changed, source: found({ enabled: false }), kept })).toMatchObject({
      code: 'source-disabled',
    });
    expect(plan({ target: { kind: 'absent' }, kept: keptPair(source, { kind: 'absent' }) }).action).toBe('kept');
  });

  it('takes a target over as it is, in exactly this state, and only where it has a value', () => {
    expect(plan({ target: changed, consent: 'adopt:version:foreign' })).toMatchObject({ action: 'adopt' });
    expect(plan({ target: { ...changed, version: 'later' }, consent: 'adopt:version:foreign' }).action).toBe(
      'conflict',
    );
    expect(plan({ target: { ...changed, version: null }, consent: 'adopt:version:none' }).action).toBe('conflict');
    expect(plan({ target: { kind: 'absent' }, consent: 'adopt:absent' }).action).toBe('conflict');
    // What agrees already needs no adopting.
    expect(plan({ consent: 'adopt:version:t1' }).action).toBe('unchanged');
  });
});

describe('an exclusion', () => {
  it('comes before everything that the source could say, and names the pattern', () => {
    for (const source of [found({}), found({ enabled: false }), { kind: 'missing' } as const]) {
      const step = plan({ excludedBy: 'name:*-local', source, target: { kind: 'failed', failure } });
      expect(step).toMatchObject({ action: 'excluded', code: 'excluded' });
      expect(step.sentence).toContain('name:*-local');
    }
    expect(plan({ excludedBy: 'name:*', source: { kind: 'failed', failure } })).toMatchObject({ action: 'blocked' });
  });
});

describe('a target that can no longer be looked at', () => {
  const target: PlanInput['target'] = { kind: 'unreadable', missing: 'secretsmanager:DescribeSecret' };
  const looked = { ...ledger, looked: true };

  it('is a conflict, whether or not the source changed', () => {
    for (const source of [found({}), found({ updatedOn: 6_000 })])
      for (const policy of ['alert', 'skip'] as const)
        expect(plan({ target, ledger: looked, source, policy })).toMatchObject({
          action: 'conflict',
          code: 'sight-lost',
        });
  });

  it('is written blindly where Azure wins, and only what changed', () => {
    expect(plan({ target, ledger: looked, policy: 'overwrite' })).toMatchObject({ code: 'unchanged-unseen' });
    const source = found({ updatedOn: 6_000 });
    expect(plan({ target, ledger: looked, policy: 'overwrite', source })).toMatchObject({ code: 'source-changed' });
  });

  it('is written once a person agreed, whatever the policy is then', () => {
    for (const policy of ['overwrite', 'alert'] as const)
      expect(plan({ target, ledger: looked, policy, consent: 'unreadable' })).toMatchObject({
        action: 'update',
        code: 'agreed',
      });
  });
});

describe('a step that was shown', () => {
  it('is the same only with the same reason, source and target', () => {
    const shown = plan({ source: found({ updatedOn: 6_000 }) });
    expect(isAsShown(shown, plan({ source: found({ updatedOn: 6_000 }) }))).toBe(true);
    // A version that only one of the looks was told.
    expect(isAsShown(shown, plan({ source: found({ updatedOn: 6_000, version: 'v2' }) }))).toBe(true);
    const told = plan({ source: found({ updatedOn: 6_000, version: 'v2' }) });
    expect(isAsShown(told, plan({ source: found({ updatedOn: 6_000, version: 'v3' }) }))).toBe(false);
    expect(isAsShown(shown, plan({ source: found({ updatedOn: 7_000 }) }))).toBe(false);
    expect(isAsShown(shown, plan())).toBe(false);
    const other = {
      target: { ...ours, version: 'x' },
      policy: 'overwrite',
      source: found({ updatedOn: 6_000 }),
    } as const;
    expect(isAsShown(shown, plan(other))).toBe(false);
  });
});
