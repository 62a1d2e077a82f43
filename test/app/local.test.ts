import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TargetService } from '../../main/domain/service.ts';
import { systemClock } from '../../main/engine/system-clock.ts';
import type { RecordView } from '../../preload/contract/views.ts';
import type { Clouds } from '../clouds/start.ts';
import type { TestApp } from '../support/app.ts';
import { type AppBed, openAppBed } from '../support/app-bed.ts';
import { type Connections, newRecord } from '../support/connect.ts';

const vault = 'kv-dev';
const region = 'us-east-1';

/** Failure is local: one item, or one whole cloud, fails alone. */
describe('a failure', { timeout: 120_000 }, () => {
  let clouds: Clouds;
  let app: TestApp;
  let end: AppBed['end'];
  const waits = holdableWaits();
  let connections: Connections;
  beforeAll(async () => {
    ({ clouds, app, connections, end } = await openAppBed({ clock: { sleep: waits.sleep } }));
  }, 60_000);
  afterAll(() => end());
  beforeEach(() => {
    clouds.desk.clearArrivals();
    clouds.desk.clearFaults();
  });

  async function addAll(prefix: string, count: number, targetService: TargetService): Promise<string[]> {
    const names = Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
    for (const name of names) clouds.azure.vault(vault).set(name, `value of ${name}`);
    const records = names.map((name) => newRecord(connections, { vault, name }, { targetService }));
    return (await app.ask('records.create', { records })).map(({ id }) => id);
  }
  const synced = (ids: readonly string[]) =>
    app.store.records.getMany(ids).filter(({ status }) => status.status === 'synced').length;

  /** 1,000 records, of which the one in the middle cannot be synced: the others are, each for one read and one write. */
  async function syncWithBad(prefix: string, breakIt: (name: string) => void): Promise<RecordView> {
    const ids = await addAll(prefix, 1_000, 'secretsmanager');
    clouds.desk.clearArrivals();
    breakIt(`${prefix}-777`);
    expect(await app.sync(ids)).toMatchObject({ total: 1_000, done: 1_000, written: 999, attention: 1 });
    expect(synced(ids)).toBe(999);
    const values = ids.map((_, n) => clouds.aws.secretValue(region, `certifyclouds/${prefix}-${n}`));
    expect(values.filter((value, n) => value === `value of ${prefix}-${n}`)).toHaveLength(999);
    expect(values[777]).toBeUndefined();
    const bad = await app.record(ids[777] ?? '');
    expect(bad).toMatchObject({
      status: 'failed',
      sentence: expect.stringMatching(/./),
      fix: expect.stringMatching(/./),
    });
    return bad;
  }
  const calls = (name: string) => clouds.desk.arrivals({ name }).length;

  it('of one of 1,000 leaves 999 Synced, where its target refuses it', async () => {
    await syncWithBad('refused', (name) =>
      clouds.desk.addFault({
        name: 'secretsmanager:CreateSecret',
        resource: `certifyclouds/${name}`,
        fault: { kind: 'status', status: 400 },
      }),
    );
    // Each value is read once and written once, and no target is asked about by itself.
    expect([calls('GetSecret'), calls('secretsmanager:CreateSecret'), calls('secretsmanager:DescribeSecret')]).toEqual([
      1_000, 1_000, 0,
    ]);
  });

  it('of one of 1,000 leaves 999 Synced, where its source fails', async () => {
    const bad = await syncWithBad('unread', (name) =>
      clouds.desk.addFault({
        name: 'GetSecret',
        resource: `${vault}/${name}`,
        fault: { kind: 'status', status: 403 },
      }),
    );
    expect(bad.code).toMatch(/azure|vault|source/);
    expect(calls('secretsmanager:CreateSecret')).toBe(999);
    expect(calls('GetSecret')).toBe(1_000);
  });

  it.each([
    ['takes what is sent and says nothing, for as long as anybody waits', 'hang'],
    ['drops every connection', 'reset'],
  ] as const)('of all of GCP delays nothing that goes to AWS: it %s', async (_, kind) => {
    // Fewer seats than there are records to GCP: if these held up others, no record would get to AWS.
    await app.ask('settings.set', { concurrency: 4 });
    const toGcp = await addAll(`dead-${kind}`, 30, 'secretmanager');
    const toAws = await addAll(`alive-${kind}`, 30, 'secretsmanager');
    clouds.desk.addFault({ cloud: 'gcp', fault: { kind } });
    waits.hold();
    const run = app.engine.start([...toGcp, ...toAws], 'user');
    while (run.progress.written < 30 && run.progress.endedAt === null)
      await new Promise((resolve) => setTimeout(resolve, 5));
    // GCP's records are still waiting for it, or to try it again.
    expect(synced(toAws)).toBe(30);
    expect(toGcp.every((id) => app.engine.isSyncing(id))).toBe(true);
    expect(app.store.journal.history(toGcp[0] ?? '', 1)).toEqual([]);
    app.engine.cancel(run.progress.id);
    await run.finished;
    waits.release();
    clouds.desk.clearFaults();
    await app.sync(toGcp);
    expect(synced(toGcp)).toBe(30);
  });
});

/** A clock on which nobody waits long, until waits before a repetition are held: then they do not end until released. */
function holdableWaits() {
  let passed: Promise<void> | undefined;
  let release = () => {};
  return {
    async sleep(ms: number, signal: AbortSignal): Promise<void> {
      const isRepetition = ms >= 500 && ms < 300_000;
      if (!passed || !isRepetition) return await systemClock.sleep(Math.min(ms, 5), signal);
      await Promise.race([passed, new Promise<never>((_, reject) => signal.addEventListener('abort', reject))]);
    },
    hold() {
      passed = new Promise((resolve) => {
        release = resolve;
      });
    },
    release() {
      passed = undefined;
      release();
    },
  };
}
