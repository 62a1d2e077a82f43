import { z } from 'zod';
import { blobLength, sized } from '../constraints.ts';

/** The requests of Secrets Manager with the constraints of its service model, version 2017-10-17. */

/** The quota counts bytes. The model counts characters, which for text beyond ASCII allows more. */
const maxValueBytes = 65_536;

const secretId = z.string().min(1).max(2048);
const versionId = z.string().min(32).max(64);
const stage = z.string().min(1).max(256);
const tagKey = z.string().min(1).max(128);
const tags = z.array(z.object({ Key: tagKey.optional(), Value: z.string().max(256).optional() }));
const page = { MaxResults: z.int().min(1).max(100).optional(), NextToken: z.string().min(1).max(4096).optional() };
const newValue = {
  ClientRequestToken: versionId.optional(),
  SecretString: sized((text) => Buffer.byteLength(text), maxValueBytes).optional(),
  SecretBinary: sized(blobLength, maxValueBytes).optional(),
};
const region = z
  .string()
  .min(1)
  .max(128)
  .regex(/^([a-z]+-)+\d+$/);
const replicas = {
  AddReplicaRegions: z
    .array(z.object({ Region: region.optional(), KmsKeyId: z.string().max(2048).optional() }))
    .min(1)
    .optional(),
  ForceOverwriteReplicaSecret: z.boolean().optional(),
};
const metadata = {
  Description: z.string().max(2048).optional(),
  KmsKeyId: z.string().max(2048).optional(),
};

export const createSecret = z.object({
  Name: z.string().min(1).max(512),
  ...newValue,
  ...metadata,
  Tags: tags.optional(),
  ...replicas,
});
export const putSecretValue = z.object({
  SecretId: secretId,
  ...newValue,
  VersionStages: z.array(stage).min(1).max(20).optional(),
});
export const updateSecret = z.object({ SecretId: secretId, ...newValue, ...metadata });
export const describeSecret = z.object({ SecretId: secretId });
export const getSecretValue = z.object({
  SecretId: secretId,
  VersionId: versionId.optional(),
  VersionStage: stage.optional(),
});
export const listSecrets = z.object({
  ...page,
  IncludePlannedDeletion: z.boolean().optional(),
  Filters: z
    .array(
      z.object({
        Key: z
          .enum(['description', 'name', 'tag-key', 'tag-value', 'primary-region', 'owning-service', 'all'])
          .optional(),
        Values: z
          .array(
            z
              .string()
              .max(512)
              .regex(/^!?[a-zA-Z0-9 :_@/+=.\-!]*$/),
          )
          .min(1)
          .max(10)
          .optional(),
      }),
    )
    .max(10)
    .optional(),
  SortOrder: z.enum(['asc', 'desc']).optional(),
  SortBy: z.enum(['created-date', 'last-accessed-date', 'last-changed-date', 'name']).optional(),
});
export const listSecretVersionIds = z.object({
  SecretId: secretId,
  ...page,
  IncludeDeprecated: z.boolean().optional(),
});
export const tagResource = z.object({ SecretId: secretId, Tags: tags });
export const untagResource = z.object({ SecretId: secretId, TagKeys: z.array(tagKey) });
export const deleteSecret = z.object({
  SecretId: secretId,
  RecoveryWindowInDays: z.int().optional(),
  ForceDeleteWithoutRecovery: z.boolean().optional(),
});
export const restoreSecret = z.object({ SecretId: secretId });
export const updateSecretVersionStage = z.object({
  SecretId: secretId,
  VersionStage: stage,
  RemoveFromVersionId: versionId.optional(),
  MoveToVersionId: versionId.optional(),
});
export const replicateSecretToRegions = z.object({
  SecretId: secretId,
  ...replicas,
  AddReplicaRegions: replicas.AddReplicaRegions.unwrap(),
});
export const removeRegionsFromReplication = z.object({
  SecretId: secretId,
  RemoveReplicaRegions: z.array(region).min(1),
});
