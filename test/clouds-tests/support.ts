import { X509Certificate } from 'node:crypto';
import { SubscriptionClient } from '@azure/arm-resources-subscriptions';
import type { TokenCredential } from '@azure/core-auth';
import { CertificateClient, type CertificateClientOptions } from '@azure/keyvault-certificates';
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets';
import {
  ConfidentialClientApplication,
  type Configuration,
  type INetworkModule,
  PublicClientApplication,
} from '@azure/msal-node';
import { type AppCredentials, type Azure, createAzure } from '../clouds/azure/index.ts';
import { createAuthority } from '../clouds/kernel/certificates.ts';
import { createDesk, type DeskControl } from '../clouds/kernel/desk.ts';
import { send } from '../clouds/kernel/request.ts';

/** What it takes to reach a stand-in Azure. */
export interface AzureWorld {
  readonly azure: Azure;
  readonly desk: DeskControl;
  readonly caPem: string;
}

/** A stand-in Azure on free ports, for one test file. */
export async function startAzure(): Promise<AzureWorld> {
  const desk = createDesk();
  const authority = await createAuthority();
  const azure = await createAzure({ desk, tls: await authority.issueForLoopback(), nextPort: () => 0 });
  return { azure, desk, caPem: authority.certPem };
}

/** A stand-in Azure with the vault `kv-test`, an app that may read its secrets and one that may do anything with them. */
export async function startVault() {
  const world = await startAzure();
  const vault = await world.azure.addVault('kv-test');
  const reader = world.azure.addTenantApp();
  const officer = world.azure.addTenantApp();
  world.azure.grant(reader.clientId, 'Key Vault Secrets User', 'kv-test');
  world.azure.grant(officer.clientId, 'Key Vault Secrets Officer', 'kv-test');
  return { world, vault, reader, officer };
}

type ClientSignIn = Pick<Configuration['auth'], 'clientSecret' | 'clientCertificate'>;

/** Microsoft's own sign-in library, told where the stand-in is and which authority to trust. */
export function msalClient(
  { azure, caPem }: AzureWorld,
  app: Pick<AppCredentials, 'tenantId' | 'clientId'>,
  signIn: ClientSignIn,
): ConfidentialClientApplication {
  const auth = { ...authOf(azure, app), ...signIn };
  return new ConfidentialClientApplication({ auth, system: { networkClient: trusting(caPem) } });
}

/** The same library for an app that has no secret and signs users in. */
export function publicMsalClient(
  { azure, caPem }: AzureWorld,
  app: Pick<AppCredentials, 'tenantId' | 'clientId'>,
): PublicClientApplication {
  return new PublicClientApplication({ auth: authOf(azure, app), system: { networkClient: trusting(caPem) } });
}

function authOf({ loginUrl }: Azure, { tenantId, clientId }: Pick<AppCredentials, 'tenantId' | 'clientId'>) {
  return { clientId, authority: `${loginUrl}/${tenantId}`, knownAuthorities: [new URL(loginUrl).host] };
}

/** A credential for the Azure SDK clients that signs in with the app's secret through msal-node. */
export function credentialOf(world: AzureWorld, app: AppCredentials): TokenCredential {
  const client = msalClient(world, app, { clientSecret: app.clientSecret });
  return {
    async getToken(scopes) {
      const result = await client.acquireTokenByClientCredential({ scopes: [scopes].flat() });
      if (result === null) throw new Error('msal-node returned no token');
      return { token: result.accessToken, expiresOnTimestamp: result.expiresOn?.getTime() ?? 0 };
    },
  };
}

/** The official client for one vault. Retries are off unless asked for, so that each answer is seen. */
export function secretClient(
  world: AzureWorld,
  app: AppCredentials,
  vaultName: string,
  options: SecretClientOptions = {},
): SecretClient {
  const { url, credential, clientOptions } = vaultAccess(world, app, vaultName);
  return new SecretClient(url, credential, { ...clientOptions, ...options });
}

/** The same for the certificates of a vault. */
export function certificateClient(
  world: AzureWorld,
  app: AppCredentials,
  vaultName: string,
  options: CertificateClientOptions = {},
): CertificateClient {
  const { url, credential, clientOptions } = vaultAccess(world, app, vaultName);
  return new CertificateClient(url, credential, { ...clientOptions, ...options });
}

function vaultAccess(world: AzureWorld, app: AppCredentials, vaultName: string) {
  return {
    url: world.azure.vaultUrl(vaultName),
    credential: credentialOf(world, app),
    clientOptions: {
      disableChallengeResourceVerification: true,
      tlsOptions: { ca: world.caPem },
      retryOptions: { maxRetries: 0 },
    },
  };
}

export function subscriptionClient(world: AzureWorld, app: AppCredentials): SubscriptionClient {
  const options = { endpoint: world.azure.armUrl, tlsOptions: { ca: world.caPem }, retryOptions: { maxRetries: 0 } };
  return new SubscriptionClient(credentialOf(world, app), options);
}

/** A token for a resource, asked for by hand. */
export async function tokenFor(world: AzureWorld, app: AppCredentials, resource: string): Promise<string> {
  const token = await credentialOf(world, app).getToken(`${resource}/.default`);
  return token?.token ?? '';
}

/** What the token endpoint of the app's tenant says to a form of the app's, with the error it gives. */
export async function askToken({ azure, caPem }: AzureWorld, app: AppCredentials, form: Record<string, string>) {
  const reply = await send(`${azure.loginUrl}/${app.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ client_id: app.clientId, ...form }).toString(),
    caPem,
  });
  const body = JSON.parse(reply.text) as Record<string, string> & { error_codes?: number[] };
  return { status: reply.status, body, refusal: [reply.status, body['error'], body.error_codes?.[0]] };
}

/** The certificates of a PEM text, in its order. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** What certificates are compared by. */
export function fingerprints(certificates: readonly X509Certificate[]): string[] {
  return certificates.map(({ fingerprint256 }) => fingerprint256);
}

/** Everything an asynchronous list yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function trusting(caPem: string): INetworkModule {
  async function exchange(method: string, url: string, headers: Record<string, string> = {}, body?: string) {
    const reply = await send(url, { method, headers, caPem, ...(body === undefined ? {} : { body }) });
    return { status: reply.status, headers: { ...reply.headers }, body: JSON.parse(reply.text) };
  }
  return {
    sendGetRequestAsync: (url, options) => exchange('GET', url, options?.headers),
    sendPostRequestAsync: (url, options) => exchange('POST', url, options?.headers, options?.body),
  };
}
