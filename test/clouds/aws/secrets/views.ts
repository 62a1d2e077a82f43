import { day, type Secret, type SecretValue, type Version } from './secret.ts';

/** What DescribeSecret and ListSecrets tell of a secret, by the model's member names. */
export interface SecretMetadata {
  readonly ARN: string;
  readonly Name: string;
  readonly Description?: string;
  readonly KmsKeyId?: string;
  readonly LastChangedDate: number;
  readonly LastAccessedDate?: number;
  readonly DeletedDate?: number;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly CreatedDate: number;
  /** Of a secret that has replicas or is one. */
  readonly PrimaryRegion?: string;
}

/** A replica as ReplicationStatus tells of it. */
interface ReplicationEntry {
  readonly Region: string;
  readonly KmsKeyId: string;
  readonly Status: string;
  readonly StatusMessage?: string;
}

/**
 * "Secrets Manager only returns fields that have a value in the response": DescribeSecret.
 * @param region where the secret is
 */
export function metadataOf(secret: Secret, region: string): SecretMetadata {
  const { description, kmsKeyId, lastAccessedAt, deletionAt, tags, replicas, primaryRegion } = secret;
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(description === undefined ? {} : { Description: description }),
    ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
    LastChangedDate: seconds(secret.lastChangedAt),
    ...(lastAccessedAt === undefined ? {} : { LastAccessedDate: seconds(lastAccessedAt) }),
    ...(deletionAt === undefined ? {} : { DeletedDate: seconds(deletionAt) }),
    ...(tags === undefined ? {} : { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) }),
    CreatedDate: seconds(secret.createdAt),
    ...(primaryRegion !== undefined || replicas.size > 0 ? { PrimaryRegion: primaryRegion ?? region } : {}),
  };
}

/** @param fresh regions whose replication began with this very request: it isn't done when AWS answers */
export function replicationOf(secret: Secret, fresh: readonly string[] = []): ReplicationEntry[] {
  return [...secret.replicas].map(([Region, { kmsKeyId: KmsKeyId, status, message }]) =>
    fresh.includes(Region)
      ? { Region, KmsKeyId, Status: 'InProgress' }
      : { Region, KmsKeyId, Status: status, StatusMessage: message },
  );
}

export function versionEntry(version: Version, kmsKeyId: string | undefined): Record<string, unknown> {
  return {
    VersionId: version.id,
    ...(version.stages.length === 0 ? {} : { VersionStages: version.stages }),
    ...(version.lastAccessedAt === undefined ? {} : { LastAccessedDate: seconds(version.lastAccessedAt) }),
    CreatedDate: seconds(version.createdAt),
    // The name that AWS gives its own key in this one answer.
    KmsKeyIds: [kmsKeyId ?? 'DefaultEncryptionKey'],
  };
}

export function valueMember(value: SecretValue): { SecretString: string } | { SecretBinary: string } {
  return value.kind === 'text' ? { SecretString: value.text } : { SecretBinary: value.bytes.toString('base64') };
}

/** Times travel as seconds since the epoch, with fractions. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

/** The resolution of "last accessed" is the day. */
export function startOfDay(milliseconds: number): number {
  return Math.floor(milliseconds / day) * day;
}
