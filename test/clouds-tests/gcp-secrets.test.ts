import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { everyPage, failureOf, projectId, startTestbed, type Testbed } from '../clouds/gcp/testbed.ts';

let bed: Testbed;
let client: SecretManagerServiceClient;
let number: string;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.secretManager();
  number = bed.projectNumber;
});
afterAll(() => bed.close());
afterEach(() => bed.desk.setClockOffset(0));

const global = `projects/${projectId}`;
const regional = `${global}/locations/europe-west3`;
const automatic = { replication: { automatic: {} } };
const day = 24 * 60 * 60;
let made = 0;

type SecretFields = NonNullable<Parameters<SecretManagerServiceClient['createSecret']>[0]>['secret'];

/** A new secret without versions; its name as the client asks for it. */
async function create(fields: SecretFields = automatic, parent = global): Promise<{ id: string; name: string }> {
  const id = `made-${++made}`;
  await client.createSecret({ parent, secretId: id, secret: fields ?? {} });
  return { id, name: `${parent}/secrets/${id}` };
}

const get = async (name: string) => (await client.getSecret({ name }))[0];
const etagOf = async (name: string) => (await get(name)).etag ?? '';
const failed = (status: string, message: string | RegExp, http = 400) => ({
  http,
  status,
  message: typeof message === 'string' ? message : expect.stringMatching(message),
});

describe('a secret', () => {
  test('is created without a value, and named by the number of its project', async () => {
    const [secret] = await client.createSecret({
      parent: global,
      secretId: 'api-key_1',
      secret: { ...automatic, labels: { env: 'prod' }, annotations: { 'source.id': 'kv-prod/API Key' } },
    });
    expect(secret).toMatchObject({
      name: `projects/${number}/secrets/api-key_1`,
      replication: { automatic: {} },
      labels: { env: 'prod' },
      annotations: { 'source.id': 'kv-prod/API Key' },
      etag: expect.stringMatching(/^"[0-9a-f]+"$/),
    });
    expect(await get(`projects/${number}/secrets/api-key_1`)).toEqual(secret);
    expect(await get(`${global}/secrets/api-key_1`)).toEqual(secret);
    expect(bed.gcp.secrets.get(`${global}/secrets/api-key_1`)?.versions).toEqual([]);
  });

  test('exists once, in each place', async () => {
    const { id, name } = await create();
    expect(await failureOf(client.createSecret({ parent: global, secretId: id, secret: automatic }))).toEqual(
      failed('ALREADY_EXISTS', `Secret [projects/${number}/secrets/${id}] already exists.`, 409),
    );
    const [there] = await client.createSecret({ parent: regional, secretId: id, secret: {} });
    expect(there.name).toBe(`projects/${number}/locations/europe-west3/secrets/${id}`);
    expect(there.replication).toBeNull();
    await client.deleteSecret({ name });
    expect(await failureOf(client.getSecret({ name }))).toEqual(
      failed('NOT_FOUND', `Secret [projects/${number}/secrets/${id}] not found.`, 404),
    );
    expect((await get(`${regional}/secrets/${id}`)).name).toBe(there.name);
  });

  test('has an id of 255 letters, digits, hyphens and underscores at most', async () => {
    const attempt = (secretId: string) => client.createSecret({ parent: global, secretId, secret: automatic });
    await attempt('x'.repeat(255));
    await attempt('-_0');
    for (const id of ['x'.repeat(256), 'a.b', 'a/b', 'ü', 'a b']) {
      expect([id, (await failureOf(attempt(id))).status]).toEqual([id, 'INVALID_ARGUMENT']);
    }
  });

  test('says where it is kept once and for all, if it is global', async () => {
    const replicas = (...locations: string[]) => ({
      replication: { userManaged: { replicas: locations.map((location) => ({ location })) } },
    });
    const { name } = await create(replicas('europe-west3', 'us-east1'));
    expect((await get(name)).replication?.userManaged?.replicas?.map(({ location }) => location)).toEqual([
      'europe-west3',
      'us-east1',
    ]);
    const change = { secret: { name, ...automatic }, updateMask: { paths: ['replication'] } };
    expect(await failureOf(client.updateSecret(change))).toMatchObject({ status: 'INVALID_ARGUMENT' });

    const refused = (fields: SecretFields, parent = global) =>
      failureOf(create(fields, parent)).then(({ status }) => status);
    expect(await refused({})).toBe('INVALID_ARGUMENT');
    expect(await refused(replicas())).toBe('INVALID_ARGUMENT');
    expect(await refused(replicas('nowhere-1'))).toBe('INVALID_ARGUMENT');
    expect(await refused(replicas('us-east1', 'us-east1'))).toBe('INVALID_ARGUMENT');
    expect(await refused(automatic, regional)).toBe('INVALID_ARGUMENT');
    expect(await refused({}, `${global}/locations/nowhere-1`)).toBe('INVALID_ARGUMENT');
  });

  test('with what the stand-in lacks is refused rather than half made', async () => {
    const { topics, tags } = { topics: [{ name: 'projects/p/topics/t' }], tags: { 'a/b': 'c' } };
    for (const fields of [{ topics }, { tags }, { rotation: { rotationPeriod: { seconds: 7200 } } }]) {
      expect((await failureOf(create({ ...automatic, ...fields }))).status).toBe('INVALID_ARGUMENT');
      expect(bed.gcp.secrets.get(`${global}/secrets/made-${made}`)).toBeUndefined();
    }
  });

  test('expires with all its versions', async () => {
    const { name } = await create({ ...automatic, ttl: { seconds: 3600 } });
    bed.gcp.secrets.put(name, 'value');
    expect(Number((await get(name)).expireTime?.seconds) * 1000).toBeGreaterThan(Date.now());
    bed.desk.setClockOffset(3601 * 1000);
    expect((await failureOf(client.getSecret({ name }))).status).toBe('NOT_FOUND');
    const past = { ...automatic, expireTime: { seconds: 1 } };
    expect((await failureOf(create(past))).status).toBe('INVALID_ARGUMENT');
  });
});

describe('labels and annotations', () => {
  const tryLabels = async (labels: Record<string, string>) => {
    const { name } = await create({ ...automatic, labels });
    return (await get(name)).labels;
  };
  const refusedLabels = async (labels: Record<string, string>) =>
    (await failureOf(create({ ...automatic, labels }))).status;

  test('keep to the rules for labels', async () => {
    const fine = {
      env: '',
      'a-b_c9': '-_9',
      größe: 'straße',
      日本: '東京',
      ['k'.repeat(63)]: 'v'.repeat(63),
      // 63 characters of two bytes are 126 bytes.
      ['é'.repeat(63)]: 'ü'.repeat(63),
    };
    expect(await tryLabels(fine)).toEqual(fine);
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));
    expect(await tryLabels(many(64))).toEqual(many(64));
    const wrong: Record<string, string>[] = [
      many(65),
      { Env: 'x' },
      { '1a': 'x' },
      { _a: 'x' },
      { 'a.b': 'x' },
      { ['k'.repeat(64)]: 'x' },
      { a: 'Prod' },
      { a: 'b c' },
      { a: 'b.c' },
      { a: 'v'.repeat(64) },
      // 43 characters of three bytes are 129 bytes.
      { ['本'.repeat(43)]: 'x' },
      { a: '本'.repeat(43) },
    ];
    for (const labels of wrong) expect([labels, await refusedLabels(labels)]).toEqual([labels, 'INVALID_ARGUMENT']);
  });

  test('keep to the rules for annotations', async () => {
    const tryOut = (annotations: Record<string, string>) => create({ ...automatic, annotations });
    const fine = { 'A.b_c-9': 'any Text\n😀', ['k'.repeat(63)]: '', x: 'v' };
    expect((await get((await tryOut(fine)).name)).annotations).toEqual(fine);
    await tryOut({ k: 'v'.repeat(16 * 1024 - 2) });
    const wrong = [
      { k: 'v'.repeat(16 * 1024 - 1) },
      { '-a': '' },
      { 'a.': '' },
      { 'a b': '' },
      { ['k'.repeat(64)]: '' },
    ];
    for (const annotations of wrong) expect((await failureOf(tryOut(annotations))).status).toBe('INVALID_ARGUMENT');
  });
});

describe('an update', () => {
  test('changes what the mask names and nothing else', async () => {
    const { name } = await create({ ...automatic, labels: { a: '1' }, annotations: { x: '1' } });
    const [updated] = await client.updateSecret({
      secret: { name, labels: { b: '2' }, annotations: { y: '2' } },
      updateMask: { paths: ['labels'] },
    });
    expect(updated).toMatchObject({ labels: { b: '2' }, annotations: { x: '1' } });
    const ttl = {
      secret: { name, versionDestroyTtl: { seconds: day } },
      updateMask: { paths: ['version_destroy_ttl'] },
    };
    expect((await client.updateSecret(ttl))[0]).toMatchObject({ versionDestroyTtl: { seconds: String(day) } });
    await client.updateSecret({ secret: { name }, updateMask: { paths: ['versionDestroyTtl', 'labels'] } });
    expect(await get(name)).toMatchObject({ labels: {}, versionDestroyTtl: null });
  });

  test('is whole or not at all', async () => {
    const { name } = await create({ ...automatic, labels: { a: '1' } });
    const before = await get(name);
    const attempt = (paths: string[], fields: object) =>
      failureOf(client.updateSecret({ secret: { name, ...fields }, updateMask: { paths } }));
    expect((await attempt(['labels', 'annotations'], { labels: { b: '' }, annotations: { '-': '' } })).status).toBe(
      'INVALID_ARGUMENT',
    );
    expect((await attempt(['labels', 'name'], { labels: { b: '' } })).status).toBe('INVALID_ARGUMENT');
    expect((await attempt([], { labels: { b: '' } })).status).toBe('INVALID_ARGUMENT');
    for (const seconds of [day - 1, 1000 * day + 1]) {
      const short = await attempt(['version_destroy_ttl'], { versionDestroyTtl: { seconds } });
      expect(short.status).toBe('INVALID_ARGUMENT');
    }
    expect(await get(name)).toEqual(before);
  });

  test('and a deletion are refused if the etag is an old one', async () => {
    const { name } = await create();
    const etag = await etagOf(name);
    const update = (old: string) =>
      client.updateSecret({ secret: { name, labels: { a: '1' }, etag: old }, updateMask: { paths: ['labels'] } });
    await update(etag);
    const second = await etagOf(name);
    expect(second).not.toBe(etag);
    const stale = failed('FAILED_PRECONDITION', /etag/);
    expect(await failureOf(update(etag))).toEqual(stale);
    expect(await failureOf(client.deleteSecret({ name, etag }))).toEqual(stale);
    // Versions have etags of their own.
    bed.gcp.secrets.put(name, 'value');
    expect(await etagOf(name)).toBe(second);
    bed.gcp.secrets.label(name, { theirs: '' });
    expect(await failureOf(client.deleteSecret({ name, etag: second }))).toEqual(stale);
    await client.deleteSecret({ name, etag: await etagOf(name) });
    expect(await failureOf(client.deleteSecret({ name }))).toMatchObject({ status: 'NOT_FOUND' });
  });

  test('names versions by aliases', async () => {
    const { name } = await create();
    bed.gcp.secrets.put(name, 'one');
    bed.gcp.secrets.put(name, 'two');
    const setAliases = (versionAliases: Record<string, number>) =>
      client.updateSecret({ secret: { name, versionAliases }, updateMask: { paths: ['version_aliases'] } });
    await setAliases({ stable: 1 });
    expect((await get(name)).versionAliases).toEqual({ stable: '1' });
    const [version] = await client.accessSecretVersion({ name: `${name}/versions/stable` });
    expect(String(version.payload?.data)).toBe('one');
    for (const aliases of [{ latest: 1 }, { '1a': 1 }, { next: 3 }]) {
      expect((await failureOf(setAliases(aliases))).status).toBe('INVALID_ARGUMENT');
    }
  });
});

describe('a list', () => {
  const parent = `${global}/locations/us-east1`;
  const ids = Array.from({ length: 7 }, (_, index) => `listed-${index}`);
  beforeAll(async () => {
    for (const secretId of ids) await client.createSecret({ parent, secretId, secret: { labels: { no: secretId } } });
  });
  const page = (pageToken = '') => client.listSecrets({ parent, pageSize: 3, pageToken }, { autoPaginate: false });
  const idOf = ({ name }: { name?: string | null }) => name?.split('/').at(-1);

  test('begins with the newest and goes on page by page, of its own place alone', async () => {
    const [first, , raw] = await page();
    expect(first.map(idOf)).toEqual(['listed-6', 'listed-5', 'listed-4']);
    expect(raw).toMatchObject({ totalSize: 7 });
    // Neither what is new nor what is gone makes the next page skip or repeat anything.
    await client.createSecret({ parent, secretId: 'new', secret: {} });
    await client.deleteSecret({ name: `${parent}/secrets/listed-6` });
    const [second, , rawSecond] = await page(raw?.nextPageToken ?? '');
    expect(second.map(idOf)).toEqual(['listed-3', 'listed-2', 'listed-1']);
    const [third, , rawThird] = await page(rawSecond?.nextPageToken ?? '');
    expect([third.map(idOf), rawThird?.nextPageToken]).toEqual([['listed-0'], '']);
    expect((await failureOf(page('nonsense'))).status).toBe('INVALID_ARGUMENT');
    await client.deleteSecret({ name: `${parent}/secrets/new` });
  });

  test('is whole when the client follows the pages', async () => {
    const all = await everyPage(page);
    expect(all.map(idOf)).toEqual(ids.slice(0, 6).reverse());
  });

  test('can be filtered by name and label, and says so if not', async () => {
    const filtered = async (filter: string) => (await client.listSecrets({ parent, filter }))[0].map(idOf);
    expect(await filtered('name:listed-3')).toEqual(['listed-3']);
    expect(await filtered('labels.no=listed-2')).toEqual(['listed-2']);
    expect(await filtered('labels.no:listed AND name:listed-1')).toEqual(['listed-1']);
    expect(await filtered('labels.other:*')).toEqual([]);
    expect((await failureOf(filtered('create_time>2020-01-01'))).status).toBe('INVALID_ARGUMENT');
  });
});

describe('testing permissions', () => {
  test('tells which of them the caller has, and nothing of what isn’t there', async () => {
    const { name } = await create();
    const permissions = ['secretmanager.versions.add', 'secretmanager.versions.access'];
    const adder = bed.secretManager(await bed.account(['secretmanager.versions.add']));
    const ask = async (resource: string) => (await adder.testIamPermissions({ resource, permissions }))[0].permissions;
    expect(await ask(name)).toEqual(['secretmanager.versions.add']);
    expect(await ask(`${global}/secrets/none`)).toEqual([]);
  });
});
