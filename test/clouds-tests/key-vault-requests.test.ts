import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AppCredentials } from '../clouds/azure/index.ts';
import type { Vault } from '../clouds/azure/vault.ts';
import { send } from '../clouds/kernel/request.ts';
import { type AzureWorld, collect, secretClient, startVault, tokenFor } from './support.ts';

let world: AzureWorld;
let reader: AppCredentials;
let officer: AppCredentials;
let vault: Vault;

beforeAll(async () => {
  ({ world, vault, reader, officer } = await startVault());
});
afterEach(() => {
  world.desk.clearFaults();
  world.desk.clearQuotas();
  world.desk.setClockOffset(0);
});
afterAll(() => world.azure.close());

/** One request by hand, with the reader's token unless told otherwise. */
async function get(path: string, token?: string) {
  const bearer = token ?? (await tokenFor(world, reader, 'https://vault.azure.net'));
  const headers: Record<string, string> = bearer === '' ? {} : { authorization: `Bearer ${bearer}` };
  const reply = await send(`${world.azure.vaultUrl('kv-test')}${path}`, { headers, caPem: world.caPem });
  return { ...reply, body: JSON.parse(reply.text) as { error?: { code: string; message: string }; nextLink?: string } };
}

const words = async (path: string, token?: string) => {
  const { status, body } = await get(path, token);
  return [status, body.error?.code, body.error?.message];
};

describe('who asks', () => {
  it('is challenged with the tenant and the resource', async () => {
    const reply = await get('/secrets?api-version=7.6', '');
    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toBe(
      `Bearer authorization="${world.azure.loginUrl}/${reader.tenantId}", resource="https://vault.azure.net"`,
    );
    expect(reply.body).toEqual({
      error: { code: 'Unauthorized', message: 'AKV10000: Request is missing a Bearer or PoP token.' },
    });
  });

  it('needs a good token of the tenant for Key Vault', async () => {
    const path = '/secrets?api-version=7.6';
    expect(await words(path, 'rubbish')).toEqual([401, 'Unauthorized', expect.stringContaining('AKV10046')]);
    const forArm = await tokenFor(world, reader, 'https://management.azure.com');
    expect(await words(path, forArm)).toEqual([
      401,
      'Unauthorized',
      'AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com.',
    ]);
    const tenant = world.azure.addTenant('fabrikam.onmicrosoft.com');
    const foreigner = world.azure.addTenantApp({ tenantId: tenant.id });
    world.azure.grant(foreigner.clientId, 'Key Vault Secrets User', 'kv-test');
    const foreign = await tokenFor(world, foreigner, 'https://vault.azure.net');
    expect(await words(path, foreign)).toEqual([401, 'Unauthorized', expect.stringContaining('AKV10032')]);
    const token = await tokenFor(world, reader, 'https://vault.azure.net');
    world.desk.setClockOffset(2 * 60 * 60 * 1000);
    expect(await words(path, token)).toEqual([401, 'Unauthorized', expect.stringContaining('[TokenExpired]')]);
  });

  it('is asked for a token only once by the official client', async () => {
    vault.set('asked-once', 'v');
    const client = secretClient(world, reader, 'kv-test');
    world.desk.clearArrivals();
    await client.getSecret('asked-once');
    await client.getSecret('asked-once');
    const seen = world.desk.arrivals().map(({ cloud, name, status }) => `${cloud} ${name} ${status}`);
    expect(seen).toEqual([
      'keyvault challenge 401',
      'entra openid-configuration 200',
      'entra token 200',
      'keyvault GetSecret 200',
      'keyvault GetSecret 200',
    ]);
  });
});

describe('roles', () => {
  it('decide who may list, read and write', async () => {
    vault.set('guarded', 'v');
    const metadataOnly = world.azure.addTenantApp();
    world.azure.grant(metadataOnly.clientId, 'Key Vault Reader', 'kv-test');
    const client = secretClient(world, metadataOnly, 'kv-test');
    expect((await collect(client.listPropertiesOfSecrets())).map(({ name }) => name)).toContain('guarded');
    await expect(client.getSecret('guarded')).rejects.toMatchObject({
      statusCode: 403,
      code: 'Forbidden',
      details: { error: { innerError: { code: 'ForbiddenByRbac' } } },
      message: expect.stringContaining("Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'"),
    });
    await expect(secretClient(world, reader, 'kv-test').setSecret('guarded', 'w')).rejects.toMatchObject({
      statusCode: 403,
      message: expect.stringContaining(`Caller: appid=${reader.clientId};oid=${reader.objectId};`),
    });
    expect((await secretClient(world, reader, 'kv-test').getSecret('guarded')).value).toBe('v');
  });

  it('can be taken away', async () => {
    const brief = world.azure.addTenantApp();
    world.azure.grant(brief.clientId, 'Key Vault Secrets User', 'kv-test');
    const client = secretClient(world, brief, 'kv-test');
    await collect(client.listPropertiesOfSecrets());
    world.azure.revoke(brief.clientId, 'kv-test');
    await expect(collect(client.listPropertiesOfSecrets())).rejects.toMatchObject({
      statusCode: 403,
      code: 'Forbidden',
    });
  });
});

describe('requests', () => {
  it('of every api-version from 7.4 on are served, others not', async () => {
    for (const version of ['7.4', '7.5', '7.6-preview.2', '7.6', '2025-07-01', '2026-04-01']) {
      expect((await get(`/secrets?api-version=${version}`)).status, version).toBe(200);
    }
    for (const query of ['', '?api-version=6.9', '?api-version=7.6&maxresults=26', '?api-version=7.6&maxresults=0']) {
      expect((await words(`/secrets${query}`)).slice(0, 2), query).toEqual([400, 'BadParameter']);
    }
    expect((await words('/secrets?api-version=7.6&$skiptoken=rubbish')).slice(0, 2)).toEqual([400, 'BadParameter']);
  });

  it('carry the headers by which support finds them', async () => {
    const { headers } = await get('/secrets?api-version=7.6');
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-ms-keyvault-region': 'westeurope',
      'x-ms-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('are throttled with and without Retry-After', async () => {
    vault.set('throttled', 'v');
    world.desk.setQuota({ cloud: 'keyvault', name: 'GetSecret', limit: 1, perSeconds: 1000 });
    const client = secretClient(world, reader, 'kv-test', { retryOptions: { maxRetries: 3, retryDelayInMs: 1 } });
    await client.getSecret('throttled');
    world.desk.clearArrivals();
    await expect(client.getSecret('throttled')).rejects.toMatchObject({
      statusCode: 429,
      code: 'Throttled',
      message: expect.stringContaining('VaultRequestTypeLimitReached'),
    });
    // A bare 429 is not retried by the official client.
    expect(world.desk.arrivals({ name: 'GetSecret' })).toHaveLength(1);
    world.desk.clearQuotas();

    world.desk.addFault({ name: 'GetSecret', times: 2, fault: { kind: 'throttle', retryAfter: 0 } });
    world.desk.clearArrivals();
    expect((await client.getSecret('throttled')).value).toBe('v');
    expect(world.desk.arrivals({ name: 'GetSecret' }).map(({ status }) => status)).toEqual([429, 429, 200]);
  });

  it('meet faults on their way', async () => {
    const client = secretClient(world, officer, 'kv-test');
    await client.setSecret('faulty', 'one');
    world.desk.addFault({ name: 'SetSecret', times: 1, fault: { kind: 'lose-reply' } });
    await expect(client.setSecret('faulty', 'two')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(vault.read('faulty').found.value).toBe('two');
    world.desk.addFault({ name: 'SetSecret', times: 1, fault: { kind: 'reset' } });
    await expect(client.setSecret('faulty', 'three')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(vault.read('faulty').found.value).toBe('two');
    world.desk.addFault({ name: 'GetSecret', times: 1, fault: { kind: 'truncate' } });
    await expect(client.getSecret('faulty')).rejects.toThrow(/aborted/);
    world.desk.addFault({ name: 'GetSecret', times: 1, fault: { kind: 'status', status: 503 } });
    await expect(client.getSecret('faulty')).rejects.toMatchObject({ statusCode: 503, code: 'ServiceUnavailable' });
    world.desk.addFault({ name: 'GetSecret', times: 1, fault: { kind: 'hang' } });
    const abort = new AbortController();
    const hanging = client.getSecret('faulty', { abortSignal: abort.signal });
    const outcome = expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => world.desk.arrivals({ name: 'GetSecret' }).at(-1)?.fault).toBe('hang');
    abort.abort();
    await outcome;
    expect((await client.getSecret('faulty')).value).toBe('two');
  });

  it('leave no value in the log of arrivals', async () => {
    const marker = 'canary-value-that-must-not-be-logged';
    const client = secretClient(world, officer, 'kv-test');
    await client.setSecret('canary', marker, { tags: { note: marker } });
    await client.getSecret('canary');
    await expect(client.setSecret('ca_nary', marker)).rejects.toMatchObject({ statusCode: 400 });
    expect(world.desk.arrivals({ resource: 'kv-test/canary' })).toHaveLength(2);
    expect(JSON.stringify(world.desk.arrivals())).not.toContain(marker);
  });
});
