import type { Store } from '../store/ports.ts';
import type { Clock } from './deps.ts';

/** More runs than were ever under way at once when an app was stopped. */
const looked = 50;

/**
 * Ends the runs that an app which was killed had begun: they are under way no longer, whatever the store says. Called once
 * at start, before any new run. Their open intents are settled apart from this.
 */
export function endInterruptedRuns({ journal }: Pick<Store, 'journal'>, clock: Clock): void {
  for (const run of journal.runs(looked)) {
    if (run.endedAt !== null) continue;
    const at = clock.now();
    journal.endRun(
      { ...run, endedAt: at, cancelled: true },
      {
        at,
        actor: 'recovery',
        action: 'sync',
        subject: `run ${run.id}`,
        outcome: 'failed',
        detail: 'the app was stopped',
      },
    );
  }
}
