import { z } from 'zod';
import type { OperationName } from './names.ts';
import {
  appView,
  attemptView,
  awsSettings,
  azureSettings,
  certificateView,
  connectionView,
  gcpSettings,
  id,
  importMeterView,
  lockView,
  networkSettings,
  orphanView,
  ownConflictPolicy,
  ownDeletionPolicy,
  planStepView,
  planView,
  provider,
  recordView,
  resolution,
  runView,
  schedule,
  settingsView,
  shape,
  sourceItemView,
  sourceKind,
  syncSettings,
  targetOptions,
  targetService,
  testStepView,
  vaultView,
} from './views.ts';
import {
  auditFilter,
  auditRowView,
  auditVerdict,
  checkRowView,
  checkVerdict,
  checkView,
  discoveredItem,
  discoveredVault,
  exclusionPreview,
  newRule,
  orphanedRecord,
  rulePreview,
  ruleView,
  savedFile,
} from './watch.ts';

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
const itemName = z
  .string()
  .regex(/^[0-9A-Za-z-]{1,127}$/, { error: 'Key Vault’s names have letters, digits and hyphens.' });
const newRecord = targetChoice.extend({
  sourceConnectionId: id,
  sourceKind,
  sourceVault: vaultName,
  sourceName: itemName,
  targetName: z.string().min(1).max(2048),
  shape,
  options: targetOptions,
  schedule,
  enabled: z.boolean(),
  syncOnChange: z.boolean(),
  copyTags: z.boolean(),
  conflictPolicy: ownConflictPolicy,
  deletionPolicy: ownDeletionPolicy,
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

  /** A schedule in words, its next five runs, and what is wrong with it: one that never fires, or too often. */
  'schedule.preview': {
    kind: 'query',
    input: z.strictObject({ schedule }),
    output: z.strictObject({
      problem: z.string().nullable(),
      words: z.string().max(300),
      next: z.array(z.int().nonnegative()).max(5),
    }),
  },

  'records.list': { kind: 'query', input: nothing, output: z.array(recordView) },
  /** What changed in the list since a revision that was told before; everything, a part at a time, for null. */
  'records.changes': {
    kind: 'query',
    input: z.strictObject({ since: z.int().nonnegative().nullable(), limit: z.int().min(1).max(1000) }),
    output: z.strictObject({
      records: z.array(recordView),
      removed: z.array(id),
      revision: z.int().nonnegative(),
      more: z.boolean(),
    }),
  },
  'records.get': { kind: 'query', input: z.strictObject({ id }), output: recordView },
  /** All or none: one refused record refuses them all, with the path of each problem. */
  'records.create': {
    kind: 'command',
    input: z.strictObject({ records: z.array(newRecord).min(1).max(10_000) }),
    output: z.array(recordView),
    audit: 'create sync records',
  },
  /** What the first sync of these records would do, before any of them exists. Refuses what `records.create` would. */
  'records.preview': {
    kind: 'query',
    input: z.strictObject({ records: z.array(newRecord).min(1).max(10_000) }),
    /** In the order of the records. */
    output: z.array(planStepView.omit({ recordId: true })),
  },
  'records.update': {
    kind: 'command',
    input: z.strictObject({
      ids,
      change: z.strictObject({
        schedule: schedule.optional(),
        enabled: z.boolean().optional(),
        syncOnChange: z.boolean().optional(),
        copyTags: z.boolean().optional(),
        conflictPolicy: ownConflictPolicy.optional(),
        deletionPolicy: ownDeletionPolicy.optional(),
      }),
    }),
    output: done,
    audit: 'change sync records',
  },
  /** Forgets records; sources and targets stay as they are. */
  'records.remove': { kind: 'command', input: z.strictObject({ ids }), output: done, audit: 'delete sync records' },
  /** Points records at another source: one that was renamed, or moved to another vault. Their targets and history stay. */
  'records.repoint': {
    kind: 'command',
    input: z.strictObject({ id, sourceConnectionId: id, sourceVault: vaultName, sourceName: itemName }),
    output: recordView,
    audit: 'point a sync record at another source',
  },
  /**
   * Decides about records that wait for a person, for exactly the target state that was shown:
   * `overwrite` replaces the target with the value from Azure, `keep` leaves it until source or target changes, `adopt` takes it
   * over as it is if its value is the source's already, `unlink` forgets the record and leaves the target unmarked, and
   * `delete` lets a target follow its deleted source.
   */
  'records.resolve': {
    kind: 'command',
    input: z.strictObject({
      items: z
        .array(z.strictObject({ id, seen: z.string().min(1).max(512) }))
        .min(1)
        .max(10_000),
      choice: resolution,
    }),
    /** Null where nothing had to run. */
    output: z.strictObject({ run: runView.nullable() }),
    audit: 'resolve conflicts',
  },
  'records.history': {
    kind: 'query',
    input: z.strictObject({ id, before: z.int().optional(), limit: z.int().min(1).max(500) }),
    output: z.array(attemptView),
  },

  /** What a sync would do, without reading a value or writing anything; of every record, without ids. */
  'sync.plan': { kind: 'query', input: z.strictObject({ ids: ids.optional() }), output: planView },
  /** Does what a plan showed, and nothing else: a record for which something else would have to be done is left alone. */
  'sync.apply': {
    kind: 'command',
    input: z.strictObject({ planId: id, ids: ids.optional() }),
    output: runView,
    audit: 'apply a plan',
  },
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

  'discovery.vaults': { kind: 'query', input: nothing, output: z.array(discoveredVault) },
  'discovery.items': {
    kind: 'query',
    input: z.strictObject({
      connectionId: id,
      vault: vaultName,
      after: z.strictObject({ kind: sourceKind, name: itemName }).nullable(),
      limit: z.int().min(1).max(1000),
    }),
    output: z.strictObject({ items: z.array(discoveredItem), more: z.boolean() }),
  },
  'discovery.orphans': { kind: 'query', input: nothing, output: z.array(orphanedRecord) },
  /** Looks at vaults now, metadata only; those in use if none is named. Returns at once; what it finds arrives as events. */
  'discovery.scan': {
    kind: 'command',
    input: z.strictObject({
      vaults: z
        .array(z.strictObject({ connectionId: id, vault: vaultName }))
        .min(1)
        .max(1000)
        .optional(),
    }),
    output: z.strictObject({ vaults: z.int().nonnegative() }),
    audit: 'scan vaults',
  },
  'exclusions.preview': {
    kind: 'query',
    input: z.strictObject({ patterns: z.array(z.string().max(300)).max(200) }),
    output: exclusionPreview,
  },

  'rules.list': { kind: 'query', input: nothing, output: z.array(ruleView) },
  'rules.preview': {
    kind: 'query',
    input: z.strictObject({ id: id.optional(), rule: newRule }),
    output: rulePreview,
  },
  /** Saves a rule and makes the records that it finds missing. What its records have in common follows the rule. */
  'rules.save': {
    kind: 'command',
    input: z.strictObject({ id: id.optional(), rule: newRule }),
    output: ruleView,
    audit: 'save a rule',
  },
  /** Forgets a rule. Its records go with it, or stay as if a person had made them; targets stay either way. */
  'rules.remove': {
    kind: 'command',
    input: z.strictObject({ id, records: z.enum(['keep', 'remove']) }),
    output: z.strictObject({ records: z.int().nonnegative() }),
    audit: 'remove a rule',
  },

  /** Compares targets with their sources, all of them without ids. Returns at once; progress arrives as events. */
  'checks.start': {
    kind: 'command',
    input: z.strictObject({ ids: ids.optional(), values: z.boolean() }),
    output: checkView,
    audit: 'check targets',
  },
  'checks.cancel': { kind: 'command', input: z.strictObject({ id }), output: done, audit: 'cancel a check' },
  'checks.list': {
    kind: 'query',
    input: z.strictObject({ limit: z.int().min(1).max(200) }),
    output: z.array(checkView),
  },
  'checks.rows': {
    kind: 'query',
    input: z.strictObject({
      id,
      after: z.int().nonnegative(),
      limit: z.int().min(1).max(1000),
      verdicts: z.array(checkVerdict).max(20).optional(),
    }),
    output: z.array(checkRowView),
  },
  /** Saves a check's report where a person chooses. */
  'checks.export': {
    kind: 'command',
    input: z.strictObject({ id, format: z.enum(['csv', 'json', 'pdf']) }),
    output: savedFile,
    audit: 'export a check',
  },

  'audit.list': {
    kind: 'query',
    input: z.strictObject({
      before: z.int().positive().optional(),
      limit: z.int().min(1).max(500),
      filter: auditFilter,
    }),
    output: z.array(auditRowView),
  },
  /** Walks the whole chain. */
  'audit.verify': { kind: 'command', input: nothing, output: auditVerdict, audit: 'verify the audit trail' },
  'audit.export': {
    kind: 'command',
    input: z.strictObject({ format: z.enum(['csv', 'jsonl']), filter: auditFilter }),
    output: savedFile,
    audit: 'export the audit trail',
  },

  'settings.get': { kind: 'query', input: nothing, output: settingsView },
  'settings.set': {
    kind: 'command',
    input: z.strictObject({
      theme: z.enum(['system', 'light', 'dark']).optional(),
      ...z.strictObject(syncSettings).partial().shape,
      network: networkSettings.optional(),
    }),
    output: settingsView,
    audit: 'change settings',
  },
} as const satisfies Record<OperationName, Operation>;

export type Operations = typeof operations;
export type Input<N extends OperationName> = z.infer<Operations[N]['input']>;
export type Output<N extends OperationName> = z.infer<Operations[N]['output']>;
