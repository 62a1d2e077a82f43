import type { Schedule } from '../domain/schedule.ts';
import type { Clock } from '../engine/index.ts';
import { occurrences } from './times.ts';

/** Something besides records that comes round by itself. */
export interface PeriodicJob {
  /** For the log. */
  readonly name: string;
  isDue(now: number): boolean;
  /** Is not called again before it has ended. @param signal aborts when the app quits */
  run(now: number, signal: AbortSignal): void | Promise<void>;
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** How long what found nothing to do is kept: it is most of all history, and tells little. */
const unchangedDays = 7;
/** As many as are forgotten at a time, and how long everything else then has the store to itself. */
const pruneBatch = 200;
const pruneRestMs = 20;

/**
 * Looks at the vaults in use every so many minutes, and at the first beat after a start: what changed while the app was away is
 * found at once. A scan only reads metadata, so it goes on while schedules are paused; what it would start does not.
 * @param minutes 0 for never
 */
export function scanJob(deps: {
  readonly minutes: () => number;
  readonly isReady: () => boolean;
  readonly scan: () => void | Promise<void>;
}): PeriodicJob {
  let last: number | null = null;
  return {
    name: 'scan vaults',
    isDue(now) {
      const minutes = deps.minutes();
      if (minutes === 0 || !deps.isReady()) return false;
      // A beat that comes a moment early is not put off by a whole minute. A last time that lies ahead is a wrong clock's.
      return last === null || now < last || now - last >= minutes * minute - minute / 2;
    },
    run(now) {
      last = now;
      return deps.scan();
    },
  };
}

/**
 * Checks everything on a schedule. The last time is what the store says of earlier checks, so that a restart neither repeats nor
 * loses one; one that was missed is made up once.
 */
export function checkJob(deps: {
  readonly schedule: () => Schedule;
  /** When that schedule was chosen. */
  readonly chosenAt: () => number;
  /** When checks that a schedule started began, as far as the store has them. Asked once. */
  readonly earlier: () => readonly number[];
  /** Unlocked, schedules not paused, no other check under way. */
  readonly isReady: () => boolean;
  readonly start: () => void | Promise<void>;
}): PeriodicJob {
  let started: readonly number[] | undefined;
  return {
    name: 'check targets',
    isDue(now) {
      const schedule = deps.schedule();
      if (schedule.kind === 'manual' || !deps.isReady()) return false;
      started ??= deps.earlier();
      // Times that lie ahead by more than clocks are set back by are not believed: waiting for them could take for ever.
      const times = [deps.chosenAt(), ...started].filter((at) => at <= now + day);
      const [next] = occurrences(schedule, Math.max(0, ...times), 1);
      return next !== undefined && next <= now;
    },
    async run(now) {
      await deps.start();
      started = [now];
    },
  };
}

/** Forgets old history and has the store copied, once a day, while no run needs the store. */
export function maintenanceJob(deps: {
  readonly clock: Clock;
  /** When it was last done; 0 for never. */
  readonly lastAt: () => number;
  readonly setLastAt: (at: number) => void;
  readonly isIdle: () => boolean;
  /** Days that history is kept; 0 for good. */
  readonly historyDays: () => number;
  readonly prune: (before: { readonly unchanged: number; readonly others: number }, limit: number) => number;
  /** Does nothing where the copy of today is there. */
  readonly backUp: () => Promise<void>;
}): PeriodicJob {
  return {
    name: 'daily maintenance',
    isDue: (now) => Math.abs(now - deps.lastAt()) >= day && deps.isIdle(),
    async run(now, signal) {
      const days = deps.historyDays();
      const others = days === 0 ? 0 : Math.max(0, now - days * day);
      const unchanged = Math.max(others, now - unchangedDays * day);
      while (deps.prune({ unchanged, others }, pruneBatch) === pruneBatch) await deps.clock.sleep(pruneRestMs, signal);
      await deps.backUp();
      deps.setLastAt(now);
    },
  };
}
