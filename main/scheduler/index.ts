import cron from 'node-cron';
import type { SyncRecord } from '../domain/record.ts';
import type { Clock, Engine } from '../engine/index.ts';
import type { PeriodicJob } from './jobs.ts';
import { nextRun } from './times.ts';

export { checkJob, maintenanceJob, scanJob } from './jobs.ts';
export { nextRun, occurrences } from './times.ts';
export { scheduleProblem, scheduleWords } from './words.ts';

interface SchedulerDeps {
  readonly engine: Pick<Engine, 'start'>;
  readonly records: ScheduledRecords;
  readonly clock: Clock;
  /** Whether the credential store is open: without it no run can start. */
  readonly isOpen: () => boolean;
  readonly isPaused: () => boolean;
  readonly jobs: readonly PeriodicJob[];
  /** Something could not be told or started, e.g. because the disk fails; a heartbeat itself never throws. */
  readonly onRefused: (what: string, thrown: unknown) => void;
}

/** What the store says of records' times; see its RecordStore. */
interface ScheduledRecords {
  due(now: number): string[];
  misplaced(now: number): string[];
  getMany(
    ids: readonly string[],
  ): readonly { readonly record: SyncRecord; readonly lastRunAt: number | null; readonly nextRunAt: number | null }[];
  setNextRuns(runs: readonly { readonly id: string; readonly at: number | null }[], setAt: number): void;
}

export interface Scheduler {
  /**
   * Starts what is due now; the heartbeat calls it, and whoever knows that the machine woke up. Never rejects.
   * @returns when what it began besides runs has ended
   */
  beat(): Promise<void>;
  stop(): void;
}

/** As many records are read at a time as the store gives without holding up the window. */
const batch = 100;
const restMs = 5;
/** A job that failed is tried again then, not with every beat. */
const tryAgainMs = 3_600_000;
/** A last run that lies further ahead than clocks are set back by is not believed. */
const mostSetBackMs = 25 * 3_600_000;

/**
 * One heartbeat a minute starts whatever is due: sleep, restart and clock changes only make it late, so each record starts once
 * then, not once for every run missed. A record's next run is stored when its last one is entered; one that was stored by a
 * clock which has since been set back is counted again.
 */
export function startScheduler(deps: SchedulerDeps): Scheduler {
  const { records, clock } = deps;
  const stopped = new AbortController();
  const underWay = new Set<string>();
  const notBefore = new Map<string, number>();

  /** One at a time of each name: a beat that finds it under way leaves it alone. */
  const once = async (name: string, work: () => void | Promise<void>) => {
    if (underWay.has(name) || stopped.signal.aborted) return;
    underWay.add(name);
    try {
      await work();
    } catch (thrown) {
      if (!stopped.signal.aborted) deps.onRefused(name, thrown);
    } finally {
      underWay.delete(name);
    }
  };

  const startDue = () => {
    if (deps.isPaused() || !deps.isOpen()) return;
    const ids = records.due(clock.now());
    if (ids.length > 0) deps.engine.start(ids, 'schedule');
  };

  const countAgain = async () => {
    const ids = records.misplaced(clock.now());
    for (let at = 0; at < ids.length; at += batch) {
      if (at > 0) await clock.sleep(restMs, stopped.signal);
      const now = clock.now();
      const runs = records.getMany(ids.slice(at, at + batch)).map((row) => ({
        id: row.record.id,
        // One that waits for a person goes on waiting; a manual one that has a next run is being tried again, and goes on with it.
        at: row.nextRunAt === null ? null : (nextRun(row.record, startOf(row, now), clock.random()) ?? now),
      }));
      records.setNextRuns(runs, now);
    }
  };

  const runJob = async ({ name, isDue, run }: PeriodicJob) => {
    const now = clock.now();
    const wait = (notBefore.get(name) ?? 0) - now;
    // A time further ahead than it can have been set was set by a clock that was wrong.
    if ((wait > 0 && wait <= tryAgainMs) || !isDue(now)) return;
    notBefore.set(name, now + tryAgainMs);
    await run(now, stopped.signal);
    notBefore.delete(name);
  };

  const beat = async () => {
    await Promise.all([
      once('count next runs again', countAgain),
      once('start what is due', startDue),
      ...deps.jobs.map((job) => once(job.name, () => runJob(job))),
    ]);
  };

  const task = cron.schedule('* * * * *', beat);
  return {
    beat,
    stop() {
      stopped.abort();
      void task.stop();
    },
  };
}

/** A cron time that a record has run for does not come again because the clock was set back before it. */
function startOf(row: { readonly record: SyncRecord; readonly lastRunAt: number | null }, now: number): number {
  const last = row.lastRunAt ?? 0;
  return row.record.schedule.kind === 'cron' && last > now && last - now <= mostSetBackMs ? last : now;
}
