import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { crc32c } from '../clouds/gcp/secrets/crc32c.ts';
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

const day = 24 * 60 * 60;
let made = 0;

/** A new secret: its name as the client asks for it, and as Google answers. */
async function create(versionDestroyTtl?: number): Promise<{ name: string; answered: string }> {
  const secretId = `made-${++made}`;
  const ttl = versionDestroyTtl === undefined ? {} : { versionDestroyTtl: { seconds: versionDestroyTtl } };
  const secret = { replication: { automatic: {} }, ...ttl };
  const parent = `projects/${projectId}`;
  await client.createSecret({ parent, secretId, secret });
  return { name: `${parent}/secrets/${secretId}`, answered: `projects/${number}/secrets/${secretId}` };
}

async function add(parent: string, value: string | Buffer, dataCrc32c?: number | string) {
  const checksum = dataCrc32c === undefined ? {} : { dataCrc32c };
  return (await client.addSecretVersion({ parent, payload: { data: Buffer.from(value), ...checksum } }))[0];
}

async function access(secret: string, version = 'latest') {
  return (await client.accessSecretVersion({ name: `${secret}/versions/${version}` }))[0];
}

const look = async (secret: string, version = 'latest') =>
  (await client.getSecretVersion({ name: `${secret}/versions/${version}` }))[0];

const invalid = (message: RegExp | string) => ({
  http: 400,
  status: 'INVALID_ARGUMENT',
  message: typeof message === 'string' ? message : expect.stringMatching(message),
});

test('the checksum is CRC-32C', () => {
  // The check value of the catalogue of parametrised CRC algorithms, and RFC 3720's for 32 zeros.
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});

describe('a payload', () => {
  test.each([
    ['text', Buffer.from('pässwörd\r\n日本語 😀 \u0000')],
    ['every byte', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['the largest', Buffer.alloc(64 * 1024, 7)],
  ])('comes back byte for byte with its checksum: %s', async (_, bytes) => {
    const { name, answered } = await create();
    const version = await add(name, bytes, crc32c(bytes));
    expect(version).toMatchObject({
      name: `${answered}/versions/1`,
      state: 'ENABLED',
      clientSpecifiedPayloadChecksum: true,
      replicationStatus: { automatic: {} },
    });
    const { name: accessed, payload } = await access(name);
    expect(accessed).toBe(`${answered}/versions/1`);
    expect(Buffer.from(payload?.data ?? '').equals(bytes)).toBe(true);
    expect(payload?.dataCrc32c).toBe(String(crc32c(bytes)));
    expect(bed.gcp.secrets.value(name)?.equals(bytes)).toBe(true);
  });

  test('needs no checksum, but a given one must fit', async () => {
    const { name } = await create();
    expect(await add(name, 'one')).toMatchObject({ clientSpecifiedPayloadChecksum: false });
    await add(name, 'two', String(crc32c(Buffer.from('two'))));
    const mismatch = invalid(/crc32c/);
    expect(await failureOf(add(name, 'three', crc32c(Buffer.from('four'))))).toEqual(mismatch);
    expect(await failureOf(add(name, 'three', 0))).toEqual(mismatch);
    expect(bed.gcp.secrets.get(name)?.versions).toHaveLength(2);
  });

  test('can’t be empty or larger than 64 KiB', async () => {
    const { name } = await create();
    expect(await failureOf(add(name, ''))).toEqual(invalid('Secret Payload cannot be empty.'));
    expect(await failureOf(add(name, Buffer.alloc(64 * 1024 + 1)))).toEqual(invalid(/at most 65536 bytes/));
    expect(await failureOf(client.addSecretVersion({ parent: name }))).toEqual(
      invalid('Secret Payload cannot be empty.'),
    );
    expect(bed.gcp.secrets.get(name)?.versions).toEqual([]);
  });

  test('needs its secret to be there', async () => {
    const name = `projects/${projectId}/secrets/none`;
    const missing = { http: 404, status: 'NOT_FOUND', message: `Secret [projects/${number}/secrets/none] not found.` };
    expect(await failureOf(add(name, 'x'))).toEqual(missing);
    expect(await failureOf(access(name))).toEqual(missing);
  });

  test('of a regional secret is kept there', async () => {
    const parent = `projects/${projectId}/locations/europe-west3`;
    await client.createSecret({ parent, secretId: 'regional', secret: {} });
    const version = await add(`${parent}/secrets/regional`, 'here');
    expect(version.name).toBe(`projects/${number}/locations/europe-west3/secrets/regional/versions/1`);
    expect(version.replicationStatus).toBeNull();
    expect(String((await access(`${parent}/secrets/regional`)).payload?.data)).toBe('here');
    expect(bed.gcp.secrets.ids(projectId, 'europe-west3')).toEqual(['regional']);
    expect(bed.gcp.secrets.ids(projectId)).not.toContain('regional');
  });
});

describe('versions', () => {
  test('are numbered from 1, and each write makes one: there is nothing to tell a repetition by', async () => {
    const { name, answered } = await create();
    await add(name, 'same');
    await add(name, 'same');
    expect((await look(name)).name).toBe(`${answered}/versions/2`);
    const versions = await everyPage((pageToken) =>
      client.listSecretVersions({ parent: name, pageSize: 1, pageToken }, { autoPaginate: false }),
    );
    expect(versions.map((version) => version.name)).toEqual([`${answered}/versions/2`, `${answered}/versions/1`]);
    const ofState = async (state: string) =>
      (await client.listSecretVersions({ parent: name, filter: `state:${state}` }))[0].length;
    expect([await ofState('ENABLED'), await ofState('DISABLED')]).toEqual([2, 0]);
  });

  test('that aren’t there are not found', async () => {
    const { name, answered } = await create();
    const notFound = (message: string) => ({ http: 404, status: 'NOT_FOUND', message });
    expect(await failureOf(look(name))).toEqual(notFound(`Secret [${answered}] not found or has no versions.`));
    await add(name, 'x');
    for (const version of ['2', '0', 'other']) {
      expect(await failureOf(look(name, version))).toEqual(
        notFound(`Secret Version [${answered}/versions/${version}] not found.`),
      );
    }
  });

  test('`latest` is the one created last, even if it is disabled or destroyed', async () => {
    const { name, answered } = await create();
    await add(name, 'one');
    await add(name, 'two');
    const wrongState = (state: string) => ({
      http: 400,
      status: 'FAILED_PRECONDITION',
      message: `Secret Version [${answered}/versions/2] is in ${state} state.`,
    });
    await client.disableSecretVersion({ name: `${name}/versions/2` });
    expect(await look(name)).toMatchObject({ name: `${answered}/versions/2`, state: 'DISABLED' });
    expect(await failureOf(access(name))).toEqual(wrongState('DISABLED'));
    expect(String((await access(name, '1')).payload?.data)).toBe('one');
    await client.enableSecretVersion({ name: `${name}/versions/latest` });
    expect(String((await access(name)).payload?.data)).toBe('two');
    const [destroyed] = await client.destroySecretVersion({ name: `${name}/versions/2` });
    expect(destroyed.state).toBe('DESTROYED');
    expect(Number(destroyed.destroyTime?.seconds)).toBeGreaterThan(0);
    expect(await failureOf(access(name))).toEqual(wrongState('DESTROYED'));
    expect(bed.gcp.secrets.value(name)).toBeUndefined();
    for (const again of [
      client.enableSecretVersion({ name: `${name}/versions/2` }),
      client.disableSecretVersion({ name: `${name}/versions/2` }),
      client.destroySecretVersion({ name: `${name}/versions/2` }),
    ]) {
      expect(await failureOf(again)).toEqual(wrongState('DESTROYED'));
    }
    expect((await add(name, 'three')).name).toBe(`${answered}/versions/3`);
  });

  test('change state only under the etag that they have, which every change moves on', async () => {
    const { name } = await create();
    const { etag: first } = await add(name, 'one');
    const version = `${name}/versions/1`;
    const stale = { http: 400, status: 'FAILED_PRECONDITION', message: expect.stringMatching(/etag/) };
    const [{ etag: second }] = await client.enableSecretVersion({ name: version, etag: first ?? '' });
    expect(second).not.toBe(first);
    for (const call of ['disableSecretVersion', 'enableSecretVersion', 'destroySecretVersion'] as const) {
      expect(await failureOf(client[call]({ name: version, etag: first ?? '' }))).toEqual(stale);
    }
    expect((await look(name)).state).toBe('ENABLED');
    await client.destroySecretVersion({ name: version, etag: second ?? '' });
    expect((await look(name)).state).toBe('DESTROYED');
  });

  test('of a secret with a delay are destroyed when it has passed, unless somebody thinks better of it', async () => {
    const { name } = await create(2 * day);
    await add(name, 'one');
    await add(name, 'two');
    const before = Math.floor(bed.desk.now() / 1000);
    const [scheduled] = await client.destroySecretVersion({ name: `${name}/versions/1` });
    expect(scheduled).toMatchObject({ state: 'DISABLED', destroyTime: null });
    const destroyAt = Number(scheduled.scheduledDestroyTime?.seconds);
    expect(destroyAt).toBeGreaterThanOrEqual(before + 2 * day);
    expect(destroyAt).toBeLessThanOrEqual(bed.desk.now() / 1000 + 2 * day);
    await client.destroySecretVersion({ name: `${name}/versions/2` });
    await client.enableSecretVersion({ name: `${name}/versions/2` });
    expect(await look(name, '2')).toMatchObject({ state: 'ENABLED', scheduledDestroyTime: null });
    // Looked at from outside: no token lives that long.
    const states = () => bed.gcp.secrets.get(name)?.versions.map(({ state }) => state);
    const inTime = destroyAt * 1000 - bed.desk.now();
    bed.desk.setClockOffset(inTime - 60_000);
    expect(states()).toEqual(['DISABLED', 'ENABLED']);
    expect(String(bed.gcp.secrets.value(name, '1'))).toBe('one');
    bed.desk.setClockOffset(inTime + 60_000);
    expect(states()).toEqual(['DESTROYED', 'ENABLED']);
    expect(bed.gcp.secrets.value(name, '1')).toBeUndefined();
    expect(String(bed.gcp.secrets.value(name, '2'))).toBe('two');
  });
});
