import { z } from 'zod';

/**
 * What screens are shown. No view has a field that could hold a credential or a secret's value: a test walks every
 * output schema and fails on a field that is not named here as safe.
 */

export const id = z.uuid();
/** Milliseconds since the epoch. */
export const instant = z.int().nonnegative();
export const shortText = z.string().max(256);

export const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual') }),
  z.strictObject({ kind: z.literal('every'), hours: z.union([z.literal(1), z.literal(6), z.literal(24)]) }),
  /** Five fields in the wall clock of the time zone (an IANA name). Whether it ever fires, and how often, main checks. */
  z.strictObject({
    kind: z.literal('cron'),
    expression: z.string().trim().min(1, { error: 'Type a cron expression, for example 0 2 * * 1-5.' }).max(120),
    timeZone: z.string().min(1, { error: 'Choose a time zone.' }).max(64),
  }),
]);
export type ScheduleView = z.infer<typeof schedule>;

const conflictPolicy = z.enum(['overwrite', 'skip', 'alert']);
const deletionPolicy = z.enum(['keep', 'follow']);
/** Of a record or a rule; `default`: as Settings > Sync say. */
export const ownConflictPolicy = z.enum([...conflictPolicy.options, 'default']);
export const ownDeletionPolicy = z.enum([...deletionPolicy.options, 'default']);
export const trigger = z.enum(['user', 'schedule', 'change', 'recovery']);
/** The ways out of a conflict; see `records.resolve`. */
export const resolution = z.enum(['overwrite', 'keep', 'adopt', 'unlink', 'delete']);
export type Resolution = z.infer<typeof resolution>;
export const targetService = z.enum(['secretsmanager', 'parameterstore', 'acm', 'secretmanager', 'certificatemanager']);
export type TargetServiceView = z.infer<typeof targetService>;
export const sourceKind = z.enum(['secret', 'certificate']);

/** Names as Key Vault has them (Key Vault documentation, "keys, secrets, certificates overview"). */
const itemName = z.string().regex(/^[0-9A-Za-z-]{1,127}$/);
const jsonKey = z.string().min(1, { error: 'Type the key.' }).max(256);
/** How the source's value becomes the target's; see main/domain/payload. */
export const shape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('whole') }),
  z.strictObject({ kind: z.literal('pem') }),
  z.strictObject({ kind: z.literal('pfx') }),
  z.strictObject({ kind: z.literal('base64') }),
  z.strictObject({ kind: z.literal('json-key'), key: jsonKey }),
  z
    .strictObject({
      kind: z.literal('json-object'),
      key: jsonKey,
      /** More secrets of the same vault, each under its key. */
      more: z
        .array(z.strictObject({ name: itemName, key: jsonKey }))
        .max(49)
        .optional(),
    })
    .refine(({ key, more = [] }) => new Set([key, ...more.map((part) => part.key)]).size === more.length + 1, {
      error: 'Two secrets would have the same key in the JSON object.',
    }),
]);
export type ShapeView = z.infer<typeof shape>;

const awsRegion = z
  .string()
  .regex(/^[a-z]{2,5}(-[a-z]{2,12}){1,3}-\d{1,2}$/, { error: 'A region looks like us-east-1.' });
const gcpRegion = z
  .string()
  .regex(/^[a-z]{2,20}-[a-z]{2,20}\d{1,2}$/, { error: 'A location looks like europe-west1.' });
const gcpLocation = z.union([z.literal('global'), gcpRegion], {
  error: 'A location is global, or looks like europe-west1.',
});
/** Where a service's targets are: an AWS region or a GCP location. */
export const targetRegions = { aws: awsRegion, gcp: gcpLocation };

/** What a service can be told about the target it makes; see main/domain/record. */
export const targetOptions = z.strictObject({
  kmsKeyId: z
    .string()
    .regex(/^[A-Za-z0-9:/_-]{1,2048}$/, { error: 'Type a KMS key id, its ARN, or alias/name.' })
    .optional(),
  replicaRegions: z.array(awsRegion).max(20).optional(),
  tier: z.enum(['standard', 'advanced', 'intelligent']).optional(),
  replicaLocations: z.array(gcpRegion).max(20).optional(),
  keepVersions: z.int().min(1).max(1000).optional(),
});
export const recordStatus = z.enum(['synced', 'pending', 'syncing', 'failed', 'unknown']);

export const recordView = z.strictObject({
  id,
  sourceConnectionId: id,
  sourceConnection: shortText,
  sourceKind,
  sourceVault: shortText,
  sourceName: shortText,
  targetConnectionId: id,
  targetConnection: shortText,
  targetService,
  targetName: z.string().max(2048),
  targetRegion: shortText,
  shape,
  options: targetOptions,
  schedule,
  /** The schedule in words: `every hour`, `at 02:00 on weekdays (Europe/Berlin)`. */
  scheduleWords: z.string().max(300),
  enabled: z.boolean(),
  syncOnChange: z.boolean(),
  copyTags: z.boolean(),
  conflictPolicy: ownConflictPolicy,
  deletionPolicy: ownDeletionPolicy,
  /** The rule that made it. */
  ruleId: id.nullable(),
  rule: shortText.nullable(),
  status: recordStatus,
  /** Why the status is what it is, and what to do. */
  code: z.string(),
  sentence: z.string(),
  fix: z.string(),
  /** Set while the record waits for a person's decision: the target state that the decision would be about. */
  conflictSeen: z.string().nullable(),
  /** The decisions that can be made now; empty while none is wanted. */
  choices: z.array(resolution),
  /** Neither its schedule nor a change of its source starts it before the decision was made. */
  held: z.boolean(),
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
  trigger,
  startedAt: instant,
  durationMs: z.int().nonnegative(),
  outcome: z.enum([
    'synced',
    'unchanged',
    'deleted',
    'kept',
    'excluded',
    'failed',
    'conflict',
    'blocked',
    'unconfirmed',
    'interrupted',
    'cancelled',
  ]),
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
  action: z.enum([
    'create',
    'update',
    'tags-only',
    'adopt',
    'delete',
    'unchanged',
    'kept',
    'excluded',
    'conflict',
    'blocked',
  ]),
  code: z.string(),
  sentence: z.string(),
  fix: z.string(),
});
export type PlanStepView = z.infer<typeof planStepView>;

/** What a sync would do, as it was shown: `sync.apply` does this and nothing else. */
export const planView = z.strictObject({
  planId: id,
  madeAt: instant,
  steps: z.array(planStepView),
});

export const runView = z.strictObject({
  id,
  trigger,
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
  id: z.enum([
    'name',
    'dns',
    'tls',
    'sign-in',
    'list',
    'read',
    'inspect',
    'write',
    'list-certificates',
    'read-certificates',
  ]),
  /** Of the service that was tried; null where the connection is a source. */
  service: targetService.nullable(),
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

const guid = (what: string, where: string) =>
  z.uuid({ error: `${what} looks like 00000000-0000-0000-0000-000000000000. Azure shows it under ${where}.` });

export const azureSettings = z
  .strictObject({
    provider: z.literal('azure'),
    tenantId: guid('A tenant id', 'Entra ID > Overview'),
    /** Not with `cli`. */
    clientId: guid('A client id', 'App registrations').optional(),
    signIn: z.enum(['secret', 'certificate', 'browser', 'device-code', 'cli']),
    cloud: z.enum(['public', 'usgov', 'china', 'custom']),
    /** Only with cloud `custom`. */
    authority: endpoint.optional(),
    resourceManager: endpoint.optional(),
    caBundle: caBundle.optional(),
  })
  .refine(({ signIn, clientId }) => signIn === 'cli' || clientId !== undefined, {
    path: ['clientId'],
    error: 'Type the client id of the application to sign in with.',
  });

export const awsSettings = z
  .strictObject({
    provider: z.literal('aws'),
    signIn: z.enum(['keys', 'profile', 'sso']),
    /** Only with `profile`. Shown in dialogs, so nothing that could pass for something else. */
    profile: z
      .string()
      .regex(/^[\p{L}\p{N}\p{P}\p{S} ]{1,128}$/u, { error: 'Type the name of the profile as AWS’s files have it.' })
      .optional(),
    /** Only with `sso`. */
    sso: z
      .strictObject({
        startUrl: endpoint,
        region: awsRegion,
        accountId: z.string().regex(/^\d{12}$/, { error: 'An AWS account has 12 digits.' }),
        roleName: z.string().regex(/^[\w+=,.@-]{1,64}$/, { error: 'Type the name of the permission set.' }),
      })
      .optional(),
    assumeRole: z
      .strictObject({
        roleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, {
          error: 'A role looks like arn:aws:iam::123456789012:role/name.',
        }),
        externalId: z
          .string()
          .regex(/^[\w+=,.@:/-]{2,1224}$/, {
            error: 'An external id has 2 or more letters, digits and + = , . @ : / -',
          })
          .optional(),
        sessionName: z
          .string()
          .regex(/^[\w+=,.@-]{2,64}$/, { error: 'A session name has 2 to 64 letters, digits and + = , . @ -' })
          .optional(),
      })
      .optional(),
    region: awsRegion,
    endpoint: endpoint.optional(),
    caBundle: caBundle.optional(),
  })
  // Each only with its own way of signing in: what a person is asked about must be what is used.
  .refine(({ signIn, profile }) => (signIn === 'profile') === (profile !== undefined), {
    path: ['profile'],
    error: 'Type the name of the profile.',
  })
  .refine(({ signIn, sso }) => (signIn === 'sso') === (sso !== undefined), {
    path: ['sso', 'startUrl'],
    error: 'Type where to sign in.',
  });

export const gcpSettings = z.strictObject({
  provider: z.literal('gcp'),
  projectId: z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, {
    error: 'A project id has 6 to 30 lower-case letters, digits and hyphens, and begins with a letter.',
  }),
  signIn: z.enum(['key', 'adc']),
  impersonate: z
    .string()
    .regex(/^[a-z0-9-]{1,63}@[a-z0-9.-]{1,200}\.gserviceaccount\.com$/, {
      error: 'A service account looks like name@project.iam.gserviceaccount.com.',
    })
    .optional(),
  location: gcpLocation,
  endpoint: endpoint.optional(),
  caBundle: caBundle.optional(),
});

const connectionSettings = z.discriminatedUnion('provider', [azureSettings, awsSettings, gcpSettings]);
export const provider = z.enum(['azure', 'aws', 'gcp']);

export const connectionView = z.strictObject({
  id,
  name: shortText,
  settings: connectionSettings,
  /** What tells the stored credential apart without giving it away: `AKIA…4XYZ`, a certificate's expiry; empty if none is stored. */
  credentialHint: z.string().max(80),
  credentialSavedAt: instant.nullable(),
  /** When the stored credential ends by itself, where it says so. */
  credentialExpiresAt: instant.nullable(),
  /** How many records would be stranded without it. */
  records: z.int(),
  createdAt: instant,
});
export type ConnectionView = z.infer<typeof connectionView>;

export const vaultView = z.strictObject({ name: shortText, uri: z.string(), subscription: shortText });

export const sourceItemView = z.strictObject({
  kind: sourceKind,
  vault: shortText,
  name: shortText,
  enabled: z.boolean(),
  updatedOn: instant,
  expiresOn: instant.nullable(),
  contentType: z.string().nullable(),
  managed: z.boolean(),
});
export type SourceItemView = z.infer<typeof sourceItemView>;

/** What can be known of a certificate without its private key. */
export const certificateView = z.strictObject({
  subject: z.string().max(1024),
  names: z.array(z.string().max(256)),
  keyType: shortText,
  notBefore: instant,
  notAfter: instant,
  /** False if the vault never gives the private key out: then it can't be synced anywhere. */
  exportable: z.boolean(),
  /** What speaks against each service that keeps certificates. */
  problems: z.array(z.strictObject({ service: targetService, sentence: z.string(), fix: z.string() })),
});
export type CertificateView = z.infer<typeof certificateView>;

/** A copy that stays in a target whose record is forgotten: nothing keeps it up to date any more. */
export const orphanView = z.strictObject({
  /** False where a write was sent and its end was never known: the copy may be there. */
  certain: z.boolean(),
  source: z.string().max(600),
  targetService,
  targetRegion: shortText,
  targetName: z.string().max(2048),
  targetId: z.string().nullable(),
});
export type OrphanView = z.infer<typeof orphanView>;

/** What this app imported into ACM through a connection in the last 365 days, beside the yearly quota of account and region. */
export const importMeterView = z.strictObject({
  connectionId: id,
  connection: shortText,
  region: shortText,
  imports: z.int().nonnegative(),
  quota: z.int().positive(),
});
export type ImportMeterView = z.infer<typeof importMeterView>;

/** How this computer reaches the internet, for every connection. */
export const networkSettings = z.strictObject({
  /** `http://host:port`; '' for none. */
  proxy: z.union([
    z.literal(''),
    z
      .url({ protocol: /^https?$/, error: 'A proxy looks like http://proxy.example.com:8080.' })
      .max(2048)
      .refine((text) => !/^[a-z]+:\/\/[^/]*@/i.test(text), {
        error: 'A proxy address with a password is not kept. Use one that needs none, or a local helper such as cntlm.',
      }),
  ]),
  /** Hosts reached without the proxy: `host`, `.domain` or `*`, comma-separated. */
  noProxy: z.string().max(4096),
  caBundle: z.union([z.literal(''), caBundle]),
});

/** How the app syncs where a record does not say otherwise. */
export const syncSettings = {
  conflictPolicy,
  deletionPolicy,
  /** `name:*-local`, `vault:kv-dev`, `tag:no-sync=true`; whether each can be read, main checks. */
  exclusions: z.array(z.string().trim().min(1).max(300)).max(200),
  /** Minutes between two looks at the vaults in use; 0 looks only when asked. */
  scanMinutes: z.int().min(0).max(1440),
  /** Days that history is kept; 0 keeps it for good. The audit trail is always kept. */
  historyDays: z.int().min(0).max(3650),
  /** When everything is checked by itself. */
  checkSchedule: schedule,
  /** Whether that check compares values too, where both may be read. */
  checkValues: z.boolean(),
  /** Records worked on at a time. */
  concurrency: z.int().min(1).max(64),
};

export const settingsView = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  ...syncSettings,
  network: networkSettings,
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
  /** How many records wait for a person: in conflict, and deletions that the brake stopped. */
  waiting: z.strictObject({ conflicts: z.int().nonnegative(), deletions: z.int().nonnegative() }),
  notices: z.array(noticeView),
});
export type AppView = z.infer<typeof appView>;
