import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Failure } from '../../main/domain/failure.ts';
import { openStore } from '../../main/store/index.ts';
import type { ScannedItem, Store } from '../../main/store/ports.ts';
import {
  auditOf,
  checkNamed,
  checkRowOf,
  contentOf,
  epoch,
  fill,
  firstBadOf,
  idOf,
  intentOf,
  outcomeOf,
  pending,
  recordNamed,
  releaseClosedStores,
  ruleNamed,
  ruleState,
  scannedOf,
  scanOf,
  temporaryFolder,
} from './builders.ts';

vi.setConfig({ testTimeout: 300_000 });

const now = () => epoch + 86_400_000;
const names = Array.from({ length: 8 }, (_, n) => `secret-${n}`);
const backupName = 'daily-20260103T030405000Z.db';

interface Made {
  readonly folder: string;
  /** What the store held when its newest backup was made. */
  readonly backedUp: string;
}

/** A store with a backup, and a good deal that happened since. */
function made(): Made {
  const folder = temporaryFolder();
  const first = openStore(folder, { now: () => epoch }).store;
  fill(first, names.slice(0, 4));
  first.close();
  const { store } = openStore(folder, { now });
  const backedUp = contentOf(store);
  const added = [...names.slice(4), 'gone'].map((name) => ({
    record: recordNamed(name),
    status: pending,
    nextRunAt: epoch,
  }));
  store.records.insert(added);
  store.journal.startRun({ id: idOf('run'), trigger: 'user', startedAt: epoch, total: 2 }, auditOf('run', 'started'));
  store.journal.openIntent(intentOf(idOf('secret-0')), auditOf('begin', 'started'));
  store.journal.finish(names.slice(1, 6).map((name) => outcomeOf(idOf(name))));
  store.rules.save(ruleNamed('rule'));
  store.rules.setState(idOf('rule'), ruleState);
  store.records.remove([idOf('gone')]);
  store.discovery.enterScan(scanOf(names.map((name) => scannedOf(name))));
  store.checks.start(checkNamed('check'), auditOf('check', 'started'));
  store.checks.add(
    idOf('check'),
    names.map((name) => checkRowOf(name)),
  );
  store.close();
  return { folder, backedUp };
}

/** History and audit as one text, or the word for what was found wrong with them. */
function pastOf(store: Store): string {
  try {
    const found = firstBadOf(store.audit);
    if (found !== null) return 'found by the chain';
    return JSON.stringify([
      names.map((name) => store.journal.history(idOf(name), 100)),
      store.audit.list(100),
      store.checks.rows(idOf('check'), { after: 0, limit: 100 }),
    ]);
  } catch (error) {
    if (error instanceof Failure && error.detail.code === 'row-damaged') return 'found by the row';
    throw error;
  }
}

/** What discovery knows of items; one that is damaged is not known. */
function knownOf(store: Store): ScannedItem[] {
  return store.discovery.page(idOf('azure'), 'kv-prod', null, 100);
}

/** Numbers from 0 up to below `limit`, the same in every run (mulberry32). */
function seededNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
}

/** Damages bytes at a random offset in one of the ways disks do. */
function damaged(bytes: Buffer, next: (limit: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  const at = next(copy.length);
  switch (next(10)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      return copy.fill(0, at, Math.min(at + 1 + next(512), copy.length));
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1)]);
    case 3:
      copy.writeUInt8(next(256), at);
      return copy;
    default:
      copy.writeUInt8(copy.readUInt8(at) ^ (1 << next(8)), at);
      return copy;
  }
}

/** A folder with a store in it, made of the bytes of one. */
function storeOf(files: Readonly<Record<string, Buffer>>): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'backups'));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

test('a store damaged at any of 800 places is found out, or as it was', async () => {
  const { folder, backedUp } = made();
  const { store } = openStore(folder, { now });
  const [content, past, known] = [contentOf(store), pastOf(store), knownOf(store)];
  store.close();
  const bytes = readFileSync(join(folder, 'sync.db'));
  const backup = readFileSync(join(folder, 'backups', backupName));

  const next = seededNumbers(2_026);
  const tally = { restored: 0, harmless: 0, forgotten: 0, 'found by the row': 0, 'found by the chain': 0 };
  for (let round = 0; round < 800; round += 1) {
    const broken = damaged(bytes, next);
    const victim = storeOf({ 'sync.db': broken, [join('backups', backupName)]: backup });
    const opened = openStore(victim, { now });
    if (opened.notices.length > 0) {
      expect(contentOf(opened.store)).toBe(backedUp);
      const kept = readdirSync(victim).filter((name) => name.startsWith('sync.db.damaged-'));
      expect(kept.map((name) => readFileSync(join(victim, name)).equals(broken))).toContain(true);
      tally.restored += 1;
    } else {
      expect(contentOf(opened.store)).toBe(content);
      const stillKnown = knownOf(opened.store);
      for (const item of stillKnown) expect(known).toContainEqual(item);
      if (stillKnown.length < known.length) tally.forgotten += 1;
      const seen = pastOf(opened.store);
      if (seen === 'found by the row' || seen === 'found by the chain') tally[seen] += 1;
      else {
        expect(seen).toBe(past);
        tally.harmless += 1;
      }
    }
    opened.store.close();
    rmSync(victim, { recursive: true });
    if (round % 50 === 0) await releaseClosedStores();
  }
  // Each way out was taken, so none of the checks above is idle.
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(0);
});

test('a write-ahead log damaged at any of 200 places leaves whole transactions', async () => {
  const { folder, backedUp } = made();
  const { store } = openStore(folder, { now });
  const states = [contentOf(store)];
  for (const name of names) {
    store.records.setConsent(idOf(name), `version:${name}`);
    states.push(contentOf(store));
  }
  // While the store is open its files are as a kill would leave them.
  const bytes = readFileSync(join(folder, 'sync.db'));
  const log = readFileSync(join(folder, 'sync.db-wal'));
  const backup = readFileSync(join(folder, 'backups', backupName));
  store.close();

  const next = seededNumbers(2_027);
  const reached = new Set<number>();
  for (let round = 0; round < 200; round += 1) {
    const files = { 'sync.db': bytes, 'sync.db-wal': damaged(log, next), [join('backups', backupName)]: backup };
    const victim = storeOf(files);
    const opened = openStore(victim, { now });
    const content = contentOf(opened.store);
    if (opened.notices.length > 0) expect(content).toBe(backedUp);
    else {
      expect(states).toContain(content);
      reached.add(states.indexOf(content));
    }
    opened.store.close();
    rmSync(victim, { recursive: true });
    if (round % 50 === 0) await releaseClosedStores();
  }
  expect(reached.size).toBe(states.length);
});
