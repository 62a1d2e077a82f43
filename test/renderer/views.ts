import { randomUUID } from 'node:crypto';
import type { ConnectionView, RecordView, RunView, SourceItemView } from '../../preload/contract/views.ts';

/** A record as main would show it, with what the test is about. */
export function recordView(about: Partial<RecordView> = {}): RecordView {
  return {
    id: randomUUID(),
    sourceConnectionId: randomUUID(),
    sourceConnection: 'Contoso',
    sourceKind: 'secret',
    sourceVault: 'kv-prod',
    sourceName: 'api-key',
    targetConnectionId: randomUUID(),
    targetConnection: 'backup',
    targetService: 'secretsmanager',
    targetName: 'certifyclouds/api-key',
    targetRegion: 'us-east-1',
    shape: { kind: 'whole' },
    options: {},
    schedule: { kind: 'every', hours: 6 },
    scheduleWords: 'every 6 hours',
    enabled: true,
    syncOnChange: false,
    copyTags: false,
    conflictPolicy: 'default',
    deletionPolicy: 'default',
    ruleId: null,
    rule: null,
    status: 'synced',
    code: 'confirmed',
    sentence: 'The target holds the current version.',
    fix: '',
    conflictSeen: null,
    choices: [],
    held: false,
    lastRunAt: null,
    nextRunAt: null,
    sourceVersion: null,
    targetVersion: null,
    targetId: null,
    writtenAt: null,
    createdAt: 0,
    ...about,
  };
}

export function runView(about: Partial<RunView> = {}): RunView {
  return {
    id: randomUUID(),
    trigger: 'user',
    startedAt: 0,
    endedAt: null,
    phase: 'applying',
    total: 10,
    done: 0,
    written: 0,
    unchanged: 0,
    attention: 0,
    ...about,
  };
}

export function sourceItemView(about: Partial<SourceItemView> = {}): SourceItemView {
  return {
    kind: 'secret',
    vault: 'kv-prod',
    name: 'api-key',
    enabled: true,
    updatedOn: 0,
    expiresOn: null,
    contentType: null,
    managed: false,
    ...about,
  };
}

export function connectionView(
  settings: ConnectionView['settings'],
  about: Partial<ConnectionView> = {},
): ConnectionView {
  return {
    id: randomUUID(),
    name: 'connection',
    settings,
    credentialHint: '…abcd',
    credentialSavedAt: 0,
    credentialExpiresAt: null,
    records: 0,
    createdAt: 0,
    ...about,
  };
}
