import { randomUUID } from 'node:crypto';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../main/store/index.ts';
import { boundedKeychain, openKeychain } from '../../main/store/keychain.ts';
import { openKeyring } from '../../main/store/keyring.ts';
import { epoch, temporaryFolder } from './builders.ts';

// A keychain may take its time, and each key takes 600,000 rounds to derive.
vi.setConfig({ testTimeout: 60_000 });

/** Never the app's own name: a test must not meet the entries of the person who runs it. */
const service = `store test ${randomUUID()}`;
/** Whether there is a D-Bus with a keyring, as the project's own test command starts one. */
const inSession = process.platform !== 'linux' || process.env['DBUS_SESSION_BUS_ADDRESS'] !== undefined;
const keytar = await import('keytar').then(
  ({ default: loaded }) => loaded,
  () => undefined,
);
const usable = inSession && keytar !== undefined;

afterAll(async () => {
  if (!usable) return;
  for (const { account } of await keytar.findCredentials(service)) await keytar.deletePassword(service, account);
});

function dependencies() {
  const { store, keys } = openStore(temporaryFolder(), { now: () => epoch });
  onTestFinished(() => store.close());
  const now = () => epoch;
  return { keys, openKeychain: () => openKeychain(service), keychainTimeoutMs: 20_000, environmentKey: undefined, now };
}

test(`the real keychain ${usable ? 'keeps the key, and its loss is noticed' : 'is missing, which is said'}`, async () => {
  const deps = dependencies();
  const state = await openKeyring(deps);
  if (!usable) {
    expect(state.state).toBe('needs-new-passphrase');
    if (state.state === 'open') return;
    expect(state.why.code).toMatch(/^keychain-(absent|refused)$/);
    expect(state.why.fix).toContain('passphrase');
    expect(deps.keys.read()).toBeUndefined();
    return;
  }
  expect(state).toMatchObject({ state: 'open', keptIn: 'keychain' });
  expect(await openKeyring(deps)).toMatchObject({ state: 'open' });
  const account = deps.keys.account();
  await keytar.setPassword(service, account, 'changed');
  expect(await openKeyring(deps)).toMatchObject({ state: 'key-lost', why: { code: 'keychain-entry-changed' } });
  await keytar.deletePassword(service, account);
  expect(await openKeyring(deps)).toMatchObject({ state: 'key-lost', why: { code: 'keychain-entry-removed' } });
});

test('an entry that does not exist is null, not an error', async () => {
  const get = async () => boundedKeychain(await openKeychain(service), 20_000).get(randomUUID());
  if (usable) expect(await get()).toBeNull();
  else await expect(get()).rejects.toMatchObject({ kind: 'auth' });
});
