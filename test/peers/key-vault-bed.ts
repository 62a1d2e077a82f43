import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { openSource } from '../../main/clouds/registry.ts';
import { createAuthority } from '../clouds/kernel/certificates.ts';
import { json, retryAfterHeader } from '../clouds/kernel/reply.ts';
import { send } from '../clouds/kernel/request.ts';
import type { SourceBed, SourceOperation } from '../conformance/source.ts';
import { connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import { type Front, openFront, type Protocol } from './front.ts';
import type { Peer, VaultControls } from './peer.ts';
import { startServer } from './server.ts';

const changed = z.object({ attributes: z.object({ updated: z.number() }) });

/** What is asked for, by path. */
const operations: readonly (readonly [RegExp, string])[] = [
  [/^\/secrets\/[^/]+\/versions$/, 'ListSecretVersions'],
  [/^\/secrets\/[^/]+/, 'GetSecret'],
  [/^\/secrets$/, 'ListSecrets'],
  [/^\/certificates\/[^/]+/, 'GetCertificate'],
  [/^\/certificates$/, 'ListCertificates'],
  [/\/vaults$/i, 'ListVaults'],
];
const requests: Readonly<Record<SourceOperation, string>> = {
  listVaults: 'ListVaults',
  listPage: 'ListSecrets',
  describe: 'ListSecretVersions',
  read: 'GetSecret',
  listCertificates: 'ListCertificates',
  describeCertificate: 'GetCertificate',
};

const azureProtocol: Protocol = {
  operation: ({ url }) => ({
    cloud: 'keyvault',
    name: operations.find(([path]) => path.test(url.pathname))?.[1] ?? 'other',
    resource: url.pathname,
  }),
  refuse(refusal) {
    if (refusal.kind === 'status') return json(refusal.status, { error: { code: 'AuthorizationFailed', message: '' } });
    const error = { code: 'Throttled', message: 'Request was not processed because too many requests were received.' };
    return json(429, { error }, retryAfterHeader(refusal.retryAfter));
  },
};

/**
 * A Key Vault that isn't ours behind a sign-in and a Resource Manager that are: tokens, subscriptions and the list of
 * vaults come from the stand-in, everything in a vault from the peer.
 * @param programs the folder that the peer's programs are in; it is started here, since it has to know the sign-in
 */
export function openKeyVaultBed(peer: Peer, programs: string): Promise<SourceBed> {
  const { name, vaults } = peer;
  if (vaults === undefined) throw new Error(`${name} is no Key Vault`);
  return openBed(peer, vaults, programs);
}

async function openBed(peer: Peer, controls: VaultControls, programs: string): Promise<SourceBed> {
  const bed = await openCloudBed();
  const { azure, desk } = bed;
  const app = azure.addTenantApp();
  const { tenantId, clientId, clientSecret } = app;
  azure.grant(clientId, 'Reader', azure.subscription.id);
  const server = await startServer(peer, programs, {
    issuer: `https://sts.windows.net/${tenantId}/`,
    jwks: `${azure.loginUrl}/${tenantId}/discovery/v2.0/keys`,
  });
  const authority = await createAuthority();
  const caBundle = `${bed.caPem}\n${authority.certPem}`;
  const vaults = new Map<string, Front>();
  // Resource Manager tells the front's address where it would tell that of the stand-in's own vault.
  const arm = await openFront(azure.armUrl, azureProtocol, {
    desk,
    authority,
    tell: (text) => [...vaults].reduce((told, [name, { url }]) => told.replaceAll(azure.vaultUrl(name), url), text),
  });
  // Tokens for it are asked for by its address, too.
  const login: Front = await openFront(azure.loginUrl, azureProtocol, {
    desk,
    authority,
    ask: (text) => text.replaceAll(encodeURIComponent(arm.url), encodeURIComponent(azure.armUrl)),
    tell: (text) => text.replaceAll(azure.loginUrl, login.url),
  });
  await controls.stopClock?.(server.origin, bed.now());
  // A clock that can't be stopped tells its time with the last change.
  let lastChange = bed.now();
  const now = () => (controls.stopClock === undefined ? lastChange : bed.now());

  /** A request of the owner's. What is to be of one second isn't begun at the end of one. */
  async function own(vault: string, method: string, path: string, body?: unknown): Promise<unknown> {
    const late = (Date.now() % 1000) - 700;
    if (controls.stopClock === undefined && late > 0 && method !== 'GET') await pause(300 - late);
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const asked = new URLSearchParams({ ...form, scope: 'https://vault.azure.net/.default' });
    const { text } = await send(`${azure.loginUrl}/${tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: asked.toString(),
      caPem: bed.caPem,
    });
    const { access_token } = z.object({ access_token: z.string() }).parse(JSON.parse(text));
    const url = `${vaults.get(vault)?.url}${path}?api-version=7.4`;
    const reply = await send(url, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      caPem: caBundle,
    });
    if (reply.status > 299) throw new Error(`the peer answered ${reply.status} to ${method} ${path}`);
    const answer: unknown = reply.text === '' ? undefined : JSON.parse(reply.text);
    const { data } = changed.safeParse(answer);
    if (data !== undefined && method !== 'GET') lastChange = data.attributes.updated * 1000;
    return answer;
  }

  const seconds = (milliseconds: number | undefined) => (milliseconds === undefined ? undefined : milliseconds / 1000);

  return {
    open: () =>
      openSource(
        connectionTo({
          provider: 'azure',
          tenantId,
          clientId,
          signIn: 'secret',
          cloud: 'custom',
          authority: login.url,
          resourceManager: arm.url,
          caBundle,
        }),
        { signIn: 'secret', clientSecret },
        { ...bed.deps, now },
      ),
    async addVault(name) {
      await azure.addVault(name);
      const host = controls.host(name, server.origin);
      const url = () => vaults.get(name)?.url ?? '';
      // In links it speaks of the plain HTTP that it was asked by.
      const tell = (text: string) => text.replaceAll(`https://${host}`, url()).replaceAll(`http://${host}`, url());
      vaults.set(name, await openFront(server.origin, azureProtocol, { desk, authority, host, tell }));
    },
    refuseSubscription(name) {
      const { id } = azure.addSubscription(name);
      azure.grant(clientId, 'Reader', id);
      const path = `/subscriptions/${id}/*`;
      desk.addFault({ name: 'ListVaults', resource: path, fault: { kind: 'status', status: 403 } });
    },
    async set(vault, name, value, { contentType, tags, enabled, notBefore, expiresOn } = {}) {
      const attributes = { enabled, nbf: seconds(notBefore), exp: seconds(expiresOn) };
      await own(vault, 'PUT', `/secrets/${name}`, { value, contentType, tags, attributes });
    },
    async setCertificate(vault, name, material, { tags, exportable = true } = {}) {
      const pem = 'pem' in material;
      const secret_props = { contentType: pem ? 'application/x-pem-file' : 'application/x-pkcs12' };
      const policy = { key_props: { exportable }, secret_props };
      // Both peers read PEM in base64; Azure's own clients send it as it is.
      const value = pem ? Buffer.from(material.pem).toString('base64') : material.pfxBase64;
      await own(vault, 'POST', `/certificates/${name}/import`, { value, pwd: '', policy, tags });
    },
    async update({ kind, vault, name }, { enabled, tags }) {
      const items = `/${kind}s/${name}`;
      const { value } = z
        .object({ value: z.array(z.object({ id: z.string(), attributes: z.object({ created: z.number() }) })) })
        .parse(await own(vault, 'GET', `${items}/versions`));
      const [latest] = value.sort((a, b) => b.attributes.created - a.attributes.created);
      await own(vault, 'PATCH', `${items}/${latest?.id.split('/').at(-1)}`, { attributes: { enabled }, tags });
    },
    async remove({ kind, vault, name }) {
      await own(vault, 'DELETE', `/${kind}s/${name}`);
    },
    async advance(milliseconds) {
      bed.advance(milliseconds);
      await controls.advance(server.origin, milliseconds);
    },
    throttleNext(operation, retryAfter) {
      const fault = { kind: 'throttle', ...(retryAfter === undefined ? {} : { retryAfter }) } as const;
      desk.addFault({ cloud: 'keyvault', name: requests[operation], fault, times: 1 });
    },
    breakNext: (operation, how) =>
      desk.addFault({ cloud: 'keyvault', name: requests[operation], fault: { kind: how }, times: 1 }),
    holdNext(operation) {
      desk.clearArrivals();
      desk.addFault({ cloud: 'keyvault', name: requests[operation], fault: { kind: 'hang' }, times: 1 });
      return () => bed.arrived(requests[operation]);
    },
    now,
    async close() {
      for (const front of [arm, login, ...vaults.values()]) await front.close();
      await server.stop();
      await bed.close();
    },
  };
}
