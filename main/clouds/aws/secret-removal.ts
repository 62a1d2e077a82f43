import { DeleteSecretCommand, RestoreSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Failure } from '../../domain/failure.ts';
import { targetChanged } from '../failures.ts';
import type { TargetRef } from '../ports.ts';
import { targetMissing } from './refusals.ts';
import { type SecretLooks, versionAt } from './secret-look.ts';
import type { AwsSession } from './session.ts';

type Session = AwsSession<SecretsManagerClient>;

/** How long AWS keeps a deleted secret recoverable, in days: the most it allows. */
const recoveryWindowDays = 30;

/** Schedules a secret for deletion. @param seen the version that is meant; null for whichever there is */
export async function removeSecret(
  session: Session,
  looks: SecretLooks,
  target: TargetRef,
  seen: string | null,
  signal: AbortSignal,
): Promise<void> {
  const { name, id } = target;
  try {
    // DeleteSecret takes no condition.
    if (seen !== null && (await isOnItsWay(session, looks, target, seen, signal))) return;
    await session.call({ action: 'secretsmanager:DeleteSecret', name }, signal, (options) =>
      session.client.send(
        new DeleteSecretCommand({ SecretId: id ?? name, RecoveryWindowInDays: recoveryWindowDays }),
        options,
      ),
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code } = error.detail;
    // Already on its way out, perhaps by an earlier try whose reply was lost, or gone.
    if (code !== 'target-pending-deletion' && (code !== 'target-missing' || id === undefined)) throw error;
  }
}

/**
 * Whether the secret that a removal means is scheduled for deletion already.
 * @throws Failure `target-changed` if it holds another version, or is another by the same name; `target-missing`
 */
async function isOnItsWay(
  { region }: Session,
  looks: SecretLooks,
  { name, id }: TargetRef,
  seen: string,
  signal: AbortSignal,
): Promise<boolean> {
  const described = await looks.ask(name, signal);
  if (!described) throw new Failure(targetMissing(`secret ${name} in ${region}`));
  if (described.DeletedDate) return true;
  const isOther = id !== undefined && described.ARN !== id;
  if (isOther || versionAt('AWSCURRENT', described) !== seen) throw targetChanged(`secret ${name} in ${region}`);
  return false;
}

/** Takes a scheduled deletion back: AWS has kept the secret as it was, with its versions and tags. */
export async function restoreSecret(
  session: Session,
  looks: SecretLooks,
  { name, id = name }: TargetRef,
  signal: AbortSignal,
): Promise<void> {
  try {
    await session.call({ action: 'secretsmanager:RestoreSecret', name }, signal, (options) =>
      session.client.send(new RestoreSecretCommand({ SecretId: id }), options),
    );
  } catch (error) {
    // Restored already, perhaps by an earlier try whose reply was lost: told in words that speak of a deletion, too.
    if (!(error instanceof Failure)) throw error;
    if (error.kind !== 'invalid' && error.detail.code !== 'target-pending-deletion') throw error;
    const described = await looks.describe(name, signal);
    if (described === undefined || described === 'unreadable' || described.DeletedDate) throw error;
  }
}
