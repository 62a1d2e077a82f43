import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const passphrase = 'correct horse battery staple';

describe('without a keychain', () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp | undefined;
  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
  });
  afterEach(async () => {
    await app?.end();
    app = undefined;
  });
  afterAll(() => clouds.close());

  /** An app that has neither a keychain nor SECRET_KEY in its environment. */
  const start = async (directory?: string) => {
    app = await startApp({ secretKey: '', ...(directory === undefined ? {} : { directory }) });
    return app;
  };
  const lockOf = async (one: TestApp) => (await one.ask('app.get', {})).lock;

  it('asks for a passphrase first, works with it, and asks for the same one after a restart', async () => {
    const first = await start();
    expect(await lockOf(first)).toMatchObject({
      state: 'needs-new-passphrase',
      fix: expect.stringMatching(/passphrase/),
    });
    const { accessKeyId, secretAccessKey } = sample.fullKey;
    const draft = {
      provider: 'aws',
      settings: {
        provider: 'aws',
        signIn: 'keys',
        region: 'us-east-1',
        endpoint: clouds.aws.url,
        caBundle: clouds.caPem,
      },
      credential: { accessKeyId, secretAccessKey },
    } as const;
    expect(await first.refuse('connections.save', { name: 'AWS', draft })).toMatchObject({
      kind: 'auth',
      code: 'store-locked',
    });
    expect(await first.ask('connections.list', {})).toEqual([]);
    expect(await first.refuse('lock.open', { passphrase: 'short' })).toMatchObject({ kind: 'invalid' });
    expect(await lockOf(first)).toMatchObject({ state: 'needs-new-passphrase' });

    expect(await first.ask('lock.open', { passphrase })).toMatchObject({ state: 'open', keptIn: 'passphrase' });
    const at = await connectSample(first, clouds, sample);
    const [record] = await first.ask('records.create', {
      records: [newRecord(at, { vault: 'kv-dev', name: 'api-key' })],
    });
    const id = record?.id ?? '';
    await first.sync([id]);
    expect(await first.record(id)).toMatchObject({ status: 'synced' });
    await first.end({ keep: true });

    const second = await start(first.directory);
    expect(await lockOf(second)).toMatchObject({ state: 'needs-passphrase' });
    expect(await second.refuse('sync.start', { ids: [id] })).toMatchObject({ kind: 'auth', code: 'store-locked' });
    expect(await second.refuse('lock.open', { passphrase: 'the wrong passphrase' })).toMatchObject({
      kind: 'auth',
      code: 'passphrase-wrong',
    });
    expect(await lockOf(second)).toMatchObject({ state: 'needs-passphrase' });
    expect(await second.ask('lock.open', { passphrase })).toMatchObject({ state: 'open' });
    expect(await second.sync([id])).toMatchObject({ unchanged: 1 });
    const audit = second.store.audit.list(100).filter(({ action }) => action === 'unlock the credential store');
    expect(audit.map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed', 'succeeded', 'failed']);
    expect(JSON.stringify(audit)).not.toContain('passphrase ');
    expect(second.sent.join()).not.toContain(passphrase);
  });

  it('runs nothing on schedule while it is locked, and what is due once it is open', async () => {
    const first = await start();
    await first.ask('lock.open', { passphrase });
    const at = await connectSample(first, clouds, sample);
    const [record] = await first.ask('records.create', {
      records: [newRecord(at, { vault: 'kv-dev', name: 'redis-url' }, { schedule: { kind: 'every', hours: 1 } })],
    });
    const id = record?.id ?? '';
    first.store.records.setNextRuns([{ id, at: 1 }], 1);
    await first.end({ keep: true });
    const second = await start(first.directory);
    await second.scheduler.beat();
    expect(second.engine.active()).toEqual([]);
    await second.ask('lock.open', { passphrase });
    await second.idle();
    expect(await second.lastAttempt(id)).toMatchObject({ trigger: 'schedule', outcome: 'synced' });
  });

  it('can start over: the old credentials are kept unreadable, the connections have to be typed again', async () => {
    const first = await start();
    await first.ask('lock.open', { passphrase });
    const at = await connectSample(first, clouds, sample);
    await first.end({ keep: true });
    const second = await start(first.directory);
    expect(await second.ask('lock.startOver', {})).toMatchObject({ state: 'needs-new-passphrase' });
    await second.ask('lock.open', { passphrase: 'another good passphrase' });
    expect((await second.ask('connections.list', {})).map(({ id }) => id).sort()).toEqual([at.azure, at.aws].sort());
    const [record] = await second.ask('records.create', {
      records: [newRecord(at, { vault: 'kv-dev', name: 'pin' })],
    });
    await second.sync([record?.id ?? '']);
    expect(await second.record(record?.id ?? '')).toMatchObject({ status: 'failed', code: 'connection-missing' });
    const again = await connectSample(second, clouds, sample);
    const steps = await second.ask('connections.test', { testId: crypto.randomUUID(), connectionId: again.aws });
    expect(steps.every(({ outcome }) => outcome === 'passed')).toBe(true);
  });

  it('is not started over from an open door', async () => {
    const first = await start();
    await first.ask('lock.open', { passphrase });
    expect(await first.ask('lock.startOver', {})).toMatchObject({ state: 'open' });
    expect(await first.ask('lock.open', { passphrase: 'something else entirely' })).toMatchObject({ state: 'open' });
  });
});
