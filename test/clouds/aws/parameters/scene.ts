import type { Caller } from '../access-keys.ts';
import { AwsFailure } from '../failure.ts';
import { KeyProblem, type KmsKeys } from '../kms.ts';
import type { Operations as OperationsOn } from '../operation.ts';
import { authorize } from '../policy.ts';
import type { Parameter } from './parameter.ts';
import type { ParameterStore } from './store.ts';
import type { ParameterQuota } from './tiers.ts';

/** Where an operation runs: who asks, which region's parameters, and when. */
export interface Scene {
  readonly caller: Caller;
  readonly store: ParameterStore;
  readonly keys: KmsKeys;
  readonly quota: ParameterQuota;
  /** How many parameters one page of DescribeParameters looks at before it is cut short. */
  readonly scanLimit: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Operations = OperationsOn<Scene>;

/** AWS's own key, which everybody in the account may use. */
export const defaultKey = 'alias/aws/ssm';

/**
 * Checks the caller's right to this action on the parameter, then looks for it.
 * @throws AwsFailure AccessDeniedException
 */
export function allow(action: string, name: string, { caller, store }: Scene): Parameter | undefined {
  const arn = store.arnOf(name);
  authorize(caller, `ssm:${action}`, arn, arn);
  return store.get(name);
}

/** AWS says no more than the code; clients make "UnknownError" of that. */
export function parameterNotFound(): AwsFailure {
  return new AwsFailure('ParameterNotFound', '');
}

export function versionNotFound(version: string | number, name: string): AwsFailure {
  return new AwsFailure(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

/**
 * Uses the key of a SecureString for the caller.
 * @throws AwsFailure InvalidKeyId, AccessDeniedException
 */
export function requireKey(action: string, keyId: string, { caller, keys, store }: Scene): void {
  if (keyId === defaultKey) return;
  try {
    const arn = keys.resolve(store.region, keyId);
    authorize(caller, `kms:${action}`, arn, arn);
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    throw new AwsFailure(
      'InvalidKeyId',
      `${error.message} (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException)`,
    );
  }
}
