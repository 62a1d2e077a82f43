import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsSettings } from '../../domain/connection.ts';
import { Failure } from '../../domain/failure.ts';
import type { CloudDeps } from '../call.ts';
import { openSession } from './session.ts';

/**
 * The number of the account that a connection leads to, 12 digits. Asked of AWS only where the settings do not name it.
 * @param credential the connection's, not trusted to be one until parsed
 * @throws Failure what signing in or asking failed with
 */
export async function callerAccount(
  settings: AwsSettings,
  credential: unknown,
  deps: CloudDeps,
  signal: AbortSignal,
): Promise<string> {
  const named = settings.assumeRole?.roleArn.split(':')[4] ?? (settings.signIn === 'sso' && settings.sso?.accountId);
  if (named) return named;
  const session = openSession(settings, credential, settings.region, deps, (config, place) => {
    const client = new STSClient(config);
    return { client, url: client.config.endpointProvider({ ...place, UseGlobalEndpoint: false }).url };
  });
  try {
    const { Account } = await session.call({ action: 'sts:GetCallerIdentity' }, signal, (options) =>
      session.client.send(new GetCallerIdentityCommand({}), options),
    );
    if (Account !== undefined) return Account;
    throw new Failure({
      kind: 'network',
      code: 'reply-incomplete',
      sentence: 'AWS did not say which account these credentials belong to.',
      fix: 'Nothing to do: the app asks again when the connection is saved.',
    });
  } finally {
    session.close();
  }
}
