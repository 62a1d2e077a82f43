import { z } from 'zod';
import {
  id,
  instant,
  ownConflictPolicy,
  ownDeletionPolicy,
  recordStatus,
  schedule,
  shape,
  shortText,
  sourceKind,
  targetOptions,
  targetService,
  trigger,
} from './views.ts';

/** What screens are shown of rules, discovery, checks and the audit trail; see views.ts for what no view may hold. */

const reason = z.strictObject({ code: z.string().max(80), sentence: z.string().max(1000), fix: z.string().max(1000) });
const glob = z.string().trim().min(1, { error: 'Type a pattern, for example *-prod.' }).max(300);

/** "Keep this vault mirrored to that target"; see main/domain/rule. */
export const newRule = z.strictObject({
  name: z.string().trim().min(1, { error: 'Give the rule a name.' }).max(80),
  enabled: z.boolean(),
  sourceConnectionId: id,
  sourceVault: z.string().regex(/^[0-9A-Za-z-]{1,127}$/, { error: 'Choose a vault.' }),
  filter: z.strictObject({
    kind: sourceKind,
    /** Empty: every name. One has to match. */
    names: z.array(glob).max(50),
    /** `key` or `key=glob`. All have to match. */
    tags: z.array(glob).max(50),
    contentType: z.string().trim().max(300),
  }),
  targetConnectionId: id,
  targetService,
  targetRegion: z.string().min(1).max(64),
  template: z.string().max(1024),
  shape,
  options: targetOptions,
  schedule,
  syncOnChange: z.boolean(),
  copyTags: z.boolean(),
  conflictPolicy: ownConflictPolicy,
  deletionPolicy: ownDeletionPolicy,
  /** The most records it may have. */
  limit: z.int().min(1).max(100_000),
});
export type NewRule = z.infer<typeof newRule>;

export const ruleView = newRule.extend({
  id,
  sourceConnection: shortText,
  targetConnection: shortText,
  scheduleWords: z.string().max(300),
  /** Records it has now. */
  records: z.int().nonnegative(),
  /** What the last look at its vault came to; null before the first. */
  state: z
    .strictObject({
      checkedAt: instant,
      matches: z.int().nonnegative(),
      refused: z.int().nonnegative(),
      problems: z.array(z.strictObject({ vault: shortText, name: shortText, sentence: z.string().max(1000) })).max(100),
      stopped: reason.nullable(),
    })
    .nullable(),
  createdAt: instant,
});
export type RuleView = z.infer<typeof ruleView>;

/** What a rule would do now, before it is saved. */
export const rulePreview = z.strictObject({
  matches: z.int().nonnegative(),
  /** Matches that would get a record, that have this rule's already, and that would be refused or are excluded. */
  creates: z.int().nonnegative(),
  has: z.int().nonnegative(),
  refused: z.int().nonnegative(),
  /** Why it can't be saved as it is, in words; null if it can. */
  problem: reason.nullable(),
  /** The first matches, with the target each would get and what speaks against it. */
  names: z
    .array(
      z.strictObject({
        vault: shortText,
        name: shortText,
        targetName: z.string().max(2048),
        problem: z.string().max(1000).nullable(),
      }),
    )
    .max(200),
});
export type RulePreview = z.infer<typeof rulePreview>;

const scannedKind = z.strictObject({
  kind: sourceKind,
  scannedAt: instant.nullable(),
  failedAt: instant.nullable(),
  failure: reason.nullable(),
});

export const discoveredVault = z.strictObject({
  connectionId: id,
  connection: shortText,
  subscription: shortText,
  vault: shortText,
  /** Looked at on the interval: records or rules use it. */
  watched: z.boolean(),
  scanning: z.boolean(),
  /** The connection no longer sees it. */
  goneAt: instant.nullable(),
  scans: z.array(scannedKind),
  items: z.int().nonnegative(),
  disabled: z.int().nonnegative(),
  deleted: z.int().nonnegative(),
  records: z.int().nonnegative(),
});
export type DiscoveredVault = z.infer<typeof discoveredVault>;

export const discoveredItem = z.strictObject({
  kind: sourceKind,
  name: shortText,
  enabled: z.boolean(),
  managed: z.boolean(),
  contentType: z.string().max(512).nullable(),
  updatedOn: instant,
  expiresOn: instant.nullable(),
  state: z.enum(['new', 'changed', 'known', 'disabled', 'expired', 'deleted']),
  firstSeenAt: instant,
  changedAt: instant,
  deletedAt: instant.nullable(),
  /** The exclusion that keeps it out. */
  excludedBy: z.string().max(300).nullable(),
  records: z.array(
    z.strictObject({
      id,
      targetService,
      targetName: z.string().max(2048),
      status: recordStatus,
      code: z.string().max(80),
    }),
  ),
});
export type DiscoveredItem = z.infer<typeof discoveredItem>;

/** A record whose source is gone: deleted, or its vault is no longer seen. */
export const orphanedRecord = z.strictObject({
  recordId: id,
  sourceConnectionId: id,
  sourceKind,
  sourceVault: shortText,
  sourceName: shortText,
  /** When a scan first missed it. */
  goneAt: instant,
  vaultGone: z.boolean(),
  targetService,
  targetRegion: shortText,
  targetName: z.string().max(2048),
});
export type OrphanedRecord = z.infer<typeof orphanedRecord>;

export const exclusionPreview = z.strictObject({
  patterns: z.array(
    z.strictObject({
      pattern: z.string().max(300),
      /** Why it can't be read; null if it can. */
      problem: z.string().max(300).nullable(),
      /** Of the items that scans have seen. */
      matches: z.int().nonnegative(),
      /** Of the records there are. */
      records: z.int().nonnegative(),
      examples: z.array(z.strictObject({ vault: shortText, name: shortText })).max(20),
    }),
  ),
  items: z.int().nonnegative(),
  excluded: z.int().nonnegative(),
  records: z.int().nonnegative(),
  recordsExcluded: z.int().nonnegative(),
  /** Set where nothing would be left to sync, in words. */
  warning: z.string().max(500).nullable(),
});
export type ExclusionPreview = z.infer<typeof exclusionPreview>;

export const checkVerdict = z.enum([
  'same-value',
  'same-version',
  'left-out',
  'behind',
  'changed',
  'missing',
  'mark-removed',
  'source-missing',
  'never-synced',
  'unknown',
  'failed',
]);
export type CheckVerdictView = z.infer<typeof checkVerdict>;

export const checkView = z.strictObject({
  id,
  trigger,
  values: z.boolean(),
  startedAt: instant,
  endedAt: instant.nullable(),
  cancelled: z.boolean(),
  total: z.int().nonnegative(),
  done: z.int().nonnegative(),
  counts: z.partialRecord(checkVerdict, z.int().nonnegative()),
  /** How many copies are not right, or not known to be. */
  attention: z.int().nonnegative(),
});
export type CheckView = z.infer<typeof checkView>;

export const checkRowView = z.strictObject({
  id: z.int(),
  recordId: id,
  source: z.string().max(300),
  target: z.string().max(2048),
  targetService,
  targetRegion: shortText,
  targetConnection: shortText,
  verdict: checkVerdict,
  code: z.string().max(80),
  sentence: z.string().max(1000),
  fix: z.string().max(1000),
  method: z.enum(['value', 'marker', 'none']),
  sourceVersion: z.string().max(512).nullable(),
  targetVersion: z.string().max(512).nullable(),
  targetId: z.string().max(2048).nullable(),
  checkedAt: instant,
});
export type CheckRowView = z.infer<typeof checkRowView>;

const auditOutcome = z.enum(['started', 'succeeded', 'failed']);

export const auditFilter = z.strictObject({
  actor: trigger.optional(),
  outcome: auditOutcome.optional(),
  /** Part of what was done, to what, or how it ended. */
  text: z.string().max(200).optional(),
  from: instant.optional(),
  to: instant.optional(),
});
export type AuditFilterView = z.infer<typeof auditFilter>;

export const auditRowView = z.strictObject({
  id: z.int(),
  at: instant,
  actor: trigger,
  action: z.string(),
  subject: z.string(),
  outcome: auditOutcome,
  detail: z.string(),
});
export type AuditRowView = z.infer<typeof auditRowView>;

export const auditVerdict = z.strictObject({
  rows: z.int().nonnegative(),
  /** The first row that does not fit the chain; null if all do. */
  firstBad: z.int().nullable(),
  checkedAt: instant,
});
export type AuditVerdictView = z.infer<typeof auditVerdict>;

/** Where a person chose to save a file; null if they chose not to. */
export const savedFile = z.strictObject({ path: z.string().max(4096).nullable(), rows: z.int().nonnegative() });
