import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const vault = 'kv-production';
const region = 'us-east-1';

describe('a person’s decision', () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let count = 0;
  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
  }, 60_000);
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(async () => {
    clouds.desk.clearFaults();
    await app.end();
  });
  afterAll(() => clouds.close());

  const newSecret = () => {
    const name = `contested-${++count}`;
    clouds.azure.vault(vault).set(name, `from azure ${count}`);
    return name;
  };
  const inAws = (name: string) => clouds.aws.secretValue(region, `certifyclouds/${name}`);
  const tagsInAws = (name: string) =>
    (clouds.aws.secret(region, `certifyclouds/${name}`)?.Tags ?? []).map(({ Key }) => Key);
  const byHand = (name: string, value = 'by hand') => clouds.aws.putOutside(region, `certifyclouds/${name}`, value);
  /** Records whose targets somebody changed after the first sync. */
  const contested = async (names: readonly string[], change: Parameters<typeof newRecord>[2] = {}) => {
    const at = await connectSample(app, clouds, sample);
    const records = names.map((name) => newRecord(at, { vault, name }, change));
    const ids = (await app.ask('records.create', { records })).map(({ id }) => id);
    await app.sync(ids);
    for (const name of names) byHand(name);
    await app.sync(ids);
    return ids;
  };
  const seenOf = async (id: string) => ({ id, seen: (await app.record(id)).conflictSeen ?? 'nothing' });
  const resolve = async (ids: string[], choice: 'overwrite' | 'keep' | 'adopt' | 'unlink' | 'delete') => {
    const items = await Promise.all(ids.map(seenOf));
    const { run } = await app.ask('records.resolve', { items, choice });
    await app.idle();
    return run;
  };

  it('is offered while a record waits, and it is held until then', async () => {
    const name = newSecret();
    const [id = ''] = await contested([name], { schedule: { kind: 'every', hours: 1 } });
    expect(await app.record(id)).toMatchObject({
      code: 'target-changed',
      choices: ['overwrite', 'keep', 'adopt', 'unlink'],
      held: true,
      nextRunAt: null,
    });
    expect((await app.ask('app.get', {})).waiting).toEqual({ conflicts: 1, deletions: 0 });
    expect(await resolve([id], 'overwrite')).toMatchObject({ trigger: 'user', total: 1 });
    expect(inAws(name)).not.toBe('by hand');
    const after = await app.record(id);
    expect(after).toMatchObject({ status: 'synced', choices: [], held: false });
    expect(after.nextRunAt).toBeGreaterThan(Date.now());
    expect((await app.ask('app.get', {})).waiting).toEqual({ conflicts: 0, deletions: 0 });
  });

  it('to keep the target leaves it, until it changes again', async () => {
    const name = newSecret();
    const [id = ''] = await contested([name], { schedule: { kind: 'every', hours: 1 } });
    expect(await resolve([id], 'keep')).toBeNull();
    expect(await app.record(id)).toMatchObject({ status: 'unknown', code: 'kept', choices: [], held: false });
    expect((await app.record(id)).nextRunAt).toBeGreaterThan(Date.now());
    await app.sync([id]);
    expect(await app.lastAttempt(id)).toMatchObject({ outcome: 'kept' });
    expect(inAws(name)).toBe('by hand');
    byHand(name, 'again');
    await app.sync([id]);
    expect(await app.record(id)).toMatchObject({ code: 'target-changed', held: true });
  });

  it('to adopt writes no value: what is not the same, or can’t be compared, waits again', async () => {
    const name = newSecret();
    const [id = ''] = await contested([name]);
    expect(await resolve([id], 'adopt')).toMatchObject({ trigger: 'user' });
    expect(await app.record(id)).toMatchObject({
      status: 'failed',
      code: expect.stringMatching(/^adopt-(differs|unseen)$/),
      held: true,
    });
    expect(inAws(name)).toBe('by hand');
    expect(app.store.records.get(id)?.record.consent).toBeNull();
  });

  it('to unlink forgets the record and leaves the target, without our marks', async () => {
    const name = newSecret();
    const [id = ''] = await contested([name]);
    expect(await resolve([id], 'unlink')).toBeNull();
    expect(await app.refuse('records.get', { id })).toMatchObject({ kind: 'not-found' });
    expect(inAws(name)).toBe('by hand');
    expect(tagsInAws(name).filter((key) => key?.startsWith('certifyclouds:'))).toEqual([]);
    expect((await app.ask('app.get', {})).notices).toEqual([]);
  });

  it('to unlink says whose marks could not be taken off', async () => {
    const name = newSecret();
    const [id = ''] = await contested([name]);
    const items = [await seenOf(id)];
    clouds.desk.addFault({ cloud: 'aws', fault: { kind: 'status', status: 503 } });
    await app.ask('records.resolve', { items, choice: 'unlink' });
    expect((await app.ask('app.get', {})).notices).toMatchObject([
      { level: 'warning', sentence: expect.stringMatching(/forgotten.*still carry/) },
    ]);
    expect(await app.refuse('records.get', { id })).toMatchObject({ kind: 'not-found' });
  });

  it('is for exactly what was seen: all or none', async () => {
    const names = [newSecret(), newSecret()] as const;
    const [first = '', second = ''] = await contested(names);
    const items = [await seenOf(first), await seenOf(second)];
    byHand(names[1], 'again');
    await app.sync([second]);
    clouds.desk.clearArrivals();
    for (const choice of ['overwrite', 'keep', 'adopt', 'unlink'] as const)
      expect(await app.refuse('records.resolve', { items, choice })).toMatchObject({
        kind: 'conflict',
        code: 'seen-changed',
      });
    // The brake stopped no deletion here.
    expect(await app.refuse('records.resolve', { items: [await seenOf(first)], choice: 'delete' })).toMatchObject({
      kind: 'conflict',
      code: 'choice-not-offered',
    });
    const gone = { id: crypto.randomUUID(), seen: 'version:1' };
    expect(await app.refuse('records.resolve', { items: [await seenOf(first), gone], choice: 'keep' })).toMatchObject({
      kind: 'not-found',
    });
    expect(clouds.desk.arrivals()).toEqual([]);
    expect((await app.record(first)).conflictSeen).not.toBeNull();
    expect(app.store.records.get(first)?.record.consent).toBeNull();
  });

  it('that cannot be carried out now is not carried out later either', async () => {
    const name = newSecret();
    const [id = ''] = await contested([name]);
    const items = [await seenOf(id)];
    await app.end({ keep: true });
    const locked = await startApp({ directory: app.directory, secretKey: 'another key than before' });
    expect(await locked.refuse('records.resolve', { items, choice: 'overwrite' })).toMatchObject({
      code: 'store-locked',
    });
    expect(locked.store.records.get(id)?.record.consent).toBeNull();
    app = locked;
  });

  it('about many that all wait lets each go on', async () => {
    const ids = await contested([newSecret(), newSecret(), newSecret()]);
    await resolve(ids, 'overwrite');
    for (const id of ids) expect(await app.record(id)).toMatchObject({ status: 'synced', conflictSeen: null });
  });

  it('is no longer wanted once the policy decides', async () => {
    const name = newSecret();
    const [id = ''] = await contested([name], { schedule: { kind: 'every', hours: 1 } });
    await app.ask('settings.set', { conflictPolicy: 'overwrite' });
    expect(await app.record(id)).toMatchObject({ held: false, nextRunAt: expect.any(Number) });
    await app.ask('settings.set', { conflictPolicy: 'alert' });
    expect(await app.record(id)).toMatchObject({ held: true, nextRunAt: null });
    await app.ask('records.update', { ids: [id], change: { conflictPolicy: 'skip' } });
    expect(await app.record(id)).toMatchObject({ held: false, nextRunAt: expect.any(Number) });
    // A schedule chosen while it waits changes nothing about that.
    await app.ask('records.update', { ids: [id], change: { conflictPolicy: 'default' } });
    await app.ask('records.update', { ids: [id], change: { schedule: { kind: 'every', hours: 6 } } });
    expect(await app.record(id)).toMatchObject({ held: true, nextRunAt: null });
  });
});
