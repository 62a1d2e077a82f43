import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FaultPlan } from '../clouds/kernel/types.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const region = 'us-east-1';
const vault = 'kv-dev';
const root = join(import.meta.dirname, '..', '..');

/** Where the process dies: at a step of its own journal, or when a request of it has arrived at a cloud for the nth time. */
type Death =
  | { readonly at: string }
  | { readonly arrived: string; readonly times: number; readonly faults: readonly FaultPlan['fault'][] };

const put = 'secretsmanager:PutSecretValue';
const create = 'secretsmanager:CreateSecret';

const inJournal: Death[] = ['openIntent', 'sealIntent', 'finish'].flatMap((step) => [
  { at: `before ${step}` },
  { at: `after ${step}` },
]);
const hang = { kind: 'hang' } as const;
const sent = (name: string): Death => ({ arrived: name, times: 1, faults: [hang] });
/** The first try took effect and its reply was lost; the process dies in the second, which does nothing. */
const tookEffect = (name: string): Death => ({ arrived: name, times: 2, faults: [{ kind: 'lose-reply' }, hang] });

const nameOf = (death: Death) =>
  'at' in death
    ? death.at
    : `when ${death.arrived} was sent${death.times > 1 ? ', took effect, and was not answered' : ''}`;

interface Scene {
  readonly kind: 'create' | 'update';
  readonly rights: 'full' | 'write-only';
  readonly death: Death;
  readonly name: string;
}

const scenes: Scene[] = [
  ...[...inJournal, sent('GetSecret'), sent(put), tookEffect(put), sent('secretsmanager:TagResource')].map(
    (death) => ({ kind: 'update', rights: 'full', death }) as const,
  ),
  { kind: 'create', rights: 'full', death: sent(create) } as const,
  { kind: 'create', rights: 'full', death: tookEffect(create) } as const,
  { kind: 'update', rights: 'write-only', death: tookEffect(put) } as const,
  { kind: 'create', rights: 'write-only', death: tookEffect(create) } as const,
].map((scene, n) => ({ ...scene, name: `crash-${n}` }));

/** One that nobody kills. */
const calm: Scene = { kind: 'create', rights: 'full', death: { at: '' }, name: 'crash-calm' };

describe('killed', { timeout: 60_000 }, () => {
  let clouds: Clouds;
  let sample: Sample;
  let directory: string;
  let secretKey: string;
  const ids = new Map<string, string>();
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
    const app = await startApp();
    ({ directory, secretKey } = app);
    const connections = {
      full: await connectSample(app, clouds, sample),
      'write-only': await connectSample(app, clouds, sample, 'writeOnlyKey'),
    };
    for (const { name, rights } of [...scenes, calm]) {
      clouds.azure.vault(vault).set(name, 'first', { tags: { env: 'one' } });
      const records = [newRecord(connections[rights], { vault, name })];
      for (const { id } of await app.ask('records.create', { records })) ids.set(name, id);
    }
    await app.sync(scenes.filter(({ kind }) => kind === 'update').map(idOf));
    await app.end({ keep: true });
  });
  afterEach(() => {
    child?.kill('SIGKILL');
    clouds.desk.clearFaults();
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await clouds.close();
  });

  const idOf = ({ name }: Scene) => ids.get(name) ?? '';

  async function inApp<T>(work: (app: TestApp) => Promise<T>): Promise<T> {
    const app = await startApp({ directory, secretKey });
    try {
      // What a crash left open is settled by the start itself.
      await app.idle();
      return await work(app);
    } finally {
      await app.end({ keep: true });
    }
  }

  /** Lets the app sync the record in a process of its own until it dies. @returns the signal it died of, and its output */
  async function run(id: string, death: Death): Promise<{ signal: string | null; output: string }> {
    clouds.desk.clearArrivals();
    const started = spawn(
      process.execPath,
      ['--no-warnings', '--import', 'tsx', join('test', 'support', 'crash-child.ts')],
      {
        cwd: root,
        env: {
          CRASH_DIRECTORY: directory,
          CRASH_SECRET_KEY: secretKey,
          CRASH_RECORD: id,
          ...('at' in death ? { CRASH_AT: death.at } : {}),
        },
      },
    );
    child = started;
    let output = '';
    for (const stream of [started.stdout, started.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const ended = once(started, 'close');
    if ('arrived' in death) {
      for (const fault of death.faults) clouds.desk.addFault({ name: death.arrived, fault, times: 1 });
      while (clouds.desk.arrivals({ name: death.arrived }).length < death.times && started.exitCode === null) {
        await pause(5);
      }
      started.kill('SIGKILL');
    }
    const [, signal] = await ended;
    clouds.desk.clearFaults();
    return { signal, output };
  }

  async function survives(scene: Scene): Promise<void> {
    const { kind, name, death } = scene;
    const id = idOf(scene);
    const target = `certifyclouds/${name}`;
    if (kind === 'update') clouds.azure.vault(vault).set(name, 'second', { tags: { env: 'two' } });

    expect(await run(id, death)).toMatchObject({ signal: 'SIGKILL', output: '' });

    await inApp(async (app) => {
      expect(app.store.journal.openIntents()).toEqual([]);
      await app.sync([id]);
      expect(await app.record(id)).toMatchObject({ status: 'synced' });
      const secret = clouds.aws.secret(region, target);
      expect(clouds.aws.secretValue(region, target)).toBe(kind === 'update' ? 'second' : 'first');
      expect(secret?.versions).toHaveLength(kind === 'update' ? 2 : 1);
      expect(secret?.Tags).toContainEqual({ Key: 'env', Value: kind === 'update' ? 'two' : 'one' });
      expect(app.store.records.get(id)?.ledger?.targetVersion).toBe(
        secret?.versions.find(({ stages }) => stages.includes('AWSCURRENT'))?.id,
      );
      expect(app.store.audit.verify()).toBeNull();
      expect(app.store.journal.openIntents()).toEqual([]);
      // And it is over: another sync finds nothing to do.
      clouds.desk.clearArrivals();
      expect(await app.sync([id])).toMatchObject({ unchanged: 1 });
      const writes = clouds.desk.arrivals({ cloud: 'aws' }).filter(({ name: call }) => /Create|Put|Tag/.test(call));
      expect(writes).toEqual([]);
    });
  }

  it('lives to the end if nobody kills it', async () => {
    expect(await run(idOf(calm), calm.death)).toEqual({ signal: null, output: 'synced synced\n' });
  });

  for (const scene of scenes) {
    const { kind, rights, death } = scene;
    it(`in ${kind === 'update' ? 'an update' : 'a create'}${rights === 'full' ? '' : ' that may not look'}, ${nameOf(death)}`, () =>
      survives(scene));
  }
});
