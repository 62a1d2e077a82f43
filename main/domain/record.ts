import type { SourceKind } from './item.ts';
import type { Shape } from './payload.ts';
import type { Schedule } from './schedule.ts';
import type { TargetService } from './service.ts';

export const conflictPolicies = ['overwrite', 'skip', 'alert'] as const;
export type ConflictPolicy = (typeof conflictPolicies)[number];

/** What becomes of the target when the source is deleted: it is kept, or removed in a way that can be taken back. */
export const deletionPolicies = ['keep', 'follow'] as const;
export type DeletionPolicy = (typeof deletionPolicies)[number];

/** What a service can be told about the target it makes. Each is for the services named; the others ignore it. */
export interface TargetOptions {
  /** Secrets Manager, Parameter Store: the KMS key to encrypt with; AWS's own for the service if left out. */
  readonly kmsKeyId?: string | undefined;
  /** Secrets Manager: regions to replicate the secret to. */
  readonly replicaRegions?: readonly string[] | undefined;
  /** Parameter Store: `standard` is free up to 4 KB, `advanced` costs money and takes 8 KB, `intelligent` lets AWS choose. */
  readonly tier?: 'standard' | 'advanced' | 'intelligent' | undefined;
  /** GCP Secret Manager, global secrets: the locations of user-managed replication; automatic if left out. */
  readonly replicaLocations?: readonly string[] | undefined;
  /** GCP Secret Manager: versions to keep enabled, the newest included; older ones are destroyed. All if left out. */
  readonly keepVersions?: number | undefined;
}

/** What a person asked for: keep this source secret or certificate mirrored in that target. */
export interface SyncRecord {
  readonly id: string;
  readonly sourceConnectionId: string;
  readonly sourceKind: SourceKind;
  readonly sourceVault: string;
  readonly sourceName: string;
  readonly targetConnectionId: string;
  /** The AWS account or GCP project that the target is in, as the connection told when the record was made; null if it could not. */
  readonly targetAccount: string | null;
  readonly targetService: TargetService;
  readonly targetName: string;
  /** An AWS region, or a GCP location: a region or `global`. */
  readonly targetRegion: string;
  readonly shape: Shape;
  readonly options: TargetOptions;
  readonly schedule: Schedule;
  readonly enabled: boolean;
  /** A scan that sees the source changed starts a sync. */
  readonly syncOnChange: boolean;
  readonly copyTags: boolean;
  /** `default` follows Settings > Sync. */
  readonly conflictPolicy: ConflictPolicy | 'default';
  /** `default` follows Settings > Sync. */
  readonly deletionPolicy: DeletionPolicy | 'default';
  /** The rule that made the record; null if a person did. */
  readonly ruleId: string | null;
  /**
   * What a person agreed to, and for which target state; see `consentTo`. Good for that state alone, so that a change made
   * after the person looked is a conflict again.
   */
  readonly consent: string | null;
  /** Source and target as they were when a person chose to leave the target as it is; see `keptPair`. Good for that pair alone. */
  readonly kept: string | null;
  readonly createdAt: number;
}

/** What the last confirmed write left behind: the base of every "unchanged" and every "somebody else changed it". */
export interface LedgerEntry {
  readonly recordId: string;
  readonly sourceVersion: string;
  readonly sourceUpdatedOn: number;
  /** See `metadataOf`. */
  readonly sourceMetadata: string;
  /**
   * The source was read so soon after its last change that a second change in the same second could look the same.
   * Until the source has named its current version later on, `sourceUpdatedOn` proves nothing.
   */
  readonly settled: boolean;
  /** The target's own identity: an ARN or resource name. */
  readonly targetId: string;
  /** The target's version marker; null if what was written was found not to be current: somebody else wrote as well. */
  readonly targetVersion: string | null;
  /** HMAC-SHA256 of the value under a key derived from SECRET_KEY, base64. */
  readonly fingerprint: string;
  /** The tags we wrote, so that later runs change ours and leave everybody else's alone. */
  readonly tagsWritten: Readonly<Record<string, string>>;
  readonly writtenAt: number;
  /** Whether the credential could look at the target then. If it no longer can, changes by others would go unseen. */
  readonly looked: boolean;
  /** When this app removed the target because its source was deleted; null while the target is there. */
  readonly removedAt: number | null;
}

/**
 * One text per target place: two records with the same one would overwrite each other, even through two connections to the
 * same account.
 */
export function targetPlace(
  record: Pick<SyncRecord, 'targetConnectionId' | 'targetAccount' | 'targetService' | 'targetRegion' | 'targetName'>,
): string {
  const account = record.targetAccount ?? record.targetConnectionId;
  return [account, record.targetService, record.targetRegion, record.targetName].join('\n');
}

/** A target's places by account and by connection: a record may have been made before its account was known. */
export function placesOf(record: Parameters<typeof targetPlace>[0]): string[] {
  return [targetPlace(record), targetPlace({ ...record, targetAccount: null })];
}
