import { z } from 'zod';
import { type Check, type CheckRow, checkVerdicts } from '../domain/check.ts';
import { type SourceItem, sourceKinds } from '../domain/item.ts';
import { conflictPolicies, deletionPolicies } from '../domain/record.ts';
import type { Rule } from '../domain/rule.ts';
import { targetServices } from '../domain/service.ts';
import { Documents } from './documents.ts';
import type { RuleState, ScannedItem, ScannedVault } from './ports.ts';
import { instant, schedule, shape, targetOptions, texts } from './rows.ts';

/** The shape of the rows of rules, discovery and checks; see rows.ts. */

const reason = z.strictObject({ code: z.string(), sentence: z.string(), fix: z.string() });
const sourceKind = z.enum(sourceKinds);

const rule: z.ZodType<Rule> = z.strictObject({
  id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  sourceConnectionId: z.string(),
  sourceVault: z.string(),
  filter: z.strictObject({
    kind: sourceKind,
    names: z.array(z.string()),
    tags: z.array(z.string()),
    contentType: z.string(),
  }),
  targetConnectionId: z.string(),
  targetService: z.enum(targetServices),
  targetRegion: z.string(),
  template: z.string(),
  shape,
  options: targetOptions,
  schedule,
  syncOnChange: z.boolean(),
  copyTags: z.boolean(),
  conflictPolicy: z.enum([...conflictPolicies, 'default']),
  deletionPolicy: z.enum([...deletionPolicies, 'default']),
  limit: z.int().positive(),
  createdAt: instant,
});

const ruleState: z.ZodType<RuleState> = z.strictObject({
  checkedAt: instant,
  matches: instant,
  refused: instant,
  problems: z.array(z.strictObject({ vault: z.string(), name: z.string(), sentence: z.string() })),
  stopped: reason.nullable(),
});

/** A vault as scans left it; its items are counted where they are. */
export type StoredVault = Omit<ScannedVault, 'items' | 'disabled' | 'deleted'>;

const vault: z.ZodType<StoredVault> = z.strictObject({
  connectionId: z.string(),
  vault: z.string(),
  subscription: z.string(),
  goneAt: instant.nullable(),
  scans: z.array(
    z.strictObject({
      kind: sourceKind,
      scannedAt: instant.nullable(),
      failedAt: instant.nullable(),
      failure: reason.nullable(),
    }),
  ),
});

const item: z.ZodType<SourceItem> = z.strictObject({
  kind: sourceKind,
  vault: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  updatedOn: z.number(),
  notBefore: z.number().exactOptional(),
  expiresOn: z.number().exactOptional(),
  contentType: z.string().exactOptional(),
  tags: texts,
  managed: z.boolean(),
  others: z.string().exactOptional(),
  thumbprint: z.string().exactOptional(),
  version: z.string().exactOptional(),
});

const scannedItem: z.ZodType<ScannedItem> = z.strictObject({
  connectionId: z.string(),
  item,
  firstSeenAt: instant,
  changedAt: instant,
  deletedAt: instant.nullable(),
});

const verdict = z.enum(checkVerdicts);

const check: z.ZodType<Check> = z.strictObject({
  id: z.string(),
  trigger: z.enum(['user', 'schedule']),
  values: z.boolean(),
  startedAt: instant,
  endedAt: instant.nullable(),
  cancelled: z.boolean(),
  total: instant,
  counts: z.partialRecord(verdict, instant),
});

const checkRow: z.ZodType<CheckRow> = z.strictObject({
  recordId: z.string(),
  source: z.string(),
  target: z.string(),
  targetService: z.enum(targetServices),
  targetRegion: z.string(),
  targetConnection: z.string(),
  verdict,
  code: z.string(),
  sentence: z.string(),
  fix: z.string(),
  method: z.enum(['value', 'marker', 'none']),
  sourceVersion: z.string().nullable(),
  targetVersion: z.string().nullable(),
  targetId: z.string().nullable(),
  checkedAt: instant,
});

export const watchDocuments = {
  rules: new Documents('rules', rule),
  ruleStates: new Documents('rule_states', ruleState),
  vaults: new Documents('vaults', vault),
  items: new Documents('items', scannedItem),
  checks: new Documents('checks', check),
  checkRows: new Documents('check_rows', checkRow),
} as const;
