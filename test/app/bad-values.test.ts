import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';
import { firstBadOf } from '../store/builders.ts';
import type { TestApp } from '../support/app.ts';
import { type AppBed, openAppBed } from '../support/app-bed.ts';
import { type Connections, newRecord } from '../support/connect.ts';
import { expectTold } from '../support/told.ts';

const vault = 'kv-dev';
const region = 'us-east-1';

/** Values, tags and options that a service does not take as they are. */
describe('what a service does not take', { timeout: 30_000 }, () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let end: AppBed['end'];
  let connections: Connections;
  let count = 0;

  beforeAll(async () => {
    ({ clouds, sample, app, connections, end } = await openAppBed());
  }, 60_000);
  afterAll(() => end());
  beforeEach(() => clouds.desk.clearArrivals());
  afterEach(() => {
    expect(firstBadOf(app.store.audit)).toBeNull();
    expect(app.store.journal.openIntents()).toEqual([]);
  });

  async function create(value: string, tags: Record<string, string>, change: Parameters<typeof newRecord>[2]) {
    const name = `value-${++count}`;
    clouds.azure.vault(vault).set(name, value, { tags });
    const wanted = newRecord(connections, { vault, name }, change);
    const [record] = await app.ask('records.create', { records: [wanted] });
    return { id: record?.id ?? '', name, targetName: wanted.targetName };
  }

  it('5 KB for a standard parameter: refused with what the larger tier costs, taken by it', async () => {
    const value = 'x'.repeat(5 * 1024);
    const standard = await create(value, {}, { targetService: 'parameterstore' });
    await expectTold(app, standard.id, {
      code: 'target-value-too-large',
      sentence: /5120 bytes; a standard parameter.*4096.*Nothing was written/,
      fix: /advanced or intelligent.*\$0\.05.*Secrets Manager/,
    });
    expect(clouds.desk.arrivals({ cloud: 'aws', name: 'ssm:PutParameter' })).toEqual([]);
    for (const tier of ['advanced', 'intelligent'] as const) {
      const { id, targetName } = await create(value, {}, { targetService: 'parameterstore', options: { tier } });
      await app.sync([id]);
      expect(await app.record(id)).toMatchObject({ status: 'synced' });
      expect(clouds.aws.parameters.get(region, targetName)).toMatchObject({ tier: 'Advanced', type: 'SecureString' });
      expect(clouds.aws.parameters.value(region, targetName) === value).toBe(true);
    }
  });

  it('braces that Parameter Store takes for a reference', async () => {
    const { id, targetName } = await create('a {{ssm:other}} b', {}, { targetService: 'parameterstore' });
    const said = { code: 'target-value-braces', sentence: /\{\{.*refer to another parameter/, fix: /Secrets Manager/ };
    await expectTold(app, id, said);
    expect(clouds.aws.parameters.get(region, targetName)).toBeUndefined();
  });

  it('a KMS key that is not there, and one that is', async () => {
    for (const targetService of ['secretsmanager', 'parameterstore'] as const) {
      const { id } = await create('value', {}, { targetService, options: { kmsKeyId: 'alias/not-there' } });
      await expectTold(app, id, { code: 'aws-kms-key', sentence: /KMS key/, fix: /KMS key|key/ });
      const alias = `alias/${targetService}`;
      const arn = clouds.aws.addKmsKey(region, alias);
      const good = await create('value', {}, { targetService, options: { kmsKeyId: alias } });
      clouds.aws.setPolicy(sample.fullKey.accessKeyId, everything);
      await app.sync([good.id]);
      expect(await app.record(good.id)).toMatchObject({ status: 'synced' });
      const held =
        targetService === 'secretsmanager'
          ? clouds.aws.secret(region, good.targetName)?.KmsKeyId
          : clouds.aws.parameters.get(region, good.targetName)?.keyId;
      expect([alias, arn]).toContain(held);
    }
  });

  it('a replica in the secret’s own region, and replicas elsewhere', async () => {
    const here = newRecord(connections, { vault, name: 'api-key' }, { options: { replicaRegions: [region] } });
    expect(await app.refuse('records.create', { records: [here] })).toMatchObject({
      fields: [
        {
          path: 'records.0.options.replicaRegions',
          sentence: expect.stringMatching(/us-east-1 has the secret itself/),
        },
      ],
    });
    expect(clouds.desk.arrivals({ cloud: 'aws' })).toEqual([]);
    clouds.aws.setPolicy(sample.fullKey.accessKeyId, everything);
    const there = await create('value', {}, { options: { replicaRegions: ['eu-west-1'] } });
    await app.sync([there.id]);
    expect(await app.record(there.id)).toMatchObject({ status: 'synced' });
    expect(clouds.aws.secretValue('eu-west-1', there.targetName)).toBe('value');
  });

  it('tags that are no labels: fitted, and the original kept in annotations', async () => {
    const tags = { Owner: 'Team Blue & Co.', 'cost-centre': '42', Über: 'Köln' };
    const { id, targetName } = await create('value', tags, { targetService: 'secretmanager' });
    await app.sync([id]);
    expect(await app.record(id)).toMatchObject({ status: 'synced', code: 'synced' });
    const held = clouds.gcp.secrets.get(`projects/${sample.gcp.projectId}/secrets/${targetName}`);
    expect(held?.labels).toMatchObject({ 'cost-centre': '42', owner: expect.stringMatching(/^team-blue/) });
    const originals = Object.values(held?.annotations ?? {}).map((text) => JSON.parse(text));
    expect(originals).toContainEqual({ Owner: 'Team Blue & Co.' });
    expect(originals).toContainEqual({ Über: 'Köln' });
    expect(await app.sync([id])).toMatchObject({ unchanged: 1 });
  });

  it('tags that AWS keeps for itself or cannot spell: left out or fitted, and nothing fails', async () => {
    const tags = { 'aws:reserved': 'x', 'a<b>': 'c|d', plain: 'value' };
    for (const targetService of ['secretsmanager', 'parameterstore'] as const) {
      const { id, targetName } = await create('value', tags, { targetService });
      await app.sync([id]);
      expect(await app.record(id)).toMatchObject({ status: 'synced' });
      const held: Record<string, string | undefined> =
        targetService === 'parameterstore'
          ? { ...clouds.aws.parameters.get(region, targetName)?.tags }
          : Object.fromEntries(
              (clouds.aws.secret(region, targetName)?.Tags ?? []).map(({ Key, Value }) => [Key, Value]),
            );
      expect(held).toMatchObject({ plain: 'value' });
      expect(Object.keys(held).filter((key) => key.startsWith('aws:'))).toEqual([]);
      expect(await app.sync([id])).toMatchObject({ unchanged: 1 });
    }
  });

  it('more versions than a record keeps in GCP: old ones are disabled, then destroyed, the newest stay', async () => {
    const options = { keepVersions: 2 };
    const { id, name, targetName } = await create('version 1', {}, { targetService: 'secretmanager', options });
    await app.sync([id]);
    for (const n of [2, 3, 4]) {
      clouds.azure.vault(vault).set(name, `version ${n}`);
      await app.sync([id]);
    }
    const resource = `projects/${sample.gcp.projectId}/secrets/${targetName}`;
    expect(clouds.gcp.secrets.get(resource)?.versions.map(({ state }) => state)).toEqual([
      'DESTROYED',
      // One write's grace: whoever still needs it can enable it again.
      'DISABLED',
      'ENABLED',
      'ENABLED',
    ]);
    expect(clouds.gcp.secrets.value(resource)?.toString()).toBe('version 4');
    expect(await app.record(id)).toMatchObject({ status: 'synced', code: 'synced' });
  });

  it('user-managed replication in GCP, and a secret of a region', async () => {
    const options = { replicaLocations: ['europe-west1', 'europe-west3'] };
    const chosen = await create('value', {}, { targetService: 'secretmanager', options });
    const regional = await create('value', {}, { targetService: 'secretmanager', targetRegion: 'europe-west1' });
    expect(await app.sync([chosen.id, regional.id])).toMatchObject({ written: 2, attention: 0 });
    const project = `projects/${sample.gcp.projectId}`;
    const { replication } = clouds.gcp.secrets.get(`${project}/secrets/${chosen.targetName}`) ?? {};
    expect(JSON.stringify(replication)).toMatch(/europe-west1.*europe-west3/);
    const own = `${project}/locations/europe-west1/secrets/${regional.targetName}`;
    expect(clouds.gcp.secrets.value(own)?.toString()).toBe('value');
    expect(clouds.gcp.secrets.get(`${project}/secrets/${regional.targetName}`)).toBeUndefined();
  });
});

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
