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
  vault.pageHabit = 'plain';
  world.desk.setClockOffset(0);
});
afterAll(() => world.azure.close());

describe('a secret', () => {
  it('is set, read back, and described as the client set it', async () => {
    const client = secretClient(world, officer, 'kv-test');
    const value = `ä€😀 "quoted"\nsecond line\ttab \u0000 end`;
    const notBefore = new Date('2026-01-02T03:04:05.000Z');
    const expiresOn = new Date('2027-01-02T03:04:05.000Z');
    const set = await client.setSecret('described', value, {
      contentType: 'text/plain',
      enabled: true,
      expiresOn,
      notBefore,
      tags: { team: 'platform' },
    });
    expect(set.properties.version).toMatch(/^[0-9a-f]{32}$/);
    const got = await client.getSecret('described');
    expect(got.value).toBe(value);
    expect(got.properties).toMatchObject({
      contentType: 'text/plain',
      enabled: true,
      expiresOn,
      name: 'described',
      notBefore,
      recoverableDays: 90,
      recoveryLevel: 'Recoverable+Purgeable',
      tags: { team: 'platform' },
      version: set.properties.version,
    });
    expect(got.properties.createdOn?.getMilliseconds()).toBe(0);
    expect(got.properties.updatedOn).toEqual(got.properties.createdOn);
  });

  it('is read by version, also an old one', async () => {
    const [old, current] = [vault.set('versioned', 'one'), vault.set('versioned', 'two')];
    const client = secretClient(world, reader, 'kv-test');
    expect((await client.getSecret('versioned')).properties.version).toBe(current.version);
    expect((await client.getSecret('versioned', { version: old.version })).value).toBe('one');
    await expect(client.getSecret('versioned', { version: 'f'.repeat(32) })).rejects.toMatchObject({
      statusCode: 404,
      code: 'SecretNotFound',
    });
  });

  it('is found under any case and keeps its first spelling', async () => {
    vault.set('CamelCase', 'one');
    vault.set('camelcase', 'two');
    world.desk.clearArrivals();
    const got = await secretClient(world, reader, 'kv-test').getSecret('CAMELCASE');
    expect([got.name, got.value]).toEqual(['CamelCase', 'two']);
    expect(world.desk.arrivals({ resource: 'kv-test/CamelCase', status: 200 })).toHaveLength(1);
  });

  it('changes its properties without a new version, and its time of update with them', async () => {
    const made = vault.set('updated', 'v', { tags: { a: '1' }, contentType: 'x' });
    world.desk.setClockOffset(5_000);
    const client = secretClient(world, officer, 'kv-test');
    await client.updateSecretProperties('updated', made.version, { tags: { b: '2' } });
    const { properties, value } = await client.getSecret('updated');
    expect(value).toBe('v');
    expect(properties).toMatchObject({ version: made.version, tags: { b: '2' }, contentType: 'x' });
    const passed = Number(properties.updatedOn) - Number(properties.createdOn);
    expect(passed).toBeGreaterThanOrEqual(5_000);
  });

  it('is not read when disabled, and still listed', async () => {
    vault.set('disabled', 'v');
    vault.disable('disabled');
    const client = secretClient(world, reader, 'kv-test');
    await expect(client.getSecret('disabled')).rejects.toMatchObject({
      statusCode: 403,
      code: 'Forbidden',
      message: expect.stringContaining('Operation get is not allowed on a disabled secret.'),
      details: { error: { innerError: { code: 'SecretDisabled' } } },
    });
    const listed = (await collect(client.listPropertiesOfSecrets())).find(({ name }) => name === 'disabled');
    expect(listed?.enabled).toBe(false);
    vault.enable('disabled');
    expect((await client.getSecret('disabled')).value).toBe('v');
  });

  it('is read when expired or not yet valid', async () => {
    vault.set('expired', 'v', { expires: 1_600_000_000 });
    vault.set('early', 'v', { notBefore: 4_000_000_000 });
    const client = secretClient(world, reader, 'kv-test');
    expect((await client.getSecret('expired')).value).toBe('v');
    expect((await client.getSecret('early')).value).toBe('v');
  });

  it('holds at most 25 KB and 15 tags, under a name of letters, digits and hyphens', async () => {
    const client = secretClient(world, officer, 'kv-test');
    const bad = { statusCode: 400, code: 'BadParameter' };
    expect((await client.setSecret('large', 'x'.repeat(25_600))).value).toHaveLength(25_600);
    await expect(client.setSecret('large', 'x'.repeat(25_601))).rejects.toMatchObject(bad);
    await expect(client.setSecret('large', 'ä'.repeat(12_801))).rejects.toMatchObject(bad);
    const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, 'x']));
    await client.setSecret('tagged', 'v', { tags: tags(15) });
    await expect(client.setSecret('tagged', 'v', { tags: tags(16) })).rejects.toMatchObject(bad);
    for (const name of ['under_score', 'dot.ted', 'x'.repeat(128)]) {
      await expect(client.setSecret(name, 'v'), name).rejects.toMatchObject(bad);
    }
    await client.setSecret('x'.repeat(127), 'v');
  });

  it('that never was is not found', async () => {
    await expect(secretClient(world, reader, 'kv-test').getSecret('never')).rejects.toMatchObject({
      statusCode: 404,
      code: 'SecretNotFound',
      message: expect.stringContaining('A secret with (name/id) never was not found in this key vault.'),
    });
  });
});

describe('deletion', () => {
  it('can be undone until the secret is purged', async () => {
    const client = secretClient(world, officer, 'kv-test');
    vault.set('fleeting', 'v');
    const deleted = await (await client.beginDeleteSecret('fleeting')).pollUntilDone();
    expect(deleted.properties).toMatchObject({ name: 'fleeting', deletedOn: expect.any(Date) });
    await expect(client.getSecret('fleeting')).rejects.toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('If you recently deleted this secret you may be able to recover it'),
    });
    await expect(client.setSecret('fleeting', 'w')).rejects.toMatchObject({
      statusCode: 409,
      code: 'Conflict',
      details: { error: { innerError: { code: 'ObjectIsDeletedButRecoverable' } } },
    });
    expect((await collect(client.listDeletedSecrets())).map(({ name }) => name)).toEqual(['fleeting']);
    expect((await collect(client.listPropertiesOfSecrets())).map(({ name }) => name)).not.toContain('fleeting');

    await (await client.beginRecoverDeletedSecret('fleeting')).pollUntilDone();
    expect((await client.getSecret('fleeting')).value).toBe('v');

    vault.remove('fleeting');
    await client.purgeDeletedSecret('fleeting');
    await expect(client.getDeletedSecret('fleeting')).rejects.toMatchObject({ statusCode: 404 });
    expect((await client.setSecret('fleeting', 'w')).value).toBe('w');
  });
});

describe('lists', () => {
  let big: Vault;
  const names = Array.from({ length: 60 }, (_, i) => `item-${String(i).padStart(2, '0')}`);

  beforeAll(async () => {
    big = await world.azure.addVault('kv-big');
    world.azure.grant(reader.clientId, 'Key Vault Secrets User', 'kv-big');
    for (const name of [...names].reverse()) big.set(name, 'v', { tags: { name } });
  });

  it('come in pages of 25, or fewer if asked, by name, without versions and values', async () => {
    const client = secretClient(world, reader, 'kv-big');
    world.desk.clearArrivals();
    const listed = await collect(client.listPropertiesOfSecrets());
    expect(listed.map(({ name }) => name)).toEqual(names);
    expect(listed.every((one) => one.version === undefined && !('value' in one))).toBe(true);
    expect(listed[7]?.tags).toEqual({ name: 'item-07' });
    expect(world.desk.arrivals({ name: 'ListSecrets' })).toHaveLength(3);
    const pages: number[] = [];
    for await (const page of client.listPropertiesOfSecrets().byPage({ maxPageSize: 7 })) pages.push(page.length);
    expect(pages).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 4]);
  });

  it('link to the next page absolutely, and end with null', async () => {
    const token = await tokenFor(world, reader, 'https://vault.azure.net');
    const at = async (url: string) =>
      JSON.parse((await send(url, { headers: { authorization: `Bearer ${token}` }, caPem: world.caPem })).text) as {
        value: { id: string }[];
        nextLink: string | null;
      };
    const base = world.azure.vaultUrl('kv-big');
    const first = await at(`${base}/secrets?api-version=7.4&maxresults=25`);
    expect(first.nextLink?.startsWith(`${base}/secrets?api-version=7.4&$skiptoken=`)).toBe(true);
    expect(first.nextLink?.endsWith('&maxresults=25')).toBe(true);
    const second = await at(first.nextLink ?? '');
    const third = await at(second.nextLink ?? '');
    expect(third.value.map(({ id }) => id)).toEqual(names.slice(50).map((name) => `${base}/secrets/${name}`));
    expect(third.nextLink).toBeNull();
  });

  it('are not upset by a change between two pages', async () => {
    const pages = secretClient(world, reader, 'kv-big').listPropertiesOfSecrets().byPage();
    const first = await pages.next();
    expect(first.value).toHaveLength(25);
    big.remove('item-03');
    big.set('item-00a', 'v');
    const second = await pages.next();
    expect(second.value?.[0]?.name).toBe('item-25');
    big.recover('item-03');
    big.remove('item-00a');
    big.purge('item-00a');
  });

  it('may have empty pages that continue, or a link that leads nowhere new', async () => {
    const client = secretClient(world, reader, 'kv-big');
    big.pageHabit = 'empty-pages';
    const sizes: number[] = [];
    for await (const page of client.listPropertiesOfSecrets().byPage()) sizes.push(page.length);
    expect(sizes).toEqual([0, 25, 0, 25, 0, 10]);
    big.pageHabit = 'repeat-link';
    const pages = client.listPropertiesOfSecrets().byPage();
    const firstNames: (string | undefined)[] = [];
    for (let i = 0; i < 4; i += 1) firstNames.push((await pages.next()).value?.[0]?.name);
    expect(firstNames).toEqual(['item-00', 'item-25', 'item-25', 'item-25']);
    big.pageHabit = 'plain';
  });

  it('of versions are complete and in the order of their identifiers', async () => {
    const made = Array.from({ length: 30 }, (_, i) => vault.set('many-versions', `v${i}`).version);
    const client = secretClient(world, reader, 'kv-test');
    const listed = await collect(client.listPropertiesOfSecretVersions('many-versions'));
    expect(listed.map(({ version }) => version)).toEqual([...made].sort());
  });
});
