import { createHmac, hkdfSync, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Credential } from '../domain/connection.ts';
import { Failure, type FailureDetail, toFailure } from '../domain/failure.ts';
import { decryptFernet, encryptFernet } from './fernet.ts';
import { boundedKeychain, type Keychain } from './keychain.ts';
import type { KeyStore } from './keys.ts';
import type { Keyring } from './ports.ts';
import type { KeyRecord } from './rows.ts';

const rounds = 600_000;
const saltBytes = 16;
const secretKeyBytes = 32;
/** Of a passphrase, or of SECRET_KEY in the environment. */
const minLength = 12;
const knownText = 'CertifyClouds Sync keyring';

const deriveBytes = promisify(pbkdf2);

export interface KeyringDeps {
  readonly keys: KeyStore;
  /** Opens the OS keychain; fails with a Failure where there is none. */
  readonly openKeychain: () => Promise<Keychain>;
  /** How long the keychain may take to answer; a person may have to unlock it meanwhile. */
  readonly keychainTimeoutMs: number;
  /** SECRET_KEY from the environment, for use without a keychain; empty is as good as none. */
  readonly environmentKey: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

type Why = Pick<FailureDetail, 'code' | 'sentence' | 'fix'>;

/** Whether credentials can be used, and what it takes if not. */
export type KeyringState =
  | { readonly state: 'open'; readonly keyring: Keyring; readonly keptIn: KeyRecord['keptIn'] }
  /** `unlock` opens it. */
  | { readonly state: 'needs-passphrase'; readonly why: Why }
  /** No keychain to keep a key in: `choosePassphrase` opens it. */
  | { readonly state: 'needs-new-passphrase'; readonly why: Why }
  /** The key can't be had now. It may come back as `why` says; otherwise `startOver`. What it protects stays as it is. */
  | { readonly state: 'key-lost'; readonly why: Why };

/**
 * Opens the keyring with SECRET_KEY from wherever it is kept: the environment, the OS keychain, or a passphrase that has to
 * be asked for. On first use a key is made and kept in the keychain. Never falls back to anything weaker by itself.
 */
export async function openKeyring(deps: KeyringDeps): Promise<KeyringState> {
  const record = deps.keys.read();
  if (deps.environmentKey) return openWithEnvironment(deps, deps.environmentKey, record);
  if (!record) return openWithNewKey(deps);
  switch (record.keptIn) {
    case 'keychain':
      return openWithKeychain(deps, record);
    case 'passphrase':
      return { state: 'needs-passphrase', why: reasons.passphraseNeeded };
    case 'environment':
      return { state: 'key-lost', why: reasons.environmentMissing };
  }
}

/** Opens a keyring whose key comes from a passphrase. Fails with code `passphrase-wrong`. */
export async function unlock(deps: KeyringDeps, passphrase: string): Promise<Keyring> {
  const record = deps.keys.read();
  const key = record?.keptIn === 'passphrase' ? await recognisedKey(record, passphrase) : undefined;
  if (!key) throw new Failure({ kind: 'auth', ...reasons.passphraseWrong });
  return keyringOf(key, deps.now);
}

/** Makes the first key of a keyring from a passphrase. Fails with code `passphrase-short`. */
export async function choosePassphrase(deps: KeyringDeps, passphrase: string): Promise<Keyring> {
  if (deps.keys.read()) throw new Error('There is a key already.');
  if (passphrase.length < minLength) throw new Failure({ kind: 'invalid', ...reasons.passphraseShort });
  return makeKey(deps, passphrase, 'passphrase');
}

/**
 * Gives a lost key up and begins with a new one. Credentials have to be entered again; the old ones are put aside, unread.
 */
export async function startOver(deps: KeyringDeps): Promise<KeyringState> {
  deps.keys.retire(deps.now());
  return openKeyring(deps);
}

async function openWithEnvironment(
  deps: KeyringDeps,
  secretKey: string,
  record: KeyRecord | undefined,
): Promise<KeyringState> {
  if (record) {
    const key = await recognisedKey(record, secretKey);
    if (!key) return { state: 'key-lost', why: reasons.environmentWrong };
    return { state: 'open', keyring: keyringOf(key, deps.now), keptIn: 'environment' };
  }
  if (secretKey.length < minLength) return { state: 'key-lost', why: reasons.environmentShort };
  return { state: 'open', keyring: await makeKey(deps, secretKey, 'environment'), keptIn: 'environment' };
}

async function openWithNewKey(deps: KeyringDeps): Promise<KeyringState> {
  const account = deps.keys.account();
  let secretKey: string | null;
  try {
    const keychain = boundedKeychain(await deps.openKeychain(), deps.keychainTimeoutMs);
    // There may be an entry from a first start that was cut short; nobody else's has this account.
    if ((await keychain.get(account)) === null) {
      await keychain.set(account, randomBytes(secretKeyBytes).toString('base64'));
    }
    secretKey = await keychain.get(account);
  } catch (error) {
    return { state: 'needs-new-passphrase', why: withPassphrase(toFailure(error).detail) };
  }
  if (secretKey === null) return { state: 'needs-new-passphrase', why: withPassphrase(reasons.keychainForgets) };
  return { state: 'open', keyring: await makeKey(deps, secretKey, 'keychain'), keptIn: 'keychain' };
}

async function openWithKeychain(deps: KeyringDeps, record: KeyRecord): Promise<KeyringState> {
  let secretKey: string | null;
  try {
    const keychain = boundedKeychain(await deps.openKeychain(), deps.keychainTimeoutMs);
    secretKey = await keychain.get(record.account);
  } catch (error) {
    const { code, sentence, fix } = toFailure(error).detail;
    return { state: 'key-lost', why: { code, sentence: `${sentence} ${keptAsTheyAre}`, fix } };
  }
  if (secretKey === null) return { state: 'key-lost', why: reasons.entryRemoved };
  const key = await recognisedKey(record, secretKey);
  if (!key) return { state: 'key-lost', why: reasons.entryChanged };
  return { state: 'open', keyring: keyringOf(key, deps.now), keptIn: 'keychain' };
}

async function makeKey(deps: KeyringDeps, secretKey: string, keptIn: KeyRecord['keptIn']): Promise<Keyring> {
  const salt = randomBytes(saltBytes);
  const key = await derive(secretKey, salt, rounds);
  const verifier = encryptFernet(key, Buffer.from(knownText), deps.now());
  deps.keys.write({ keptIn, account: deps.keys.account(), salt: salt.toString('base64'), rounds, verifier });
  return keyringOf(key, deps.now);
}

/** The key that SECRET_KEY gives, or undefined if it is not the one that the store's tokens were made with. */
async function recognisedKey(record: KeyRecord, secretKey: string): Promise<Buffer | undefined> {
  const key = await derive(secretKey, Buffer.from(record.salt, 'base64'), record.rounds);
  return decryptFernet(key, record.verifier)?.toString() === knownText ? key : undefined;
}

/** PBKDF2-HMAC-SHA256. Normalised, since keyboards differ in how they compose an accented letter. */
function derive(secretKey: string, salt: Buffer, iterations: number): Promise<Buffer> {
  return deriveBytes(secretKey.normalize('NFC'), salt, iterations, 32, 'sha256');
}

function keyringOf(key: Buffer, now: () => number): Keyring {
  // A key of its own (HKDF, RFC 5869), so that no fingerprint ever says anything about a token.
  const fingerprintKey = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'fingerprint', 32));
  return {
    seal: (credential: Credential) => encryptFernet(key, Buffer.from(JSON.stringify(credential)), now()),
    open(token: string): unknown {
      const message = decryptFernet(key, token);
      try {
        if (message) return JSON.parse(message.toString());
      } catch {
        // A parser's error quotes what it could not parse, so it goes no further.
      }
      throw new Failure({ kind: 'auth', ...reasons.credentialUnreadable });
    },
    fingerprint: (content) => createHmac('sha256', fingerprintKey).update(content).digest('base64'),
  };
}

const keptAsTheyAre = 'Stored credentials can’t be read until it does; they are kept as they are.';

function withPassphrase({ code, sentence, fix }: Why): Why {
  return { code, sentence, fix: `Choose a passphrase to protect credentials with instead. Or: ${fix}` };
}

const reasons = {
  passphraseNeeded: {
    code: 'passphrase-needed',
    sentence: 'Credentials are protected by your passphrase.',
    fix: 'Type the passphrase.',
  },
  passphraseWrong: {
    code: 'passphrase-wrong',
    sentence: 'This is not the passphrase that credentials were protected with.',
    fix: 'Try again. If it is forgotten, start over and enter the credentials of each connection again.',
  },
  passphraseShort: {
    code: 'passphrase-short',
    sentence: `A passphrase needs at least ${minLength} characters.`,
    fix: 'Take several words that don’t belong together.',
  },
  environmentMissing: {
    code: 'secret-key-missing',
    sentence: 'Credentials were stored with SECRET_KEY from the environment, which is not set now.',
    fix: 'Start the app with the same SECRET_KEY. If it is lost, start over and enter the credentials again.',
  },
  environmentWrong: {
    code: 'secret-key-wrong',
    sentence: 'SECRET_KEY in the environment is not the one that credentials were stored with.',
    fix: 'Start the app with the right SECRET_KEY, or without one if the key is in the keychain or a passphrase.',
  },
  environmentShort: {
    code: 'secret-key-short',
    sentence: `SECRET_KEY in the environment has fewer than ${minLength} characters.`,
    fix: 'Set a longer one, for example the output of: openssl rand -base64 32',
  },
  keychainForgets: {
    code: 'keychain-forgets',
    sentence: 'The keychain did not keep what was stored in it.',
    fix: 'Check the keychain’s settings, then start the app again.',
  },
  entryRemoved: {
    code: 'keychain-entry-removed',
    sentence:
      'The app’s entry in the keychain was removed. Without it stored credentials can’t be read; they are kept.',
    fix: 'Restore the keychain from a backup, or start over and enter the credentials again.',
  },
  entryChanged: {
    code: 'keychain-entry-changed',
    sentence: 'The app’s entry in the keychain was changed. With it stored credentials can’t be read; they are kept.',
    fix: 'Restore the keychain from a backup, or start over and enter the credentials again.',
  },
  credentialUnreadable: {
    code: 'credential-unreadable',
    sentence: 'The stored credential can’t be read: it was damaged, or stored with another key.',
    fix: 'Enter the connection’s credential again.',
  },
} as const satisfies Record<string, Why>;
