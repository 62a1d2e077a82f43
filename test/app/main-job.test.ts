import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { firstBadOf } from '../store/builders.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const vault = 'kv-production';
const region = 'us-east-1';

describe('the main job', () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let connections: { azure: string; aws: string };

  beforeEach(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
    app = await startApp();
    connections = await connectSample(app, clouds, sample);
  });
  afterEach(async () => {
    await app.end();
    await clouds.close();
  });

  const create = async (...names: string[]) => {
    const records = names.map((name) => newRecord(connections, { vault, name }));
    return (await app.ask('records.create', { records })).map(({ id }) => id);
  };
  const valueReads = () => clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret' });
  const awsWrites = () =>
    clouds.desk.arrivals({ cloud: 'aws' }).filter(({ name }) => /Create|Put|Update|Tag|Delete/.test(name));
  const inAws = (name: string) => clouds.aws.secretValue(region, `certifyclouds/${name}`);
  const awsTags = (name: string) =>
    Object.fromEntries(
      (clouds.aws.secret(region, `certifyclouds/${name}`)?.Tags ?? []).map(({ Key, Value }) => [Key, Value]),
    );
  const inAzure = (name: string) => {
    const secret = clouds.azure.vault(vault).find(name);
    return secret.versions[secret.versions.length - 1]?.value;
  };

  it('tests both connections step by step', async () => {
    for (const connectionId of [connections.azure, connections.aws]) {
      const steps = await app.ask('connections.test', { testId: crypto.randomUUID(), connectionId });
      expect(steps.length).toBeGreaterThan(3);
      expect(steps.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    }
    expect(awsWrites().filter(({ status }) => status < 300)).toEqual([]);
  });

  it('lists vaults and secrets without reading a value', async () => {
    const { vaults, refused } = await app.ask('source.vaults', { connectionId: connections.azure });
    expect(vaults.map(({ name }) => name).sort()).toEqual(['kv-certificates', 'kv-dev', 'kv-production', 'kv-staging']);
    expect(refused).toEqual([]);
    const { items, refused: kinds } = await app.ask('source.items', { connectionId: connections.azure, vault });
    expect(kinds).toEqual([]);
    expect(items.map(({ name }) => name)).toContain('api-key');
    expect(items.find(({ name }) => name === 'legacy-ftp-password')?.enabled).toBe(false);
    const website = items.filter(({ name }) => name === 'www-contoso-example');
    expect(website.map(({ kind, managed }) => [kind, managed]).sort()).toEqual([
      ['certificate', false],
      ['secret', true],
    ]);
    expect(valueReads()).toEqual([]);
  });

  it('brings secrets to AWS byte for byte, with tags, and remembers it', async () => {
    const names = [
      'api-key',
      'support-passphrase',
      'feature-flags',
      'service-bundle',
      'deploy-key',
      'database-password',
    ];
    const ids = await create(...names);
    expect(await app.sync(ids)).toMatchObject({ phase: 'done', total: 6, done: 6, written: 6, attention: 0 });
    for (const name of names) expect(inAws(name)).toBe(inAzure(name));
    const [id = ''] = ids;
    expect(await app.record(id)).toMatchObject({ status: 'synced', code: 'synced' });
    expect(await app.lastAttempt(id)).toMatchObject({ outcome: 'synced', action: 'create', trigger: 'user' });
    expect(awsTags('api-key')).toMatchObject({
      env: 'production',
      owner: 'platform',
      'certifyclouds:record': id,
      'certifyclouds:source': 'kv-production/api-key',
    });
    expect(firstBadOf(app.store.audit)).toBeNull();
  });

  it('reads no value and writes nothing when nothing changed', async () => {
    const ids = await create('api-key', 'redis-url', 'mail-api-key');
    await app.sync(ids);
    clouds.desk.clearArrivals();
    expect(await app.sync(ids)).toMatchObject({ unchanged: 3, written: 0 });
    expect(valueReads()).toEqual([]);
    expect(awsWrites()).toEqual([]);
  });

  it('reads no value and writes nothing when nothing changed in more records than are asked for one by one', async () => {
    for (let n = 0; n < 60; n++) clouds.azure.vault(vault).set(`bulk-${n}`, `value ${n}`);
    const ids = await create(...Array.from({ length: 60 }, (_, n) => `bulk-${n}`));
    expect(await app.sync(ids)).toMatchObject({ written: 60 });
    clouds.desk.clearArrivals();
    expect(await app.sync(ids)).toMatchObject({ unchanged: 60 });
    expect(valueReads()).toEqual([]);
    expect(awsWrites()).toEqual([]);
  });

  it('writes only what changed', async () => {
    const ids = await create('api-key', 'redis-url', 'mail-api-key');
    await app.sync(ids);
    clouds.desk.clearArrivals();
    clouds.azure.vault(vault).set('redis-url', 'changed');
    const [step] = (await app.ask('sync.plan', { ids })).steps.filter(({ action }) => action !== 'unchanged');
    expect(step).toMatchObject({ recordId: ids[1], action: 'update', code: 'source-changed' });
    expect(await app.sync(ids)).toMatchObject({ written: 1, unchanged: 2 });
    expect(valueReads().map(({ resource }) => resource)).toEqual([`${vault}/redis-url`]);
    expect(inAws('redis-url')).toBe('changed');
    expect(clouds.aws.secret(region, 'certifyclouds/redis-url')?.versions).toHaveLength(2);
    expect(clouds.aws.secret(region, 'certifyclouds/api-key')?.versions).toHaveLength(1);
  });

  it('writes only tags when only tags changed, and leaves foreign tags alone', async () => {
    const [id = ''] = await create('api-key');
    await app.sync([id]);
    clouds.aws.tagOutside(region, 'certifyclouds/api-key', { 'cost-centre': '42' });
    clouds.azure.vault(vault).update('api-key', { tags: { env: 'live' } });
    clouds.desk.clearArrivals();
    expect(await app.sync([id])).toMatchObject({ written: 1 });
    expect(await app.lastAttempt(id)).toMatchObject({ action: 'tags-only' });
    expect(valueReads()).toEqual([]);
    const tags = awsTags('api-key');
    expect(tags).toMatchObject({ env: 'live', 'cost-centre': '42', 'certifyclouds:record': id });
    expect(tags).not.toHaveProperty('owner');
    expect(clouds.aws.secret(region, 'certifyclouds/api-key')?.versions).toHaveLength(1);
  });

  it('works under exactly the documented four-action policy, and never looks', async () => {
    const writeOnly = await connectSample(app, clouds, sample, 'writeOnlyKey');
    const records = ['api-key', 'redis-url'].map((name) => newRecord(writeOnly, { vault, name }));
    const ids = (await app.ask('records.create', { records })).map(({ id }) => id);
    expect(await app.sync(ids)).toMatchObject({ written: 2, attention: 0 });
    clouds.azure.vault(vault).set('api-key', 'second');
    clouds.desk.clearArrivals();
    expect(await app.sync(ids)).toMatchObject({ written: 1, unchanged: 1, attention: 0 });
    expect(inAws('api-key')).toBe('second');
    expect(clouds.aws.secret(region, 'certifyclouds/api-key')?.versions).toHaveLength(2);
    const allowed = clouds.desk.arrivals({ cloud: 'aws' }).filter(({ status }) => status < 300);
    // The new version has no tags any more: what stays is said again before the old ones would go.
    const used = ['secretsmanager:PutSecretValue', 'secretsmanager:TagResource'];
    expect(new Set(allowed.map(({ name }) => name))).toEqual(new Set(used));
  });

  it('does not overwrite what somebody else made or changed, until a person says so', async () => {
    clouds.aws.putOutside(region, 'certifyclouds/api-key', 'made by hand');
    const [id = ''] = await create('api-key');
    expect(await app.sync([id])).toMatchObject({ attention: 1, written: 0 });
    expect(await app.record(id)).toMatchObject({ status: 'failed', code: 'target-unowned' });
    expect(inAws('api-key')).toBe('made by hand');

    const { conflictSeen } = await app.record(id);
    await app.ask('records.resolve', { items: [{ id, seen: conflictSeen ?? '' }], choice: 'overwrite' });
    await app.idle();
    expect(await app.record(id)).toMatchObject({ status: 'synced', conflictSeen: null });
    expect(inAws('api-key')).toBe(inAzure('api-key'));

    clouds.aws.putOutside(region, 'certifyclouds/api-key', 'changed by hand');
    await app.sync([id]);
    expect(await app.record(id)).toMatchObject({ status: 'failed', code: 'target-changed' });
    expect(inAws('api-key')).toBe('changed by hand');
  });

  it('does not overwrite blindly even where it may not look', async () => {
    clouds.aws.putOutside(region, 'certifyclouds/api-key', 'made by hand');
    const writeOnly = await connectSample(app, clouds, sample, 'writeOnlyKey');
    const [record] = await app.ask('records.create', { records: [newRecord(writeOnly, { vault, name: 'api-key' })] });
    const id = record?.id ?? '';
    await app.sync([id]);
    expect(await app.record(id)).toMatchObject({ status: 'failed', code: 'target-exists' });
    expect(inAws('api-key')).toBe('made by hand');
    const { conflictSeen } = await app.record(id);
    await app.ask('records.resolve', { items: [{ id, seen: conflictSeen ?? '' }], choice: 'overwrite' });
    await app.idle();
    expect(await app.record(id)).toMatchObject({ status: 'synced' });
    expect(inAws('api-key')).toBe(inAzure('api-key'));
  });

  it('syncs one record once, however often it is asked to', async () => {
    const ids = await create('api-key', 'redis-url');
    const runs = await Promise.all([1, 2, 3].map(() => app.ask('sync.start', { ids })));
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    await app.idle();
    expect(clouds.aws.secret(region, 'certifyclouds/api-key')?.versions).toHaveLength(1);
    expect(await app.ask('records.history', { id: ids[0] ?? '', limit: 10 })).toHaveLength(1);
  });
});
