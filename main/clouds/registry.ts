import type { AwsSettings, Connection } from '../domain/connection.ts';
import { Failure } from '../domain/failure.ts';
import type { CloudDeps } from './call.ts';
import type { Source, Target } from './ports.ts';

type OpenTarget = (settings: AwsSettings, credential: unknown, region: string, deps: CloudDeps) => Target;

// Each cloud's code and SDK load on first use. A further service is one folder or file and one line here.
const awsTargets: ReadonlyMap<string, () => Promise<OpenTarget>> = new Map([
  ['secretsmanager', async () => (await import('./aws/secrets-manager.ts')).openSecretsManager],
]);

/**
 * Opens the secrets a connection can read.
 * @param credential the connection's, decrypted; not trusted to be one until parsed
 * @throws Failure `invalid` if the connection is not a source, or its settings or credential cannot be used
 */
export async function openSource(connection: Connection, credential: unknown, deps: CloudDeps): Promise<Source> {
  const { settings } = connection;
  if (settings.provider !== 'azure') throw unsuited(connection, 'read secrets from');
  const { openKeyVault } = await import('./azure/key-vault.ts');
  return openKeyVault(settings, credential, deps);
}

/**
 * Opens one service in one region of a connection's account to write to.
 * @param credential the connection's, decrypted; not trusted to be one until parsed
 * @throws Failure `invalid` if the connection has no such service, or its settings or credential cannot be used
 */
export async function openTarget(
  connection: Connection,
  credential: unknown,
  service: string,
  region: string,
  deps: CloudDeps,
): Promise<Target> {
  const { settings } = connection;
  const load = settings.provider === 'aws' ? awsTargets.get(service) : undefined;
  if (settings.provider !== 'aws' || !load) throw unsuited(connection, 'write secrets to');
  return (await load())(settings, credential, region, deps);
}

function unsuited({ name }: Connection, doing: string): Failure {
  return new Failure({
    kind: 'invalid',
    code: 'connection-unsuited',
    sentence: `The connection ${name} is not one to ${doing}.`,
    fix: 'Choose another connection for this record.',
  });
}
