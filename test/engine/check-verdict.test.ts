import { describe, expect, it } from 'vitest';
import type { PlanInput, TargetState } from '../../main/domain/plan.ts';
import type { LedgerEntry } from '../../main/domain/record.ts';
import type { StatusDetail } from '../../main/domain/status.ts';
import { findingByValues, isComparable, markByValues } from '../../main/engine/check-values.ts';
import { findingByMarkers, markOf } from '../../main/engine/check-verdict.ts';

const recordId = 'record-1';
const item = {
  kind: 'secret',
  vault: 'kv',
  name: 'api-key',
  enabled: true,
  updatedOn: 1000,
  tags: {},
  managed: false,
  version: 'v1',
} as const;
const present: TargetState & { kind: 'present' } = {
  kind: 'present',
  id: 'arn',
  version: 'marker-1',
  ownerRecordId: recordId,
};
const ledger: LedgerEntry = {
  recordId,
  sourceVersion: 'v1',
  sourceUpdatedOn: 1000,
  sourceMetadata: '',
  settled: true,
  targetId: 'arn',
  targetVersion: 'marker-1',
  fingerprint: 'f',
  tagsWritten: { 'certifyclouds:record': recordId },
  writtenAt: 2000,
  looked: true,
  removedAt: null,
};
const whole: PlanInput = {
  recordId,
  recordSeen: '',
  source: { kind: 'found', item },
  target: present,
  refusal: null,
  ledger,
  policy: 'alert',
  consent: null,
  kept: null,
  excludedBy: null,
  deletion: 'keep',
  wantedTags: ledger.tagsWritten,
};
const failure = { kind: 'network', code: 'no-answer', sentence: 'Nobody answered.', fix: 'Wait.' } as const;
const closed = { kind: 'closed', code: 'target-pending-deletion', why: 'On its way out.', fix: 'Restore it.' } as const;
const restorable = { ...closed, restorable: { id: 'arn', version: 'marker-1', deletedAt: 5 } };

const cases: [what: string, change: Partial<PlanInput>, verdict: string, code: string, method: string][] = [
  ['all as it was left', {}, 'same-version', 'unchanged', 'marker'],
  [
    'the target has another version',
    { target: { ...present, version: 'theirs' } },
    'changed',
    'target-changed',
    'marker',
  ],
  ['the target is gone', { target: { kind: 'absent' } }, 'missing', 'target-deleted', 'marker'],
  ['the target is on its way out', { target: restorable }, 'missing', closed.code, 'marker'],
  ['the target was closed for good', { target: closed }, 'changed', closed.code, 'marker'],
  [
    'the marks were taken off',
    { target: { ...present, ownerRecordId: null } },
    'mark-removed',
    'mark-removed',
    'marker',
  ],
  [
    'another record owns it',
    { target: { ...present, ownerRecordId: 'r2' } },
    'changed',
    'target-owned-by-other',
    'marker',
  ],
  [
    'the source moved',
    { source: { kind: 'found', item: { ...item, version: 'v2' } } },
    'behind',
    'source-changed',
    'marker',
  ],
  ['the tags moved', { wantedTags: { ...ledger.tagsWritten, env: 'x' } }, 'behind', 'tags-changed', 'marker'],
  ['the source is gone', { source: { kind: 'missing' } }, 'source-missing', 'source-missing', 'marker'],
  ['it is excluded', { excludedBy: 'name:api-*' }, 'left-out', 'excluded', 'marker'],
  ['a person keeps it', { kept: '1000\nversion:marker-1' }, 'left-out', 'kept', 'marker'],
  ['nothing was ever written', { ledger: null, target: { kind: 'absent' } }, 'never-synced', 'new', 'marker'],
  [
    'the name is taken',
    { ledger: null, target: { ...present, ownerRecordId: null } },
    'never-synced',
    'target-unowned',
    'marker',
  ],
  ['what was written is not known', { ledger: null }, 'unknown', 'ledger-lost', 'none'],
  [
    'it may never be looked at',
    { target: { kind: 'unreadable', missing: 'x' }, ledger: { ...ledger, looked: false } },
    'unknown',
    'unchanged-unseen',
    'none',
  ],
  ['it may no longer be looked at', { target: { kind: 'unreadable', missing: 'x' } }, 'unknown', 'sight-lost', 'none'],
  ['the vault does not answer', { source: { kind: 'failed', failure } }, 'failed', 'no-answer', 'none'],
  ['the target does not answer', { target: { kind: 'failed', failure } }, 'failed', 'no-answer', 'none'],
  [
    'the source is disabled',
    { source: { kind: 'found', item: { ...item, enabled: false } } },
    'failed',
    'source-disabled',
    'none',
  ],
];

describe('what a check finds by version markers', () => {
  it.each(cases)('where %s', (_what, change, verdict, code, method) => {
    const input = { ...whole, ...change };
    const found = findingByMarkers({ ledger: input.ledger }, input);
    expect(found).toMatchObject({ verdict, code, method });
    expect(found.sentence.length).toBeGreaterThan(10);
  });

  it('is drift too while the source cannot be compared', () => {
    for (const source of [
      { kind: 'failed', failure },
      { kind: 'found', item: { ...item, enabled: false } },
    ] as const) {
      const changed = findingByMarkers({ ledger }, { ...whole, source, target: { ...present, version: 'theirs' } });
      expect(changed).toMatchObject({ verdict: 'changed', code: 'target-changed' });
      const gone = findingByMarkers({ ledger }, { ...whole, source, target: { kind: 'absent' } });
      expect(gone).toMatchObject({ verdict: 'missing', code: 'target-deleted' });
    }
  });

  it('is what the target is, whatever was agreed or set for conflicts', () => {
    const target = { ...present, version: 'theirs' };
    for (const change of [{ consent: 'version:theirs' }, { policy: 'overwrite' }, { policy: 'skip' }] as const)
      expect(findingByMarkers({ ledger }, { ...whole, target, ...change }).verdict).toBe('changed');
    expect(findingByMarkers({ ledger }, { ...whole, target, policy: 'overwrite' }).fix).toContain('Azure wins');
  });
});

describe('what a check enters as the status', () => {
  const synced: StatusDetail = { status: 'synced', code: 'synced', sentence: 'Fine.', fix: '' };
  const rowOf = (status: StatusDetail, conflictSeen: string | null = null) => ({ status, conflictSeen, ledger });
  const target = { ...present, version: 'theirs' };

  it('is the conflict that a sync would show, to be resolved as it is', () => {
    for (const status of [synced, { ...synced, status: 'failed', code: 'no-answer' } as const]) {
      const mark = markOf(rowOf(status), { ...whole, target });
      expect(mark).toMatchObject({
        status: { status: 'failed', code: 'target-changed' },
        conflictSeen: 'version:theirs',
      });
    }
  });

  it('is pending in place of synced where the next sync writes', () => {
    const source = { kind: 'found', item: { ...item, version: 'v2' } } as const;
    for (const change of [
      { source },
      { target, policy: 'overwrite' },
      { target, consent: 'version:theirs' },
    ] as const) {
      const mark = markOf(rowOf(synced), { ...whole, ...change });
      expect(mark).toMatchObject({ status: { status: 'pending' }, conflictSeen: null });
      expect(mark?.status.fix).toContain('Sync Now');
    }
    const failed = { ...synced, status: 'failed', code: 'denied' } as const;
    expect(markOf(rowOf(failed), { ...whole, source })).toBeUndefined();
  });

  it('is synced only in place of a conflict or a pending write that is no more', () => {
    const failed = { ...synced, status: 'failed', code: 'denied' } as const;
    expect(markOf(rowOf(synced), whole)).toBeUndefined();
    expect(markOf(rowOf(failed), whole)).toBeUndefined();
    expect(markOf(rowOf({ ...synced, status: 'unknown' }), whole)).toBeUndefined();
    const well = { status: { status: 'synced' }, conflictSeen: null };
    expect(markOf(rowOf(failed, 'version:theirs'), whole)).toMatchObject(well);
    expect(markOf(rowOf({ ...synced, status: 'pending' }), whole)).toMatchObject(well);
  });

  it('is left as it is where nothing could be looked at', () => {
    const looks = [
      { source: { kind: 'failed', failure } },
      { target: { kind: 'failed', failure } },
      { target: { kind: 'unreadable', missing: 'x' }, ledger: { ...ledger, looked: false } },
    ] as const;
    for (const change of looks)
      for (const seen of [null, 'version:theirs']) {
        const input = { ...whole, ...change };
        expect(markOf(rowOf(synced, seen), input)).toBeUndefined();
      }
  });

  it('tells what no sync may use', () => {
    const mark = markOf(rowOf(synced), { ...whole, source: { kind: 'missing' } });
    expect(mark).toMatchObject({ status: { status: 'failed', code: 'source-missing' }, conflictSeen: null });
  });
});

describe('what comparing values adds', () => {
  const row = { ledger };
  const same = { kind: 'same' } as const;
  const different = { kind: 'different', moved: false } as const;

  it('proves a copy that is right, whatever its version marker says of the source', () => {
    expect(findingByValues(row, whole, same)).toMatchObject({ verdict: 'same-value', method: 'value' });
    const source = { kind: 'found', item: { ...item, version: 'v2' } } as const;
    expect(findingByValues(row, { ...whole, source }, same)).toMatchObject({ verdict: 'same-value' });
  });

  it('leaves a conflict one, and says what the value is', () => {
    const changed = { ...whole, target: { ...present, version: 'theirs' } };
    const found = findingByValues(row, changed, same);
    expect(found).toMatchObject({ verdict: 'changed', code: 'target-changed', method: 'value' });
    expect(found.sentence).toContain('it is the source’s current one');
    expect(findingByValues(row, changed, different).sentence).toContain('it is not the source’s');
    expect(markByValues(changed, different)).toBeUndefined();
  });

  it('finds another value behind the very version that was written', () => {
    expect(findingByValues(row, whole, different)).toMatchObject({ verdict: 'changed', code: 'value-differs' });
    expect(markByValues(whole, different)).toMatchObject({
      status: { status: 'failed', code: 'target-changed' },
      conflictSeen: 'version:marker-1',
      disowned: true,
    });
  });

  it('does not blame the target for a source that moved meanwhile', () => {
    const moved = { kind: 'different', moved: true } as const;
    expect(findingByValues(row, whole, moved)).toMatchObject({ verdict: 'behind' });
    expect(markByValues(whole, moved)).toBeUndefined();
  });

  it('keeps what the markers prove where a value may not be read', () => {
    for (const compared of [{ kind: 'untold' }, { kind: 'failed', failure: { ...failure, kind: 'denied' } }] as const)
      expect(findingByValues(row, whole, compared)).toMatchObject({ verdict: 'same-version', method: 'marker' });
    const failed = findingByValues(row, whole, { kind: 'failed', failure });
    expect(failed).toMatchObject({ verdict: 'failed', code: 'no-answer', method: 'none' });
    const drifted = { ...whole, target: { ...present, version: 'theirs' } };
    const kept = findingByValues(row, drifted, { kind: 'failed', failure });
    expect(kept).toMatchObject({ verdict: 'changed', code: 'target-changed', method: 'marker' });
  });

  it('reads nothing that is kept out, disabled or not there', () => {
    expect(isComparable(whole)).toBe(true);
    const changes: Partial<PlanInput>[] = [
      { excludedBy: 'name:*' },
      { kept: '1000\nversion:marker-1' },
      { source: { kind: 'found', item: { ...item, enabled: false } } },
      { source: { kind: 'found', item: { ...item, managed: true } } },
      { source: { kind: 'missing' } },
      { target: { kind: 'absent' } },
      { target: { ...present, version: null } },
      { target: { kind: 'unreadable', missing: 'x' } },
      { refusal: { code: 'x', sentence: 'y', fix: 'z' } },
    ];
    for (const change of changes) expect([change, isComparable({ ...whole, ...change })]).toEqual([change, false]);
  });
});
