import { cancelledUnsent, Failure, pauseAskedCode, toFailure } from '../domain/failure.ts';

/** How often a cloud lets an account make one class of calls, as its documentation has it. */
export interface Rate {
  readonly calls: number;
  readonly seconds: number;
}

/** Time, passed in so that tests own it. */
export interface PaceClock {
  /** Milliseconds since any fixed instant. */
  now(): number;
  /** Ends, or rejects, once the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Beyond the window that the cloud counts in, for clocks that tick in whole milliseconds; in milliseconds. */
const guardMs = 4;
/** A call not answered by then has been counted, or lost: it keeps its place in the window no longer than this, in milliseconds. */
const countedWithinMs = 250;
/** Timers come late: so much of it, in milliseconds, is made up for by the calls after. */
const latenessMs = 20;
/** The longest gap that a queue leaves between calls, as a part of an even spread: so a stall is caught up with. */
const gapShare = 0.9;
/** What a throttled answer takes off, in calls a second, and off a slow pace at most as a share of it. */
const lessPerThrottle = 3;
const mostPerThrottle = 0.3;
/** A pace never gets slower than this share of its rate. */
const slowest = 0.05;
/** What comes back each second after throttled answers, as a share of the rate: so slowly that few more are met on the way up. */
const recoveryPerSecond = 0.003;
/** Whoever would have to wait longer for a pause to end is told so instead, in milliseconds. */
const longestPauseMs = 60_000;
/** After so many answers the quickest one is measured anew: the way to the cloud may have become longer. */
const answersPerMeasure = 100;

/** One call on its way: until when it takes a place in the window. */
interface Taken {
  until: number;
}

interface Waiting {
  readonly start: (taken: Taken) => void;
  readonly refuse: (failure: Failure) => void;
}

/**
 * Spreads the calls of one class so that the cloud, counting in windows of a second or longer, never counts more than its rate;
 * those who wait are let through in the order they came. It starts at the published rate and never goes above: an account may be
 * allowed more (Parameter Store's higher throughput), but that is not visible to us, and trying would cost throttled answers.
 * What it can't know, other programs in the same account, shows as throttled answers: each slows it down, and a quiet time
 * lets it come back.
 *
 * A call is counted somewhere between being sent and being answered. It frees its place one window after the latest instant that
 * may have been: its answer, less the time that the quickest answer took.
 */
export class Pace {
  readonly #clock: PaceClock;
  /** How many may be counted in one window of so many milliseconds. */
  readonly #size: number;
  readonly #windowMs: number;
  readonly #line: Waiting[] = [];
  #taken: Taken[] = [];
  /** The share of the rate that is used now. */
  #share = 1;
  #shareSince = 0;
  /** When the next call may go, for an even spread. */
  #next = Number.NEGATIVE_INFINITY;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #latest = Number.NEGATIVE_INFINITY;
  #quickest = Number.POSITIVE_INFINITY;
  #quickestBefore: number | undefined;
  #answers = 0;
  /** The sleep that ends when the next in line may go, and when that is. */
  #alarm: { readonly at: number; readonly off: AbortController } | undefined;

  constructor({ calls, seconds }: Rate, clock: PaceClock) {
    this.#clock = clock;
    const perSecond = calls / seconds;
    // As even as can be: a rate for ten seconds or a minute is kept in each second.
    this.#size = Math.max(1, Math.floor(perSecond));
    this.#windowMs = (this.#size / perSecond) * 1000;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Makes a call when it is its turn.
   * @param stop ends the wait, not the call
   * @throws what the call throws; `throttled` without making it if the cloud wants to be left alone for more than a minute;
   *   `cancelled` while it waited
   */
  async during<T>(stop: AbortSignal, call: () => Promise<T>): Promise<T> {
    const taken = await this.#turn(stop);
    const sentAt = this.#now();
    try {
      const answer = await call();
      this.#measure(this.#now() - sentAt);
      return answer;
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (isRateLimit(failure)) this.#slowDown(failure.detail.retryAfterMs);
      throw thrown;
    } finally {
      const counted = this.#now() - this.#quickestKnown();
      taken.until = Math.min(taken.until, counted + this.#window() + guardMs);
      this.#admit();
    }
  }

  #turn(stop: AbortSignal): Promise<Taken> {
    const pause = this.#pausedUntil - this.#now();
    if (pause > longestPauseMs) return Promise.reject(leftAlone(pause));
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        reject(cancelledUnsent());
        this.#admit();
      };
      const done = () => stop.removeEventListener('abort', giveUp);
      const waiting: Waiting = {
        start(taken) {
          done();
          resolve(taken);
        },
        refuse(failure) {
          done();
          reject(failure);
        },
      };
      if (stop.aborted) return reject(cancelledUnsent());
      stop.addEventListener('abort', giveUp, { once: true });
      this.#line.push(waiting);
      this.#admit();
    });
  }

  /** Lets through who may go now, and sets the alarm for the next one. */
  #admit(): void {
    const now = this.#now();
    const gap = (this.#window() / this.#size) * gapShare;
    for (let first = this.#line[0]; first; first = this.#line[0]) {
      const at = this.#openAt(now);
      if (at > now) {
        this.#wakeAt(at, now);
        return;
      }
      this.#line.shift();
      this.#next = Math.max(this.#next, now - latenessMs) + gap;
      const taken = { until: now + this.#window() + countedWithinMs };
      this.#taken.push(taken);
      first.start(taken);
    }
    this.#alarmOff();
  }

  /** When the next call may go. */
  #openAt(now: number): number {
    this.#taken = this.#taken.filter(({ until }) => until > now);
    const free = this.#taken.length < this.#size ? now : Math.min(...this.#taken.map(({ until }) => until));
    return Math.max(free, this.#next, this.#pausedUntil);
  }

  #wakeAt(at: number, now: number): void {
    if (this.#alarm?.at === at) return;
    this.#alarmOff();
    const off = new AbortController();
    this.#alarm = { at, off };
    const wake = () => {
      if (off.signal.aborted) return;
      this.#alarm = undefined;
      // A sleep is believed, whatever the clock says: it may have been set back meanwhile.
      this.#latest = Math.max(this.#latest, at);
      this.#admit();
    };
    this.#clock.sleep(Math.ceil(at - now), off.signal).then(wake, wake);
  }

  #alarmOff(): void {
    this.#alarm?.off.abort();
    this.#alarm = undefined;
  }

  /** Never goes back, even if the computer's clock does. */
  #now(): number {
    this.#latest = Math.max(this.#latest, this.#clock.now());
    return this.#latest;
  }

  /** As the cloud counts, stretched by what throttled answers have taken off. */
  #window(): number {
    const now = this.#now();
    this.#share = Math.min(1, this.#share + Math.max(0, ((now - this.#shareSince) / 1000) * recoveryPerSecond));
    this.#shareSince = now;
    return this.#windowMs / this.#share;
  }

  #slowDown(retryAfterMs = 0): void {
    this.#window();
    const less = Math.min(mostPerThrottle, lessPerThrottle / this.#size);
    this.#share = Math.max(slowest, this.#share * (1 - less));
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#now() + retryAfterMs);
    if (retryAfterMs <= longestPauseMs) return;
    for (const { refuse } of this.#line.splice(0)) refuse(leftAlone(retryAfterMs));
  }

  /** Half of it until many were measured: the next may be quicker. */
  #quickestKnown(): number {
    if (this.#quickestBefore !== undefined) return Math.min(this.#quickest, this.#quickestBefore);
    return this.#answers === 0 ? 0 : this.#quickest / 2;
  }

  #measure(ms: number): void {
    this.#quickest = Math.min(this.#quickest, ms);
    this.#answers += 1;
    if (this.#answers % answersPerMeasure !== 0) return;
    this.#quickestBefore = this.#quickest;
    this.#quickest = Number.POSITIVE_INFINITY;
  }
}

/** Whether the cloud said that it is called too often, and not that two got in each other's way at one target. */
function isRateLimit({ kind, detail }: Failure): boolean {
  return kind === 'throttled' && detail.code.endsWith('-throttled');
}

function leftAlone(ms: number): Failure {
  return new Failure({
    kind: 'throttled',
    code: pauseAskedCode,
    sentence: `The cloud asked not to be called for another ${Math.ceil(ms / 60_000)} minutes. Nothing was sent.`,
    fix: 'Nothing to do: the next sync goes on with it.',
    retryAfterMs: ms,
  });
}
