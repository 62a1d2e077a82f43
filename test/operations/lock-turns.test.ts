import { expect, onTestFinished, test, vi } from 'vitest';
import { createLock } from '../../main/operations/lock.ts';
import { openStore } from '../../main/store/index.ts';
import { takeSecretKey } from '../../main/store/keychain.ts';
import type { KeyringDeps } from '../../main/store/keyring.ts';
import { epoch, temporaryFolder } from '../store/builders.ts';

// Each key takes 600,000 rounds to derive.
vi.setConfig({ testTimeout: 60_000 });

/** A profile, and a keychain that answers each call when the test lets it. */
function slowProfile(change: Partial<KeyringDeps> = {}) {
  const { store, keys } = openStore(temporaryFolder(), { now: () => epoch });
  onTestFinished(() => store.close());
  const entries = new Map<string, string>();
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const keychain = {
    async get(account: string) {
      await turn();
      return entries.get(account) ?? null;
    },
    async set(account: string, value: string) {
      await turn();
      entries.set(account, value);
    },
  };
  const deps = {
    keys,
    openKeychain: async () => keychain,
    keychainTimeoutMs: 10_000,
    environmentKey: undefined,
    now: () => epoch,
    ...change,
  };
  return { entries, keys, lock: () => createLock(deps, () => {}) };
}

test('starting over twice at once makes one key, which opens what was sealed after either', async () => {
  const { entries, keys, lock } = slowProfile();
  await lock().tryOpen();
  entries.clear();
  const twice = lock();
  expect(await twice.tryOpen()).toMatchObject({ state: 'key-lost' });
  const write = vi.spyOn(keys, 'write');
  const opened = await Promise.all([twice.startOver(), twice.startOver()]);
  expect(opened.map(({ state }) => state)).toEqual(['open', 'open']);
  expect(write).toHaveBeenCalledTimes(1);
  const token = twice.keyring().seal({ signIn: 'secret', clientSecret: 'made up for this test' });
  const later = lock();
  expect(await later.tryOpen()).toMatchObject({ state: 'open' });
  expect(later.keyring().open(token)).toEqual({ signIn: 'secret', clientSecret: 'made up for this test' });
});

test('a passphrase that is refused does not keep the next one out', async () => {
  const { lock } = slowProfile({ openKeychain: async () => Promise.reject(new Error('no keychain')) });
  const one = lock();
  expect(await one.tryOpen()).toMatchObject({ state: 'needs-new-passphrase' });
  const tries = await Promise.allSettled([one.open('too short'), one.open('long enough by far')]);
  expect(tries.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(one.view()).toMatchObject({ state: 'open' });
});

test('SECRET_KEY leaves the environment with whoever takes it', () => {
  const environment = { SECRET_KEY: 'made up for this test', OTHER: 'stays' };
  expect(takeSecretKey(environment)).toBe('made up for this test');
  expect(environment).toEqual({ OTHER: 'stays' });
  expect(takeSecretKey(environment)).toBeUndefined();
});
