import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../main/store/index.ts';
import { epoch, failureOf, fill, firstBadOf, idOf, ledgerOf, temporaryFolder } from './builders.ts';

vi.setConfig({ testTimeout: 120_000 });

const names = Array.from({ length: 20 }, (_, n) => `secret-${n}`);
const child = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'crash-child.ts')] as const;

function made(): string {
  const folder = temporaryFolder();
  const { store } = openStore(folder, { now: () => epoch });
  fill(store, names);
  store.close();
  return folder;
}

/** Opens the store as it was left, and checks that every batch in it is whole. @returns how many there are */
function wholeBatches(folder: string): number {
  const { store, notices } = openStore(folder, { now: () => epoch });
  expect(notices).toEqual([]);
  const histories = names.map((name) => store.journal.history(idOf(name), 1_000).map(({ durationMs }) => durationMs));
  const [first = []] = histories;
  for (const history of histories) expect(history).toEqual(first);
  expect(first).toEqual(Array.from({ length: first.length }, (_, n) => first.length - 1 - n));
  const ledgers = store.records.list().map(({ ledger }) => ledger);
  expect(ledgers).toEqual(names.map((name) => (first.length > 0 ? ledgerOf(idOf(name)) : null)));
  expect(store.audit.list(10_000)).toHaveLength(first.length * names.length);
  expect(firstBadOf(store.audit)).toBeNull();
  store.close();
  return first.length;
}

test.each([0, 1, 7])(
  'killed inside the transaction after %i batches, it has those and nothing of the next',
  (batches) => {
    const folder = made();
    const [program, ...args] = child;
    const { signal, stdout } = spawnSync(program, [...args, 'kill', folder, String(batches)], { encoding: 'utf8' });
    expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: 'open\n' });
    expect(wholeBatches(folder)).toBe(batches);
  },
);

test('a process that has the store keeps every other out, until it is killed', async () => {
  const folder = made();
  const [program, ...args] = child;
  const holder = spawn(program, [...args, 'hold', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    holder.kill('SIGKILL');
  });
  await once(holder.stdout, 'data');
  expect(failureOf(() => openStore(folder, { now: () => epoch })).detail.code).toBe('store-in-use');
  const ended = once(holder, 'exit');
  holder.kill('SIGKILL');
  await ended;
  expect(wholeBatches(folder)).toBe(0);
});

/** Limits that the operating system really enforces, in KiB a file; Windows has none. */
const limits = process.platform === 'win32' ? [] : [0, 40, 120, 200, 400, 1_000];

test.each(limits)('a file that may not grow beyond %i KiB is a Failure, and what was entered stays', (limit) => {
  const folder = made();
  const script = `ulimit -f ${limit}; exec "$@"`;
  const { stdout } = spawnSync('bash', ['-c', script, 'bash', ...child, 'write', folder], { encoding: 'utf8' });
  const lines = stdout.trim().split('\n');
  expect(lines.at(-1)).toMatch(/^disk-(error|full)$/);
  const entered = lines.filter((line) => line.startsWith('entered')).length;
  expect(wholeBatches(folder)).toBe(entered);
});
