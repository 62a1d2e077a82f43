import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { consentTo } from '../../main/domain/decision.ts';
import { keepsCertificates, type TargetService } from '../../main/domain/service.ts';
import { type CertificateIssuer, createIssuer } from '../clouds/kernel/certificate-chain.ts';
import type { FaultPlan } from '../clouds/kernel/types.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { firstBadOf } from '../store/builders.ts';
import { startApp, type TestApp } from './app.ts';
import { connectAll, connectSample, newRecord } from './connect.ts';
import { chainText, type Holding, holdingOf } from './holdings.ts';

const vault = 'kv-dev';
const root = join(import.meta.dirname, '..', '..');

/** Where the process dies: at a step of its own journal, or when a request of it has arrived at a cloud for the nth time. */
type Death =
  | { readonly at: string }
  | {
      readonly arrived: string;
      readonly times: number;
      readonly faults: readonly FaultPlan['fault'][];
      /** It dies wherever it has got to, which may be its end. */
      readonly anywhere?: true;
    };

/** The steps of the journal, each before and after it. */
export const inJournal: readonly Death[] = ['openIntent', 'sealIntent', 'onDisk', 'finish'].flatMap((step) => [
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

/** The first try took effect and its reply was lost; the process dies soon after, in whatever it does about that. */
export const answerLost = (name: string): Death => ({
  arrived: name,
  times: 1,
  faults: [{ kind: 'lose-reply' }],
  anywhere: true,
});

const nameOf = (death: Death) =>
  'at' in death
    ? death.at
    : `when ${death.arrived} was sent${death.times > 1 || death.anywhere ? ', took effect, and was not answered' : ''}`;

export interface Scene {
  readonly service: TargetService;
  /**
   * `tags`: only the source's tags changed; `delete`: it is gone; `restore`: it is back; `adopt`: a person took over what holds its
   * value already.
   */
  readonly kind: 'create' | 'update' | 'tags' | 'delete' | 'restore' | 'adopt';
  readonly rights: 'full' | 'write-only';
  readonly death: Death;
}

type Written = 'create' | 'update' | 'tags';

/**
 * A create, an update and a change of tags, each killed before and after every step of its journal, and once each of the requests it
 * makes has been sent.
 */
export function writing(service: TargetService, requests: Readonly<Record<Written, readonly string[]>>): Scene[] {
  return (['create', 'update', 'tags'] as const).flatMap((kind) =>
    [...inJournal, ...requests[kind].map(sent)].map((death) => ({ service, kind, rights: 'full', death }) as const),
  );
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
    /** What each source held when all was set up. */
    const held = new Map<string, Buffer>();
    let child: ChildProcess | undefined;

    beforeAll(async () => {
      clouds = await startClouds();
      sample = await seedSample(clouds);
      issuer = await createIssuer('P-256');
      const app = await startApp();
      ({ directory, secretKey } = app);
      const connections = {
        full: await connectAll(app, clouds, sample),
        'write-only': await connectSample(app, clouds, sample, 'writeOnlyKey'),
      };
      for (const scene of [...scenes, calm]) {
        const { name, rights, service } = scene;
        held.set(name, await setSource(scene, 'one'));
        const records = [
          newRecord(connections[rights], { vault, name }, { targetService: service, deletionPolicy: 'follow' }),
        ];
        for (const { id } of await app.ask('records.create', { records })) ids.set(name, id);
      }
      const of = (...kinds: Scene['kind'][]) => scenes.filter(({ kind }) => kinds.includes(kind));
      const before = of('update', 'tags', 'delete', 'restore');
      if (before.length > 0) await app.sync(before.map(idOf));
      for (const { name } of of('restore')) clouds.azure.vault(vault).remove(name);
      if (of('restore').length > 0) await app.sync(of('restore').map(idOf));
      for (const scene of of('restore')) expect(app.store.records.get(idOf(scene))?.status.code).toBe('deleted');
      for (const scene of of('adopt')) await holdingOf(clouds, sample, scene.service).putOutside(targetOf(scene));
      if (of('adopt').length > 0) await app.sync(of('adopt').map(idOf));
      for (const scene of of('adopt')) {
        const seen = app.store.records.get(idOf(scene))?.conflictSeen ?? '';
        app.store.records.setConsent(idOf(scene), consentTo('adopt', seen));
      }
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
    const targetOf = ({ name, service }: Pick<NamedScene, 'name' | 'service'>) =>
      newRecord({ azure: '', aws: '' }, { vault, name }, { targetService: service }).targetName;

    /** A new value and new tags for a source. @returns what the target is to hold then */
    async function setSource({ name, service, kind }: NamedScene, env: string): Promise<Buffer> {
      if (!keepsCertificates(service)) {
        const value = kind === 'adopt' ? 'by hand' : `the ${env} value`;
        clouds.azure.vault(vault).set(name, value, { tags: { env } });
        return Buffer.from(value);
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

    /** What the person in Azure did before the sync that is killed. @returns what the target is to hold in the end */
    async function arrange(scene: NamedScene): Promise<Buffer> {
      const { kind, name, service } = scene;
      const secrets = clouds.azure.vault(vault);
      const tagged = { tags: { env: envOf(scene) } };
      if (kind === 'create' || kind === 'update') return await setSource(scene, envOf(scene));
      if (kind === 'delete') secrets.remove(name);
      if (kind === 'restore') secrets.recover(name);
      if (kind === 'tags') (keepsCertificates(service) ? secrets.certificates : secrets).update(name, tagged);
      return held.get(name) ?? Buffer.of();
    }

    async function survives(scene: NamedScene): Promise<void> {
      const { kind, service, death } = scene;
      const id = idOf(scene);
      const targetName = targetOf(scene);
      const holding: Holding = holdingOf(clouds, sample, service);
      const wanted = await arrange(scene);

      const died = await run(id, death);
      if (!('anywhere' in death) || died.signal !== null) expect(died).toEqual({ signal: 'SIGKILL', output: '' });

      await inApp(async (app) => {
        expect(app.store.journal.openIntents()).toEqual([]);
        await app.sync([id]);
        if (kind === 'delete') {
          expect(await app.record(id)).toMatchObject({ status: 'synced', code: 'deleted' });
          expect(app.store.records.get(id)?.ledger?.removedAt).not.toBeNull();
          const outcomes = app.store.journal.history(id, 20).map(({ outcome }) => outcome);
          expect(outcomes.filter((outcome) => outcome === 'deleted')).toHaveLength(1);
          // And what was removed can be had back.
          clouds.azure.vault(vault).recover(scene.name);
          await app.sync([id]);
        }
        expect(await app.record(id)).toMatchObject({ status: 'synced' });
        expect(holding.content(targetName)?.equals(wanted)).toBe(true);
        expect(holding.writes(targetName)).toBe(kind === 'update' && service !== 'certificatemanager' ? 2 : 1);
        expect(holding.tags(targetName)).toMatchObject({ env: envOf(scene) });
        expect(firstBadOf(app.store.audit)).toBeNull();
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
      it(`${service}: in ${articles[kind]} ${kind}${rights === 'full' ? '' : ' that may not look'}, ${nameOf(death)}`, () =>
        survives(scene));
    }
  });
}

const articles = { create: 'a', update: 'an', tags: 'a change of', delete: 'a', restore: 'a', adopt: 'an' } as const;

type NamedScene = Scene & { readonly name: string };

function envOf({ kind }: Scene): string {
  return kind === 'update' || kind === 'tags' ? 'two' : 'one';
}
