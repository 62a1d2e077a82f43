import { Failure } from '../domain/failure.ts';

/** The operating system's keychain, as far as the keyring needs it. Both calls may take as long as they like. */
export interface Keychain {
  /** Null if there is no such entry. */
  get(account: string): Promise<string | null>;
  set(account: string, value: string): Promise<void>;
}

/**
 * The keychain of the operating system, through keytar: Keychain on macOS, Credential Vault on Windows, Secret Service on
 * Linux. Fails with code `keychain-absent` where its library can't be loaded.
 * @param service the name entries are filed under
 */
export async function openKeychain(service: string): Promise<Keychain> {
  try {
    const { default: keytar } = await import('keytar');
    return {
      get: (account) => keytar.getPassword(service, account),
      set: (account, value) => keytar.setPassword(service, account, value),
    };
  } catch (error) {
    throw new Failure(
      {
        kind: 'auth',
        code: 'keychain-absent',
        sentence: 'This computer has no keychain that the app can use.',
        fix: 'On Linux, install libsecret and a keyring such as gnome-keyring, then start the app again.',
      },
      error,
    );
  }
}

/**
 * Takes SECRET_KEY out of the environment, for use without a keychain. It must not stay there: every child process gets a copy,
 * and Electron hands one to the window's preload script.
 * @param environment is changed
 */
export function takeSecretKey(environment: NodeJS.ProcessEnv): string | undefined {
  const secretKey = environment['SECRET_KEY'];
  delete environment['SECRET_KEY'];
  return secretKey;
}

/** A keychain whose calls fail with a Failure, and do so after `timeoutMs` at the latest: no keyring daemon may ever answer. */
export function boundedKeychain(keychain: Keychain, timeoutMs: number): Keychain {
  return {
    get: (account) => bounded(keychain.get(account), timeoutMs),
    set: (account, value) => bounded(keychain.set(account, value), timeoutMs),
  };
}

async function bounded<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent()), timeoutMs);
  });
  try {
    return await Promise.race([call, deadline]);
  } catch (error) {
    throw error instanceof Failure ? error : refused(error);
  } finally {
    clearTimeout(timer);
  }
}

function silent(): Failure {
  return new Failure({
    kind: 'timeout',
    code: 'keychain-silent',
    sentence: 'The keychain did not answer.',
    fix: 'Unlock the keychain if it asks for its password, check that its service is running, then try again.',
  });
}

function refused(cause: unknown): Failure {
  return new Failure(
    {
      kind: 'auth',
      code: 'keychain-refused',
      sentence: 'The keychain is locked, refused the app, or is not running.',
      fix: 'Unlock the keychain and allow the app to use it, then try again.',
    },
    cause,
  );
}
