import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { connectSample, newRecord } from '../support/connect.ts';
import { type DesktopApp, launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';

const vault = 'kv-production';
const region = 'us-east-1';

/** The real process is killed in the middle of a write; nothing gets a chance to tidy up. */
describe('killed between journal and confirm', () => {
  const profile = newProfile();
  let clouds: Clouds;
  let sample: Sample;
  let app: DesktopApp;
  let connections: { azure: string; aws: string };

  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
    app = await launchDesktop({ profile });
    connections = await connectSample(app, clouds, sample);
  });
  afterAll(async () => {
    await app.quit();
    await clouds.close();
    removeProfile(profile);
  });

  const arrived = (name: string) =>
    expect
      .poll(() => clouds.desk.arrivals({ cloud: 'aws', name }).length, { interval: 10, timeout: 15_000 })
      .toBeGreaterThan(0);

  /** Syncs a record into a fault, kills the app once AWS has got the write, and starts it again without the fault. */
  async function killDuring(
    id: string,
    operation: 'CreateSecret' | 'PutSecretValue',
    fault: 'hang' | 'lose-reply',
  ): Promise<void> {
    const name = `secretsmanager:${operation}`;
    clouds.desk.clearArrivals();
    clouds.desk.addFault({ cloud: 'aws', name, fault: { kind: fault } });
    await app.ask('sync.start', { ids: [id] });
    await arrived(name);
    await app.kill();
    clouds.desk.clearFaults();
    app = await launchDesktop({ profile });
    await expect.poll(async () => (await app.ask('records.get', { id })).status, { timeout: 20_000 }).toBe('synced');
  }

  const versionsOf = (name: string) => clouds.aws.secret(region, `certifyclouds/${name}`)?.versions ?? [];

  it.each([
    ['before it took effect', 'redis-url', 'hang'],
    ['after it took effect', 'api-key', 'lose-reply'],
  ] as const)('a first write, %s, ends as one version', async (_when, name, fault) => {
    const [record] = await app.ask('records.create', { records: [newRecord(connections, { vault, name })] });
    const id = record?.id ?? '';
    await killDuring(id, 'CreateSecret', fault);
    expect(versionsOf(name)).toHaveLength(1);
    const { versions } = clouds.azure.vault(vault).find(name);
    expect(clouds.aws.secretValue(region, `certifyclouds/${name}`) === versions.at(-1)?.value).toBe(true);
    const runs = await app.ask('runs.list', { limit: 2 });
    expect(runs.map(({ phase, endedAt }) => [phase, endedAt !== null])).toEqual([
      ['done', true],
      ['cancelled', true],
    ]);
    const [latest] = await app.ask('records.history', { id, limit: 5 });
    expect(latest).toMatchObject({ trigger: 'recovery' });

    const value = `changed ${crypto.randomUUID()}`;
    clouds.azure.vault(vault).set(name, value);
    await killDuring(id, 'PutSecretValue', fault);
    expect(versionsOf(name)).toHaveLength(2);
    expect(clouds.aws.secretValue(region, `certifyclouds/${name}`) === value).toBe(true);
  });
});
