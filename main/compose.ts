import { randomUUID } from 'node:crypto';
import type { Topic } from '../preload/contract/events.ts';
import type { RunView, TestStepView } from '../preload/contract/views.ts';
import { secretsManagerPolicies } from './clouds/aws/policy.ts';
import { secretProblems } from './clouds/aws/rules.ts';
import { keyVaultRoles } from './clouds/azure/roles.ts';
import type { CloudDeps } from './clouds/call.ts';
import { credentialHint } from './clouds/hint.ts';
import type { Source } from './clouds/ports.ts';
import { openSource, openTarget } from './clouds/registry.ts';
import { openClouds } from './clouds/session.ts';
import type { Connection } from './domain/connection.ts';
import { Failure, toFailure } from './domain/failure.ts';
import { type Clock, Engine } from './engine/index.ts';
import { endInterruptedRuns } from './engine/interrupted.ts';
import { type Call, createOperations } from './operations/index.ts';
import { createLock, type Lock } from './operations/lock.ts';
import { createNotices } from './operations/notices.ts';
import { runViewOf } from './operations/views.ts';
import { product } from './product.ts';
import { type Scheduler, startScheduler } from './scheduler/index.ts';
import { openStore } from './store/index.ts';
import type { Keychain } from './store/keychain.ts';
import type { Notice, Store } from './store/ports.ts';
import type { Preferences } from './store/preferences.ts';

const keychainTimeoutMs = 30_000;
const callTimeoutMs = 30_000;
/** How long quitting waits for writes under way. */
const stopGraceMs = 5_000;

interface AppOptions {
  readonly version: string;
  /** The profile: everything the app keeps is below it. */
  readonly directory: string;
  readonly preferences: Preferences;
  /** What opening the preferences has to say. */
  readonly notices: readonly Notice[];
  readonly openKeychain: (service: string) => Promise<Keychain>;
  /** SECRET_KEY, for use without a keychain. */
  readonly environmentKey: string | undefined;
  /** The developer switch that lets endpoints on this machine through. */
  readonly allowLoopback: boolean;
  readonly clock: Clock;
  readonly events: {
    changed(...topics: Topic[]): void;
    run(run: RunView): void;
    testStep(testId: string, step: TestStepView): void;
  };
  /** The app's own log. */
  readonly report: (reference: string, operation: string, failure: Failure) => void;
}

/** The whole app but for its window: what a desktop, a command line or a test drives. */
export interface App {
  readonly call: Call;
  readonly engine: Engine;
  readonly store: Store;
  readonly lock: Lock;
  readonly scheduler: Scheduler;
  /** Cancels what is under way, waits for writes to end, and closes the store. */
  stop(): Promise<void>;
}

/** Puts the app together. @throws Failure if the store can't be opened */
export function composeApp(options: AppOptions): App {
  const { clock, preferences, events } = options;
  const { store, keys, notices: storeNotices } = openStore(options.directory, { now: clock.now });
  endInterruptedRuns(store, clock);
  const notices = createNotices(preferences);
  for (const notice of [...options.notices, ...storeNotices]) notices.add(notice);
  const cloudDeps: CloudDeps = {
    allowLoopback: options.allowLoopback,
    callTimeoutMs,
    now: clock.now,
    randomId: randomUUID,
  };

  const lock = createLock(
    {
      keys,
      openKeychain: () => options.openKeychain(product.keychainService),
      keychainTimeoutMs,
      environmentKey: options.environmentKey,
      now: clock.now,
    },
    () => {
      engine.recover();
      scheduler.beat();
      events.changed('app', 'records', 'runs');
    },
  );
  const load = (id: string) => {
    const connection = store.connections.get(id);
    const token = store.connections.token(id);
    if (!connection || token === undefined) throw connectionMissing();
    return { connection, credential: lock.keyring().open(token) };
  };
  const open = () => openClouds(load, cloudDeps);

  const engine = new Engine({
    store,
    openClouds: open,
    keyring: () => lock.keyring(),
    settings: () => preferences.get(),
    clock,
    newId: randomUUID,
    tagNamespace: product.tagNamespace,
    observer: {
      progress: (run) => {
        events.run(runViewOf(run));
        if (run.endedAt !== null) events.changed('runs');
      },
      recordsChanged: () => events.changed('records', 'history'),
      runFailed: (failure) => {
        const reference = randomUUID().slice(0, 8);
        options.report(reference, 'run', failure);
        const { sentence, fix } = failure.detail;
        notices.add({
          id: `run-failed-${reference}`,
          level: 'error',
          sentence: `A sync had to stop. ${sentence}`,
          fix,
        });
        events.changed('app');
      },
    },
  });
  const scheduler = startScheduler({
    engine,
    due: () => (lock.view().state === 'open' ? store.records.due(clock.now()) : []),
    isPaused: () => preferences.get().paused,
    onRefused: (thrown) => options.report('', 'schedule', toFailure(thrown)),
  });

  const call = createOperations({
    product: { name: product.name, version: options.version, defaultPrefix: product.defaultPrefix },
    store,
    engine,
    discover: { openClouds: open, clock },
    clock,
    newId: randomUUID,
    preferences,
    lock,
    notices,
    credentials: { seal: (credential) => lock.keyring().seal(credential), hint: credentialHint },
    clouds: {
      check: async (connection, credential) => (await openToTry(connection, credential)).close(),
      test: async function* (connection, typed, signal) {
        const opened = await openToTry(connection, typed ?? load(connection.id).credential);
        try {
          yield* opened.test(signal);
        } finally {
          opened.close();
        }
      },
      policies: (provider, prefix, region) =>
        provider === 'aws'
          ? secretsManagerPolicies(prefix, region).map(({ title, explanation, document }) => ({
              title,
              explanation,
              text: document,
            }))
          : keyVaultRoles('<client id>').map(({ title, explanation, command }) => ({
              title,
              explanation,
              text: command,
            })),
      nameProblems: (_service, name) => secretProblems(name).map(({ sentence }) => sentence),
    },
    events,
    report: options.report,
  });

  /** Opens a connection of either kind, as far as trying it needs. */
  async function openToTry(connection: Connection, credential: unknown): Promise<Pick<Source, 'test' | 'close'>> {
    const { settings } = connection;
    if (settings.provider === 'azure') return openSource(connection, credential, cloudDeps);
    const target = await openTarget(connection, credential, 'secretsmanager', settings.region, cloudDeps);
    return {
      test: (signal) => target.test(product.defaultPrefix, signal),
      close: () => target.close(),
    };
  }

  return {
    call,
    engine,
    store,
    lock,
    scheduler,
    async stop() {
      scheduler.stop();
      await engine.stop(stopGraceMs);
      store.close();
    },
  };
}

function connectionMissing(): Failure {
  return new Failure({
    kind: 'not-found',
    code: 'connection-missing',
    sentence: 'The connection of this record was removed, or has no credential stored.',
    fix: 'Add the connection again under Settings > Connections, then point the record at it.',
  });
}
