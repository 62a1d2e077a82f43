import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const vault = 'kv-dev';
const cron = (expression: string, timeZone = 'Europe/Berlin') => ({ kind: 'cron', expression, timeZone }) as const;
const never = cron('0 0 30 2 *');
const seconds = cron('* * * * * *');
const often = cron('* * * * *');
const weekdays = cron('0 2 * * 1-5');

describe('a schedule', () => {
  let clouds: Clouds;
  let app: TestApp;
  let connections: { azure: string; aws: string };
  let count = 0;
  beforeAll(async () => {
    clouds = await startClouds();
    app = await startApp({ clock: { now: () => Date.parse('2026-05-05T12:00:00Z') } });
    connections = await connectSample(app, clouds, await seedSample(clouds));
  }, 60_000);
  afterAll(async () => {
    await app.end();
    await clouds.close();
  });

  const draft = (change: Parameters<typeof newRecord>[2]) =>
    newRecord(connections, { vault, name: `timed-${++count}` }, change);
  const create = async (change: Parameters<typeof newRecord>[2]) => {
    const [record] = await app.ask('records.create', { records: [draft(change)] });
    return record?.id ?? '';
  };

  it('is shown in words with its next five runs, or with what is wrong with it', async () => {
    const shown = await app.ask('schedule.preview', { schedule: weekdays });
    expect(shown).toMatchObject({ problem: null, words: 'at 02:00, Monday through Friday (Europe/Berlin)' });
    expect(shown.next.map((at) => new Date(at).toISOString().slice(0, 16))).toEqual([
      '2026-05-06T00:00',
      '2026-05-07T00:00',
      '2026-05-08T00:00',
      '2026-05-11T00:00',
      '2026-05-12T00:00',
    ]);
    expect(await app.ask('schedule.preview', { schedule: { kind: 'manual' } })).toMatchObject({
      problem: null,
      next: [],
    });
    for (const schedule of [never, seconds, often, cron('0 0 * * *', 'Mars/Base'), cron('\u202e <img> * * *')]) {
      const { problem, next } = await app.ask('schedule.preview', { schedule });
      expect(problem).toMatch(/for example|at most|such as/);
      expect(next).toEqual([]);
    }
  });

  it('that never fires or fires every second is refused with its place, for a new record', async () => {
    const before = (await app.ask('records.list', {})).length;
    const records = [draft({ schedule: weekdays }), draft({ schedule: never }), draft({ schedule: seconds })];
    for (const name of ['records.create', 'records.preview'] as const)
      expect(await app.refuse(name, { records })).toMatchObject({
        kind: 'invalid',
        fields: [
          { path: 'records.1.schedule', sentence: expect.stringMatching(/never fires/) },
          { path: 'records.2.schedule', sentence: expect.stringMatching(/five fields/) },
        ],
      });
    expect(await app.ask('records.list', {})).toHaveLength(before);
  });

  it('that is wrong is refused for records there are, and they keep theirs', async () => {
    const id = await create({ schedule: weekdays });
    for (const schedule of [never, seconds, often])
      expect(await app.refuse('records.update', { ids: [id], change: { schedule } })).toMatchObject({
        kind: 'invalid',
        fields: [{ path: 'change.schedule' }],
      });
    expect(await app.record(id)).toMatchObject({ schedule: weekdays });
  });

  it('that is wrong is refused for checks', async () => {
    const before = await app.ask('settings.get', {});
    expect(await app.refuse('settings.set', { checkSchedule: never, concurrency: 3 })).toMatchObject({
      kind: 'invalid',
      fields: [{ path: 'checkSchedule' }],
    });
    expect(await app.ask('settings.get', {})).toEqual(before);
  });

  it('says when a record runs next, and counts again when it is changed', async () => {
    const at = (text: string) => Date.parse(`2026-${text}:00Z`);
    const id = await create({ schedule: weekdays });
    const next = async () => (await app.record(id)).nextRunAt ?? 0;
    expect((await app.record(id)).scheduleWords).toBe('at 02:00, Monday through Friday (Europe/Berlin)');
    expect(await next()).toBeGreaterThanOrEqual(at('05-06T00:00'));
    expect(await next()).toBeLessThanOrEqual(at('05-06T00:01'));
    await app.ask('records.update', { ids: [id], change: { schedule: { kind: 'every', hours: 6 } } });
    expect(await next()).toBeGreaterThanOrEqual(at('05-05T17:42'));
    expect(await next()).toBeLessThanOrEqual(at('05-05T18:00'));
    await app.ask('records.update', { ids: [id], change: { enabled: false } });
    expect((await app.record(id)).nextRunAt).toBeNull();
    await app.ask('records.update', { ids: [id], change: { enabled: true, schedule: { kind: 'manual' } } });
    expect((await app.record(id)).nextRunAt).toBeNull();
  });

  it('tells a person of what it could not sync, and is silent where they pressed Sync Now', async () => {
    const id = await create({ schedule: weekdays });
    const told = () => app.sent.filter((text) => text.startsWith('["notify"'));
    const before = told().length;
    expect(await app.sync([id])).toMatchObject({ attention: 1 });
    expect(told()).toHaveLength(before);
    app.engine.start([id], 'schedule');
    await app.idle();
    expect(told().slice(before)).toEqual([expect.stringContaining('A record needs your attention after a sync.')]);
  });
});
