import type { Connection } from '../domain/connection.ts';
import { Failure } from '../domain/failure.ts';
import { serviceFacts, type TargetService } from '../domain/service.ts';
import type { CloudDeps } from './call.ts';
import type { SignedIn, SignInPrompts, Source, Target } from './ports.ts';

// Each cloud's code and SDK load on first use. A further service is one folder or file and one line here.
const awsTargets = {
  secretsmanager: async () => (await import('./aws/secrets-manager.ts')).openSecretsManager,
  parameterstore: async () => (await import('./aws/parameter-store.ts')).openParameterStore,
  acm: async () => (await import('./aws/acm.ts')).openAcm,
};
const gcpTargets = {
  secretmanager: async () => (await import('./gcp/secret-manager.ts')).openSecretManager,
  certificatemanager: async () => (await import('./gcp/certificate-manager.ts')).openCertificateManager,
};

/**
 * Opens the secrets and certificates a connection can read.
 * @param credential the connection's, decrypted; not trusted to be one until parsed
 * @throws Failure `invalid` if the connection is not a source, or its settings or credential cannot be used
 */
export async function openSource(connection: Connection, credential: unknown, deps: CloudDeps): Promise<Source> {
  const { settings } = connection;
  if (settings.provider !== 'azure') throw unsuited(connection, 'read secrets from');
  const { openKeyVault } = await import('./azure/key-vault.ts');
  return openKeyVault(settings, credential, ofAccount(connection, deps));
}

/**
 * Opens one service in one region of a connection's account to write to.
 * @param region an AWS region, or a GCP location
 * @param credential the connection's, decrypted; not trusted to be one until parsed
 * @throws Failure `invalid` if the connection has no such service, or its settings or credential cannot be used
 */
export async function openTarget(
  connection: Connection,
  credential: unknown,
  service: TargetService,
  region: string,
  deps: CloudDeps,
): Promise<Target> {
  const { settings } = connection;
  if (settings.provider === 'aws' && isKey(service, awsTargets))
    return (await awsTargets[service]())(settings, credential, region, ofAccount(connection, deps));
  if (settings.provider === 'gcp' && isKey(service, gcpTargets))
    return (await gcpTargets[service]())(settings, credential, region, ofAccount(connection, deps));
  throw unsuited(connection, `write to ${serviceFacts[service].title} with`);
}

/**
 * The account that a connection's targets are in, as the cloud tells: of AWS the account's number, of GCP the project.
 * @returns null for a source
 * @throws Failure if it can't be asked
 */
export async function accountOf(
  connection: Connection,
  credential: unknown,
  deps: CloudDeps,
  signal: AbortSignal,
): Promise<string | null> {
  const { settings } = connection;
  if (settings.provider === 'gcp') return settings.projectId;
  if (settings.provider !== 'aws') return null;
  const { callerAccount } = await import('./aws/account.ts');
  return callerAccount(settings, credential, deps, signal);
}

/**
 * A profile or an SSO login of this computer may lead to another account than when the connection was saved: what is not
 * found there was not deleted, and must not be made there.
 * @throws Failure `auth`, code `account-changed`, or what asking AWS failed with
 */
export async function refuseOtherAccount(connection: Connection, credential: unknown, deps: CloudDeps): Promise<void> {
  const { settings, account, name } = connection;
  if (settings.provider !== 'aws' || settings.signIn === 'keys' || account === null) return;
  const now = await accountOf(connection, credential, deps, new AbortController().signal);
  if (now === account) return;
  throw new Failure({
    kind: 'auth',
    code: 'account-changed',
    sentence: `The login that the connection ${name} uses leads to the AWS account ${now} now; it was saved for ${account}. Nothing was written.`,
    fix: 'Sign in to that account again on this computer, or add a new connection for the other one.',
  });
}

/**
 * Signs a person in, in the browser or with a code, as the connection's settings say.
 * @throws Failure `invalid` if these settings sign nobody in, `cancelled`, or what signing in failed with
 */
export async function signIn(
  connection: Connection,
  prompts: SignInPrompts,
  deps: CloudDeps,
  signal: AbortSignal,
): Promise<SignedIn> {
  const { settings } = connection;
  if (settings.provider !== 'azure') throw unsuited(connection, 'sign a person in with');
  const { signInPerson } = await import('./azure/person.ts');
  return signInPerson(settings, prompts, deps, signal);
}

/** Quotas are the account's, whichever connection leads to it; of one whose account is not known, it stands for the account. */
function ofAccount({ id, account, settings: { provider } }: Connection, deps: CloudDeps): CloudDeps {
  return { ...deps, traffic: deps.traffic.of(`${provider} ${account ?? id}`) };
}

function isKey<T extends object>(key: string, object: T): key is Extract<keyof T, string> {
  return Object.hasOwn(object, key);
}

function unsuited({ name }: Connection, doing: string): Failure {
  return new Failure({
    kind: 'invalid',
    code: 'connection-unsuited',
    sentence: `The connection ${name} is not one to ${doing}.`,
    fix: 'Choose another connection for this record.',
  });
}
