import { z } from 'zod';
import { type AzureSettings, isPersonal } from '../../domain/connection.ts';
import { invalid } from '../../domain/failure.ts';
import { openApplication } from './application.ts';
import type { Authority } from './authority.ts';
import { openCli } from './cli.ts';
import { openPerson } from './person.ts';
import { type Acquire, keepTokens, type SignIn } from './tokens.ts';

const credentialShape = z.discriminatedUnion('signIn', [
  z.strictObject({ signIn: z.literal('secret'), clientSecret: z.string().min(1) }),
  z.strictObject({ signIn: z.literal('certificate'), pem: z.string().min(1) }),
  z.strictObject({
    signIn: z.literal('user'),
    cache: z.string().min(1),
    homeAccountId: z.string().min(1),
    username: z.string(),
  }),
  z.strictObject({ signIn: z.literal('outside') }),
]);
type AzureCredential = z.infer<typeof credentialShape>;

/** The kind of credential that each way to sign in leaves. */
const credentialOf: Readonly<Record<AzureSettings['signIn'], AzureCredential['signIn']>> = {
  secret: 'secret',
  certificate: 'certificate',
  browser: 'user',
  'device-code': 'user',
  cli: 'outside',
};

/**
 * Signs in as the connection says: its application with secret or certificate, the person who signed in before, or whoever
 * is signed in to the Azure CLI.
 * @param credential not trusted to be one until parsed
 * @throws Failure `invalid` or `auth` if settings or credential cannot be used, before anything is sent
 */
export function openSignIn(credential: unknown, authority: Authority): SignIn {
  const { settings, deps } = authority;
  const parsed = credentialShape.safeParse(credential);
  if (!parsed.success || parsed.data.signIn !== credentialOf[settings.signIn]) {
    throw invalid(
      'credential',
      'The stored credential does not fit this connection.',
      isPersonal(settings) ? 'Sign in again in this connection.' : 'Enter the secret or certificate again.',
    );
  }
  return keepTokens(acquireWith(parsed.data, authority), deps.now);
}

function acquireWith(credential: AzureCredential, authority: Authority): Acquire {
  if (credential.signIn === 'user') return openPerson(credential, authority);
  if (credential.signIn === 'outside') return openCli(authority);
  return openApplication(credential, authority);
}
