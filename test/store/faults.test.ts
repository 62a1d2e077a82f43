import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../main/domain/failure.ts';
import { openDatabase } from '../../main/store/database.ts';
import { timeStamp } from '../../main/store/disk.ts';
import { openStore } from '../../main/store/index.ts';
import { type Migration, migrations } from '../../main/store/migrations.ts';
import {
  auditOf,
  checkNamed,
  checkRowOf,
  epoch,
  fill,
  firstBadOf,
  idOf,
  intentOf,
  ledgerOf,
  outcomeOf,
  pending,
  recordNamed,
  releaseClosedStores,
  ruleNamed,
  scannedOf,
  scanOf,
  synced,
  temporaryFolder,
} from './builders.ts';

vi.setConfig({ testTimeout: 300_000 });

/** Which of the calls to the file system and to SQLite fails, with what, and whether all later ones fail too. */
const fault = vi.hoisted(() => ({ inCalls: Number.POSITIVE_INFINITY, lasting: false, file: '', sqlite: '' }));

/** Counts a call, and throws if it is its turn. */
const strike = vi.hoisted(() => (kind: 'file' | 'sqlite', what: string) => {
  fault.inCalls -= 1;
  if (fault.inCalls === 0 || (fault.lasting && fault.inCalls < 0)) {
    throw Object.assign(new Error(`made to fail: ${what}`), { code: fault[kind] });
  }
});

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const wrapped = Object.entries(real).map(([name, value]) => {
    // existsSync never throws.
    if (typeof value !== 'function' || !name.endsWith('Sync') || name === 'existsSync') return [name, value];
    const call = (...args: unknown[]) => {
      strike('file', name);
      return Reflect.apply(value, real, args);
    };
    return [name, call];
  });
  const faulty = Object.fromEntries(wrapped);
  return { ...faulty, default: faulty };
});

vi.mock('libsql', async (original) => {
  const { default: Real } = await original<{ default: typeof import('libsql') }>();
  /** Makes a call count, and perhaps fail. */
  const counted =
    <A extends unknown[], R>(call: (...args: A) => R, sql: string) =>
    (...args: A): R => {
      strike('sqlite', sql);
      return call(...args);
    };
  function Faulty(file: string, options: { timeout: number }) {
    const database = new Real(file, options);
    const [exec, prepare] = [database.exec.bind(database), database.prepare.bind(database)];
    return Object.assign(database, {
      exec: (sql: string) => counted(exec, sql)(sql),
      prepare: (sql: string) => {
        const statement = prepare(sql);
        const [run, all] = [statement.run.bind(statement), statement.all.bind(statement)];
        return Object.assign(statement, { run: counted(run, sql), all: counted(all, sql) });
      },
    });
  }
  return { default: Faulty };
});

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open = async (...args: Parameters<typeof real.open>) => {
    strike('file', 'open');
    const handle = await real.open(...args);
    const sync = handle.sync.bind(handle);
    return Object.assign(handle, {
      sync: async () => {
        strike('file', 'sync');
        await sync();
      },
    });
  };
  const rename = async (...args: Parameters<typeof real.rename>) => {
    strike('file', 'rename');
    await real.rename(...args);
  };
  return { ...real, open, rename };
});

vi.mock('libsql/promise', async (original) => {
  const { default: Real } = await original<{ default: typeof import('libsql/promise') }>();
  function Faulty(file: string, options: { timeout: number }) {
    const database = new Real(file, options);
    const exec = database.exec.bind(database);
    return Object.assign(database, {
      exec: async (sql: string) => {
        strike('sqlite', sql);
        await exec(sql);
      },
    });
  }
  return { default: Faulty };
});

/**
 * Runs `work` with a fault, and without one afterwards.
 * @returns the code of the Failure it threw, if any, and whether the fault came up at all. Not the Failure itself: an
 * error's stack keeps alive what libsql should let go of.
 */
async function withFault(
  nth: number,
  lasting: boolean,
  codes: { file: string; sqlite: string },
  work: () => void | Promise<void>,
) {
  Object.assign(fault, { inCalls: nth, lasting, ...codes });
  let failed: string | undefined;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    failed = error.detail.code;
  }
  const struck = fault.inCalls <= 0;
  fault.inCalls = Number.POSITIVE_INFINITY;
  // A process would have ended here, and its connections with it. One whose ROLLBACK failed too still holds its lock.
  if (lasting || nth % 20 === 0) await releaseClosedStores();
  return { failed, struck };
}

afterEach(() => {
  fault.inCalls = Number.POSITIVE_INFINITY;
});

const later = () => epoch + 86_400_000;

/** A closed store of two records, with a backup of the same. */
function made(): string {
  const folder = temporaryFolder();
  const { store } = openStore(folder, { now: () => epoch });
  fill(store, ['one', 'two']);
  store.close();
  openStore(folder, { now: () => epoch + 1 }).store.close();
  rmSync(join(folder, 'backups'), { recursive: true });
  openStore(folder, { now: () => epoch + 2 }).store.close();
  return folder;
}

/** A day later: opens the store, adds a record, enters two outcomes, closes. */
function use(folder: string): void {
  const { store } = openStore(folder, { now: later });
  try {
    store.records.insert([{ record: recordNamed('new'), status: pending, nextRunAt: epoch }]);
    store.journal.finish([outcomeOf(idOf('one')), outcomeOf(idOf('two'))]);
  } finally {
    store.close();
  }
}

/** Opens the store without faults: each step of `use` happened whole or not at all, and what was reported done is done. */
function checkUse(folder: string, done: boolean): void {
  const { store } = openStore(folder, { now: later });
  const rows = store.records.list();
  const finished = rows[0]?.ledger !== null;
  const ledgers = rows.slice(0, 2).map(({ ledger }) => ledger);
  expect(rows.slice(0, 2).map(({ record }) => record)).toEqual([recordNamed('one'), recordNamed('two')]);
  expect(ledgers).toEqual(finished ? [ledgerOf(idOf('one')), ledgerOf(idOf('two'))] : [null, null]);
  for (const name of ['one', 'two']) expect(store.journal.history(idOf(name), 10)).toHaveLength(finished ? 1 : 0);
  expect(firstBadOf(store.audit)).toBeNull();
  if (done) expect([rows.length, finished]).toEqual([3, true]);
  store.close();
}

/** Keeps a vault mirrored, looks at it, checks it, forgets what is old. */
function watch(folder: string): void {
  const { store } = openStore(folder, { now: later });
  const ids = [idOf('one'), idOf('two')];
  const { attempt: old } = outcomeOf(idOf('removed record'));
  const attempt = { ...old, startedAt: 0, outcome: 'failed', writtenTo: null } as const;
  try {
    store.rules.save(ruleNamed('rule'));
    store.records.update(ids, { ruleId: idOf('rule') });
    store.rules.remove(idOf('rule'));
    store.records.setNextRuns(
      ids.map((id) => ({ id, at: null })),
      epoch,
    );
    store.records.mark(ids.map((id) => ({ id, status: synced, conflictSeen: null })));
    store.discovery.enterScan(scanOf([scannedOf('one'), scannedOf('two')]));
    store.checks.start(checkNamed('check'), auditOf('check', 'started'));
    store.checks.add(idOf('check'), [checkRowOf('one'), checkRowOf('two')]);
    store.checks.end(checkNamed('check', { endedAt: 5 }), auditOf('check'));
    store.journal.finish([outcomeOf('x', { attempt }), outcomeOf('x', { attempt })]);
    store.journal.prune({ unchanged: epoch, others: epoch }, 100);
  } finally {
    store.close();
  }
}

/** Each step of `watch` happened whole or not at all, none before the one in front of it, and all if it was reported done. */
function checkWatch(folder: string, done: boolean): void {
  const { store } = openStore(folder, { now: later });
  const rows = store.records.list();
  const [one, two] = rows;
  expect(one && { ...one, record: recordNamed('two') }).toEqual(two && { ...two, record: recordNamed('two') });
  expect(one?.record.ruleId).toBe(two?.record.ruleId);
  if (one?.record.ruleId !== null) expect(store.rules.list()).toHaveLength(1);
  const pruned = store.checks.list(10).length === 0 && store.audit.list(10).length > 2;
  const [vault] = store.discovery.vaults();
  const steps = [
    one?.nextRunAt === null,
    one?.status.code === synced.code,
    vault !== undefined,
    pruned || store.checks.list(10).length > 0,
    pruned || store.checks.rows(idOf('check'), { after: 0, limit: 10 }).length === 2,
    pruned || store.checks.list(10)[0]?.endedAt === 5,
    pruned || store.journal.history(idOf('removed record'), 10).length === 2,
    pruned,
  ];
  expect(steps).toEqual(steps.toSorted().reverse());
  if (vault) expect(vault.items).toBe(2);
  if (pruned) expect(store.journal.history(idOf('removed record'), 10)).toEqual([]);
  expect(store.records.changes(null, 10).rows).toHaveLength(2);
  expect(firstBadOf(store.audit)).toBeNull();
  if (done) expect(steps).toEqual(steps.map(() => true));
  store.close();
}

const garbage = 'not a database '.repeat(500);

/** The same after a start that met a damaged store, which is still there somewhere. */
function checkRecovery(folder: string, done: boolean): void {
  checkUse(folder, done);
  const kept = readdirSync(folder).filter((name) => name.startsWith('sync.db.damaged-'));
  expect(kept.map((name) => readFileSync(join(folder, name), 'utf8'))).toContain(garbage);
}

const second: Migration = (sql) => sql.exec('CREATE TABLE extra (id TEXT NOT NULL PRIMARY KEY) STRICT');

function bringUpToDate(folder: string): void {
  openDatabase(folder, later, [...migrations, second]).close();
}

function checkUpToDate(folder: string): void {
  const { sql, close } = openDatabase(folder, later, [...migrations, second]);
  expect(sql.first('SELECT count(*) AS count FROM records')?.count).toBe(2);
  expect(sql.first('SELECT count(*) AS count FROM extra')?.count).toBe(0);
  close();
}

const causes = [
  { file: 'ENOSPC', sqlite: 'SQLITE_FULL', code: 'disk-full' },
  { file: 'EIO', sqlite: 'SQLITE_IOERR_WRITE', code: 'disk-error' },
  { file: 'EACCES', sqlite: 'SQLITE_READONLY', code: 'disk-denied' },
] as const;

const spoil = (folder: string) => writeFileSync(join(folder, 'sync.db'), garbage);

const situations = [
  { what: 'in use', prepare: () => {}, act: use, check: checkUse },
  { what: 'watched over', prepare: () => {}, act: watch, check: checkWatch },
  { what: 'damaged', prepare: spoil, act: use, check: checkRecovery },
  { what: 'brought up to date', prepare: () => {}, act: bringUpToDate, check: checkUpToDate },
];

describe.each(causes)('$code', ({ code, ...codes }) => {
  test.each(situations)('at any call while a store is $what: named, and nothing is lost', async (situation) => {
    const template = made();
    situation.prepare(template);
    for (const lasting of [false, true]) {
      let struck = true;
      for (let nth = 1; struck; nth += 1) {
        const folder = join(temporaryFolder(), 'store');
        cpSync(template, folder, { recursive: true });
        const result = await withFault(nth, lasting, codes, () => situation.act(folder));
        expect([undefined, code]).toContain(result.failed);
        situation.check(folder, result.failed === undefined);
        struck = result.struck;
        // So many calls that could have failed did not.
        if (!struck) expect(nth).toBeGreaterThan(20);
      }
    }
  });
});

test('a daily backup that can’t be made is a notice, and the store opens', async () => {
  const folder = made();
  const told = new Set<string>();
  let struck = true;
  for (let nth = 1; struck; nth += 1) {
    const result = await withFault(nth, false, causes[0], () => {
      const { store, notices } = openStore(folder, { now: later });
      for (const { id, level } of notices) told.add(`${level} ${id}`);
      store.close();
    });
    struck = result.struck;
    rmSync(join(folder, 'backups', 'daily-20260103T030405000Z.db'), { force: true });
  }
  expect([...told]).toEqual(['warning no-daily-backup-disk-full']);
});

test('a backup beside everything else that can’t be made names the cause, and the store goes on', async () => {
  const folder = made();
  // Opened on the day of the last backup, so that opening it makes none.
  let now = epoch + 3;
  const { store } = openStore(folder, { now: () => now });
  const daily = () => readdirSync(join(folder, 'backups')).filter((name) => name.endsWith('.db'));
  let struck = true;
  let nth = 1;
  for (; struck; nth += 1) {
    now = epoch + 86_400_000 + nth;
    const result = await withFault(nth, false, causes[0], () => store.backUp());
    expect(result.failed).toBe(result.struck ? 'disk-full' : undefined);
    // The last step takes old ones away: the new one is whole then.
    for (const name of daily()) expect(readFileSync(join(folder, 'backups', name)).length).toBeGreaterThan(0);
    store.records.setConsent(idOf('one'), `version:${nth}`);
    struck = result.struck;
    if (struck) rmSync(join(folder, 'backups', `daily-${timeStamp(now)}.db`), { force: true });
  }
  expect(nth).toBeGreaterThan(8);
  expect(daily()).toEqual(['daily-20260102T030405002Z.db', `daily-${timeStamp(now)}.db`]);
  store.close();
  const [, newest = ''] = daily();
  const restored = join(temporaryFolder(), 'store');
  cpSync(join(folder, 'backups', newest), join(restored, 'sync.db'));
  const { store: again, notices } = openStore(restored, { now: () => now });
  expect(notices).toEqual([]);
  expect(again.records.get(idOf('one'))?.record.consent).toBe(`version:${nth - 2}`);
  again.close();
});

test.each(causes)('what could not be put on the disk is never said to be there: $code', async ({ code, ...codes }) => {
  // A disk that failed is not believed again: it may have dropped what it was asked to keep.
  const later = code === 'disk-error' ? code : 'on the disk';
  let struck = true;
  let nth = 1;
  for (; struck; nth += 1) {
    const { store } = openStore(temporaryFolder(), { now: () => epoch });
    fill(store, ['one']);
    store.journal.openIntent(intentOf(idOf('one')), auditOf('begin', 'started'));
    const end = () =>
      store.journal.onDisk().then(
        () => 'on the disk',
        ({ detail }: Failure) => detail.code,
      );
    let ends: string[] = [];
    ({ struck } = await withFault(nth, false, codes, async () => {
      // The first waits alone; the others share the next wait.
      ends = await Promise.all([end(), end(), end()]);
    }));
    const told = [code, later, later];
    const expected = [told, told, ['on the disk', code, code], ['on the disk', code, code]][nth - 1];
    expect(ends).toEqual(struck ? expected : ['on the disk', 'on the disk', 'on the disk']);
    expect(await end()).toBe(struck ? later : 'on the disk');
    expect(store.journal.openIntents()).toHaveLength(1);
    store.close();
  }
  expect(nth).toBe(6);
});
