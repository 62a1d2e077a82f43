import { randomUUID } from 'node:crypto';
import type { AppEvent, Topic } from '../preload/contract/events.ts';
import type { RunView, TestStepView } from '../preload/contract/views.ts';
import { targetProblems } from './certificates/rules.ts';
import type { CloudDeps } from './clouds/call.ts';
import { credentialFacts } from './clouds/hint.ts';
import { fitName, nameProblems } from './clouds/names.ts';
import { openNetwork } from './clouds/network.ts';
import { policies } from './clouds/policies.ts';
import type { SignInPrompts } from './clouds/ports.ts';
import { accountOf, signIn } from './clouds/registry.ts';
import { openClouds } from './clouds/session.ts';
import { checkConnection, testConnection } from './clouds/trial.ts';
import type { Credential } from './domain/connection.ts';
import { Failure, toFailure } from './domain/failure.ts';
import { keepsCertificates } from './domain/service.ts';
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
/** Saving a connection waits no longer than this for the account it leads to. */
const accountTimeoutMs = 5_000;
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
    signInCode(code: AppEvent['signInCodes'][number]): void;
  };
  /** Asks the person in a dialog of the system's. */
  readonly confirm: (question: string, detail: string) => Promise<boolean>;
  /** Opens the system's browser, for signing in. */
  readonly openBrowser: SignInPrompts['openBrowser'];
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
  const cloudDeps = (): Omit<CloudDeps, 'keepCredential'> => ({
    network: preferences.get().network,
    allowLoopback: options.allowLoopback,
    callTimeoutMs,
    now: clock.now,
    randomId: randomUUID,
  });

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
    // Renewed while it was used: stored only if nobody typed another meanwhile.
    const keep = (credential: Credential) => {
      if (store.connections.token(id) === kept) {
        kept = lock.keyring().seal(credential);
        store.connections.save(store.connections.get(id) ?? connection, kept);
      }
    };
    let kept = token;
    return { connection, credential: lock.keyring().open(token), keep };
  };
  const open = () => openClouds(load, cloudDeps());

  const waiting = new Map<string, string>();
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
      waiting: (recordId, sentence) => {
        if (sentence === null ? !waiting.delete(recordId) : waiting.get(recordId) === sentence) return;
        if (sentence !== null) waiting.set(recordId, sentence);
        events.changed('records');
      },
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
    credentials: { seal: (credential) => lock.keyring().seal(credential), facts: credentialFacts },
    confirm: options.confirm,
    waitingFor: (recordId) => waiting.get(recordId),
    clouds: {
      check: (connection, credential) => checkConnection(connection, credential, onceDeps()),
      accountOf: async (connection, typed, signal) => {
        try {
          const credential = typed ?? load(connection.id).credential;
          return await accountOf(connection, credential, { ...onceDeps(), callTimeoutMs: accountTimeoutMs }, signal);
        } catch (thrown) {
          // Only a wish: records are then told apart by connection instead of by account.
          options.report('', 'ask for the account', toFailure(thrown));
          return null;
        }
      },
      checkNetwork: async (network) => openNetwork({ allowLoopback: options.allowLoopback, network }).close(),
      test(connection, typed, services, signal) {
        const { credential, keep } = typed ? { credential: typed, keep: forget } : load(connection.id);
        const deps = { ...cloudDeps(), keepCredential: keep };
        return testConnection(connection, credential, services, product.defaultPrefix, deps, signal);
      },
      signIn: (connection, showCode, signal) =>
        signIn(connection, { openBrowser: options.openBrowser, showCode }, onceDeps(), signal),
      policies,
      nameProblems,
      fitName,
      certificateProblems: (service, facts) =>
        keepsCertificates(service) ? targetProblems(facts, service, clock.now()) : [],
    },
    events,
    report: options.report,
  });

  /** For a credential that is not stored (yet): there is nothing to keep a renewed one in. */
  function onceDeps(): CloudDeps {
    return { ...cloudDeps(), keepCredential: forget };
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

function forget(): void {}

function connectionMissing(): Failure {
  return new Failure({
    kind: 'not-found',
    code: 'connection-missing',
    sentence: 'The connection of this record was removed, or has no credential stored.',
    fix: 'Add the connection again under Settings > Connections, then point the record at it.',
  });
}
