import type { Schedule } from './schedule.ts';

export const targetServices = ['secretsmanager'] as const;
export type TargetService = (typeof targetServices)[number];

export const conflictPolicies = ['overwrite', 'skip', 'alert'] as const;
export type ConflictPolicy = (typeof conflictPolicies)[number];

/** What a person asked for: keep this source secret mirrored in that target. */
export interface SyncRecord {
  readonly id: string;
  readonly sourceConnectionId: string;
  readonly sourceVault: string;
  readonly sourceName: string;
  readonly targetConnectionId: string;
  readonly targetService: TargetService;
  readonly targetName: string;
  readonly targetRegion: string;
  readonly schedule: Schedule;
  readonly enabled: boolean;
  readonly copyTags: boolean;
  /** `default` follows Settings > Sync. */
  readonly conflictPolicy: ConflictPolicy | 'default';
  /**
   * The target state a person agreed to replace: a version marker, `absent` or `unreadable`. Good for that state alone, so
   * that a change made after the person looked is a conflict again.
   */
  readonly consent: string | null;
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
}

/** One text per target place: two records with the same one would overwrite each other. */
export function targetPlace(
  record: Pick<SyncRecord, 'targetConnectionId' | 'targetService' | 'targetRegion' | 'targetName'>,
): string {
  return [record.targetConnectionId, record.targetService, record.targetRegion, record.targetName].join('\n');
}
