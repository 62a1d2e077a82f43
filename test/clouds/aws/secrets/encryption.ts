import { AwsFailure } from '../failure.ts';
import { KeyProblem } from '../kms.ts';
import { effectOf } from '../policy.ts';
import { invalidParameter, type Scene } from './operation.ts';

/**
 * Takes a key for a secret. An empty id, or none, means AWS's own key, for which nobody needs a right.
 * @param actions what the caller must be allowed to do with it
 * @throws AwsFailure InvalidParameterException if there is no such key in the region, AccessDeniedException
 */
export function takeKey(id: string | undefined, actions: readonly KeyAction[], scene: Scene): void {
  if (id === undefined || id === '') return;
  try {
    allowKey(scene.keys.resolve(scene.store.region, id), actions, scene);
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    throw invalidParameter(`The operation failed because of an invalid KMS key: ${error.message}`);
  }
}

/**
 * Uses the key that a secret has.
 * @throws AwsFailure also EncryptionFailure or DecryptionFailure if the key is gone
 */
export function requireKey(id: string | undefined, actions: readonly KeyAction[], scene: Scene): void {
  if (id === undefined) return;
  try {
    allowKey(scene.keys.resolve(scene.store.region, id), actions, scene);
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    throw actions.includes('GenerateDataKey')
      ? new AwsFailure(
          'EncryptionFailure',
          "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is " +
            'available, enabled, and not in an invalid state.',
        )
      : new AwsFailure(
          'DecryptionFailure',
          "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
        );
  }
}

type KeyAction = 'GenerateDataKey' | 'Decrypt' | 'Encrypt';

function allowKey(arn: string, actions: readonly KeyAction[], { caller }: Scene): void {
  if (actions.some((action) => effectOf(caller.policy, `kms:${action}`, arn) !== 'Allow')) {
    throw new AwsFailure('AccessDeniedException', 'Access to KMS is not allowed');
  }
}
