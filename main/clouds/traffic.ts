import { Breaker } from './breaker.ts';
import { Pace, type PaceClock, type Rate } from './pace.ts';

/** A class of calls that a cloud counts together. */
export interface RateClass {
  /** E.g. `secretsmanager put`. */
  readonly name: string;
  readonly rate: Rate;
}

/** The way of one call: in its turn, and not to a server that does not answer. */
export interface Lane {
  /**
   * @param stop ends the wait for the call's turn, not the call
   * @throws what `send` throws, and without sending: `cancelled`; code `target-resting`; code `pause-asked`
   */
  during<T>(stop: AbortSignal, send: () => Promise<T>): Promise<T>;
}

/**
 * How calls to the clouds go, for the whole app: it outlives runs, connection tests and the connections opened for them, which
 * all count against the same quotas.
 */
export interface Traffic {
  /** That of one account, which several connections may lead to. */
  of(account: string): Traffic;
  /**
   * @param host the server, without which no call of this account to it makes sense
   * @param place what the account's quotas are counted by, e.g. a region
   * @param kind undefined for calls whose quota is far beyond what this app can send
   */
  lane(host: string, place: string, kind: RateClass | undefined): Lane;
  /** Lets one call through to each server that is being left alone, because a person wants to know now. */
  wake(): void;
}

/** @param clock its `now` in milliseconds since the epoch */
export function openTraffic(clock: PaceClock): Traffic {
  const paces = new Map<string, Pace>();
  const breakers = new Map<string, Breaker>();

  const trafficOf = (account: string): Traffic => ({
    of: (other) => trafficOf(other),
    lane(host, place, kind) {
      const breaker = once(breakers, [account, host], () => new Breaker(host, clock.now));
      const pace = kind && once(paces, [account, place, kind.name], () => new Pace(kind.rate, clock));
      return {
        async during(stop, send) {
          // Also before the turn: whoever would be refused then need not wait for it.
          await breaker.ready(stop);
          const guarded = () => breaker.during(stop, send);
          return pace ? pace.during(stop, guarded) : guarded();
        },
      };
    },
    wake() {
      for (const breaker of breakers.values()) breaker.wake();
    },
  });
  return trafficOf('');
}

function once<T>(known: Map<string, T>, key: readonly string[], make: () => T): T {
  const id = key.join('\n');
  const found = known.get(id) ?? make();
  known.set(id, found);
  return found;
}
