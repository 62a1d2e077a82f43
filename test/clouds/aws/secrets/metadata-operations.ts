import { authorize } from '../policy.ts';
import * as inputs from './inputs.ts';
import {
  allow,
  findAllowed,
  findUsable,
  identity,
  invalidParameter,
  type Operations,
  operation,
  touch,
} from './operation.ts';
import { day } from './secret.ts';
import { addTags, refuseSystemTag } from './tags.ts';
import { metadataOf, seconds } from './views.ts';

/** The operations on a secret as a whole. What each does and says follows its page in the API reference. */
export const metadataOperations: Operations = {
  DescribeSecret: operation(inputs.describeSecret, ({ SecretId }, scene) => {
    const secret = findAllowed('DescribeSecret', SecretId, scene);
    const labelled = secret.labelledVersions();
    const versions = Object.keys(labelled).length === 0 ? {} : { VersionIdsToStages: labelled };
    return { ...metadataOf(secret), ...versions };
  }),

  ListSecrets: operation(inputs.listSecrets, (input, { caller, store, now }) => {
    authorize(caller, 'secretsmanager:ListSecrets', '*');
    return store.listing.page(input, now);
  }),

  TagResource: operation(inputs.tagResource, ({ SecretId, Tags }, scene) => {
    const secret = findUsable('TagResource', SecretId, scene);
    secret.tags = addTags(secret.tags ?? new Map(), Tags);
    touch(secret, scene);
    return undefined;
  }),

  UntagResource: operation(inputs.untagResource, ({ SecretId, TagKeys }, scene) => {
    const secret = findUsable('UntagResource', SecretId, scene);
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
      if (secret !== undefined) scene.store.remove(secret, scene.now);
      const name = SecretId.split(':').at(-1) ?? SecretId;
      const named = secret === undefined ? { ARN: scene.store.mintArn(name), Name: name } : identity(secret);
      return { ...named, DeletionDate: seconds(scene.now) };
    }
    const secret = findUsable('DeleteSecret', SecretId, scene);
    secret.deletionAt = scene.now + (window ?? 30) * day;
    touch(secret, scene);
    return { ...identity(secret), DeletionDate: seconds(secret.deletionAt) };
  }),

  RestoreSecret: operation(inputs.restoreSecret, ({ SecretId }, scene) => {
    const secret = findAllowed('RestoreSecret', SecretId, scene);
    secret.deletionAt = undefined;
    touch(secret, scene);
    return identity(secret);
  }),
};
