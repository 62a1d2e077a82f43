import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { onTestFinished } from 'vitest';
import type { Check, CheckRow } from '../../main/domain/check.ts';
import type { Connection } from '../../main/domain/connection.ts';
import { Failure } from '../../main/domain/failure.ts';
import type { SourceItem } from '../../main/domain/item.ts';
import type { LedgerEntry, SyncRecord } from '../../main/domain/record.ts';
import type { Rule } from '../../main/domain/rule.ts';
import type { StatusDetail } from '../../main/domain/status.ts';
import { encryptFernet } from '../../main/store/fernet.ts';
import type {
  Audit,
  AuditEntry,
  Intent,
  Outcome,
  RuleState,
  ScannedItem,
  SealedIntent,
  Store,
} from '../../main/store/ports.ts';

/** A fixed time all store tests start from. */
export const epoch = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A UUID made from a name, so that rows are the same in every run. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

export function connectionNamed(name: string): Connection {
  return {
    id: idOf(name),
    name,
    settings: { provider: 'aws', signIn: 'keys', region: 'us-east-1' },
    credentialHint: 'hint',
    credentialSavedAt: epoch,
    credentialExpiresAt: null,
    account: '123456789012',
    createdAt: epoch,
  };
}

/** A token under a key nobody needs. */
export function tokenOf(text: string): string {
  return encryptFernet(Buffer.alloc(32, 7), Buffer.from(text), epoch);
}

export function recordNamed(name: string, change: Partial<SyncRecord> = {}): SyncRecord {
  return {
    id: idOf(name),
    sourceConnectionId: idOf('azure'),
    sourceKind: 'secret',
    sourceVault: 'kv-prod',
    sourceName: name,
    targetConnectionId: idOf('aws'),
    targetAccount: '123456789012',
    targetService: 'secretsmanager',
    targetName: `certifyclouds/${name}`,
    targetRegion: 'us-east-1',
    shape: { kind: 'whole' },
    options: {},
    schedule: { kind: 'every', hours: 6 },
    enabled: true,
    syncOnChange: false,
    copyTags: true,
    conflictPolicy: 'default',
    deletionPolicy: 'default',
    ruleId: null,
    consent: null,
    kept: null,
    createdAt: epoch,
    ...change,
  };
}

export const pending: StatusDetail = { status: 'pending', code: 'new', sentence: 'Not synced yet.', fix: '' };
export const synced: StatusDetail = { status: 'synced', code: 'written', sentence: 'Written.', fix: '' };

export function auditOf(subject: string, outcome: AuditEntry['outcome'] = 'succeeded'): AuditEntry {
  return { at: epoch, actor: 'user', action: 'write secret', subject, outcome, detail: '' };
}

export function ledgerOf(recordId: string, change: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    recordId,
    sourceVersion: 'v1',
    sourceUpdatedOn: epoch,
    sourceMetadata: '[true,null,null,null,[]]',
    settled: true,
    targetId: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${recordId}`,
    targetVersion: idOf(`target of ${recordId}`),
    fingerprint: 'ZmluZ2VycHJpbnQ=',
    tagsWritten: { 'certifyclouds:record': recordId },
    writtenAt: epoch,
    looked: true,
    removedAt: null,
    ...change,
  };
}

export function intentOf(recordId: string, change: Partial<Intent> = {}): Intent {
  return {
    recordId,
    runId: idOf('run'),
    mode: 'create',
    startedAt: epoch,
    targetSeen: 'absent',
    targetId: null,
    sealed: null,
    ...change,
  };
}

export const sealed: SealedIntent = {
  sourceVersion: 'v1',
  sourceUpdatedOn: epoch,
  sourceMetadata: '[true,null,null,null,[]]',
  settled: false,
  idempotencyKey: idOf('key'),
  marker: idOf('key'),
  fingerprint: 'ZmluZ2VycHJpbnQ=',
  tagsWritten: {},
};

export function outcomeOf(recordId: string, change: Partial<Outcome> = {}): Outcome {
  return {
    attempt: {
      recordId,
      runId: idOf('run'),
      trigger: 'user',
      startedAt: epoch + 1_000,
      durationMs: 20,
      outcome: 'synced',
      action: 'create',
      code: 'new',
      sentence: 'Written.',
      fix: '',
      sourceVersion: 'v1',
      targetVersion: 't1',
      writtenTo: { service: 'secretsmanager', connectionId: idOf('aws'), region: 'us-east-1' },
    },
    status: synced,
    ledger: ledgerOf(recordId),
    conflictSeen: null,
    nextRunAt: epoch + 6 * 3_600_000,
    enteredAt: epoch + 1_020,
    failuresInRow: 0,
    closeIntent: true,
    audit: auditOf(recordId),
    ...change,
  };
}

export function ruleNamed(name: string, change: Partial<Rule> = {}): Rule {
  return {
    id: idOf(name),
    name,
    enabled: true,
    sourceConnectionId: idOf('azure'),
    sourceVault: 'kv-prod',
    filter: { kind: 'secret', names: ['*-prod'], tags: ['sync=yes'], contentType: '' },
    targetConnectionId: idOf('aws'),
    targetService: 'secretsmanager',
    targetRegion: 'us-east-1',
    template: 'certifyclouds/{name}',
    shape: { kind: 'whole' },
    options: {},
    schedule: { kind: 'cron', expression: '0 6 * * *', timeZone: 'Europe/Berlin' },
    syncOnChange: true,
    copyTags: true,
    conflictPolicy: 'default',
    deletionPolicy: 'default',
    limit: 500,
    createdAt: epoch,
    ...change,
  };
}

export const ruleState: RuleState = {
  checkedAt: epoch,
  matches: 12,
  refused: 1,
  problems: [{ vault: 'kv-prod', name: 'one', sentence: 'Its target is taken.' }],
  stopped: null,
};

/** An item as a scan saw it. */
export function scannedOf(
  name: string,
  change: Partial<ScannedItem> = {},
  item: Partial<SourceItem> = {},
): ScannedItem {
  return {
    connectionId: idOf('azure'),
    item: {
      kind: 'secret',
      vault: 'kv-prod',
      name,
      enabled: true,
      updatedOn: epoch,
      tags: {},
      managed: false,
      ...item,
    },
    firstSeenAt: epoch,
    changedAt: epoch,
    deletedAt: null,
    ...change,
  };
}

export function scanOf(changed: readonly ScannedItem[], at = epoch): Parameters<Store['discovery']['enterScan']>[0] {
  return { connectionId: idOf('azure'), vault: 'kv-prod', kind: 'secret', at, changed };
}

export function checkNamed(name: string, change: Partial<Check> = {}): Check {
  return {
    id: idOf(name),
    trigger: 'user',
    values: false,
    startedAt: epoch,
    endedAt: null,
    cancelled: false,
    total: 2,
    counts: {},
    ...change,
  };
}

export function checkRowOf(name: string, change: Partial<CheckRow> = {}): CheckRow {
  return {
    recordId: idOf(name),
    source: `kv-prod/${name}`,
    target: `certifyclouds/${name}`,
    targetService: 'secretsmanager',
    targetRegion: 'us-east-1',
    targetConnection: 'aws',
    verdict: 'same-version',
    code: 'same-version',
    sentence: 'The target has the version that was written.',
    fix: '',
    method: 'marker',
    sourceVersion: 'v1',
    targetVersion: 't1',
    targetId: `arn:${name}`,
    checkedAt: epoch,
    ...change,
  };
}

/** What walking the whole audit trail comes to: the id of the first row that does not fit, or null. */
export function firstBadOf(audit: Audit): number | null {
  const walk = audit.verify();
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value.firstBad;
  }
}

/** Two connections with credentials, and a record for each name. */
export function fill(store: Store, names: readonly string[]): void {
  store.connections.save(connectionNamed('azure'), tokenOf('azure credential'));
  store.connections.save(connectionNamed('aws'), tokenOf('aws credential'));
  store.records.insert(names.map((name) => ({ record: recordNamed(name), status: pending, nextRunAt: epoch })));
}

/** Everything a store holds, but for history and audit, as one comparable text. */
export function contentOf(store: Store): string {
  const connections = store.connections.list();
  return JSON.stringify([
    connections,
    connections.map(({ id }) => store.connections.token(id)),
    store.records.list(),
    store.records.due(Number.MAX_SAFE_INTEGER),
    [...store.records.countByConnection()],
    store.journal.openIntents(),
    store.journal.runs(100),
    store.records.changes(null, Number.MAX_SAFE_INTEGER - 1),
    [...store.records.places()],
    store.records.misplaced(0),
    store.rules.list(),
    store.discovery.vaults(),
    store.checks.list(100),
  ]);
}

/** The Failure that `work` throws; anything else, or nothing, fails the test. */
export function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('Expected a Failure, but nothing was thrown.');
}

/** Lets libsql close what tests opened and closed by the hundred: it does so only when its statements are collected. */
export async function releaseClosedStores(): Promise<void> {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  await new Promise((resolve) => setImmediate(resolve));
}
