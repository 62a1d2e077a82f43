import { KeyVaultManagementClient } from '@azure/arm-keyvault';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Subscription } from '../clouds/azure/arm.ts';
import { azureCliId } from '../clouds/azure/directory.ts';
import type { AppCredentials } from '../clouds/azure/index.ts';
import { send } from '../clouds/kernel/request.ts';
import { type AzureWorld, collect, credentialOf, startAzure, subscriptionClient, tokenFor } from './support.ts';

let world: AzureWorld;
let app: AppCredentials;
let second: Subscription;

beforeAll(async () => {
  world = await startAzure();
  const { azure } = world;
  app = azure.addTenantApp();
  second = azure.addSubscription('Contoso Development');
  azure.addSubscription('Contoso Secret');
  await azure.addVault('kv-b');
  await azure.addVault('kv-A', { resourceGroup: 'rg-other', location: 'northeurope' });
  await azure.addVault('kv-c');
  await azure.addVault('kv-dev', { subscriptionId: second.id });
  await azure.addVault('kv-dev-hidden', { subscriptionId: second.id });
  azure.grant(app.clientId, 'Reader', azure.subscription.id);
  azure.grant(app.clientId, 'Key Vault Reader', 'kv-dev');
});
afterEach(() => {
  world.azure.setArmPageSize(100);
  world.desk.clearFaults();
});
afterAll(() => world.azure.close());

function vaultClient(subscriptionId: string, by = app): KeyVaultManagementClient {
  const options = { endpoint: world.azure.armUrl, tlsOptions: { ca: world.caPem }, retryOptions: { maxRetries: 0 } };
  return new KeyVaultManagementClient(credentialOf(world, by), subscriptionId, options);
}

async function vaultNames(subscriptionId: string): Promise<(string | undefined)[]> {
  return (await collect(vaultClient(subscriptionId).vaults.listBySubscription())).map(({ name }) => name);
}

describe('a user', () => {
  it('sees what the roles of the user allow, whichever app asks', async () => {
    const user = world.azure.addUser('Ann');
    const refreshToken = world.azure.signInToCli(user.userName);
    const form = { grant_type: 'refresh_token', client_id: azureCliId, refresh_token: refreshToken };
    const reply = await send(`${world.azure.loginUrl}/${user.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form).toString(),
      caPem: world.caPem,
    });
    const { access_token: token } = JSON.parse(reply.text) as { access_token: string };
    const get = async (path: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const url = `${world.azure.armUrl}/subscriptions/${path}?api-version=2022-12-01`;
      return (await send(url, { headers, caPem: world.caPem })).text;
    };
    const vaults = `${second.id}/providers/Microsoft.KeyVault/vaults`;
    expect(await get('')).not.toContain(second.id);
    expect(await get(vaults)).toContain(`The client '${user.userName}' with object id '${user.objectId}'`);
    world.azure.grant(user.userName, 'Key Vault Reader', 'kv-dev');
    expect(await get('')).toContain(second.id);
    expect(await get(vaults)).toContain('"name":"kv-dev"');
    expect(await get(vaults)).not.toContain('kv-dev-hidden');
  });
});

describe('subscriptions', () => {
  it('are those in which the app may read something, page by page', async () => {
    const expected = [world.azure.subscription.id, second.id].sort();
    for (const size of [100, 1]) {
      world.azure.setArmPageSize(size);
      const seen = await collect(subscriptionClient(world, app).subscriptions.list());
      expect(seen.map(({ subscriptionId }) => subscriptionId)).toEqual(expected);
      expect(seen.find(({ subscriptionId }) => subscriptionId === second.id)).toMatchObject({
        displayName: 'Contoso Development',
        id: `/subscriptions/${second.id}`,
        state: 'Enabled',
        tenantId: app.tenantId,
      });
    }
  });

  it('are none for an app without roles', async () => {
    const stranger = world.azure.addTenantApp();
    expect(await collect(subscriptionClient(world, stranger).subscriptions.list())).toEqual([]);
  });
});

describe('vaults', () => {
  it('are listed with all that a client needs to reach them', async () => {
    const found = await collect(vaultClient(world.azure.subscription.id).vaults.listBySubscription());
    const inGroup = `/subscriptions/${world.azure.subscription.id}/resourceGroups/rg-other`;
    expect(found.map(({ name }) => name)).toEqual(['kv-A', 'kv-b', 'kv-c']);
    expect(found[0]).toMatchObject({
      id: `${inGroup}/providers/Microsoft.KeyVault/vaults/kv-A`,
      location: 'northeurope',
      type: 'Microsoft.KeyVault/vaults',
      properties: {
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        tenantId: app.tenantId,
        vaultUri: `${world.azure.vaultUrl('kv-A')}/`,
      },
    });
  });

  it('follow pages of any size', async () => {
    world.azure.setArmPageSize(2);
    world.desk.clearArrivals();
    expect(await vaultNames(world.azure.subscription.id)).toEqual(['kv-A', 'kv-b', 'kv-c']);
    expect(world.desk.arrivals({ name: 'ListVaults' })).toHaveLength(2);
    const one = collect(vaultClient(world.azure.subscription.id).vaults.listBySubscription({ top: 1 }));
    expect(await one).toHaveLength(3);
  });

  it('are also there as resources, by group, and one by one', async () => {
    const { vaults } = vaultClient(world.azure.subscription.id);
    expect((await collect(vaults.list())).map(({ name }) => name)).toEqual(['kv-A', 'kv-b', 'kv-c']);
    expect((await collect(vaults.listByResourceGroup('RG-Other'))).map(({ name }) => name)).toEqual(['kv-A']);
    expect((await vaults.get('rg-other', 'KV-a')).name).toBe('kv-A');
    await expect(vaults.get('rg-other', 'kv-b')).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
  });

  it('show only to those who may read them', async () => {
    expect(await vaultNames(second.id)).toEqual(['kv-dev']);
    const hidden = world.azure.addSubscription('Contoso Hidden');
    await expect(vaultNames(hidden.id)).rejects.toMatchObject({ statusCode: 403, code: 'AuthorizationFailed' });
    const nowhere = '00000000-0000-4000-8000-000000000000';
    await expect(vaultNames(nowhere)).rejects.toMatchObject({ statusCode: 404, code: 'SubscriptionNotFound' });
  });

  it('do not show to an app of another tenant, whatever role it was given', async () => {
    const elsewhere = world.azure.addTenant('fabrikam.onmicrosoft.com');
    const foreigner = world.azure.addTenantApp({ tenantId: elsewhere.id });
    world.azure.grant(foreigner.clientId, 'Reader', world.azure.subscription.id);
    expect(await collect(subscriptionClient(world, foreigner).subscriptions.list())).toEqual([]);
    const { vaults } = vaultClient(world.azure.subscription.id, foreigner);
    await expect(collect(vaults.listBySubscription())).rejects.toMatchObject({ code: 'SubscriptionNotFound' });
  });

  it('go when they are removed', async () => {
    await world.azure.addVault('kv-short-lived');
    expect(await vaultNames(world.azure.subscription.id)).toContain('kv-short-lived');
    await world.azure.removeVault('kv-short-lived');
    expect(await vaultNames(world.azure.subscription.id)).not.toContain('kv-short-lived');
  });
});

describe('requests', () => {
  const path = '/subscriptions?api-version=2022-12-01';

  async function get(token: string | undefined, target = path) {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const reply = await send(`${world.azure.armUrl}${target}`, { headers, caPem: world.caPem });
    const { error } = JSON.parse(reply.text) as { error?: { code?: string } };
    return { status: reply.status, code: error?.code, challenge: reply.headers['www-authenticate'] };
  }

  it('need a token for this very service', async () => {
    const missing = await get(undefined);
    expect(missing).toMatchObject({ status: 401, code: 'AuthenticationFailed' });
    expect(missing.challenge).toContain(`Bearer authorization_uri="${world.azure.loginUrl}/"`);
    expect(await get('rubbish')).toMatchObject({ status: 401, code: 'InvalidAuthenticationToken' });
    const foreign = await tokenFor(world, app, 'https://vault.azure.net');
    expect(await get(foreign)).toMatchObject({ status: 401, code: 'InvalidAuthenticationTokenAudience' });
    for (const name of ['https://management.azure.com', 'https://management.core.windows.net/', world.azure.armUrl]) {
      expect((await get(await tokenFor(world, app, name))).status).toBe(200);
    }
  });

  it('need a token that has not expired', async () => {
    const token = await tokenFor(world, app, 'https://management.azure.com');
    world.desk.setClockOffset(2 * 60 * 60 * 1000);
    expect(await get(token)).toMatchObject({ status: 401, code: 'ExpiredAuthenticationToken' });
    world.desk.setClockOffset(0);
    expect((await get(token)).status).toBe(200);
  });

  it('need an api-version, and a path that exists', async () => {
    const token = await tokenFor(world, app, 'https://management.azure.com');
    expect(await get(token, '/subscriptions')).toMatchObject({ status: 400, code: 'MissingApiVersionParameter' });
    expect((await get(token, '/tenants?api-version=2022-12-01')).status).toBe(404);
  });

  it('are throttled in the words of Resource Manager', async () => {
    world.desk.addFault({ cloud: 'arm', name: 'ListSubscriptions', fault: { kind: 'throttle', retryAfter: 17 } });
    await expect(collect(subscriptionClient(world, app).subscriptions.list())).rejects.toMatchObject({
      statusCode: 429,
      code: 'TooManyRequests',
    });
  });
});
