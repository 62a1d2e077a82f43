import { cancelledUnsent, Failure, isPassing, restingCode, toFailure } from '../domain/failure.ts';

/** So many calls in a row that fail, */
const failuresInARow = 5;
/** over at least so long, counted from the sending of the first: a short cut in the network is left to the retries. Milliseconds. */
const failingForMs = 15_000;
/** How long a server is then left alone, in milliseconds; twice as long after each try that fails again, up to the longest. */
const firstRestMs = 30_000;
const longestRestMs = 5 * 60_000;

/**
 * Keeps a server that does not answer from costing every call its whole time limit. After some failures in a row, calls to it
 * fail at once for a while; then one is let through to try, for whose end all others wait, and if that is answered, all go. An
 * answer is an answer, whatever it says: a refusal, throttling.
 */
export class Breaker {
  readonly #host: string;
  readonly #now: () => number;
  #failed = 0;
  #failingSince = 0;
  #restMs = firstRestMs;
  #restingUntil: number | undefined;
  /** The one call that tries, settled when it has ended. */
  #trying: Promise<void> | undefined;
  #last: Failure | undefined;

  /** @param now milliseconds since the epoch */
  constructor(host: string, now: () => number) {
    this.#host = host;
    this.#now = now;
  }

  /**
   * Waits while another call tries.
   * @throws Failure `network`, code `target-resting`, while the server is left alone; `cancelled` once `stop` aborts
   */
  async ready(stop: AbortSignal): Promise<void> {
    while (this.#trying) await endOf(this.#trying, stop);
    const until = this.#restingUntil;
    if (until !== undefined && this.#now() < until) throw this.#resting(until);
  }

  /** Makes a call when `ready`. @throws as that does, without making the call, and what the call throws */
  async during<T>(stop: AbortSignal, call: () => Promise<T>): Promise<T> {
    // Again and again, because of those who were ready at the same moment only one tries.
    do await this.ready(stop);
    while (this.#trying);
    let ended = () => {};
    const tries = this.#restingUntil !== undefined;
    if (tries) {
      this.#trying = new Promise((resolve) => {
        ended = resolve;
      });
    }
    const sentAt = this.#now();
    try {
      const answer = await call();
      this.#answered();
      return answer;
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (isPassing(failure) && failure.kind !== 'throttled') this.#lost(failure, sentAt, tries);
      else if (failure.kind !== 'cancelled') this.#answered();
      throw thrown;
    } finally {
      if (tries) this.#trying = undefined;
      ended();
    }
  }

  /** Lets the next call through, for a person who wants to know now. */
  wake(): void {
    if (this.#restingUntil !== undefined) this.#restingUntil = this.#now();
  }

  #answered(): void {
    this.#failed = 0;
    this.#restMs = firstRestMs;
    this.#restingUntil = undefined;
    this.#last = undefined;
  }

  #lost(failure: Failure, sentAt: number, tried: boolean): void {
    const now = this.#now();
    this.#last = failure;
    this.#failed += 1;
    if (this.#failed === 1) this.#failingSince = sentAt;
    // Those sent before it was left alone say nothing new.
    if (this.#restingUntil !== undefined && !tried) return;
    if (tried) this.#restMs = Math.min(this.#restMs * 2, longestRestMs);
    else if (this.#failed < failuresInARow || now - this.#failingSince < failingForMs) return;
    this.#restingUntil = now + this.#restMs;
  }

  #resting(until: number): Failure {
    const time = new Date(until).toISOString().slice(11, 19);
    const why = this.#last?.detail.sentence ?? 'It did not answer.';
    return new Failure({
      kind: 'network',
      code: restingCode,
      sentence: `Nothing was sent, because ${this.#host} failed ${this.#failed} times in a row. ${why} It is left alone until ${time} UTC, so that other syncs do not wait for it.`,
      fix: 'Check the network connection and the status page of the cloud. After that time the next sync tries again; to try at once, test the connection in Settings > Connections.',
      retryAfterMs: Math.max(0, until - this.#now()),
    });
  }
}

function endOf(trying: Promise<void>, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(cancelledUnsent());
    if (stop.aborted) return giveUp();
    stop.addEventListener('abort', giveUp, { once: true });
    void trying.then(() => {
      stop.removeEventListener('abort', giveUp);
      resolve();
    });
  });
}
