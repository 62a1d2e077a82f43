import type { z } from 'zod';
import type { Caller } from '../access-keys.ts';
import { checkConstraints } from '../constraints.ts';
import { AwsFailure } from '../failure.ts';
import { authorize, denied } from '../policy.ts';
import type { Secret } from './secret.ts';
import type { SecretStore } from './store.ts';

/** Where an operation runs: who asks, which region's secrets, and when. */
interface Scene {
  readonly caller: Caller;
  readonly store: SecretStore;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The answer's members; undefined for an operation that answers with an empty body. */
type Answer = object | undefined;

/** Throws AwsFailure. */
type Operation = (body: unknown, scene: Scene) => Answer;

export type Operations = { readonly [name: string]: Operation };

/** An operation behind the constraints on its request. */
export function operation<Schema extends z.ZodType>(
  schema: Schema,
  run: (input: z.output<Schema>, scene: Scene) => Answer,
): Operation {
  return (body, scene) => run(checkConstraints(schema, body), scene);
}

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

/** Notes a change of any kind. */
export function touch(secret: Secret, { store, now }: Scene): void {
  secret.lastChangedAt = now;
  store.listing.changed(secret, now);
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
