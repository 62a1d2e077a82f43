import { setMaxListeners } from 'node:events';
import type { CallSignal } from '../clouds/ports.ts';
import { Failure, toFailure } from '../domain/failure.ts';
import type { Clock } from './deps.ts';

/** One record's attempt gets so much time; far more than one that gets on needs, even where each call waits for its turn. */
const recordTimeMs = 10 * 60_000;

/** The signals of one attempt at one record: they end with the run, or when the record's time is over. */
export class AttemptTime {
  /** Ends what asks and reads, at once. */
  readonly signal: AbortSignal;
  /** For what changes something: nothing more is begun after Cancel, but what was sent is let end. */
  readonly toTheEnd: CallSignal;
  readonly #clock: Clock;
  readonly #cancel: AbortSignal;
  readonly #abandon: AbortSignal;
  readonly #gentle = new AbortController();
  readonly #hard = new AbortController();
  readonly #over = new AbortController();
  #timedOut = false;

  /** @param cancel of the run; @param abandon of the run: even what was sent is given up */
  constructor(clock: Clock, cancel: AbortSignal, abandon: AbortSignal) {
    this.#clock = clock;
    this.#cancel = cancel;
    this.#abandon = abandon;
    this.signal = this.#gentle.signal;
    this.toTheEnd = Object.assign(this.#hard.signal, { stop: this.#gentle.signal });
    setMaxListeners(0, this.#gentle.signal, this.#hard.signal);
    // Not AbortSignal.any, which in some versions of Node never lets go of the followers of a long-lived signal.
    cancel.addEventListener('abort', this.#onCancel, { once: true });
    abandon.addEventListener('abort', this.#onAbandon, { once: true });
    if (cancel.aborted) this.#onCancel();
    if (abandon.aborted) this.#onAbandon();
    void this.#watch();
  }

  /** Once the attempt has ended. */
  end(): void {
    this.#cancel.removeEventListener('abort', this.#onCancel);
    this.#abandon.removeEventListener('abort', this.#onAbandon);
    this.#over.abort();
  }

  /** A thrown thing as a Failure; what was ended because the time was over says so. */
  readonly failureOf = (thrown: unknown): Failure => {
    const failure = toFailure(thrown);
    return this.#timedOut && failure.kind === 'cancelled' ? outOfTime(failure) : failure;
  };

  readonly #onCancel = () => this.#gentle.abort(this.#cancel.reason);
  readonly #onAbandon = () => this.#hard.abort(this.#abandon.reason);

  async #watch(): Promise<void> {
    const end = this.#clock.now() + recordTimeMs;
    try {
      // A sleep may end early, and the clock may be set.
      for (let left = recordTimeMs; left > 0 && !this.#over.signal.aborted; left = end - this.#clock.now())
        await this.#clock.sleep(Math.min(left, recordTimeMs), this.#over.signal);
    } catch {
      // The attempt ended first.
      return;
    }
    if (this.#over.signal.aborted || this.#cancel.aborted) return;
    this.#timedOut = true;
    this.#gentle.abort();
  }
}

/** @param cancelled how what was ended calls it: whether it was sent stays told by its code */
function outOfTime(cancelled: Failure): Failure {
  return new Failure(
    {
      kind: 'timeout',
      code: cancelled.detail.code === 'cancelled' ? 'record-timeout' : cancelled.detail.code,
      sentence: 'It took more than ten minutes, so this sync went on without it. Nothing more was begun for it.',
      fix: 'Nothing to do: it is tried again soon. If it happens again, check the connection, or lower the concurrency in Settings > Sync.',
    },
    cancelled,
  );
}
