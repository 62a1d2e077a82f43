import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlannedStep } from '../../main/domain/plan.ts';
import { createPlans } from '../../main/operations/plans.ts';
import { seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';
import { fakeClock } from '../support/engine-bed.ts';

const vault = 'kv-production';
const region = 'us-east-1';
const hour = 3_600_000;

describe('a plan that was shown', () => {
  let clouds: Clouds;
  let app: TestApp;
  let connections: { azure: string; aws: string };
  let count = 0;
  beforeAll(async () => {
    clouds = await startClouds();
    app = await startApp();
    connections = await connectSample(app, clouds, await seedSample(clouds));
  }, 60_000);
  beforeEach(() => clouds.desk.clearArrivals());
  afterAll(async () => {
    await app.end();
    await clouds.close();
  });

  const newSecrets = (many: number) =>
    Array.from({ length: many }, () => {
      const name = `planned-${++count}`;
      clouds.azure.vault(vault).set(name, `value ${count}`);
      return name;
    });
  const draftsOf = (names: readonly string[]) => names.map((name) => newRecord(connections, { vault, name }));
  const create = async (names: readonly string[]) =>
    (await app.ask('records.create', { records: draftsOf(names) })).map(({ id }) => id);
  const inAws = (name: string) => clouds.aws.secretValue(region, `certifyclouds/${name}`);
  const byHand = (name: string) => clouds.aws.putOutside(region, `certifyclouds/${name}`, 'by hand');
  const valueReads = () => clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret' });
  const writes = () =>
    clouds.desk.arrivals({ cloud: 'aws' }).filter(({ name }) => /Create|Put|Update|Tag|Delete/.test(name));
  const apply = async (input: { planId: string; ids?: string[] }) => {
    const { id } = await app.ask('sync.apply', input);
    await app.idle();
    return (await app.ask('runs.list', { limit: 100 })).find((run) => run.id === id);
  };

  it('before there are records is that of their first sync, and neither makes nor reads nor writes anything', async () => {
    const [fresh = '', taken = ''] = newSecrets(2);
    byHand(taken);
    const before = (await app.ask('records.list', {})).length;
    clouds.desk.clearArrivals();
    const records = [...draftsOf([fresh, taken]), newRecord(connections, { vault, name: 'no-such-secret' })];
    expect((await app.ask('records.preview', { records })).map(({ action, code }) => [action, code])).toEqual([
      ['create', 'new'],
      ['conflict', 'target-unowned'],
      ['blocked', 'source-missing'],
    ]);
    expect([...valueReads(), ...writes()]).toEqual([]);
    expect(await app.ask('records.list', {})).toHaveLength(before);
    // It refuses what creating them would.
    const twice = draftsOf([fresh, fresh]);
    expect(await app.refuse('records.preview', { records: twice })).toMatchObject({
      kind: 'invalid',
      fields: [{ path: 'records.1.targetName' }],
    });
  });

  it('is of every record, if none is named', async () => {
    const ids = await create(newSecrets(2));
    const { steps } = await app.ask('sync.plan', {});
    expect(steps).toHaveLength((await app.ask('records.list', {})).length);
    expect(steps.map(({ recordId }) => recordId)).toEqual(expect.arrayContaining(ids));
  });

  it('is applied, and nothing else is', async () => {
    const names = newSecrets(3);
    const [first = '', second = '', third = ''] = await create(names);
    await app.sync([third]);
    const { planId, steps } = await app.ask('sync.plan', { ids: [first, second, third] });
    expect(steps.map(({ action }) => action)).toEqual(['create', 'create', 'unchanged']);
    // Of two, one is not any more as it was shown.
    byHand(names[1] ?? '');
    expect(await apply({ planId })).toMatchObject({ trigger: 'user', total: 2, written: 1 });
    expect(inAws(names[0] ?? '')).not.toBe('by hand');
    expect(await app.record(first)).toMatchObject({ status: 'synced' });
    expect(inAws(names[1] ?? '')).toBe('by hand');
    expect((await app.record(second)).status).toBe('failed');
  });

  it('is not applied to a record that was changed since', async () => {
    const names = newSecrets(2);
    const [changed = '', same = ''] = await create(names);
    const { planId } = await app.ask('sync.plan', { ids: [changed, same] });
    await app.ask('records.update', { ids: [changed], change: { copyTags: false } });
    expect(await apply({ planId })).toMatchObject({ total: 2, written: 1 });
    expect(await app.lastAttempt(changed)).toMatchObject({ outcome: 'blocked', code: 'plan-changed' });
    expect(inAws(names[0] ?? '')).toBeUndefined();
  });

  it('of which nothing is left to do is fine', async () => {
    const [id = ''] = await create(['redis-url']);
    const { planId, steps } = await app.ask('sync.plan', { ids: [id] });
    expect(steps).toMatchObject([{ action: 'create' }]);
    await app.sync([id]);
    expect(await apply({ planId })).toMatchObject({ written: 0, unchanged: 1, attention: 0 });
  });

  it('is applied in part, to records that it has', async () => {
    const names = newSecrets(3);
    const [first = '', second = '', other = ''] = await create(names);
    const { planId } = await app.ask('sync.plan', { ids: [first, second] });
    expect(await app.refuse('sync.apply', { planId, ids: [first, other] })).toMatchObject({
      kind: 'conflict',
      code: 'not-in-plan',
    });
    expect(await apply({ planId, ids: [first] })).toMatchObject({ total: 1, written: 1 });
    expect(inAws(names[1] ?? '')).toBeUndefined();
  });

  it('with nothing to write is not run, and one that is not known says to look again', async () => {
    const [name = ''] = newSecrets(1);
    byHand(name);
    const [id = ''] = await create([name]);
    const { planId, steps } = await app.ask('sync.plan', { ids: [id] });
    expect(steps).toMatchObject([{ action: 'conflict' }]);
    expect(await app.refuse('sync.apply', { planId })).toMatchObject({ kind: 'conflict', code: 'nothing-to-apply' });
    expect(await app.refuse('sync.apply', { planId: crypto.randomUUID() })).toMatchObject({
      kind: 'conflict',
      code: 'plan-gone',
      fix: expect.stringMatching(/look again/),
    });
    expect(writes()).toEqual([]);
  });
});

describe('plans', () => {
  const stepsOf = (many: number) =>
    Array.from({ length: many }, (_, index) => ({ recordId: `r${index}`, action: 'create' }) as PlannedStep);
  const open = () => {
    const clock = fakeClock();
    let made = 0;
    return { clock, ...createPlans({ clock, newId: () => `plan-${++made}` }) };
  };
  const gone = expect.objectContaining({ detail: expect.objectContaining({ code: 'plan-gone' }) });

  it('are good for an hour, by whatever clock', () => {
    const { clock, keep, shown } = open();
    const { planId } = keep(stepsOf(1));
    clock.time += hour - 1;
    expect(shown(planId).get('r0')).toMatchObject({ action: 'create' });
    clock.time -= 3 * hour;
    expect(() => shown(planId)).toThrow(gone);
    const later = keep(stepsOf(1)).planId;
    clock.time += hour;
    expect(() => shown(later)).toThrow(gone);
  });

  it('are the latest twenty, and fewer if they are large', () => {
    const { keep, shown } = open();
    const ids = Array.from({ length: 21 }, () => keep(stepsOf(1)).planId);
    expect(() => shown(ids[0] ?? '')).toThrow(gone);
    expect(shown(ids[1] ?? '').size).toBe(1);
    const large = keep(stepsOf(120_000)).planId;
    expect(shown(large).size).toBe(120_000);
    expect(() => shown(ids[20] ?? '')).toThrow(gone);
  });
});
