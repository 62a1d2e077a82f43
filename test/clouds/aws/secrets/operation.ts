import type { Caller } from '../access-keys.ts';
import { AwsFailure } from '../failure.ts';
import type { KmsKeys } from '../kms.ts';
import type { Operations as OperationsOn } from '../operation.ts';
import { authorize, denied } from '../policy.ts';
import type { Secret } from './secret.ts';
import type { SecretStore } from './store.ts';

/** Where an operation runs: who asks, which region's secrets, and when. */
export interface Scene {
  readonly caller: Caller;
  readonly store: SecretStore;
  readonly keys: KmsKeys;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Operations = OperationsOn<Scene>;

/**
 * Checks the id's form and the caller's right to this action on it, then looks for the secret.
 * @throws AwsFailure ValidationException, AccessDeniedException
 */
export function allow(name: string, secretId: string, { caller, store, now }: Scene): Secret | undefined {
  if (!/^[A-Za-z0-9/_+=.@!-]+$/.test(secretId) && !secretId.startsWith('arn:')) throw invalidName();
  const action = `secretsmanager:${name}`;
  const account = secretId.startsWith('arn:') ? secretId.split(':')[4] : caller.accountId;
  if (account !== caller.accountId) {
    throw denied(caller, action, secretId, `because no resource-based policy allows the ${action} action`);
  }
  const secret = store.find(secretId, now);
  authorize(caller, action, secret?.arn ?? store.arnOf(secretId), secretId);
  return secret;
}

/** @throws AwsFailure also ResourceNotFoundException */
export function findAllowed(name: string, secretId: string, scene: Scene): Secret {
  const secret = allow(name, secretId, scene);
  if (secret === undefined) {
    throw new AwsFailure('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }
  return secret;
}

/** @throws AwsFailure also InvalidRequestException if the secret is to be deleted */
export function findUsable(name: string, secretId: string, scene: Scene): Secret {
  const secret = findAllowed(name, secretId, scene);
  if (secret.deletionAt !== undefined) {
    throw new AwsFailure(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }
  return secret;
}

/** @throws AwsFailure also InvalidParameterException if the secret is a replica */
export function findWritable(name: string, secretId: string, scene: Scene): Secret {
  refuseReplica(findAllowed(name, secretId, scene));
  return findUsable(name, secretId, scene);
}

/** "A replica secret can't be updated independently from its primary secret, except for its encryption key." */
export function refuseReplica(secret: Secret): void {
  if (secret.primaryRegion !== undefined) {
    throw invalidParameter(
      "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    );
  }
}

/** Notes a change of any kind. */
export function touch(secret: Secret, { store, now }: Scene): void {
  secret.lastChangedAt = now;
  store.changed(secret, now);
}

/** What nearly every answer begins with. */
export function identity(secret: Secret, versionId?: string): { ARN: string; Name: string; VersionId?: string } {
  const { arn: ARN, name: Name } = secret;
  return versionId === undefined ? { ARN, Name } : { ARN, Name, VersionId: versionId };
}

export function invalidParameter(message: string): AwsFailure {
  return new AwsFailure('InvalidParameterException', message);
}

/** AWS's sentence, although the `!` is only for the names that its own services give their secrets. */
export function invalidName(): AwsFailure {
  return new AwsFailure(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  );
}

/** @param selector how the version was asked for: `VersionId: …` or `staging label: …` */
export function missingValue(selector: string): AwsFailure {
  return new AwsFailure(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${selector}`,
  );
}
