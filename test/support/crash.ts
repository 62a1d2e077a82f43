import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keepsCertificates, type TargetService } from '../../main/domain/service.ts';
import { type CertificateIssuer, createIssuer } from '../clouds/kernel/certificate-chain.ts';
import type { FaultPlan } from '../clouds/kernel/types.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from './app.ts';
import { connectGcp, connectSample, newRecord } from './connect.ts';
import { chainText, type Holding, holdingOf } from './holdings.ts';

const vault = 'kv-dev';
const root = join(import.meta.dirname, '..', '..');

/** Where the process dies: at a step of its own journal, or when a request of it has arrived at a cloud for the nth time. */
export type Death =
  | { readonly at: string }
  | { readonly arrived: string; readonly times: number; readonly faults: readonly FaultPlan['fault'][] };

/** The steps of the journal, each before and after it. */
export const inJournal: readonly Death[] = ['openIntent', 'sealIntent', 'finish'].flatMap((step) => [
  { at: `before ${step}` },
  { at: `after ${step}` },
]);
const hang = { kind: 'hang' } as const;
/** A request that was sent and has no effect. */
export const sent = (name: string): Death => ({ arrived: name, times: 1, faults: [hang] });
/** The first try took effect and its reply was lost; the process dies in the second, which does nothing. */
export const tookEffect = (name: string): Death => ({
  arrived: name,
  times: 2,
  faults: [{ kind: 'lose-reply' }, hang],
});

const nameOf = (death: Death) =>
  'at' in death
    ? death.at
    : `when ${death.arrived} was sent${death.times > 1 ? ', took effect, and was not answered' : ''}`;

export interface Scene {
  readonly service: TargetService;
  readonly kind: 'create' | 'update';
  readonly rights: 'full' | 'write-only';
  readonly death: Death;
}

/** Kills the real app, in a process of its own, once in each scene, and demands that nothing is lost and nothing written twice. */
export function describeCrashes(title: string, given: readonly Scene[]): void {
  const scenes = given.map((scene, n) => ({ ...scene, name: `crash-${n}` }));
  /** One that nobody kills. */
  const calm = { ...scenes[0], kind: 'create', rights: 'full', death: { at: '' }, name: 'crash-calm' } as NamedScene;

  describe(title, { timeout: 60_000 }, () => {
    let clouds: Clouds;
    let sample: Sample;
    let issuer: CertificateIssuer;
    let directory: string;
    let secretKey: string;
    const ids = new Map<string, string>();
    let child: ChildProcess | undefined;

    beforeAll(async () => {
      clouds = await startClouds();
      sample = await seedSample(clouds);
      issuer = await createIssuer('P-256');
      const app = await startApp();
      ({ directory, secretKey } = app);
      const connections = {
        full: { ...(await connectSample(app, clouds, sample)), gcp: await connectGcp(app, clouds, sample) },
        'write-only': await connectSample(app, clouds, sample, 'writeOnlyKey'),
      };
      for (const { name, rights, service } of [...scenes, calm]) {
        await setSource({ name, service }, 'one');
        const records = [newRecord(connections[rights], { vault, name }, { targetService: service })];
        for (const { id } of await app.ask('records.create', { records })) ids.set(name, id);
      }
      await app.sync(scenes.filter(({ kind }) => kind === 'update').map(idOf));
      await app.end({ keep: true });
    }, 60_000);
    afterEach(() => {
      child?.kill('SIGKILL');
      clouds.desk.clearFaults();
    });
    afterAll(async () => {
      rmSync(directory, { recursive: true, force: true });
      await clouds.close();
    });

    const idOf = ({ name }: Pick<NamedScene, 'name'>) => ids.get(name) ?? '';

    /** A new value and new tags for a source. @returns what the target is to hold then */
    async function setSource({ name, service }: Pick<NamedScene, 'name' | 'service'>, env: string): Promise<Buffer> {
      if (!keepsCertificates(service)) {
        clouds.azure.vault(vault).set(name, `the ${env} value`, { tags: { env } });
        return Buffer.from(`the ${env} value`);
      }
      const issued = await issuer.issue({ commonName: `${name}.contoso.example` });
      clouds.azure.vault(vault).certificates.set(name, { pfxBase64: issued.pfxBase64() }, { tags: { env } });
      return Buffer.from(chainText([issued.leaf, issued.intermediate]));
    }

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

    async function survives(scene: NamedScene): Promise<void> {
      const { kind, name, service, death } = scene;
      const id = idOf(scene);
      const { targetName } = newRecord({ azure: '', aws: '' }, { vault, name }, { targetService: service });
      const holding: Holding = holdingOf(clouds, sample, service);
      const env = kind === 'update' ? 'two' : 'one';
      const wanted = await setSource(scene, env);

      expect(await run(id, death)).toMatchObject({ signal: 'SIGKILL', output: '' });

      await inApp(async (app) => {
        expect(app.store.journal.openIntents()).toEqual([]);
        await app.sync([id]);
        expect(await app.record(id)).toMatchObject({ status: 'synced' });
        expect(holding.content(targetName)?.equals(wanted)).toBe(true);
        const writes = kind === 'update' && service !== 'certificatemanager' ? 2 : 1;
        expect(holding.writes(targetName)).toBe(writes);
        expect(holding.tags(targetName)).toMatchObject({ env });
        expect(app.store.audit.verify()).toBeNull();
        expect(app.store.journal.openIntents()).toEqual([]);
        // And it is over: another sync finds nothing to do.
        clouds.desk.clearArrivals();
        expect(await app.sync([id])).toMatchObject({ unchanged: 1 });
        expect(clouds.desk.arrivals().filter((arrival) => holding.writing.test(arrival.name))).toEqual([]);
      });
    }

    it('lives to the end if nobody kills it', async () => {
      expect(await run(idOf(calm), calm.death)).toEqual({ signal: null, output: 'synced synced\n' });
    });

    for (const scene of scenes) {
      const { kind, rights, service, death } = scene;
      it(`${service}: in ${kind === 'update' ? 'an update' : 'a create'}${rights === 'full' ? '' : ' that may not look'}, ${nameOf(death)}`, () =>
        survives(scene));
    }
  });
}

type NamedScene = Scene & { readonly name: string };
