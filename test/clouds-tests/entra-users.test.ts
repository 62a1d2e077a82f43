import { createHash, randomUUID } from 'node:crypto';
import type { AuthenticationResult } from '@azure/msal-node';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { browse, type PersonsChoice } from '../clouds/azure/browser.ts';
import type { AppCredentials } from '../clouds/azure/index.ts';
import { send } from '../clouds/kernel/request.ts';
import { type AzureWorld, askToken, publicMsalClient, startAzure } from './support.ts';

const vaultScope = 'https://vault.azure.net/.default';
const armScope = 'https://management.azure.com/.default';
const loopback = { platform: 'desktop', uri: 'http://localhost' } as const;
const day = 24 * 60 * 60 * 1000;

let world: AzureWorld;
let app: AppCredentials;
let ann: ReturnType<AzureWorld['azure']['addUser']>;

beforeAll(async () => {
  world = await startAzure();
  app = world.azure.addTenantApp({ redirects: [loopback] });
  await world.azure.addVault('kv-test');
});
beforeEach(() => {
  ann = world.azure.addUser(`Ann-${randomUUID()}`);
});
afterEach(() => {
  world.desk.setClockOffset(0);
});
afterAll(() => world.azure.close());

/** Signs in through msal-node's own loopback server, with a person who does this in the browser. */
function interactive(choice: PersonsChoice, client = publicMsalClient(world, app)): Promise<AuthenticationResult> {
  const openBrowser = async (url: string) => {
    await browse(url, world.caPem, choice);
  };
  return client.acquireTokenInteractive({ scopes: [vaultScope], openBrowser });
}

async function secretsListed(accessToken: string): Promise<number> {
  const url = `${world.azure.vaultUrl('kv-test')}/secrets?api-version=7.6`;
  return (await send(url, { headers: { authorization: `Bearer ${accessToken}` }, caPem: world.caPem })).status;
}

describe('a user in the browser', () => {
  it('signs in by msal-node, and may do what the user may', async () => {
    const result = await interactive({ account: ann.userName });
    expect(result.account).toMatchObject({
      username: ann.userName,
      tenantId: app.tenantId,
      homeAccountId: `${ann.objectId}.${app.tenantId}`,
    });
    expect(decodeJwt(result.accessToken)).toMatchObject({
      aud: 'https://vault.azure.net',
      appid: app.clientId,
      appidacr: '0',
      oid: ann.objectId,
      scp: 'user_impersonation',
      upn: ann.userName,
    });
    expect(await secretsListed(result.accessToken)).toBe(403);
    // What the app itself may do is nothing to the user.
    world.azure.grant(app.clientId, 'Key Vault Secrets User', 'kv-test');
    expect(await secretsListed(result.accessToken)).toBe(403);
    world.azure.grant(ann.userName, 'Key Vault Secrets User', 'kv-test');
    expect(await secretsListed(result.accessToken)).toBe(200);
    world.azure.revoke(ann.userName, 'kv-test');
    expect(await secretsListed(result.accessToken)).toBe(403);
  });

  it('gets further tokens without being asked, for other resources too', async () => {
    const client = publicMsalClient(world, app);
    const { account } = await interactive({ account: ann.userName }, client);
    if (account === null) throw new Error('no account');
    world.desk.clearArrivals();
    await client.acquireTokenSilent({ account, scopes: [vaultScope] });
    expect(world.desk.arrivals({ name: 'token' })).toHaveLength(0);
    const forced = await client.acquireTokenSilent({ account, scopes: [vaultScope], forceRefresh: true });
    expect(decodeJwt(forced.accessToken)).toMatchObject({ oid: ann.objectId });
    const arm = await client.acquireTokenSilent({ account, scopes: [armScope] });
    expect(decodeJwt(arm.accessToken)).toMatchObject({ aud: 'https://management.azure.com' });
  });

  it.each([
    ['revoked', 50173, () => world.azure.revokeSignIns(ann.userName)],
    ['of a disabled account', 50057, () => world.azure.setUserEnabled(ann.userName, false)],
    ['unused for 90 days', 700082, () => world.desk.setClockOffset(91 * day)],
  ])('is asked again when the sign-in is %s', async (_, code, end) => {
    const client = publicMsalClient(world, app);
    const { account } = await interactive({ account: ann.userName }, client);
    if (account === null) throw new Error('no account');
    end();
    const silent = client.acquireTokenSilent({ account, scopes: [vaultScope], forceRefresh: true });
    await expect(silent).rejects.toMatchObject({
      errorCode: 'invalid_grant',
      errorMessage: expect.stringContaining(`AADSTS${code}`),
    });
  });

  it('may cancel', async () => {
    await expect(interactive('cancel')).rejects.toMatchObject({
      errorCode: 'access_denied',
      errorMessage: expect.stringContaining('AADSTS65004'),
    });
  });

  it('cannot use a disabled account, nor one of another tenant', async () => {
    const stranger = world.azure.addUser('Stranger', world.azure.addTenant(`${randomUUID()}.example`).id);
    world.azure.setUserEnabled(ann.userName, false);
    const openBrowser = async (url: string) => {
      expect((await browse(url, world.caPem, { account: ann.userName })).text).toContain('AADSTS50057');
      const id = world.azure.pendingSignIns().at(-1)?.id ?? '';
      expect(() => world.azure.approveSignIn(id, stranger.userName)).toThrow(/in that tenant/);
      const chosen = `${world.azure.loginUrl}/${app.tenantId}/login?id=${id}&account=${stranger.userName}`;
      expect((await browse(chosen, world.caPem)).text).toContain('Pick an account');
      await browse(`${world.azure.loginUrl}/${app.tenantId}/login?id=${id}&cancel=1`, world.caPem);
    };
    const signIn = publicMsalClient(world, app).acquireTokenInteractive({ scopes: [vaultScope], openBrowser });
    await expect(signIn).rejects.toMatchObject({ errorCode: 'access_denied' });
  });

  it('may be answered for by whoever owns the stand-in', async () => {
    const client = publicMsalClient(world, app);
    const openBrowser = async (url: string) => {
      const page = await browse(url, world.caPem);
      const pending = world.azure.pendingSignIns().at(-1);
      expect(pending).toMatchObject({ kind: 'browser', clientId: app.clientId, resource: 'https://vault.azure.net' });
      world.azure.approveSignIn(pending?.id ?? '', ann.userName);
      const [, next = ''] = /content="1;url=([^"]+)"/.exec(page.text) ?? [];
      await browse(new URL(next, url).href, world.caPem);
    };
    const { account } = await client.acquireTokenInteractive({ scopes: [vaultScope], openBrowser });
    expect(account?.username).toBe(ann.userName);
    expect(world.azure.pendingSignIns()).toEqual([]);
  });

  it('reads what is wrong with the app where the app cannot be told', async () => {
    const page = async (changes: Record<string, string>) => {
      const query = new URLSearchParams({
        client_id: app.clientId,
        redirect_uri: 'http://localhost:1',
        response_type: 'code',
        scope: vaultScope,
        ...changes,
      });
      const url = `${world.azure.loginUrl}/${app.tenantId}/oauth2/v2.0/authorize?${query}`;
      const reply = await send(url, { caPem: world.caPem });
      return [reply.status, reply.headers['location'] ?? /AADSTS\d+/.exec(reply.text)?.[0]];
    };
    expect(await page({ client_id: ann.objectId })).toEqual([200, 'AADSTS700016']);
    expect(await page({ redirect_uri: 'http://localhost:1/callback' })).toEqual([200, 'AADSTS50011']);
    expect(await page({ redirect_uri: 'https://app.contoso.example' })).toEqual([200, 'AADSTS50011']);
    expect(await page({ response_type: 'token' })).toEqual([302, expect.stringContaining('unsupported_response_type')]);
    expect(await page({ scope: `${vaultScope} ${armScope}` })).toEqual([302, expect.stringContaining('AADSTS28000')]);
    expect(await page({ scope: 'https://nowhere.example/.default', state: 'a b&c' })).toEqual([
      302,
      expect.stringMatching(/^http:\/\/localhost:1\/\?error=invalid_resource&.*AADSTS500011.*&state=a\+b%26c$/),
    ]);
  });
});

describe('an authorization code', () => {
  const verifier = 'v'.repeat(43);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const redirectUri = 'http://localhost:1';

  /** A fresh code, read off the address to which the browser would go. */
  async function freshCode(of = app, changes: Record<string, string> = {}): Promise<string> {
    const query = new URLSearchParams({
      client_id: of.clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: `${vaultScope} openid offline_access`,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...changes,
    });
    const url = `${world.azure.loginUrl}/${of.tenantId}/oauth2/v2.0/authorize?${query}`;
    await send(url, { caPem: world.caPem });
    const id = world.azure.pendingSignIns().at(-1)?.id ?? '';
    world.azure.approveSignIn(id, ann.userName);
    const reply = await send(`${world.azure.loginUrl}/${of.tenantId}/login?id=${id}`, { caPem: world.caPem });
    return new URL(reply.headers['location'] ?? '').searchParams.get('code') ?? '';
  }
  const redeem = (code: string, changes: Record<string, string> = {}) =>
    askToken(world, app, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...changes,
    });

  it('is good once, for ten minutes, for the app and address that asked, with the verifier', async () => {
    expect((await redeem('rubbish')).refusal).toEqual([400, 'invalid_grant', 70000]);
    const code = await freshCode();
    expect((await redeem(code, { code_verifier: 'w'.repeat(43) })).refusal).toEqual([400, 'invalid_grant', 501481]);
    expect((await redeem(code, { redirect_uri: 'http://localhost:2' })).refusal).toEqual([
      400,
      'invalid_grant',
      500112,
    ]);
    expect((await redeem(code, { client_secret: 'x' })).refusal).toEqual([401, 'invalid_client', 700025]);
    const other = world.azure.addTenantApp({ redirects: [loopback] });
    expect((await redeem(code, { client_id: other.clientId })).refusal).toEqual([400, 'invalid_grant', 70000]);
    const { status, body } = await redeem(code);
    expect(status).toBe(200);
    expect(decodeJwt(body['id_token'] ?? '')).toMatchObject({ aud: app.clientId, preferred_username: ann.userName });
    expect((await redeem(code)).refusal).toEqual([400, 'invalid_grant', 54005]);
    const late = await freshCode();
    world.desk.setClockOffset(11 * 60 * 1000);
    expect((await redeem(late)).refusal).toEqual([400, 'invalid_grant', 70008]);
  });

  it('of a web app needs the secret of the app', async () => {
    const web = world.azure.addTenantApp({ redirects: [{ platform: 'web', uri: 'http://localhost' }] });
    const code = await freshCode(web);
    const id = { client_id: web.clientId };
    expect((await redeem(code, id)).refusal).toEqual([401, 'invalid_client', 7000218]);
    const { status, body } = await redeem(code, { ...id, client_secret: web.clientSecret });
    expect(status).toBe(200);
    expect(decodeJwt(body['access_token'] ?? '')).toMatchObject({ appidacr: '1', oid: ann.objectId });
  });

  it('gives a refresh token only when asked, and each refresh gives a further one', async () => {
    const without = await redeem(await freshCode(app, { scope: vaultScope }));
    expect([without.body['refresh_token'], without.body['id_token']]).toEqual([undefined, undefined]);
    const { body } = await redeem(await freshCode());
    const refresh = (token = '', changes: Record<string, string> = {}) =>
      askToken(world, app, { grant_type: 'refresh_token', refresh_token: token, ...changes });
    const second = await refresh(body['refresh_token']);
    expect(second.body['refresh_token']).not.toBe(body['refresh_token']);
    expect((await refresh(second.body['refresh_token'])).status).toBe(200);
    expect((await refresh(body['refresh_token'])).status).toBe(200);
    expect((await refresh('rubbish')).refusal).toEqual([400, 'invalid_grant', 9002313]);
    const other = world.azure.addTenantApp();
    const stolen = await refresh(body['refresh_token'], { client_id: other.clientId });
    expect(stolen.refusal).toEqual([400, 'invalid_grant', 9002313]);
  });
});
