import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Failure } from '../../main/domain/failure.ts';
import { openStore } from '../../main/store/index.ts';
import type { Keychain } from '../../main/store/keychain.ts';
import {
  choosePassphrase,
  type KeyringDeps,
  type KeyringState,
  openKeyring,
  startOver,
  unlock,
} from '../../main/store/keyring.ts';
import type { Keyring, Store } from '../../main/store/ports.ts';
import { connectionNamed, epoch, idOf, temporaryFolder } from './builders.ts';

// Each key takes 600,000 rounds to derive.
vi.setConfig({ testTimeout: 60_000 });

const credential = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a credential made up for this test' };
const passphrase = 'correct horse battery';
const longKey = 'SECRET_KEY from the environment';

/** A keychain in memory: real in all but where it keeps things. */
function memoryKeychain(entries = new Map<string, string>()): Keychain & { readonly entries: Map<string, string> } {
  return {
    entries,
    get: async (account) => entries.get(account) ?? null,
    set: async (account, value) => {
      entries.set(account, value);
    },
  };
}

const absent = async () => {
  throw new Failure({ kind: 'auth', code: 'keychain-absent', sentence: 'No keychain.', fix: 'Install one.' });
};
const never = new Promise<never>(() => {});

interface Profile {
  readonly folder: string;
  readonly store: Store;
  readonly deps: KeyringDeps;
}

function profile(change: Partial<KeyringDeps> = {}): Profile {
  const folder = temporaryFolder();
  const { store, keys } = openStore(folder, { now: () => epoch });
  onTestFinished(() => store.close());
  const keychain = memoryKeychain();
  const usual = { openKeychain: async () => keychain, keychainTimeoutMs: 10_000, environmentKey: undefined };
  return { folder, store, deps: { keys, now: () => epoch, ...usual, ...change } };
}

/** The keyring of a state that should be open. */
function keyringIn(state: KeyringState): Keyring {
  if (state.state !== 'open') throw new Error(`The keyring is not open: ${state.state}, ${state.why.code}`);
  return state.keyring;
}

function whyIn(state: KeyringState): string {
  return state.state === 'open' ? 'open' : `${state.state}: ${state.why.code}`;
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error('Expected a Failure.', { cause: error });
}

describe('an open keyring', () => {
  test('seals credentials, and opens only its own', async () => {
    const [ours, theirs] = [keyringIn(await openKeyring(profile().deps)), keyringIn(await openKeyring(profile().deps))];
    const token = ours.seal(credential);
    expect(token).toMatch(/^gAAAA/);
    expect(ours.open(token)).toEqual(credential);
    expect(ours.seal(credential)).not.toBe(token);
    for (const wrong of [
      theirs.seal(credential),
      `${token.slice(0, 60)}${token[60] === 'A' ? 'B' : 'A'}${token.slice(61)}`,
      '',
      'gAAAA',
    ]) {
      expect(() => ours.open(wrong)).toThrow(expect.objectContaining({ kind: 'auth' }));
      expect(() => ours.open(wrong)).toThrow(
        expect.objectContaining({ detail: expect.objectContaining({ code: 'credential-unreadable' }) }),
      );
    }
  });

  test('opens tokens whatever the clock says', async () => {
    const { deps } = profile();
    const token = keyringIn(await openKeyring(deps)).seal(credential);
    for (const now of [0, epoch - 3_600_000, epoch + 10 * 365 * 86_400_000]) {
      expect(keyringIn(await openKeyring({ ...deps, now: () => now })).open(token)).toEqual(credential);
    }
  });

  test('fingerprints values: the same for the same, nothing of them, and nobody else’s', async () => {
    const { deps } = profile();
    const [first, again] = [keyringIn(await openKeyring(deps)), keyringIn(await openKeyring(deps))];
    const other = keyringIn(await openKeyring(profile().deps));
    expect(first.fingerprint('value')).toBe(again.fingerprint('value'));
    expect(first.fingerprint('value')).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(first.fingerprint('value')).not.toBe(first.fingerprint('value '));
    expect(first.fingerprint('value')).not.toBe(other.fingerprint('value'));
  });

  test('leaves neither SECRET_KEY nor credential in any file', async () => {
    const keychain = memoryKeychain();
    const { folder, store, deps } = profile({ openKeychain: async () => keychain });
    store.connections.save(connectionNamed('aws'), keyringIn(await openKeyring(deps)).seal(credential));
    const [secretKey = ''] = keychain.entries.values();
    expect(Buffer.from(secretKey, 'base64')).toHaveLength(32);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(2);
    for (const { parentPath, name } of files) {
      const text = readFileSync(join(parentPath, name), 'latin1');
      for (const marker of [
        secretKey,
        Buffer.from(secretKey, 'base64').toString('latin1'),
        credential.secretAccessKey,
      ]) {
        expect(text.includes(marker)).toBe(false);
      }
    }
  });
});

describe('with a keychain', () => {
  test('a key is made once, under an account of this store alone', async () => {
    const keychain = memoryKeychain();
    const [first, second] = [
      profile({ openKeychain: async () => keychain }),
      profile({ openKeychain: async () => keychain }),
    ];
    expect(await openKeyring(first.deps)).toMatchObject({ state: 'open', keptIn: 'keychain' });
    expect(await openKeyring(second.deps)).toMatchObject({ state: 'open', keptIn: 'keychain' });
    expect(await openKeyring(first.deps)).toMatchObject({ state: 'open', keptIn: 'keychain' });
    expect(keychain.entries.size).toBe(2);
    expect(new Set(keychain.entries.values()).size).toBe(2);
  });

  test('a first start that was cut short after storing the key uses that key', async () => {
    const keychain = memoryKeychain();
    const { deps } = profile({ openKeychain: async () => keychain });
    keychain.entries.set(deps.keys.account(), 'stored before the end');
    expect(whyIn(await openKeyring(deps))).toBe('open');
    expect([...keychain.entries.values()]).toEqual(['stored before the end']);
  });

  test('that is gone, silent or refusing later, the key is lost for now and comes back with it', async () => {
    const { deps } = profile();
    const token = keyringIn(await openKeyring(deps)).seal(credential);
    const refusing = { get: () => Promise.reject(new Error('locked')), set: () => Promise.reject(new Error('locked')) };
    const silent = { get: () => never, set: () => never };
    const states = [
      await openKeyring({ ...deps, openKeychain: absent }),
      await openKeyring({ ...deps, openKeychain: async () => refusing }),
      await openKeyring({ ...deps, openKeychain: async () => silent, keychainTimeoutMs: 1 }),
    ];
    expect(states.map(whyIn)).toEqual([
      'key-lost: keychain-absent',
      'key-lost: keychain-refused',
      'key-lost: keychain-silent',
    ]);
    for (const state of states) {
      if (state.state === 'open') continue;
      expect(state.why.sentence).toContain('kept as they are');
      expect(state.why.fix).not.toBe('');
    }
    expect(keyringIn(await openKeyring(deps)).open(token)).toEqual(credential);
  });

  test('whose entry was removed or changed, the key is lost until it is restored', async () => {
    const keychain = memoryKeychain();
    const { deps } = profile({ openKeychain: async () => keychain });
    const token = keyringIn(await openKeyring(deps)).seal(credential);
    const account = deps.keys.account();
    const secretKey = keychain.entries.get(account) ?? '';
    keychain.entries.delete(account);
    expect(whyIn(await openKeyring(deps))).toBe('key-lost: keychain-entry-removed');
    expect(keychain.entries.size).toBe(0);
    keychain.entries.set(account, 'something else');
    expect(whyIn(await openKeyring(deps))).toBe('key-lost: keychain-entry-changed');
    keychain.entries.set(account, secretKey);
    expect(keyringIn(await openKeyring(deps)).open(token)).toEqual(credential);
  });
});

describe('without a keychain', () => {
  test.each<[string, Partial<KeyringDeps>]>([
    ['absent', { openKeychain: absent }],
    ['refused', { openKeychain: async () => ({ get: () => Promise.reject(new Error('no')), set: () => never }) }],
    ['silent', { openKeychain: async () => ({ get: () => never, set: () => never }), keychainTimeoutMs: 1 }],
    ['forgets', { openKeychain: async () => ({ get: async () => null, set: async () => {} }) }],
  ])('(%s) a passphrase is asked for, and no key is made', async (why, change) => {
    const { deps } = profile(change);
    const state = await openKeyring(deps);
    expect(whyIn(state)).toBe(`needs-new-passphrase: keychain-${why}`);
    expect(deps.keys.read()).toBeUndefined();
  });

  test('a passphrase protects credentials, and only it opens them', async () => {
    const { deps } = profile({ openKeychain: absent });
    const token = (await choosePassphrase(deps, passphrase)).seal(credential);
    expect(whyIn(await openKeyring(deps))).toBe('needs-passphrase: passphrase-needed');
    expect((await failureOf(unlock(deps, `${passphrase} `))).detail).toMatchObject({
      kind: 'auth',
      code: 'passphrase-wrong',
    });
    expect((await unlock(deps, passphrase)).open(token)).toEqual(credential);
  });

  test('a passphrase is the same however its letters are composed', async () => {
    const { deps } = profile({ openKeychain: absent });
    const token = (await choosePassphrase(deps, 'pässphräse ünd mehr'.normalize('NFD'))).seal(credential);
    expect((await unlock(deps, 'pässphräse ünd mehr'.normalize('NFC'))).open(token)).toEqual(credential);
  });

  test('a short passphrase is refused, and no second one replaces the first', async () => {
    const { deps } = profile({ openKeychain: absent });
    expect((await failureOf(choosePassphrase(deps, 'eleven char'))).detail).toMatchObject({
      kind: 'invalid',
      code: 'passphrase-short',
    });
    expect(deps.keys.read()).toBeUndefined();
    await choosePassphrase(deps, passphrase);
    await expect(choosePassphrase(deps, 'another passphrase')).rejects.toThrow();
    await unlock(deps, passphrase);
  });

  test('a keychain that turns up later does not replace the passphrase', async () => {
    const { deps } = profile({ openKeychain: absent });
    await choosePassphrase(deps, passphrase);
    const keychain = memoryKeychain();
    expect(whyIn(await openKeyring({ ...deps, openKeychain: async () => keychain }))).toBe(
      'needs-passphrase: passphrase-needed',
    );
    expect(keychain.entries.size).toBe(0);
  });
});

describe('with SECRET_KEY in the environment', () => {
  test('that key is used, and the keychain is left alone', async () => {
    const { deps } = profile({ environmentKey: longKey, openKeychain: () => never });
    const state = await openKeyring(deps);
    expect(state).toMatchObject({ state: 'open', keptIn: 'environment' });
    const token = keyringIn(state).seal(credential);
    expect(keyringIn(await openKeyring(deps)).open(token)).toEqual(credential);
    expect(whyIn(await openKeyring({ ...deps, environmentKey: `${longKey}.` }))).toBe('key-lost: secret-key-wrong');
    expect(whyIn(await openKeyring({ ...deps, environmentKey: undefined }))).toBe('key-lost: secret-key-missing');
    expect(whyIn(await openKeyring({ ...deps, environmentKey: '' }))).toBe('key-lost: secret-key-missing');
  });

  test('a short one makes no key', async () => {
    const { deps } = profile({ environmentKey: 'short' });
    expect(whyIn(await openKeyring(deps))).toBe('key-lost: secret-key-short');
    expect(deps.keys.read()).toBeUndefined();
  });
});

describe('starting over', () => {
  test('makes a new key, keeps the old tokens and the old keychain entry, and asks for credentials again', async () => {
    const keychain = memoryKeychain();
    const { folder, store, deps } = profile({ openKeychain: async () => keychain });
    const [aws, azure] = [connectionNamed('aws'), connectionNamed('azure')];
    const token = keyringIn(await openKeyring(deps)).seal(credential);
    store.connections.save(aws, token);
    store.connections.save(azure, null);
    const account = deps.keys.account();
    keychain.entries.set(account, 'changed');

    const keyring = keyringIn(await startOver(deps));
    expect(() => keyring.open(token)).toThrow();
    expect(store.connections.token(aws.id)).toBeUndefined();
    expect(store.connections.list()).toEqual(
      [aws, azure].map((connection) => ({ ...connection, credentialHint: '', credentialSavedAt: null })),
    );
    expect(deps.keys.account()).not.toBe(account);
    expect(keychain.entries.get(account)).toBe('changed');
    const raw = new Database(join(folder, 'sync.db'));
    const rows = raw.prepare('SELECT doc FROM former_keys').all() as { doc: string }[];
    raw.close();
    expect(rows.map(({ doc }) => JSON.parse(doc))).toEqual([
      {
        key: expect.objectContaining({ account, keptIn: 'keychain' }),
        retiredAt: epoch,
        tokens: { [idOf('aws')]: token },
      },
    ]);

    store.connections.save(aws, keyring.seal(credential));
    expect(keyringIn(await openKeyring(deps)).open(store.connections.token(aws.id) ?? '')).toEqual(credential);
  });

  test('after a forgotten passphrase asks for a new one', async () => {
    const { deps } = profile({ openKeychain: absent });
    await choosePassphrase(deps, passphrase);
    expect(whyIn(await startOver(deps))).toBe('needs-new-passphrase: keychain-absent');
    await choosePassphrase(deps, 'a new passphrase');
    await unlock(deps, 'a new passphrase');
    expect((await failureOf(unlock(deps, passphrase))).detail.code).toBe('passphrase-wrong');
  });
});
