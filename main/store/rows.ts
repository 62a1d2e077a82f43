import { z } from 'zod';
import type { Connection } from '../domain/connection.ts';
import { sourceKinds } from '../domain/item.ts';
import type { Shape } from '../domain/payload.ts';
import {
  conflictPolicies,
  deletionPolicies,
  type LedgerEntry,
  type SyncRecord,
  type TargetOptions,
} from '../domain/record.ts';
import { type Schedule, scheduleHours } from '../domain/schedule.ts';
import { targetServices } from '../domain/service.ts';
import { attemptOutcomes, recordStatuses, type StatusDetail } from '../domain/status.ts';
import { Documents } from './documents.ts';
import type { Attempt, AuditEntry, Intent, RunRow, SealedIntent } from './ports.ts';

/** The shape of every table's rows. Each is checked on the way in and on the way out. */

export const instant = z.int().nonnegative();
export const texts = z.record(z.string(), z.string());
const trigger = z.enum(['user', 'schedule', 'change', 'recovery']);
/** A Fernet token begins with version 0x80 and the upper bytes of a 64-bit time, which are zero. Plaintext never passes. */
const token = z.string().regex(/^gAAAA[A-Za-z0-9_-]{90,}={0,2}$/);

const optionalText = z.string().optional();

const connection: z.ZodType<Connection> = z.strictObject({
  id: z.string(),
  name: z.string(),
  settings: z.discriminatedUnion('provider', [
    z.strictObject({
      provider: z.literal('azure'),
      tenantId: z.string(),
      clientId: optionalText,
      signIn: z.enum(['secret', 'certificate', 'browser', 'device-code', 'cli']),
      cloud: z.enum(['public', 'usgov', 'china', 'custom']),
      authority: optionalText,
      resourceManager: optionalText,
      caBundle: optionalText,
    }),
    z.strictObject({
      provider: z.literal('aws'),
      // Connections kept before there was a choice have an access key.
      signIn: z.enum(['keys', 'profile', 'sso']).default('keys'),
      profile: optionalText,
      sso: z
        .strictObject({ startUrl: z.string(), region: z.string(), accountId: z.string(), roleName: z.string() })
        .optional(),
      assumeRole: z
        .strictObject({ roleArn: z.string(), externalId: optionalText, sessionName: optionalText })
        .optional(),
      region: z.string(),
      endpoint: optionalText,
      caBundle: optionalText,
    }),
    z.strictObject({
      provider: z.literal('gcp'),
      projectId: z.string(),
      signIn: z.enum(['key', 'adc']),
      impersonate: optionalText,
      location: z.string(),
      endpoint: optionalText,
      caBundle: optionalText,
    }),
  ]),
  credentialHint: z.string(),
  credentialSavedAt: instant.nullable(),
  credentialExpiresAt: instant.nullable().default(null),
  account: z.string().nullable().default(null),
  createdAt: instant,
});

const status: z.ZodType<StatusDetail> = z.strictObject({
  status: z.enum(recordStatuses),
  code: z.string(),
  sentence: z.string(),
  fix: z.string(),
});

export const shape: z.ZodType<Shape> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['whole', 'pem', 'pfx', 'base64']) }),
  z.strictObject({ kind: z.literal('json-key'), key: z.string() }),
  z.strictObject({
    kind: z.literal('json-object'),
    key: z.string(),
    more: z.array(z.strictObject({ name: z.string(), key: z.string() })).optional(),
  }),
]);

export const schedule: z.ZodType<Schedule> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual') }),
  z.strictObject({ kind: z.literal('every'), hours: z.literal(scheduleHours) }),
  z.strictObject({ kind: z.literal('cron'), expression: z.string(), timeZone: z.string() }),
]);

export const targetOptions: z.ZodType<TargetOptions> = z.strictObject({
  kmsKeyId: optionalText,
  replicaRegions: z.array(z.string()).optional(),
  tier: z.enum(['standard', 'advanced', 'intelligent']).optional(),
  replicaLocations: z.array(z.string()).optional(),
  keepVersions: z.int().positive().optional(),
});

const syncRecord: z.ZodType<SyncRecord> = z.strictObject({
  id: z.string(),
  sourceConnectionId: z.string(),
  // Records kept before there was a choice copy a secret as it is.
  sourceKind: z.enum(sourceKinds).default('secret'),
  sourceVault: z.string(),
  sourceName: z.string(),
  targetConnectionId: z.string(),
  targetAccount: z.string().nullable().default(null),
  targetService: z.enum(targetServices),
  targetName: z.string(),
  targetRegion: z.string(),
  shape: shape.default({ kind: 'whole' }),
  options: targetOptions.default({}),
  schedule,
  enabled: z.boolean(),
  // What records kept before there was a choice go by.
  syncOnChange: z.boolean().default(false),
  copyTags: z.boolean(),
  conflictPolicy: z.enum([...conflictPolicies, 'default']),
  deletionPolicy: z.enum([...deletionPolicies, 'default']).default('default'),
  ruleId: z.string().nullable().default(null),
  consent: z.string().nullable(),
  kept: z.string().nullable().default(null),
  createdAt: instant,
});

/** A record and where it stands. */
export interface StoredRecord {
  readonly record: SyncRecord;
  /** See `targetPlace`; a unique index is on it. */
  readonly place: string;
  readonly status: StatusDetail;
  readonly conflictSeen: string | null;
  readonly lastRunAt: number | null;
  readonly nextRunAt: number | null;
  readonly nextRunSetAt: number | null;
  readonly failuresInRow: number;
}

const storedRecord: z.ZodType<StoredRecord> = z.strictObject({
  record: syncRecord,
  place: z.string(),
  status,
  conflictSeen: z.string().nullable(),
  lastRunAt: instant.nullable(),
  nextRunAt: instant.nullable(),
  nextRunSetAt: instant.nullable().default(null),
  failuresInRow: instant.default(0),
});

/** Of each record: its place, id, source vault, name and kind. */
export const placed = z.array(
  z.tuple([
    z.string(),
    z.string(),
    z.string(),
    z.string(),
    // Left out by records kept before there was a choice.
    z
      .enum(sourceKinds)
      .nullable()
      .transform((kind) => kind ?? 'secret'),
  ]),
);

const ledgerEntry: z.ZodType<LedgerEntry> = z.strictObject({
  recordId: z.string(),
  sourceVersion: z.string(),
  sourceUpdatedOn: z.number(),
  sourceMetadata: z.string(),
  settled: z.boolean(),
  targetId: z.string(),
  targetVersion: z.string().nullable(),
  fingerprint: z.string(),
  tagsWritten: texts,
  writtenAt: instant,
  // Not known of older writes: taken for blind, which only means that losing sight is not noticed.
  looked: z.boolean().default(false),
  removedAt: instant.nullable().default(null),
});

const sealedIntent: z.ZodType<SealedIntent> = z.strictObject({
  sourceVersion: z.string(),
  sourceUpdatedOn: z.number(),
  sourceMetadata: z.string(),
  settled: z.boolean(),
  idempotencyKey: z.string(),
  marker: z.string().nullable(),
  fingerprint: z.string(),
  tagsWritten: texts,
});

const intent: z.ZodType<Intent> = z.strictObject({
  recordId: z.string(),
  runId: z.string(),
  mode: z.enum(['create', 'update', 'delete']),
  startedAt: instant,
  targetSeen: z.string(),
  targetId: z.string().nullable(),
  // Writes that were under way when only Secrets Manager was written to: there the key is the marker.
  sealed: z.preprocess(
    (kept) => (hasKey(kept) ? { marker: kept.idempotencyKey, ...kept } : kept),
    sealedIntent.nullable(),
  ),
});

function hasKey(value: unknown): value is { idempotencyKey: unknown } {
  return typeof value === 'object' && value !== null && 'idempotencyKey' in value;
}

const run: z.ZodType<RunRow> = z.strictObject({
  id: z.string(),
  trigger,
  startedAt: instant,
  endedAt: instant.nullable(),
  cancelled: z.boolean(),
  total: instant,
  written: instant,
  unchanged: instant,
  attention: instant,
});

const attempt: z.ZodType<Attempt> = z.strictObject({
  recordId: z.string(),
  runId: z.string(),
  trigger,
  startedAt: instant,
  durationMs: instant,
  outcome: z.enum(attemptOutcomes),
  action: z.string(),
  code: z.string(),
  sentence: z.string(),
  fix: z.string(),
  sourceVersion: z.string().nullable(),
  targetVersion: z.string().nullable(),
  writtenTo: z
    .strictObject({ service: z.enum(targetServices), connectionId: z.string(), region: z.string() })
    .nullable()
    .default(null),
});

const auditEntry: z.ZodType<AuditEntry> = z.strictObject({
  at: instant,
  actor: trigger,
  action: z.string(),
  subject: z.string(),
  outcome: z.enum(['started', 'succeeded', 'failed']),
  detail: z.string(),
});

/** How SECRET_KEY became the key that tokens are made with: all it takes to do it again, except SECRET_KEY. */
const keyRecord = z.strictObject({
  keptIn: z.enum(['keychain', 'environment', 'passphrase']),
  /** The keychain entry's account, which is this store's alone. */
  account: z.string(),
  /** Base64. */
  salt: z.string(),
  /** Rounds of PBKDF2-HMAC-SHA256; never fewer than the design says. */
  rounds: z.int().min(600_000),
  /** A token of a known text: only the right key opens it. */
  verifier: token,
});
export type KeyRecord = z.infer<typeof keyRecord>;

/** A key that was given up, with the tokens only it can open. Kept for the day it turns up again. */
const formerKey = z.strictObject({ key: keyRecord, retiredAt: instant, tokens: z.record(z.string(), token) });

export const documents = {
  /** `tables` is a checksum over the statements that made them. */
  schema: new Documents('meta', z.strictObject({ version: z.int().positive(), tables: z.int() })),
  account: new Documents('meta', z.strictObject({ account: z.uuid() })),
  key: new Documents('meta', keyRecord),
  connections: new Documents('connections', connection),
  tokens: new Documents('tokens', z.strictObject({ connectionId: z.string(), token })),
  formerKeys: new Documents('former_keys', formerKey),
  records: new Documents('records', storedRecord),
  ledger: new Documents('ledger', ledgerEntry),
  intents: new Documents('intents', intent),
  runs: new Documents('runs', run),
  attempts: new Documents('attempts', attempt),
  audit: new Documents('audit', auditEntry),
} as const;
