/** Proof for one service that somebody signed in. */
export interface AccessToken {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expiresOn: number;
  /** Who signed in, to begin a sentence with. */
  readonly who: string;
}

export interface SignIn {
  /** An access token for a scope, from memory while it is good. */
  token(scope: string): Promise<AccessToken>;
  /** Drops a token that a service refused, so that the next one is new. */
  forget(text: string): void;
}

/** Gets a token. @param fresh not one that was given before: a service refused that */
export type Acquire = (scope: string, fresh: boolean) => Promise<AccessToken>;

/** A token is replaced this long before its end, in milliseconds, so that it is still good when it arrives. */
const earlyMs = 5 * 60_000;

/** Asks for a token once for all who wait for it, and keeps it in memory while it is good. */
export function keepTokens(acquire: Acquire, now: () => number): SignIn {
  const held = new Map<string, AccessToken>();
  const refused = new Set<string>();
  const pending = new Map<string, Promise<AccessToken>>();

  async function renew(scope: string): Promise<AccessToken> {
    const token = await acquire(scope, refused.has(scope));
    held.set(scope, token);
    refused.delete(scope);
    return token;
  }

  return {
    async token(scope) {
      const token = held.get(scope);
      if (token && token.expiresOn - earlyMs > now()) return token;
      const running = pending.get(scope) ?? renew(scope).finally(() => pending.delete(scope));
      pending.set(scope, running);
      return running;
    },
    forget(text) {
      for (const [scope, token] of held) {
        if (token.text !== text) continue;
        held.delete(scope);
        refused.add(scope);
      }
    },
  };
}
