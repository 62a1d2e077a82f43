import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const vault = 'kv-production';
const minute = 60_000;
const hour = 60 * minute;

describe('the heartbeat of the whole app', () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: Awaited<ReturnType<typeof startApp>>;
  let id = '';
  let count = 0;
  let ahead = 0;
  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
  }, 60_000);
  beforeEach(async () => {
    ahead = 0;
    app = await startApp({ clock: { now: () => Date.now() + ahead } });
    const connections = await connectSample(app, clouds, sample);
    const name = `beat-${++count}`;
    clouds.azure.vault(vault).set(name, `value ${count}`);
    const records = [newRecord(connections, { vault, name }, { schedule: { kind: 'every', hours: 1 } })];
    id = (await app.ask('records.create', { records }))[0]?.id ?? '';
  });
  afterEach(() => app.end());
  afterAll(() => clouds.close());

  /** One heartbeat so much later, and all that it began. */
  const beat = async (ms: number) => {
    ahead += ms;
    await app.scheduler.beat();
    const isBusy = async () =>
      app.engine.active().length > 0 ||
      (await app.ask('discovery.vaults', {})).some(({ scanning }) => scanning) ||
      (await app.ask('checks.list', { limit: 10 })).some(({ endedAt }) => endedAt === null);
    while (await isBusy()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const attempts = async () => (await app.ask('records.history', { id, limit: 100 })).map(({ trigger }) => trigger);
  const listings = () => clouds.desk.arrivals({ cloud: 'keyvault', name: 'ListSecrets' }).length;
  const checks = async () => (await app.ask('checks.list', { limit: 10 })).map(({ trigger }) => trigger);

  it('starts what is due, and not while schedules are paused', async () => {
    await beat(0);
    expect(await attempts()).toEqual([]);
    await app.ask('sync.pause', { paused: true });
    await beat(2 * hour);
    expect(await attempts()).toEqual([]);
    await app.ask('sync.pause', { paused: false });
    await beat(0);
    await beat(minute);
    expect(await attempts()).toEqual(['schedule']);
    expect(await app.record(id)).toMatchObject({ status: 'synced' });
    await beat(hour);
    expect(await attempts()).toEqual(['schedule', 'schedule']);
  });

  it('has vaults scanned on their interval, also while schedules are paused', async () => {
    await app.ask('settings.set', { scanMinutes: 5 });
    await app.ask('sync.pause', { paused: true });
    clouds.desk.clearArrivals();
    await beat(minute);
    const once = listings();
    expect(once).toBeGreaterThan(0);
    await beat(minute);
    expect(listings()).toBe(once);
    await beat(4 * minute);
    expect(listings()).toBe(2 * once);
    expect(await attempts()).toEqual([]);
  });

  it('has everything checked on schedule, and not while schedules are paused', async () => {
    await app.ask('settings.set', { checkSchedule: { kind: 'every', hours: 6 } });
    await beat(5 * hour);
    expect(await checks()).toEqual([]);
    await app.ask('sync.pause', { paused: true });
    await beat(2 * hour);
    expect(await checks()).toEqual([]);
    await app.ask('sync.pause', { paused: false });
    await beat(minute);
    await beat(minute);
    expect(await checks()).toEqual(['schedule']);
    await beat(6 * hour);
    expect(await checks()).toEqual(['schedule', 'schedule']);
  });

  it('loses nothing when the clock is set back', async () => {
    await beat(2 * hour);
    expect(await attempts()).toEqual(['schedule']);
    await beat(-2 * hour);
    expect(await attempts()).toEqual(['schedule']);
    expect((await app.record(id)).nextRunAt).toBeLessThanOrEqual(Date.now() + hour);
    await beat(hour);
    expect(await attempts()).toEqual(['schedule', 'schedule']);
  });
});
