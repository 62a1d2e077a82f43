import { z } from 'zod';
import type { OperationName } from './names.ts';
import {
  appView,
  attemptView,
  awsSettings,
  azureSettings,
  certificateView,
  conflictPolicy,
  connectionView,
  gcpSettings,
  id,
  importMeterView,
  lockView,
  networkSettings,
  orphanView,
  planStepView,
  provider,
  recordView,
  runView,
  schedule,
  settingsView,
  shape,
  sourceItemView,
  sourceKind,
  targetOptions,
  targetService,
  testStepView,
  vaultView,
} from './views.ts';

/** One thing a person can ask for. Doors are derived from this list; an operation that is not in it can't be reached. */
export interface Operation {
  /** A query changes nothing; a command may. */
  readonly kind: 'query' | 'command';
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** How the audit trail words it; queries are not audited. */
  readonly audit?: string;
}

const nothing = z.strictObject({});
const done = z.strictObject({});
const ids = z.array(id).min(1).max(100_000);
const passphrase = z.string().min(12, { error: 'Use at least 12 characters.' }).max(1024);
const connectionName = z.string().trim().min(1, { error: 'Give the connection a name.' }).max(80);

/** Credentials go in here and never come out of any operation. */
export const azureCredential = z.discriminatedUnion('signIn', [
  z.strictObject({ signIn: z.literal('secret'), clientSecret: z.string().min(1).max(4096) }),
  z.strictObject({ signIn: z.literal('certificate'), pem: z.string().min(1).max(65_536) }),
  /** What `connections.signIn` under this id ended with; it never leaves main. */
  z.strictObject({ signIn: z.literal('user'), signInId: id }),
]);
export const awsCredential = z.strictObject({
  accessKeyId: z.string().regex(/^[A-Z0-9]{16,128}$/, {
    error: 'An access key id is 16 or more capital letters and digits, such as AKIA….',
  }),
  secretAccessKey: z.string().min(16, { error: 'That is too short for a secret access key.' }).max(1024),
  /** Temporary keys have one. */
  sessionToken: z.string().min(1).max(16_384).optional(),
});
export const gcpCredential = z.strictObject({
  /** The JSON key file of a service account, as Google gave it. */
  serviceAccountKey: z.string().min(1, { error: 'Choose the JSON key file.' }).max(65_536),
});

/**
 * A connection as typed. Without a credential the stored one is kept; a new connection needs one, unless it signs in with
 * what is elsewhere on this computer (`cli`, `profile`, `sso`, `adc`).
 */
const draft = z.discriminatedUnion('provider', [
  z.strictObject({ provider: z.literal('azure'), settings: azureSettings, credential: azureCredential.optional() }),
  z.strictObject({ provider: z.literal('aws'), settings: awsSettings, credential: awsCredential.optional() }),
  z.strictObject({ provider: z.literal('gcp'), settings: gcpSettings, credential: gcpCredential.optional() }),
]);

const targetChoice = z.strictObject({
  targetConnectionId: id,
  targetService,
  targetRegion: z.string().min(1).max(64),
});
/** Names as Key Vault has them (Key Vault documentation, "keys, secrets, certificates overview"): they become parts of addresses. */
const vaultName = z
  .string()
  .regex(/^[0-9A-Za-z-]{1,127}$/, { error: 'A vault has letters, digits and hyphens in its name.' });
const newRecord = targetChoice.extend({
  sourceConnectionId: id,
  sourceKind,
  sourceVault: vaultName,
  sourceName: z
    .string()
    .regex(/^[0-9A-Za-z-]{1,127}$/, { error: 'Key Vault’s names have letters, digits and hyphens.' }),
  targetName: z.string().min(1).max(2048),
  shape,
  options: targetOptions,
  schedule,
  enabled: z.boolean(),
  copyTags: z.boolean(),
  conflictPolicy: z.enum(['overwrite', 'skip', 'alert', 'default']),
});

export const operations = {
  'app.get': { kind: 'query', input: nothing, output: appView },
  /** Unlocks with the passphrase chosen earlier, or sets one where there is no keychain. */
  'lock.open': {
    kind: 'command',
    input: z.strictObject({ passphrase }),
    output: lockView,
    audit: 'unlock the credential store',
  },
  /** Only with a lost key: new key, every stored credential must be typed again. The old ones are kept, unreadable. */
  'lock.startOver': { kind: 'command', input: nothing, output: lockView, audit: 'start a new credential store' },
  'notices.dismiss': { kind: 'command', input: z.strictObject({ id: z.string().max(80) }), output: done },

  'connections.list': { kind: 'query', input: nothing, output: z.array(connectionView) },
  'connections.save': {
    kind: 'command',
    input: z.strictObject({ id: id.optional(), name: connectionName, draft }),
    output: connectionView,
    audit: 'save a connection',
  },
  /** Tries a draft or a stored connection; steps also arrive as events under `testId` while it goes on. */
  'connections.test': {
    kind: 'command',
    input: z.strictObject({
      testId: id,
      connectionId: id.optional(),
      draft: draft.optional(),
      /** Of a target: which services to try; the provider's first if left out. */
      services: z.array(targetService).min(1).max(5).optional(),
    }),
    output: z.array(testStepView),
    audit: 'test a connection',
  },
  /**
   * Signs a person in, in the browser or with a code, and keeps what came of it in main until the connection is saved with
   * it or the app quits. The code to type arrives as an event under `signInId`. Ends when the person is done.
   */
  'connections.signIn': {
    kind: 'command',
    input: z.strictObject({ signInId: id, settings: azureSettings }),
    output: z.strictObject({ username: z.string().max(320) }),
    audit: 'sign a person in',
  },
  'connections.cancelSignIn': {
    kind: 'command',
    input: z.strictObject({ signInId: id }),
    output: done,
    audit: 'cancel a sign-in',
  },
  /**
   * Forgets a connection and its credential; asks no cloud, so it works with one that is dead. Refused while records use it,
   * unless they are to be forgotten too: what they leave in targets is answered.
   */
  'connections.remove': {
    kind: 'command',
    input: z.strictObject({ id, withRecords: z.boolean() }),
    output: z.strictObject({ orphans: z.array(orphanView) }),
    audit: 'remove a connection',
  },
  /** The least-privilege policies or role commands for a connection, to copy. */
  'connections.policy': {
    kind: 'query',
    input: z.strictObject({
      provider,
      services: z.array(targetService).max(5).optional(),
      prefix: z.string().max(512),
      region: z.string().max(64).optional(),
      projectId: z.string().max(64).optional(),
      /** The Azure application that shall get the roles. */
      clientId: z.string().max(64).optional(),
      /** The e-mail address of the Google service account that shall get the role. */
      serviceAccount: z.string().max(320).optional(),
    }),
    output: z.array(z.strictObject({ title: z.string(), explanation: z.string(), text: z.string() })),
  },
  'connections.importMeters': { kind: 'query', input: nothing, output: z.array(importMeterView) },

  'source.vaults': {
    kind: 'query',
    input: z.strictObject({ connectionId: id }),
    output: z.strictObject({
      vaults: z.array(vaultView),
      refused: z.array(z.strictObject({ subscription: z.string(), sentence: z.string() })),
    }),
  },
  'source.items': {
    kind: 'query',
    input: z.strictObject({ connectionId: id, vault: vaultName }),
    /** A kind that may not be listed does not hide the other. */
    output: z.strictObject({
      items: z.array(sourceItemView),
      refused: z.array(z.strictObject({ kind: sourceKind, sentence: z.string(), fix: z.string() })),
    }),
  },
  'source.certificate': {
    kind: 'query',
    input: z.strictObject({ connectionId: id, vault: vaultName, name: vaultName }),
    output: certificateView,
  },
  /** Target names a rule would give, each with what is wrong with it: the service's rules, duplicates, records that exist. */
  'naming.preview': {
    kind: 'query',
    input: targetChoice.extend({
      template: z.string().max(1024),
      items: z.array(z.strictObject({ vault: z.string().max(127), name: z.string().max(127) })).max(100_000),
    }),
    output: z.strictObject({
      templateProblem: z.string().nullable(),
      names: z.array(
        z.strictObject({ vault: z.string(), name: z.string(), targetName: z.string(), problems: z.array(z.string()) }),
      ),
    }),
  },

  'records.list': { kind: 'query', input: nothing, output: z.array(recordView) },
  'records.get': { kind: 'query', input: z.strictObject({ id }), output: recordView },
  /** All or none: one refused record refuses them all, with the path of each problem. */
  'records.create': {
    kind: 'command',
    input: z.strictObject({ records: z.array(newRecord).min(1).max(10_000) }),
    output: z.array(recordView),
    audit: 'create sync records',
  },
  'records.update': {
    kind: 'command',
    input: z.strictObject({
      ids,
      change: z.strictObject({
        schedule: schedule.optional(),
        enabled: z.boolean().optional(),
        copyTags: z.boolean().optional(),
        conflictPolicy: z.enum(['overwrite', 'skip', 'alert', 'default']).optional(),
      }),
    }),
    output: done,
    audit: 'change sync records',
  },
  /** Forgets records; sources and targets stay as they are. */
  'records.remove': { kind: 'command', input: z.strictObject({ ids }), output: done, audit: 'delete sync records' },
  /** Agrees to replace exactly the target state that was shown, and syncs. */
  'records.takeOver': {
    kind: 'command',
    input: z.strictObject({ id, seen: z.string().min(1).max(512) }),
    output: runView,
    audit: 'take over a target',
  },
  'records.history': {
    kind: 'query',
    input: z.strictObject({ id, before: z.int().optional(), limit: z.int().min(1).max(500) }),
    output: z.array(attemptView),
  },

  /** What a sync would do, without reading a value or writing anything. */
  'sync.plan': { kind: 'query', input: z.strictObject({ ids }), output: z.array(planStepView) },
  /** Starts a run over these records and returns at once; progress arrives as events. Records already running are joined. */
  'sync.start': { kind: 'command', input: z.strictObject({ ids }), output: runView, audit: 'start a sync' },
  'sync.cancel': { kind: 'command', input: z.strictObject({ runId: id }), output: done, audit: 'cancel a sync' },
  /** Pauses or resumes schedules; a person can still press Sync Now. */
  'sync.pause': {
    kind: 'command',
    input: z.strictObject({ paused: z.boolean() }),
    output: done,
    audit: 'pause or resume schedules',
  },
  'runs.list': { kind: 'query', input: z.strictObject({ limit: z.int().min(1).max(200) }), output: z.array(runView) },

  'settings.get': { kind: 'query', input: nothing, output: settingsView },
  'settings.set': {
    kind: 'command',
    input: z.strictObject({
      theme: z.enum(['system', 'light', 'dark']).optional(),
      conflictPolicy: conflictPolicy.optional(),
      concurrency: z.int().min(1).max(64).optional(),
      network: networkSettings.optional(),
    }),
    output: settingsView,
    audit: 'change settings',
  },
} as const satisfies Record<OperationName, Operation>;

export type Operations = typeof operations;
export type Input<N extends OperationName> = z.infer<Operations[N]['input']>;
export type Output<N extends OperationName> = z.infer<Operations[N]['output']>;
