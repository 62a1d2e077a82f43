import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Input } from '../../preload/contract/operations.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

type Draft = Input<'connections.save'>['draft'];

/** Two records may never write one target, by whichever connection they reach it. */
describe('the account behind a connection', () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let at: { azure: string; aws: string };
  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
    app = await startApp();
    at = await connectSample(app, clouds, sample);
  });
  afterAll(async () => {
    await app.end();
    await clouds.close();
  });

  const draftOf = async (id: string): Promise<Draft> => {
    const found = (await app.ask('connections.list', {})).find((connection) => connection.id === id);
    if (found?.settings.provider !== 'aws') throw new Error('mixed up');
    return { provider: 'aws', settings: found.settings, credential: keyOf(sample.fullKey) };
  };
  const keyOf = ({ accessKeyId, secretAccessKey }: Sample['fullKey']) => ({ accessKeyId, secretAccessKey });
  const noAnswer = () =>
    clouds.desk.addFault({
      cloud: 'aws',
      name: 'sts:GetCallerIdentity',
      fault: { kind: 'status', status: 500 },
      times: 1,
    });
  const source = { vault: 'kv-production', name: 'api-key' };
  const taken = { fields: [{ path: 'records.0.targetName', sentence: expect.stringMatching(/already/) }] };

  it('is one place for two connections to it', async () => {
    await app.ask('records.create', { records: [newRecord(at, source)] });
    const again = await app.ask('connections.save', { name: 'Again', draft: await draftOf(at.aws) });
    const records = [
      newRecord({ ...at, aws: again.id }, { ...source, name: 'other' }, { targetName: 'certifyclouds/api-key' }),
    ];
    expect(await app.refuse('records.create', { records })).toMatchObject(taken);
  });

  it('that becomes known later is one place with what was made before', async () => {
    noAnswer();
    const late = await app.ask('connections.save', { name: 'Late', draft: await draftOf(at.aws) });
    const early = newRecord({ ...at, aws: late.id }, source, { targetName: 'certifyclouds/early' });
    await app.ask('records.create', { records: [early] });
    await app.ask('connections.save', { id: late.id, name: 'Late', draft: await draftOf(late.id) });
    for (const aws of [late.id, at.aws]) {
      const second = newRecord({ ...at, aws }, { ...source, name: 'other' }, { targetName: early.targetName });
      expect(await app.refuse('records.create', { records: [second] })).toMatchObject(taken);
    }
    const { names } = await app.ask('naming.preview', {
      targetConnectionId: at.aws,
      targetService: 'secretsmanager',
      targetRegion: 'us-east-1',
      template: 'certifyclouds/{name}',
      items: [{ vault: source.vault, name: 'early' }],
    });
    expect(names[0]?.problems.join()).toMatch(/writes this target already/);
  });

  it('that cannot be asked does not let a new key in where records write', async () => {
    noAnswer();
    const refused = await app.refuse('connections.save', { id: at.aws, name: 'x', draft: await draftOf(at.aws) });
    expect(refused).toMatchObject({ kind: 'invalid', fields: [{ path: 'draft.credential' }] });
    expect(refused.sentence).toMatch(/\d{12}/);
  });

  it('of another Azure cloud is not where records go on reading: what is not there would be taken for deleted', async () => {
    const before = app.store.connections.get(at.azure);
    const id = '00000000-0000-4000-8000-000000000000';
    const settings = { provider: 'azure', tenantId: id, clientId: id, signIn: 'secret', cloud: 'china' } as const;
    const credential = { signIn: 'secret', clientSecret: randomUUID() } as const;
    const draft = { provider: 'azure', settings, credential } as const;
    expect(await app.refuse('connections.save', { id: at.azure, name: 'x', draft })).toMatchObject({
      kind: 'invalid',
      fields: [{ path: 'draft.settings.cloud' }],
    });
    expect(app.store.connections.get(at.azure)).toEqual(before);
  });

  // Saving gives up on the account after five seconds.
  it('a connection that was removed while it was saved does not come back', { timeout: 20_000 }, async () => {
    const { id } = await app.ask('connections.save', { name: 'Gone', draft: await draftOf(at.aws) });
    const name = 'sts:GetCallerIdentity';
    clouds.desk.clearArrivals();
    clouds.desk.addFault({ cloud: 'aws', name, fault: { kind: 'hang' }, times: 1 });
    const saving = app.refuse('connections.save', { id, name: 'Gone', draft: await draftOf(id) });
    while (clouds.desk.arrivals().every((arrival) => arrival.name !== name))
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await app.ask('connections.remove', { id, withRecords: false })).toEqual({ orphans: [] });
    expect(await saving).toMatchObject({ kind: 'conflict', code: 'connection-changed' });
    expect((await app.ask('connections.list', {})).map((connection) => connection.id)).not.toContain(id);
  });

  it('a removed connection leaves a list of what its records wrote, and of what they perhaps wrote', async () => {
    const { id } = await app.ask('connections.save', { name: 'Dead', draft: await draftOf(at.aws) });
    const target = (name: string) => newRecord({ ...at, aws: id }, source, { targetName: `certifyclouds/${name}` });
    const [written, unclear, never] = await app.ask('records.create', {
      records: [target('written'), target('unclear'), target('never')],
    });
    if (!written || !unclear || !never) throw new Error('records are missing');
    await app.sync([written.id]);
    clouds.desk.addFault({
      cloud: 'aws',
      name: 'secretsmanager:CreateSecret',
      fault: { kind: 'lose-reply' },
      times: 6,
    });
    await app.sync([unclear.id]);
    expect((await app.record(unclear.id)).code).toBe('write-unconfirmed');
    expect(await app.refuse('connections.remove', { id, withRecords: false })).toMatchObject({
      code: 'connection-in-use',
    });
    const { orphans } = await app.ask('connections.remove', { id, withRecords: true });
    expect(orphans.map(({ certain, targetName, targetId }) => [targetName, certain, targetId !== null])).toEqual([
      ['certifyclouds/written', true, true],
      ['certifyclouds/unclear', false, false],
    ]);
    expect(app.store.journal.openIntents()).toEqual([]);
    for (const record of [written, unclear, never]) await app.refuse('records.get', { id: record.id });
  });
});
