import { metadataOf, type SourceItem } from '../../main/domain/item.ts';
import { type PlanInput, type PlannedStep, planStep } from '../../main/domain/plan.ts';
import type { LedgerEntry } from '../../main/domain/record.ts';

export const recordId = 'record-1';
export const marks = { owner: recordId };
export const item: SourceItem = {
  kind: 'secret',
  vault: 'kv-prod',
  name: 'api-key',
  enabled: true,
  updatedOn: 5_000,
  tags: {},
  managed: false,
};
/** What the last sync of that item left. */
export const ledger: LedgerEntry = {
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
  looked: false,
  removedAt: null,
};
/** The target as the last sync left it. */
export const ours = { kind: 'present', id: 'arn:1', version: 't1', ownerRecordId: recordId } as const;

/** The step of a record whose source and target are as the last sync left them, but for this change. */
export function planWith(change: Partial<PlanInput> = {}): PlannedStep {
  return planStep({
    recordId,
    recordSeen: '',
    source: { kind: 'found', item },
    target: ours,
    refusal: null,
    ledger,
    policy: 'alert',
    consent: null,
    kept: null,
    excludedBy: null,
    deletion: 'keep',
    wantedTags: marks,
    ...change,
  });
}
