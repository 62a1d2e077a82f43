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
}

/** "Secrets Manager only returns fields that have a value in the response": DescribeSecret. */
export function metadataOf(secret: Secret): SecretMetadata {
  const { description, kmsKeyId, lastAccessedAt, deletionAt, tags } = secret;
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
  };
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
