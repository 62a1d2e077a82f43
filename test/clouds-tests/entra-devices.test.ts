import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { browse } from '../clouds/azure/browser.ts';
import type { AppCredentials } from '../clouds/azure/index.ts';
import { send } from '../clouds/kernel/request.ts';
import { type AzureWorld, askToken, publicMsalClient, startAzure } from './support.ts';

const vaultScope = 'https://vault.azure.net/.default';

let world: AzureWorld;
let app: AppCredentials;
let ann: ReturnType<AzureWorld['azure']['addUser']>;

beforeAll(async () => {
  world = await startAzure();
  app = world.azure.addTenantApp({ publicFlows: true });
  ann = world.azure.addUser('Ann');
});
afterEach(() => {
  world.desk.setClockOffset(0);
  world.azure.setDevicePollInterval(5);
});
afterAll(() => world.azure.close());

describe('a device code', () => {
  async function start() {
    const reply = await send(`${world.azure.loginUrl}/${app.tenantId}/oauth2/v2.0/devicecode`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: app.clientId, scope: `${vaultScope} offline_access` }).toString(),
      caPem: world.caPem,
    });
    return JSON.parse(reply.text) as { user_code: string; device_code: string; expires_in: number; interval: number };
  }
  const poll = (code: string) =>
    askToken(world, app, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code });

  it('signs a user in by msal-node, once the user agrees', async () => {
    world.azure.setDevicePollInterval(0);
    world.desk.clearArrivals();
    const result = await publicMsalClient(world, app).acquireTokenByDeviceCode({
      scopes: [vaultScope],
      deviceCodeCallback: ({ userCode, verificationUri, message }) => {
        expect(message).toContain(userCode);
        const pending = { name: 'token', resource: app.clientId, status: 400 };
        void vi
          .waitFor(() => expect(world.desk.arrivals(pending)).not.toEqual([]))
          .then(() => browse(`${verificationUri}?otc=${userCode}`, world.caPem, { account: ann.userName }));
      },
    });
    expect(result?.account?.username).toBe(ann.userName);
    expect(decodeJwt(result?.accessToken ?? '')).toMatchObject({ aud: 'https://vault.azure.net', oid: ann.objectId });
  });

  it('is pending, not to be asked for too often, and good once', async () => {
    const { user_code: userCode, device_code: code, expires_in: lifetime, interval } = await start();
    expect([lifetime, interval]).toEqual([900, 5]);
    expect(world.azure.pendingSignIns()).toMatchObject([{ id: userCode, kind: 'device' }]);
    expect((await poll(code)).refusal).toEqual([400, 'authorization_pending', 70016]);
    expect((await poll(code)).refusal).toEqual([400, 'slow_down', 70016]);
    world.desk.setClockOffset(5000);
    expect((await poll(code)).refusal).toEqual([400, 'authorization_pending', 70016]);
    world.azure.approveSignIn(userCode, ann.userName);
    world.desk.setClockOffset(10_000);
    const { status, body } = await poll(code);
    expect([status, body['token_type'], typeof body['refresh_token']]).toEqual([200, 'Bearer', 'string']);
    world.desk.setClockOffset(15_000);
    expect((await poll(code)).refusal).toEqual([400, 'bad_verification_code', 70000]);
    expect((await poll('rubbish')).refusal).toEqual([400, 'bad_verification_code', 70000]);
  });

  it('expires, and may be declined', async () => {
    const declined = await start();
    world.azure.denySignIn(declined.user_code);
    expect((await poll(declined.device_code)).refusal).toEqual([400, 'authorization_declined', 65004]);
    expect(() => world.azure.approveSignIn(declined.user_code, ann.userName)).toThrow(/no pending sign-in/);
    const { user_code: userCode, device_code: code } = await start();
    world.desk.setClockOffset(16 * 60 * 1000);
    expect((await poll(code)).refusal).toEqual([400, 'expired_token', 70020]);
    expect(() => world.azure.approveSignIn(userCode, ann.userName)).toThrow(/no pending sign-in/);
  });

  it('is refused when the app does not allow public client flows', async () => {
    const closed = world.azure.addTenantApp();
    const signIn = publicMsalClient(world, closed).acquireTokenByDeviceCode({
      scopes: [vaultScope],
      deviceCodeCallback: ({ userCode }) => world.azure.approveSignIn(userCode, ann.userName),
    });
    // msal-node keeps the error and drops its description.
    await expect(signIn).rejects.toMatchObject({ errorMessage: expect.stringContaining('invalid_client') });
    expect(world.desk.arrivals({ name: 'token', resource: closed.clientId }).map(({ status }) => status)).toEqual([
      401,
    ]);
  });
});
