import { operation } from '../operation.ts';
import { authorize } from '../policy.ts';
import * as inputs from './inputs.ts';
import {
  allow,
  findAllowed,
  findWritable,
  identity,
  invalidParameter,
  type Operations,
  refuseReplica,
  touch,
} from './operation.ts';
import { day, type Secret } from './secret.ts';
import { addTags, refuseSystemTag } from './tags.ts';
import { metadataOf, replicationOf, seconds } from './views.ts';

/** The operations on a secret as a whole. What each does and says follows its page in the API reference. */
export const metadataOperations: Operations = {
  DescribeSecret: operation(inputs.describeSecret, ({ SecretId }, scene) => {
    const secret = findAllowed('DescribeSecret', SecretId, scene);
    const labelled = secret.labelledVersions();
    const versions = Object.keys(labelled).length === 0 ? {} : { VersionIdsToStages: labelled };
    const replication = secret.replicas.size === 0 ? {} : { ReplicationStatus: replicationOf(secret) };
    return { ...metadataOf(secret, scene.store.region), ...versions, ...replication };
  }),

  ListSecrets: operation(inputs.listSecrets, (input, { caller, store, now }) => {
    authorize(caller, 'secretsmanager:ListSecrets', '*');
    return store.listing.page(input, now);
  }),

  TagResource: operation(inputs.tagResource, ({ SecretId, Tags }, scene) => {
    const secret = findWritable('TagResource', SecretId, scene);
    secret.tags = addTags(secret.tags ?? new Map(), Tags);
    touch(secret, scene);
    return undefined;
  }),

  UntagResource: operation(inputs.untagResource, ({ SecretId, TagKeys }, scene) => {
    const secret = findWritable('UntagResource', SecretId, scene);
    for (const key of TagKeys) refuseSystemTag(key);
    for (const key of TagKeys) secret.tags?.delete(key);
    touch(secret, scene);
    return undefined;
  }),

  DeleteSecret: operation(inputs.deleteSecret, (input, scene) => {
    const { SecretId, RecoveryWindowInDays: window, ForceDeleteWithoutRecovery: force = false } = input;
    if (window !== undefined && force) {
      throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
    }
    if (window !== undefined && (window < 7 || window > 30)) {
      throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
    }
    if (force) {
      // "If you forcibly delete an already deleted or nonexistent secret, the operation does not return
      // ResourceNotFoundException."
      const secret = allow('DeleteSecret', SecretId, scene);
      if (secret !== undefined) {
        refuseReplica(secret);
        refuseReplicated(secret, SecretId);
        scene.store.remove(secret, scene.now);
      }
      const name = SecretId.split(':').at(-1) ?? SecretId;
      const named = secret === undefined ? { ARN: scene.store.mintArn(name), Name: name } : identity(secret);
      return { ...named, DeletionDate: seconds(scene.now) };
    }
    const secret = findWritable('DeleteSecret', SecretId, scene);
    refuseReplicated(secret, SecretId);
    secret.deletionAt = scene.now + (window ?? 30) * day;
    touch(secret, scene);
    return { ...identity(secret), DeletionDate: seconds(secret.deletionAt) };
  }),

  RestoreSecret: operation(inputs.restoreSecret, ({ SecretId }, scene) => {
    const secret = findAllowed('RestoreSecret', SecretId, scene);
    refuseReplica(secret);
    secret.deletionAt = undefined;
    touch(secret, scene);
    return identity(secret);
  }),
};

function refuseReplicated({ replicas }: Secret, shown: string): void {
  if (replicas.size > 0) {
    const regions = [...replicas.keys()].join(', ');
    throw invalidParameter(`You can't delete secret ${shown} that still has replica regions [${regions}].`);
  }
}
