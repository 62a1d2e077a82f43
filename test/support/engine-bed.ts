import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clouds } from '../../main/clouds/ports.ts';
import type { Check } from '../../main/domain/check.ts';
import { consentTo } from '../../main/domain/decision.ts';
import { exclusionsIn } from '../../main/domain/exclusions.ts';
import { Failure } from '../../main/domain/failure.ts';
import type { ConflictPolicy, DeletionPolicy, SyncRecord } from '../../main/domain/record.ts';
import type { TargetService } from '../../main/domain/service.ts';
import { Checks } from '../../main/engine/checks.ts';
import type { EngineDeps, SyncSettings } from '../../main/engine/deps.ts';
import { type Clock, Engine, type RunProgress } from '../../main/engine/index.ts';
import { product } from '../../main/product.ts';
import { nextRun } from '../../main/scheduler/index.ts';
import { openStore } from '../../main/store/index.ts';
import type { Keyring, RecordRow, Store } from '../../main/store/ports.ts';
import { memoryVaults } from './memory-source.ts';
import { memorySecrets } from './memory-target.ts';

type MemoryVaults = ReturnType<typeof memoryVaults>;
type MemorySecrets = ReturnType<typeof memorySecrets>;

/** A clock that stands still until somebody sleeps on it or moves it. */
interface FakeClock extends Clock {
  time: number;
  /** Every wait asked for, in milliseconds. */
  readonly waits: number[];
}

/** Sleeps from so long on end only when the clock is moved: nothing in an app waits so long for something to pass. */
const longSleepMs = 600_000;

export function fakeClock(start = 1_800_000_000_000): FakeClock {
  let time = start;
  const alarms = new Map<() => void, number>();
  const clock: FakeClock = {
    get time() {
      return time;
    },
    set time(now) {
      time = now;
      for (const [ring, at] of [...alarms]) if (at <= now) ring();
    },
    waits: [],
    now: () => time,
    random: () => 0.5,
    async sleep(ms, signal) {
      if (ms >= longSleepMs) return await sleepUntil(time + ms, signal);
      clock.waits.push(ms);
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (signal.aborted) throw signal.reason;
      clock.time += ms;
    },
  };
  const sleepUntil = (at: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => {
        alarms.delete(ring);
        signal.removeEventListener('abort', stop);
        settle();
      };
      const ring = () => end(resolve);
      const stop = () => end(() => reject(signal.reason));
      alarms.set(ring, at);
      signal.addEventListener('abort', stop, { once: true });
    });
  return clock;
}

/** Called around each step of the journal; throwing before a step refuses it, throwing after it loses its answer. */
type StoreHook = (step: string, moment: 'before' | 'after') => void;

/** The engine on a real store and the memory clouds. Region names of records choose between memory targets. */
export interface EngineBed {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly vaults: MemoryVaults;
  /** The default target. */
  readonly secrets: MemorySecrets;
  readonly failures: Failure[];
  readonly shown: RunProgress[];
  policy: ConflictPolicy;
  deletions: DeletionPolicy;
  exclusions: string[];
  /** What the observer was told. */
  readonly decisions: number[];
  readonly checks: Check[];
  concurrency: number;
  /** What Settings > Sync would say: policy, deletions, exclusions and concurrency. */
  settings(): SyncSettings;
  rights: 'full' | 'write-only';
  storeHook: StoreHook | undefined;
  engine(): Engine;
  /** Checks beside that engine. */
  checker(): Checks;
  secretsIn(region: string): MemorySecrets;
  /** The service that targets behave as; to be set before they are used. */
  service: TargetService;
  /** The target name of a secret's record, as its service takes it. */
  targetOf(name: string): string;
  /** A record of the secret `name` in the vault `kv`. */
  add(name: string, change?: Partial<SyncRecord>): string;
  sync(...ids: string[]): Promise<RunProgress>;
  row(id: string): RecordRow;
  /** The first row of the audit trail that does not fit the chain. */
  firstBadAudit(): number | null;
  /** A person's choice about what a record waits for now, but for keep and unlink, and the sync that follows. */
  decide(id: string, choice: 'overwrite' | 'adopt' | 'delete'): Promise<RunProgress>;
  outcomes(id: string): string[];
  /** What the target holds for a secret now. */
  held(name: string, region?: string): string | undefined;
  /** How many versions the target has. */
  versions(name: string, region?: string): number;
  /** As if killed: nothing that is under way reaches the store or a cloud any more. A new engine on the same store follows. */
  kill(): void;
  close(): void;
}

export const region = 'us-east-1';

export function openEngineBed(): EngineBed {
  const directory = mkdtempSync(join(tmpdir(), 'sync-engine-'));
  const clock = fakeClock();
  const { store } = openStore(directory, { now: clock.now });
  const connection = {
    name: 'Memory',
    credentialHint: '',
    credentialSavedAt: null,
    credentialExpiresAt: null,
    account: null,
    createdAt: 0,
  };
  store.connections.save({ ...connection, id: 'target', settings: { provider: 'aws', signIn: 'keys', region } }, null);
  const azure = { provider: 'azure', tenantId: 't', clientId: 'c', signIn: 'secret', cloud: 'public' } as const;
  store.connections.save({ ...connection, id: 'source', settings: azure }, null);
  const fingerprintKey = randomBytes(32);
  const keyring: Keyring = {
    seal: () => notUsed(),
    open: () => notUsed(),
    fingerprint: (value) => createHmac('sha256', fingerprintKey).update(value).digest('base64'),
  };
  const vaults = memoryVaults(clock.now);
  vaults.addVault('kv');
  const targets = new Map<string, MemorySecrets>();
  let engine: Engine;
  let checker: Checks;

  const bed: EngineBed = {
    store,
    clock,
    vaults,
    get secrets() {
      return secretsIn(region);
    },
    failures: [],
    shown: [],
    policy: 'alert',
    deletions: 'keep',
    exclusions: [],
    decisions: [],
    checks: [],
    concurrency: 8,
    service: 'secretsmanager',
    settings: () => ({
      conflictPolicy: bed.policy,
      deletionPolicy: bed.deletions,
      exclusions: exclusionsIn(bed.exclusions),
      concurrency: bed.concurrency,
    }),
    rights: 'full',
    storeHook: undefined,
    engine: () => engine,
    checker: () => checker,
    secretsIn,
    targetOf: (name) => {
      if (bed.service === 'secretmanager') return `certifyclouds_${name}`;
      return bed.service === 'parameterstore' ? `/certifyclouds/${name}` : `certifyclouds/${name}`;
    },
    add(name, change = {}) {
      const record: SyncRecord = {
        id: randomUUID(),
        sourceConnectionId: 'source',
        sourceKind: 'secret',
        sourceVault: 'kv',
        sourceName: name,
        targetConnectionId: 'target',
        targetAccount: null,
        targetService: bed.service,
        targetName: bed.targetOf(name),
        targetRegion: region,
        shape: { kind: 'whole' },
        options: {},
        schedule: { kind: 'manual' },
        enabled: true,
        syncOnChange: false,
        copyTags: true,
        conflictPolicy: 'default',
        deletionPolicy: 'default',
        ruleId: null,
        consent: null,
        kept: null,
        createdAt: clock.now(),
        ...change,
      };
      const status = { status: 'pending', code: 'new', sentence: 'Not synced yet.', fix: '' } as const;
      store.records.insert([{ record, status, nextRunAt: null }]);
      return record.id;
    },
    sync: (...ids) => engine.start(ids, 'user').finished,
    row(id) {
      const row = store.records.get(id);
      if (!row) throw new Error(`no record ${id}`);
      return row;
    },
    firstBadAudit() {
      const walk = store.audit.verify();
      for (;;) {
        const step = walk.next();
        if (step.done) return step.value.firstBad;
      }
    },
    async decide(id, choice) {
      const { conflictSeen } = bed.row(id);
      if (conflictSeen === null) throw new Error(`the record ${id} waits for nobody`);
      store.records.setConsent(id, consentTo(choice, conflictSeen));
      return await bed.sync(id);
    },
    outcomes: (id) => store.journal.history(id, 100).map(({ outcome }) => outcome),
    held(name, place = region) {
      const secret = secretsIn(place).secrets.get(bed.targetOf(name));
      return secret?.versions.get(secret.current)?.toString();
    },
    versions: (name, place = region) => secretsIn(place).secrets.get(bed.targetOf(name))?.versions.size ?? 0,
    kill() {
      engine = newEngine();
    },
    close() {
      store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };

  function secretsIn(place: string): MemorySecrets {
    const known = targets.get(place);
    if (known) return known;
    const made = memorySecrets(bed.service);
    targets.set(place, made);
    return made;
  }

  let living = 0;
  function newEngine(): Engine {
    living += 1;
    const life = living;
    const alive = () => {
      if (life !== living) throw new Error('this process was killed');
    };
    const clouds = (): Clouds => ({
      source: async () => vaults.open(),
      target: async (_connection, _service, place) => secretsIn(place).open(bed.rights),
      close() {},
    });
    const deps: EngineDeps = {
      store: hookedStore(store, (step, moment) => {
        alive();
        bed.storeHook?.(step, moment);
      }),
      openClouds: clouds,
      keyring: () => keyring,
      settings: bed.settings,
      nextRun: (record, now) => nextRun(record, now, 0),
      clock,
      newId: randomUUID,
      tagNamespace: product.tagNamespace,
      observer: {
        progress: (run) => void bed.shown.push(run),
        recordsChanged() {},
        waiting() {},
        decisionsWanted: (_run, count) => void bed.decisions.push(count),
        checked: (check) => void bed.checks.push(check),
        discovered() {},
        runFailed: (failure) => void bed.failures.push(failure),
      },
    };
    const made = new Engine(deps);
    checker = new Checks(deps, (id) => made.isSyncing(id));
    return made;
  }
  engine = newEngine();
  return bed;
}

function notUsed(): never {
  throw new Error('not used: memory clouds have no credentials');
}

/** The store with a hook around every step of its journal. */
function hookedStore(store: Store, hook: StoreHook): Store {
  const around =
    <A extends unknown[], R>(step: string, work: (...args: A) => R) =>
    (...args: A): R => {
      hook(step, 'before');
      const result = work(...args);
      hook(step, 'after');
      return result;
    };
  const { journal } = store;
  return {
    ...store,
    journal: {
      startRun: around('startRun', journal.startRun.bind(journal)),
      endRun: around('endRun', journal.endRun.bind(journal)),
      openIntent: around('openIntent', journal.openIntent.bind(journal)),
      sealIntent: around('sealIntent', journal.sealIntent.bind(journal)),
      finish: around('finish', journal.finish.bind(journal)),
      // The store's own tests flush a real disk; here a run takes as many turns as it has steps, and no more.
      onDisk: around('onDisk', async () => {}),
      runs: journal.runs.bind(journal),
      openIntents: journal.openIntents.bind(journal),
      history: journal.history.bind(journal),
      countWrites: journal.countWrites.bind(journal),
      countDeletes: journal.countDeletes.bind(journal),
      prune: journal.prune.bind(journal),
    },
  };
}

/** What a full disk looks like to whoever writes to the store. */
export function diskFull(): Failure {
  return new Failure({ kind: 'quota', code: 'disk-full', sentence: 'The disk is full.', fix: 'Free some space.' });
}

/** A door that stays shut until it is opened: holds a call in the middle. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** Lets everything that can go on go on, then comes back. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
