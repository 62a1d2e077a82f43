import { type Scheduler, startScheduler } from '../../main/scheduler/index.ts';
import type { EngineBed } from '../support/engine-bed.ts';

/** A scheduler that starts real runs; whatever it could not do fails the test. */
export function scheduleOn(bed: EngineBed): Scheduler {
  return startScheduler({
    engine: bed.engine(),
    records: bed.store.records,
    clock: bed.clock,
    isOpen: () => true,
    isPaused: () => false,
    jobs: [],
    onRefused: (_, thrown) => {
      throw thrown;
    },
  });
}
