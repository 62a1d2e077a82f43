import { randomUUID } from 'node:crypto';
import type { CloudDeps } from '../../main/clouds/call.ts';
import type { Source } from '../../main/clouds/ports.ts';
import { openSource } from '../../main/clouds/registry.ts';
import { openTraffic } from '../../main/clouds/traffic.ts';
import type { AzureSettings } from '../../main/domain/connection.ts';
import { createAuthority } from '../clouds/kernel/certificates.ts';
import { json } from '../clouds/kernel/reply.ts';
import { listen } from '../clouds/kernel/server.ts';
import type { CloudReply, CloudRequest } from '../clouds/kernel/types.ts';
import { connectionTo, unhurriedClock } from '../support/cloud-bed.ts';

export const noProxy: CloudDeps['network'] = { proxy: '', noProxy: '', caBundle: '' };

export const patientDeps: CloudDeps = {
  network: noProxy,
  keepCredential() {},
  allowLoopback: true,
  callTimeoutMs: 20_000,
  now: Date.now,
  randomId: randomUUID,
  // New for whatever is opened with it: what one test's server did says nothing of the next one's.
  get traffic() {
    return openTraffic(unhurriedClock());
  },
};

/** A server that answers as a test wants, and one beside it that nobody should ever talk to. */
export interface HostileCloud {
  readonly url: string;
  readonly elsewhere: string;
  readonly caPem: string;
  /** What each of the two was asked, oldest first. */
  readonly asked: CloudRequest[];
  readonly askedElsewhere: CloudRequest[];
  close(): Promise<void>;
}

/** @param answer what to answer; `url` is the server's own address */
export async function openHostileCloud(
  answer: (request: CloudRequest, cloud: HostileCloud) => CloudReply | undefined,
): Promise<HostileCloud> {
  const authority = await createAuthority();
  const tls = await authority.issueForLoopback();
  const asked: CloudRequest[] = [];
  const askedElsewhere: CloudRequest[] = [];
  const other = await listen(async (request) => {
    askedElsewhere.push(request);
    return json(200, { value: [] });
  }, tls);
  const server = await listen(async (request) => {
    asked.push(request);
    return answer(request, cloud) ?? azureBasics(request, cloud) ?? { status: 404 };
  }, tls);
  const cloud: HostileCloud = {
    url: server.url,
    elsewhere: other.url,
    caPem: authority.certPem,
    asked,
    askedElsewhere,
    close: async () => void (await Promise.all([server.close(), other.close()])),
  };
  return cloud;
}

export const tenantId = '3f7d5c1e-0000-4000-8000-000000000001';

/** Just enough of Entra ID and Resource Manager, on one server, for a vault named kv-hostile on that same server. */
function azureBasics({ url, method }: CloudRequest, cloud: HostileCloud): CloudReply | undefined {
  const base = `${cloud.url}/${tenantId}`;
  if (url.pathname.endsWith('/.well-known/openid-configuration')) {
    return json(200, {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      jwks_uri: `${base}/keys`,
      issuer: `${base}/v2.0`,
    });
  }
  if (method === 'POST') return json(200, { token_type: 'Bearer', expires_in: 3599, access_token: randomUUID() });
  if (url.pathname === '/subscriptions')
    return json(200, { value: [{ subscriptionId: 's1', displayName: 'Hostile', state: 'Enabled' }] });
  if (/\/vaults$/i.test(url.pathname)) return json(200, { value: [managedVault(`${cloud.url}/`)] });
  return undefined;
}

/** A vault as Resource Manager lists it. */
export function managedVault(vaultUri: string) {
  const sku = { family: 'A', name: 'standard' };
  return { id: '/vaults/kv-hostile', name: 'kv-hostile', location: 'x', properties: { tenantId, sku, vaultUri } };
}

export function sourceOf(
  cloud: HostileCloud,
  change: Partial<AzureSettings> = {},
  deps = patientDeps,
): Promise<Source> {
  const settings: AzureSettings = {
    provider: 'azure',
    tenantId,
    clientId: '3f7d5c1e-0000-4000-8000-000000000002',
    signIn: 'secret',
    cloud: 'custom',
    authority: cloud.url,
    resourceManager: cloud.url,
    caBundle: cloud.caPem,
    ...change,
  };
  return openSource(connectionTo(settings), { signIn: 'secret', clientSecret: 'made-up-for-this-test' }, deps);
}

/** A secret as Key Vault lists it. */
export function listed(vaultUrl: string, name: string) {
  const attributes = { enabled: true, created: 1_700_000_000, updated: 1_700_000_000 };
  return { id: `${vaultUrl}/secrets/${name}`, attributes };
}
