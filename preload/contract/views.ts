import { z } from 'zod';

/**
 * What screens are shown. No view has a field that could hold a credential or a secret's value: a test walks every
 * output schema and fails on a field that is not named here as safe.
 */

export const id = z.uuid();
/** Milliseconds since the epoch. */
const instant = z.int().nonnegative();
const shortText = z.string().max(256);

export const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual') }),
  z.strictObject({ kind: z.literal('every'), hours: z.union([z.literal(1), z.literal(6), z.literal(24)]) }),
]);
export type ScheduleView = z.infer<typeof schedule>;

export const conflictPolicy = z.enum(['overwrite', 'skip', 'alert']);
export const targetService = z.enum(['secretsmanager']);
const recordStatus = z.enum(['synced', 'pending', 'syncing', 'failed', 'unknown']);

export const recordView = z.strictObject({
  id,
  sourceConnectionId: id,
  sourceConnection: shortText,
  sourceVault: shortText,
  sourceName: shortText,
  targetConnectionId: id,
  targetConnection: shortText,
  targetService,
  targetName: z.string().max(2048),
  targetRegion: shortText,
  schedule,
  enabled: z.boolean(),
  copyTags: z.boolean(),
  conflictPolicy: z.enum(['overwrite', 'skip', 'alert', 'default']),
  status: recordStatus,
  /** Why the status is what it is, and what to do. */
  code: z.string(),
  sentence: z.string(),
  fix: z.string(),
  /** Set while the record is in a conflict that taking over would settle: the target state a person would agree to replace. */
  conflictSeen: z.string().nullable(),
  lastRunAt: instant.nullable(),
  nextRunAt: instant.nullable(),
  /** Of the last confirmed write. */
  sourceVersion: z.string().nullable(),
  targetVersion: z.string().nullable(),
  targetId: z.string().nullable(),
  writtenAt: instant.nullable(),
  createdAt: instant,
});
export type RecordView = z.infer<typeof recordView>;

export const attemptView = z.strictObject({
  id: z.int(),
  runId: id,
  trigger: z.enum(['user', 'schedule', 'recovery']),
  startedAt: instant,
  durationMs: z.int().nonnegative(),
  outcome: z.enum(['synced', 'unchanged', 'failed', 'conflict', 'blocked', 'unconfirmed', 'interrupted', 'cancelled']),
  action: z.string(),
  code: z.string(),
  sentence: z.string(),
  fix: z.string(),
  sourceVersion: z.string().nullable(),
  targetVersion: z.string().nullable(),
});
export type AttemptView = z.infer<typeof attemptView>;

export const planStepView = z.strictObject({
  recordId: id,
  action: z.enum(['create', 'update', 'tags-only', 'unchanged', 'conflict', 'blocked']),
  code: z.string(),
  sentence: z.string(),
  fix: z.string(),
});
export type PlanStepView = z.infer<typeof planStepView>;

export const runView = z.strictObject({
  id,
  trigger: z.enum(['user', 'schedule', 'recovery']),
  startedAt: instant,
  endedAt: instant.nullable(),
  phase: z.enum(['scanning', 'applying', 'done', 'cancelled']),
  total: z.int(),
  done: z.int(),
  written: z.int(),
  unchanged: z.int(),
  /** Failed, in conflict, blocked, unconfirmed. */
  attention: z.int(),
});
export type RunView = z.infer<typeof runView>;

export const testStepView = z.strictObject({
  id: z.enum(['name', 'dns', 'tls', 'sign-in', 'list', 'read', 'inspect', 'write']),
  title: z.string(),
  outcome: z.enum(['passed', 'warning', 'failed', 'skipped']),
  sentence: z.string(),
  fix: z.string(),
});
export type TestStepView = z.infer<typeof testStepView>;

const endpoint = z.url({ protocol: /^https$/, error: 'Type an https:// address.' }).max(2048);
/** PEM certificates of a private authority. Public data: no key is accepted here. */
const caBundle = z
  .string()
  .max(262_144)
  .refine((text) => text.includes('-----BEGIN CERTIFICATE-----') && !text.includes('PRIVATE KEY'), {
    error: 'Paste PEM certificates (BEGIN CERTIFICATE), without any private key.',
  });

export const azureSettings = z.strictObject({
  provider: z.literal('azure'),
  tenantId: z.uuid({
    error: 'A tenant id looks like 00000000-0000-0000-0000-000000000000. Azure shows it under Entra ID > Overview.',
  }),
  clientId: z.uuid({
    error: 'A client id looks like 00000000-0000-0000-0000-000000000000. Azure shows it under App registrations.',
  }),
  signIn: z.enum(['secret', 'certificate']),
  cloud: z.enum(['public', 'usgov', 'china', 'custom']),
  /** Only with cloud `custom`. */
  authority: endpoint.optional(),
  resourceManager: endpoint.optional(),
  caBundle: caBundle.optional(),
});

export const awsSettings = z.strictObject({
  provider: z.literal('aws'),
  region: z.string().regex(/^[a-z]{2,5}(-[a-z]{2,12}){1,3}-\d{1,2}$/, { error: 'A region looks like us-east-1.' }),
  endpoint: endpoint.optional(),
  caBundle: caBundle.optional(),
});

const connectionSettings = z.discriminatedUnion('provider', [azureSettings, awsSettings]);

export const connectionView = z.strictObject({
  id,
  name: shortText,
  settings: connectionSettings,
  /** What tells the stored credential apart without giving it away: `AKIA…4XYZ`, a certificate's expiry; empty if none is stored. */
  credentialHint: z.string().max(80),
  credentialSavedAt: instant.nullable(),
  /** How many records would be stranded without it. */
  records: z.int(),
  createdAt: instant,
});
export type ConnectionView = z.infer<typeof connectionView>;

export const vaultView = z.strictObject({ name: shortText, uri: z.string(), subscription: shortText });

export const sourceItemView = z.strictObject({
  vault: shortText,
  name: shortText,
  enabled: z.boolean(),
  updatedOn: instant,
  expiresOn: instant.nullable(),
  contentType: z.string().nullable(),
  tagCount: z.int(),
  managed: z.boolean(),
});
export type SourceItemView = z.infer<typeof sourceItemView>;

export const settingsView = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  conflictPolicy,
  /** Records worked on at a time. */
  concurrency: z.int().min(1).max(64),
});
export type SettingsView = z.infer<typeof settingsView>;

/** Whether stored credentials can be used, and if not, what opens them. */
export const lockView = z.strictObject({
  state: z.enum(['opening', 'open', 'needs-passphrase', 'needs-new-passphrase', 'key-lost']),
  keptIn: z.enum(['keychain', 'passphrase', 'environment']).nullable(),
  sentence: z.string(),
  fix: z.string(),
});
export type LockView = z.infer<typeof lockView>;

const noticeView = z.strictObject({
  id: z.string(),
  level: z.enum(['info', 'warning', 'error']),
  sentence: z.string(),
  fix: z.string(),
});
export type NoticeView = z.infer<typeof noticeView>;

export const appView = z.strictObject({
  name: z.string(),
  version: z.string(),
  defaultPrefix: z.string(),
  lock: lockView,
  paused: z.boolean(),
  notices: z.array(noticeView),
});
export type AppView = z.infer<typeof appView>;
