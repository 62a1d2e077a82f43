import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/engine/system-clock.ts';
import type { AttemptView } from '../../preload/contract/views.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { firstBadOf } from '../store/builders.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';
import { expectTold } from '../support/told.ts';

const region = 'us-east-1';
const vault = 'kv-bad';

describe('bad input', () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp & { readonly secretKey: string };
  let connections: { azure: string; aws: string };
  const waits: number[] = [];
  let count = 0;

  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
    await clouds.azure.addVault(vault);
    clouds.azure.grant(sample.app.clientId, 'Reader', vault);
    clouds.azure.grant(sample.app.clientId, 'Key Vault Secrets User', vault);
    app = await startApp({
      clock: {
        sleep: async (ms, signal) => {
          // How long a record may take is watched by sleeping too: nothing waits for that.
          if (ms < 300_000) waits.push(ms);
          await systemClock.sleep(1, signal);
        },
      },
    });
    connections = await connectSample(app, clouds, sample);
  });
  afterAll(async () => {
    await app.end();
    await clouds.close();
  });
  beforeEach(() => {
    waits.length = 0;
    clouds.desk.clearArrivals();
  });
  afterEach(() => {
    clouds.desk.clearFaults();
    expect(firstBadOf(app.store.audit)).toBeNull();
  });

  /** A secret of its own for each test. */
  const newSecret = (value = `value ${count}`) => {
    const name = `secret-${++count}`;
    clouds.azure.vault(vault).set(name, value);
    return name;
  };
  const create = async (
    change: Parameters<typeof newRecord>[2] & { readonly sourceName: string },
    at = connections,
  ) => {
    const records = [newRecord(at, { vault, name: change.sourceName }, change)];
    const [record] = await app.ask('records.create', { records });
    return record?.id ?? '';
  };
  const held = (name: string, place = region) => clouds.aws.secretValue(place, `certifyclouds/${name}`);
  const versions = (name: string) => clouds.aws.secret(region, `certifyclouds/${name}`)?.versions.length ?? 0;
  const connect = (change: Partial<Sample>) => connectSample(app, clouds, { ...sample, ...change });
  const newKey = (actions: string[], resource = 'arn:aws:secretsmanager:*:*:secret:*') =>
    clouds.aws.addAccessKey({
      policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: resource }] },
    });

  const told = (id: string, code: string, sentence: RegExp, fix: RegExp, outcome?: AttemptView['outcome']) =>
    expectTold(app, id, { code, sentence, fix }, outcome);

  describe('from AWS', () => {
    it('a wrong secret access key', async () => {
      const name = newSecret();
      const at = await connect({ fullKey: { ...sample.fullKey, secretAccessKey: 'x'.repeat(40) } });
      const id = await create({ sourceName: name }, at);
      await told(id, 'aws-credentials', /secret access key does not belong/, /IAM/);
      expect(held(name)).toBeUndefined();
      const steps = await app.ask('connections.test', { testId: crypto.randomUUID(), connectionId: at.aws });
      expect(steps.find(({ outcome }) => outcome === 'failed')).toMatchObject({
        sentence: expect.stringMatching(/secret access key does not belong/),
      });
    });

    it('an unknown or disabled access key', async () => {
      const name = newSecret();
      const unknown = await connect({ fullKey: { ...sample.fullKey, accessKeyId: 'AKIAZZZZZZZZZZZZZZZZ' } });
      await told(
        await create({ sourceName: name }, unknown),
        'aws-credentials',
        /does not know this access key/,
        /IAM/,
      );
      const key = newKey(['secretsmanager:*']);
      const disabled = await connect({ fullKey: key });
      clouds.aws.disableAccessKey(key.accessKeyId);
      const id = await create({ sourceName: name }, disabled);
      await told(id, 'aws-credentials', /does not know this access key/, /make a new key/);
      clouds.aws.enableAccessKey(key.accessKeyId);
      await app.sync([id]);
      expect(await app.record(id)).toMatchObject({ status: 'synced' });
      expect(held(name)).toBe(clouds.azure.vault(vault).find(name).versions[0]?.value);
    });

    it('a region that is none: refused when it is typed', async () => {
      const { accessKeyId, secretAccessKey } = sample.fullKey;
      const before = await app.ask('connections.list', {});
      for (const typed of ['us east 1', 'us-east', 'US-EAST-1', 'us-east-1.example.com', '']) {
        const save = await app.refuse('connections.save', {
          name: 'Typo',
          draft: {
            provider: 'aws',
            settings: {
              provider: 'aws',
              signIn: 'keys',
              region: typed,
              endpoint: clouds.aws.url,
              caBundle: clouds.caPem,
            },
            credential: { accessKeyId, secretAccessKey },
          },
        });
        expect(save).toMatchObject({ kind: 'invalid', fields: [{ path: 'draft.settings.region' }] });
        const records = [newRecord(connections, { vault, name: newSecret() }, { targetRegion: typed })];
        const made = await app.refuse('records.create', { records });
        expect(made).toMatchObject({ kind: 'invalid', fields: [{ path: 'records.0.targetRegion' }] });
      }
      expect(await app.ask('connections.list', {})).toEqual(before);
    });

    it('a region without permission', async () => {
      const name = newSecret();
      const key = newKey(['secretsmanager:*'], `arn:aws:secretsmanager:${region}:*:secret:*`);
      const id = await create({ sourceName: name, targetRegion: 'eu-west-1' }, await connect({ fullKey: key }));
      await told(id, 'aws-denied', /secretsmanager:CreateSecret on certifyclouds\/.* in eu-west-1/, /CreateSecret/);
      expect(held(name, 'eu-west-1')).toBeUndefined();
    });

    it('a denied action: named, with resource and region', async () => {
      const name = newSecret();
      const key = newKey([
        'secretsmanager:DescribeSecret',
        'secretsmanager:PutSecretValue',
        'secretsmanager:TagResource',
      ]);
      const id = await create({ sourceName: name }, await connect({ fullKey: key }));
      const named = (action: string) => new RegExp(`secretsmanager:${action} on certifyclouds/${name} in ${region}`);
      await told(id, 'aws-denied', named('CreateSecret'), /Add secretsmanager:CreateSecret to the IAM policy/);
      const allow = (Action: string[]) =>
        clouds.aws.setPolicy(key.accessKeyId, {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
        });
      allow(['secretsmanager:DescribeSecret', 'secretsmanager:CreateSecret', 'secretsmanager:TagResource']);
      await app.sync([id]);
      expect(await app.record(id)).toMatchObject({ status: 'synced' });
      clouds.azure.vault(vault).set(name, 'second');
      await told(id, 'aws-denied', named('PutSecretValue'), /Add secretsmanager:PutSecretValue to the IAM policy/);
      expect(held(name)).not.toBe('second');
      allow(['secretsmanager:*']);
      await app.sync([id]);
      expect(held(name)).toBe('second');
      expect(versions(name)).toBe(2);
    });

    it('a target that is scheduled for deletion', async () => {
      const name = newSecret();
      clouds.aws.putOutside(region, `certifyclouds/${name}`, 'by hand');
      clouds.aws.removeOutside(region, `certifyclouds/${name}`, 7);
      const id = await create({ sourceName: name });
      await told(
        id,
        'target-pending-deletion',
        /scheduled for deletion/,
        /Press Overwrite target to restore/,
        'conflict',
      );
      expect(held(name)).toBe('by hand');
      const { conflictSeen } = await app.record(id);
      await app.ask('records.resolve', { items: [{ id, seen: conflictSeen ?? '' }], choice: 'overwrite' });
      await app.idle();
      expect(await app.record(id)).toMatchObject({ status: 'synced' });
      expect(held(name)).toBe(clouds.azure.vault(vault).find(name).versions[0]?.value);
      expect(clouds.aws.secret(region, `certifyclouds/${name}`)?.DeletedDate).toBeUndefined();
    });

    it('throttling, with and without Retry-After: waits as asked, and a person sees nothing of it', async () => {
      for (const retryAfter of [undefined, 7]) {
        const name = newSecret();
        const id = await create({ sourceName: name });
        for (const match of [
          { cloud: 'aws', name: 'secretsmanager:CreateSecret' },
          { cloud: 'keyvault', name: 'GetSecret', resource: `${vault}/${name}` },
        ] as const) {
          const fault = { kind: 'throttle', ...(retryAfter === undefined ? {} : { retryAfter }) } as const;
          clouds.desk.addFault({ ...match, fault, times: 2 });
        }
        waits.length = 0;
        await app.sync([id]);
        expect(await app.record(id)).toMatchObject({ status: 'synced' });
        expect(versions(name)).toBe(1);
        // One for each refusal, as long as was asked; the slower pace that follows may add some.
        expect(waits.filter((ms) => ms >= (retryAfter ?? 0) * 1_000).length).toBeGreaterThanOrEqual(4);
        clouds.desk.clearFaults();
      }
    });

    it('throttling without end: says so, and leaves nothing open', async () => {
      const name = newSecret();
      const id = await create({ sourceName: name });
      clouds.desk.addFault({ cloud: 'aws', name: 'secretsmanager:CreateSecret', fault: { kind: 'throttle' } });
      await told(id, 'aws-throttled', /called less often/, /concurrency|Fewer syncs at once/);
      expect(held(name)).toBeUndefined();
    });

    it('a network that goes down in the middle, and comes back', async () => {
      const names = Array.from({ length: 30 }, () => newSecret());
      const ids: string[] = [];
      for (const name of names) ids.push(await create({ sourceName: name }));
      clouds.desk.addFault({
        cloud: 'aws',
        name: 'secretsmanager:CreateSecret',
        fault: { kind: 'lose-reply' },
        after: 10,
      });
      clouds.desk.addFault({
        cloud: 'aws',
        name: 'secretsmanager:DescribeSecret',
        fault: { kind: 'reset' },
        after: 30,
      });
      const run = await app.sync(ids);
      expect(run.done).toBe(30);
      expect(run.attention).toBeGreaterThan(0);
      const unsure = (await app.ask('records.list', {})).filter(
        ({ id, status }) => ids.includes(id) && status !== 'synced',
      );
      for (const { sentence, fix, status } of unsure) {
        expect(['failed', 'unknown']).toContain(status);
        expect(sentence).toMatch(/connection|answer/);
        expect(fix).not.toBe('');
      }
      clouds.desk.clearFaults();
      expect(await app.sync(ids)).toMatchObject({ attention: 0, done: 30 });
      for (const [n, name] of names.entries()) {
        expect(await app.record(ids[n] ?? '')).toMatchObject({ status: 'synced' });
        expect(versions(name)).toBe(1);
        expect(held(name)).toBe(clouds.azure.vault(vault).find(name).versions[0]?.value);
      }
      expect(app.store.journal.openIntents()).toEqual([]);
    });
  });

  describe('from Azure', () => {
    it('a wrong and an expired client secret', async () => {
      const wrong = await connect({ app: { ...sample.app, clientSecret: 'not-the-secret-of-this-app' } });
      const id = await create({ sourceName: newSecret() }, wrong);
      await told(id, 'entra-7000215', /client secret is wrong/, /new client secret/, 'failed');
      const other = clouds.azure.addTenantApp({ name: 'expired' });
      clouds.azure.removeAppSecrets(other.clientId);
      const clientSecret = clouds.azure.addAppSecret(other.clientId, -1);
      const expired = await connect({ app: { ...other, clientSecret } });
      const late = await create({ sourceName: newSecret() }, expired);
      await told(late, 'entra-7000222', /client secret has expired/, /new client secret/);
    });

    it('a vault that does not exist', async () => {
      const id = await create({ sourceName: 'api-key', sourceVault: 'kv-nowhere' });
      await told(id, 'vault-missing', /kv-nowhere/, /./);
      const listed = await app.refuse('source.items', { connectionId: connections.azure, vault: 'kv-nowhere' });
      expect(listed).toMatchObject({ sentence: expect.stringMatching(/kv-nowhere/) });
    });

    it('a vault that is forbidden: names the role', async () => {
      await clouds.azure.addVault('kv-forbidden');
      clouds.azure.vault('kv-forbidden').set('x', 'y');
      clouds.azure.grant(sample.app.clientId, 'Reader', 'kv-forbidden');
      const id = await create({ sourceName: 'x', sourceVault: 'kv-forbidden' });
      await told(id, 'azure-denied', /kv-forbidden/, /Key Vault Secrets User/);
    });

    it('a disabled, a deleted and a missing secret: the copy stays', async () => {
      const name = newSecret();
      const id = await create({ sourceName: name });
      await app.sync([id]);
      const value = held(name);
      clouds.azure.vault(vault).disable(name);
      await told(id, 'source-disabled', /disabled in Key Vault.*kept/, /Enable the secret/, 'blocked');
      clouds.azure.vault(vault).enable(name);
      clouds.azure.vault(vault).remove(name);
      await told(
        id,
        'source-missing',
        /no longer in the vault.*kept/,
        /something else, or delete the record/,
        'blocked',
      );
      expect(held(name)).toBe(value);
      expect(versions(name)).toBe(1);
      const never = await create({ sourceName: 'never-there' });
      await told(never, 'source-missing', /no longer in the vault/, /./, 'blocked');
    });

    it('a secret that belongs to a certificate', async () => {
      const id = await create({ sourceVault: 'kv-production', sourceName: 'www-contoso-example' });
      await told(id, 'source-managed', /belongs to a Key Vault certificate/, /as a certificate/, 'blocked');
      expect(held('www-contoso-example')).toBeUndefined();
    });

    it('an empty value: refused before it is sent', async () => {
      const name = newSecret('');
      const id = await create({ sourceName: name });
      await told(id, 'target-value-empty', /value is empty/, /Give the secret a value in Azure/);
      expect(clouds.desk.arrivals({ cloud: 'aws', name: 'secretsmanager:CreateSecret' })).toEqual([]);
    });
  });

  it('a credential that was stored with another key: the record says so, and nothing is sent', async () => {
    const other = await startApp();
    const theirs = await connectSample(other, clouds, sample);
    const token = other.store.connections.token(theirs.aws);
    await other.end();
    const at = await connect({});
    const connection = app.store.connections.get(at.aws);
    if (!connection || token === undefined) throw new Error('the connection is gone');
    app.store.connections.save(connection, token);
    clouds.desk.clearArrivals();
    const id = await create({ sourceName: newSecret() }, at);
    await told(id, 'credential-unreadable', /damaged, or stored with another key/, /Enter the connection’s credential/);
    expect(clouds.desk.arrivals({ cloud: 'aws' })).toEqual([]);
  });
});
