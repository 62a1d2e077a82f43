import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const vault = 'kv-production';
const region = 'us-east-1';

describe('records that are kept', () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: Awaited<ReturnType<typeof startApp>>;
  let connections: { azure: string; aws: string };
  let count = 0;
  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
  }, 60_000);
  beforeEach(async () => {
    app = await startApp();
    connections = await connectSample(app, clouds, sample);
    clouds.desk.clearArrivals();
  });
  afterEach(() => app.end());
  afterAll(() => clouds.close());

  const newSecret = (inVault = vault) => {
    const name = `kept-${++count}`;
    clouds.azure.vault(inVault).set(name, `value ${count}`);
    return name;
  };
  const create = async (names: readonly string[], change: Parameters<typeof newRecord>[2] = {}) => {
    const records = names.map((name) => newRecord(connections, { vault, name }, change));
    return (await app.ask('records.create', { records })).map(({ id }) => id);
  };
  const asked = () => app.sent.filter((text) => text.startsWith('["confirm"')).length;

  describe('are told by what changed', () => {
    it('in parts from the beginning, then only what is new, and what is gone', async () => {
      const ids = await create([newSecret(), newSecret(), newSecret()]);
      const told: string[] = [];
      let since: number | null = null;
      for (let more = true; more; ) {
        const part: Awaited<ReturnType<typeof changes>> = await changes(since, 2);
        told.push(...part.records.map(({ id }) => id));
        ({ revision: since, more } = part);
      }
      expect([...told].sort()).toEqual([...ids].sort());
      expect(await changes(since)).toMatchObject({ records: [], removed: [], more: false });
      const [first = '', second = ''] = ids;
      await app.ask('records.update', { ids: [first], change: { enabled: false } });
      await app.ask('records.remove', { ids: [second] });
      const after = await changes(since);
      expect(after.records).toMatchObject([{ id: first, enabled: false }]);
      expect(after.removed).toEqual([second]);
      expect(after.records[0]).toEqual(await app.record(first));
    });
    const changes = (since: number | null, limit = 100) => app.ask('records.changes', { since, limit });
  });

  describe('follow deletions', () => {
    it('only when that was confirmed outside the window, each time it is new to one of them', async () => {
      const ids = await create([newSecret(), newSecret()]);
      expect(asked()).toBe(0);
      await app.ask('records.update', { ids, change: { deletionPolicy: 'follow' } });
      expect(asked()).toBe(1);
      expect(await app.record(ids[0] ?? '')).toMatchObject({ deletionPolicy: 'follow' });
      await app.ask('records.update', { ids, change: { deletionPolicy: 'follow' } });
      await app.ask('records.update', { ids, change: { deletionPolicy: 'default' } });
      expect(asked()).toBe(1);
      await create([newSecret()], { deletionPolicy: 'follow' });
      expect(asked()).toBe(2);
    });

    it('not at all when it was not', async () => {
      const name = newSecret();
      const [id = ''] = await create([name]);
      await app.end({ keep: true });
      const { directory, secretKey } = app;
      app = await startApp({ directory, secretKey, confirm: false });
      const change = { deletionPolicy: 'follow' } as const;
      expect(await app.refuse('records.update', { ids: [id], change })).toMatchObject({ kind: 'cancelled' });
      expect(await app.record(id)).toMatchObject({ deletionPolicy: 'default' });
      const records = [newRecord(connections, { vault, name: newSecret() }, change)];
      expect(await app.refuse('records.create', { records })).toMatchObject({ kind: 'cancelled' });
      expect(await app.ask('records.list', {})).toHaveLength(1);
    });
  });

  describe('are pointed elsewhere', () => {
    const repoint = (id: string, sourceVault: string, sourceName: string) => ({
      ...{ id, sourceVault, sourceName },
      sourceConnectionId: connections.azure,
    });

    it('and keep their target and history', async () => {
      const name = newSecret();
      const [id = ''] = await create([name], { schedule: { kind: 'every', hours: 1 } });
      await app.sync([id]);
      const { targetId } = await app.record(id);
      const elsewhere = newSecret('kv-staging');
      const after = await app.ask('records.repoint', repoint(id, 'kv-staging', elsewhere.toUpperCase()));
      expect(after).toMatchObject({
        sourceVault: 'kv-staging',
        sourceName: elsewhere,
        targetId,
        status: 'pending',
        code: 'repointed',
        nextRunAt: expect.any(Number),
      });
      // Same metadata, perhaps the same second: the other value arrives all the same.
      await app.sync([id]);
      expect(await app.record(id)).toMatchObject({ status: 'synced', targetId });
      expect(clouds.aws.secretValue(region, `certifyclouds/${name}`)).toBe(
        clouds.azure.vault('kv-staging').find(elsewhere).versions.at(-1)?.value,
      );
      expect(await app.ask('records.history', { id, limit: 10 })).toHaveLength(2);
    });

    it('only at what is there, of the same kind, in a vault that can be seen', async () => {
      const [id = ''] = await create([newSecret()]);
      const before = await app.record(id);
      for (const [sourceVault, sourceName] of [
        [vault, 'no-such-secret'],
        ['kv-certificates', 'no-such-secret'],
      ] as const)
        expect(await app.refuse('records.repoint', repoint(id, sourceVault, sourceName))).toMatchObject({
          kind: 'invalid',
          fields: [{ path: 'sourceName' }],
        });
      const vanished = await app.refuse('records.repoint', repoint(id, 'kv-vanished', 'api-key'));
      expect(vanished.kind).toBe('not-found');
      expect(vanished.sentence).toMatch(/kv-vanished/);
      const wrong = { ...repoint(id, vault, 'api-key'), sourceConnectionId: connections.aws };
      expect(await app.refuse('records.repoint', wrong)).toMatchObject({ fields: [{ path: 'sourceConnectionId' }] });
      const gone = repoint(crypto.randomUUID(), vault, 'api-key');
      expect(await app.refuse('records.repoint', gone)).toMatchObject({ kind: 'not-found' });
      expect(await app.record(id)).toEqual(before);
    });
  });

  it('of a connection with rules: it is not removed while they use it, and takes them along when that was said', async () => {
    const name = newSecret();
    const rule = await app.ask('rules.save', {
      rule: {
        ...newRule(),
        filter: { kind: 'secret', names: [name], tags: [], contentType: '' },
      },
    });
    await app.idle();
    const refused = await app.refuse('connections.remove', { id: connections.aws, withRecords: false });
    expect(refused).toMatchObject({
      kind: 'conflict',
      code: 'connection-in-use',
      sentence: expect.stringMatching(/rules/),
    });
    expect((await app.ask('rules.list', {})).map(({ id }) => id)).toEqual([rule.id]);
    while ((await app.ask('records.list', {})).some(({ status }) => status === 'syncing')) await app.idle();
    await app.ask('connections.remove', { id: connections.aws, withRecords: true });
    expect(await app.ask('rules.list', {})).toEqual([]);
    expect(await app.ask('records.list', {})).toEqual([]);
    const [audited] = app.store.audit.list(1);
    expect(audited).toMatchObject({ action: 'remove a connection', subject: expect.stringMatching(/1 rule/) });
  });

  function newRule() {
    const { targetService, targetRegion, shape, options } = newRecord(connections, { vault, name: 'any' });
    return {
      ...{ name: 'Mirror', enabled: true, sourceConnectionId: connections.azure, sourceVault: vault },
      ...{ targetConnectionId: connections.aws, targetService, targetRegion, template: 'certifyclouds/{name}' },
      ...{ shape, options, schedule: { kind: 'manual' } as const, syncOnChange: false, copyTags: true },
      ...({ conflictPolicy: 'default', deletionPolicy: 'default', limit: 10 } as const),
    };
  }
});
