import cron from 'node-cron';
import type { Engine } from '../engine/index.ts';

interface SchedulerDeps {
  readonly engine: Pick<Engine, 'start'>;
  /** Ids of the enabled records whose stored next run is due. */
  readonly due: () => string[];
  readonly isPaused: () => boolean;
  /** What is due could not be told or started, e.g. because the disk fails; a heartbeat itself never throws. */
  readonly onRefused: (thrown: unknown) => void;
}

export interface Scheduler {
  /** Starts what is due now; the heartbeat calls it, and whoever knows that the machine woke up. */
  beat(): void;
  stop(): void;
}

/**
 * One heartbeat a minute starts whatever is due. A record's next run is stored when its last one is entered, so a
 * heartbeat that came late (sleep, restart, clock change) starts it once, not once for every run missed.
 */
export function startScheduler(deps: SchedulerDeps): Scheduler {
  const beat = () => {
    if (deps.isPaused()) return;
    try {
      const ids = deps.due();
      if (ids.length > 0) deps.engine.start(ids, 'schedule');
    } catch (thrown) {
      deps.onRefused(thrown);
    }
  };
  const task = cron.schedule('* * * * *', beat);
  return {
    beat,
    stop: () => void task.stop(),
  };
}
