import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type App, composeApp } from '../../main/compose.ts';
import { systemClock } from '../../main/engine/system-clock.ts';
import type { Store } from '../../main/store/ports.ts';
import type { Topic } from '../../preload/contract/events.ts';
import type { OperationName } from '../../preload/contract/names.ts';
import type { Input, Output } from '../../preload/contract/operations.ts';
import type { RunView } from '../../preload/contract/views.ts';
import { impatientClock, memoryPreferences } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';
import type { BenchClouds } from './clouds.ts';

type NewRecord = ReturnType<typeof newRecord>;

/** What the app tells its window, and how long it was in its database. */
interface Listener {
  changed(topics: readonly Topic[]): void;
  /** The store did this in one go, from then (`performance.now()`) until now. */
  stored(step: string, from: number): void;
}

/** The whole app without its window, on a store of its own on the disk. */
export interface BenchApp extends Pick<App, 'engine' | 'store' | 'stop'> {
  listener: Listener | undefined;
  ask<N extends OperationName>(name: N, input: Input<N>): Promise<Output<N>>;
  /** Starts a sync and waits for its end. `seconds` is what a person waits, `cpuSeconds` what this process computed. */
  sync(
    ids: readonly string[],
  ): Promise<RunView & { readonly seconds: number; readonly databaseSeconds: number; readonly cpuSeconds: number }>;
  /** Creates records. @returns their ids */
  create(records: readonly NewRecord[]): Promise<string[]>;
  connections: { readonly azure: string; readonly aws: string; readonly gcp?: string };
  end(): Promise<void>;
}

/**
 * Real time.
 * @param options.impatient waits before a repetition are cut short, for what counts requests and not time
 * @param options.key which rights the AWS connection has
 */
export async function openApp(
  clouds: BenchClouds,
  { impatient = false, key = 'fullKey' }: { impatient?: boolean; key?: 'fullKey' | 'writeOnlyKey' } = {},
): Promise<BenchApp> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-app-'));
  const ended = new Map<string, (run: RunView) => void>();
  const over = new Map<string, RunView>();
  const app = composeApp({
    version: '0.0.0',
    directory,
    preferences: memoryPreferences(),
    notices: [],
    openKeychain: () => Promise.reject(new Error('not used: the key comes from the environment')),
    environmentKey: randomBytes(32).toString('base64'),
    allowLoopback: true,
    clock: impatient ? impatientClock : systemClock,
    events: {
      changed: (...topics) => bench.listener?.changed(topics),
      run(run) {
        bench.listener?.changed(['runs']);
        if (run.endedAt === null) return;
        over.set(run.id, run);
        ended.get(run.id)?.(run);
      },
      check() {},
      testStep() {},
      signInCode() {},
    },
    confirm: async () => true,
    notify() {},
    chooseFile: async () => null,
    openBrowser: () => Promise.reject(new Error('nobody signs in here')),
    report() {},
  });
  let databaseMs = 0;
  watchStore(app.store, (step, from) => {
    databaseMs += performance.now() - from;
    bench.listener?.stored(step, from);
  });
  const bench: BenchApp = {
    engine: app.engine,
    store: app.store,
    stop: app.stop,
    listener: undefined,
    connections: { azure: '', aws: '' },
    async ask<N extends OperationName>(name: N, input: Input<N>) {
      const answer = await app.call(name, input, new AbortController().signal);
      if (!answer.ok) throw new Error(`${name} failed: ${JSON.stringify(answer.failure)}`);
      return answer.data as Output<N>;
    },
    async sync(ids) {
      const [startedAt, databaseBefore, cpuBefore] = [performance.now(), databaseMs, process.cpuUsage()];
      const { id } = await bench.ask('sync.start', { ids: [...ids] });
      const run = over.get(id) ?? (await new Promise<RunView>((resolve) => ended.set(id, resolve)));
      const seconds = (performance.now() - startedAt) / 1000;
      const { user, system } = process.cpuUsage(cpuBefore);
      return {
        ...run,
        seconds,
        databaseSeconds: (databaseMs - databaseBefore) / 1000,
        cpuSeconds: (user + system) / 1_000_000,
      };
    },
    async create(records) {
      return (await bench.ask('records.create', { records: [...records] })).map(({ id }) => id);
    },
    async end() {
      await app.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await app.lock.tryOpen();
  bench.connections = await connectSample(bench, clouds.places, clouds.sample, key);
  return bench;
}

/** Has each method of the store tell when it began, right after it ended. It is synchronous, so this is all its time. */
function watchStore(store: Store, told: (step: string, from: number) => void): void {
  const { connections, records, rules, discovery, checks, journal, audit } = store;
  for (const [room, part] of Object.entries({ connections, records, rules, discovery, checks, journal, audit })) {
    const methods = part as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(part))) {
      if (name === 'constructor') continue;
      const work = methods[name]?.bind(part);
      if (!work) continue;
      methods[name] = (...args) => {
        const from = performance.now();
        try {
          return work(...args);
        } finally {
          told(`store.${room}.${name}`, from);
        }
      };
    }
  }
}

/** Records that copy these secrets of a vault; `change` replaces parts of them. */
export function recordsFor(
  app: Pick<BenchApp, 'connections'>,
  vault: string,
  names: readonly string[],
  change: Omit<Partial<NewRecord>, 'targetName'> & { readonly prefix?: string } = {},
): NewRecord[] {
  const { prefix, ...rest } = change;
  return names.map((name) =>
    newRecord(
      app.connections,
      { vault, name },
      {
        ...rest,
        ...(prefix === undefined ? {} : { targetName: `${prefix}${name}` }),
      },
    ),
  );
}
