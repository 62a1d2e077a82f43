import { randomUUID } from 'node:crypto';
import type { AppEvent, Topic } from '../preload/contract/events.ts';
import type { RunView, TestStepView } from '../preload/contract/views.ts';
import type { CheckView } from '../preload/contract/watch.ts';
import { targetProblems } from './certificates/rules.ts';
import type { CloudDeps } from './clouds/call.ts';
import { credentialFacts } from './clouds/hint.ts';
import { fitName, nameProblems } from './clouds/names.ts';
import { openNetwork } from './clouds/network.ts';
import { policies } from './clouds/policies.ts';
import type { SignInPrompts } from './clouds/ports.ts';
import { accountOf, signIn } from './clouds/registry.ts';
import { openClouds } from './clouds/session.ts';
import { openTraffic } from './clouds/traffic.ts';
import { checkConnection, testConnection } from './clouds/trial.ts';
import type { CertificateFacts } from './domain/certificate.ts';
import type { Credential } from './domain/connection.ts';
import { exclusionsIn } from './domain/exclusions.ts';
import { Failure, toFailure } from './domain/failure.ts';
import { keepsCertificates, type TargetService } from './domain/service.ts';
import { Checks, endInterruptedChecks } from './engine/checks.ts';
import type { EngineDeps } from './engine/deps.ts';
import { Discovery } from './engine/discovery.ts';
import { type Clock, Engine } from './engine/index.ts';
import { endInterruptedRuns } from './engine/interrupted.ts';
import { checkViewOf } from './operations/checks.ts';
import { type Call, createOperations } from './operations/index.ts';
import { createLock, type Lock } from './operations/lock.ts';
import { createNotices } from './operations/notices.ts';
import { runViewOf } from './operations/views.ts';
import { product } from './product.ts';
import { checkJob, maintenanceJob, nextRun, type Scheduler, scanJob, startScheduler } from './scheduler/index.ts';
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
    check(check: CheckView): void;
    testStep(testId: string, step: TestStepView): void;
    signInCode(code: AppEvent['signInCodes'][number]): void;
  };
  /** Asks the person in a dialog of the system's. */
  readonly confirm: (question: string, detail: string) => Promise<boolean>;
  /** Asks where to save a file; null if the person chose not to. */
  readonly chooseFile: (suggestedName: string, what: string) => Promise<string | null>;
  /** Opens the system's browser, for signing in. */
  readonly openBrowser: SignInPrompts['openBrowser'];
  /** Tells a person who may not be looking that records or copies want a look. */
  readonly notify: (body: string) => void;
  /** The app's own log. */
  readonly report: (reference: string, operation: string, failure: Failure) => void;
}

/** The whole app but for its window: what a desktop, a command line or a test drives. */
export interface App {
  readonly call: Call;
  readonly engine: Engine;
  readonly discovery: Discovery;
  readonly checks: Checks;
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
  endInterruptedChecks(store, clock);
  const notices = createNotices(preferences);
  for (const notice of [...options.notices, ...storeNotices]) notices.add(notice);
  const traffic = openTraffic(clock);
  const cloudDeps = (): Omit<CloudDeps, 'keepCredential'> => ({
    network: preferences.get().network,
    allowLoopback: options.allowLoopback,
    callTimeoutMs,
    now: clock.now,
    randomId: randomUUID,
    traffic,
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
      void scheduler.beat();
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
  const engineDeps: EngineDeps = {
    store,
    openClouds: open,
    keyring: () => lock.keyring(),
    settings: () => {
      const { exclusions, ...rest } = preferences.get();
      return { ...rest, exclusions: exclusionsIn(exclusions) };
    },
    nextRun: (record, now) => nextRun(record, now, clock.random()),
    clock,
    newId: randomUUID,
    tagNamespace: product.tagNamespace,
    observer: {
      progress: (run) => {
        events.run(runViewOf(run));
        if (run.endedAt === null) return;
        events.changed('runs', 'app', 'audit', 'discovery');
        // A person who pressed Sync Now is looking already.
        if (run.trigger === 'user' || run.attention === 0) return;
        const records = run.attention === 1 ? 'A record needs' : `${run.attention} records need`;
        options.notify(`${records} your attention after a sync. The others are up to date.`);
      },
      recordsChanged: () => events.changed('records', 'history'),
      decisionsWanted: (run, count) => {
        const records = count === 1 ? 'A record waits' : `${count} records wait`;
        if (run.trigger !== 'user') options.notify(`${records} for your decision. Nothing was written there.`);
        events.changed('app');
      },
      checked: (check) => {
        const view = checkViewOf(check);
        events.check(view);
        if (check.endedAt === null) return;
        events.changed('checks', 'audit');
        if (check.trigger === 'schedule' && view.attention > 0)
          options.notify(
            `A check found ${view.attention} of ${view.total} copies that want a look. Nothing was written.`,
          );
      },
      discovered: () => events.changed('discovery', 'rules'),
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
          sentence: `A sync or check had to stop. ${sentence}`,
          fix,
        });
        events.changed('app');
      },
    },
  };
  const engine = new Engine(engineDeps);
  const checks = new Checks(engineDeps, (id) => engine.isSyncing(id));
  const isOpen = () => lock.view().state === 'open';
  const isPaused = () => preferences.get().paused;
  const certificateProblems = (service: TargetService, facts: CertificateFacts) =>
    keepsCertificates(service) ? targetProblems(facts, service, clock.now()) : [];
  const discovery = new Discovery({
    ...engineDeps,
    observer: {
      discovered: engineDeps.observer.discovered,
      recordsChanged: () => events.changed('records', 'connections'),
    },
    engine,
    isPaused,
    targetRules: { nameProblems, fitName, certificateProblems },
    onFailed: (thrown) => options.report('', 'discovery', toFailure(thrown)),
  });
  const scheduler = startScheduler({
    engine,
    records: store.records,
    clock,
    isOpen,
    isPaused,
    jobs: [
      scanJob({
        minutes: () => preferences.get().scanMinutes,
        isReady: isOpen,
        scan: async () => void (await discovery.scan()),
      }),
      checkJob({
        schedule: () => preferences.get().checkSchedule,
        chosenAt: () => preferences.get().checkScheduleSetAt,
        earlier: () =>
          store.checks
            .list(200)
            .filter(({ trigger }) => trigger === 'schedule')
            .map(({ startedAt }) => startedAt),
        isReady: () => isOpen() && !isPaused() && checks.active() === undefined && store.records.count() > 0,
        start: async () => void (await checks.start(null, preferences.get().checkValues, 'schedule')),
      }),
      maintenanceJob({
        clock,
        lastAt: () => preferences.get().maintainedAt,
        setLastAt: (maintainedAt) => preferences.set({ maintainedAt }),
        isIdle: () => engine.active().length === 0,
        historyDays: () => preferences.get().historyDays,
        prune: (before, limit) => store.journal.prune(before, limit),
        backUp: () => store.backUp(),
      }),
    ],
    onRefused: (what, thrown) => options.report('', what, toFailure(thrown)),
  });

  const call = createOperations({
    product: { name: product.name, version: options.version, defaultPrefix: product.defaultPrefix },
    store,
    engine,
    discovery,
    checks,
    discover: { openClouds: open, clock },
    clock,
    newId: randomUUID,
    preferences,
    lock,
    notices,
    credentials: { seal: (credential) => lock.keyring().seal(credential), facts: credentialFacts },
    confirm: options.confirm,
    chooseFile: options.chooseFile,
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
      certificateProblems,
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
    discovery,
    checks,
    store,
    lock,
    scheduler,
    async stop() {
      scheduler.stop();
      await discovery.stop();
      await checks.stop();
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
