import type { Connection, ConnectionSettings, Credential } from '../domain/connection.ts';
import { Failure } from '../domain/failure.ts';
import type { OperationDeps } from './deps.ts';
import { identityOf } from './login.ts';

/** People who are signing in, or have and whose connection is not saved yet. Their credentials never leave main. */
export function personSignIns({ clouds, events, clock }: Pick<OperationDeps, 'clouds' | 'events' | 'clock'>) {
  const underWay = new Map<string, AbortController>();
  const done = new Map<string, { readonly settings: string; readonly credential: Credential; readonly at: number }>();

  return {
    /** Ends when the person is done. @throws Failure, also `cancelled` */
    async begin(signInId: string, connection: Connection, signal: AbortSignal): Promise<{ username: string }> {
      forgetOld();
      const stop = new AbortController();
      const giveUp = () => stop.abort();
      if (signal.aborted) giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      underWay.set(signInId, stop);
      try {
        const showCode = (code: { userCode: string; address: string; expiresAt: number }) =>
          events.signInCode({ signInId, ...code });
        const { credential, username } = await clouds.signIn(connection, showCode, stop.signal);
        done.set(signInId, { settings: identityOf(connection.settings), credential, at: clock.now() });
        return { username };
      } finally {
        underWay.delete(signInId);
        signal.removeEventListener('abort', giveUp);
      }
    },
    /** Ends a sign-in, or forgets what it ended with. */
    cancel(signInId: string): void {
      underWay.get(signInId)?.abort();
      done.delete(signInId);
    },
    /** What a sign-in ended with. Good only for the settings it was made with. @throws Failure `invalid` */
    taken(signInId: string, settings: ConnectionSettings): Credential {
      forgetOld();
      const found = done.get(signInId);
      if (found && found.settings === identityOf(settings)) return found.credential;
      throw new Failure({
        kind: 'invalid',
        code: 'input',
        sentence: 'Nobody is signed in with these settings.',
        fix: 'Press Sign in. Nothing was saved.',
        fields: [{ path: 'draft.credential', sentence: 'Sign in with these settings first.' }],
      });
    },
  };

  /** A sign-in whose wizard was left is not kept for ever. */
  function forgetOld(): void {
    for (const [id, { at }] of done) if (clock.now() - at > keptMs) done.delete(id);
  }
}

const keptMs = 3_600_000;
