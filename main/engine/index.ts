import { Failure } from '../domain/failure.ts';
import type { PlannedStep } from '../domain/plan.ts';
import { nextRunOf } from '../domain/schedule.ts';
import type { Trigger } from '../store/ports.ts';
import type { EngineDeps, RunProgress } from './deps.ts';
import { preview, type Run, startRun } from './run.ts';

export type { Clock, RunProgress } from './deps.ts';

/** The sync engine's entry: starts runs, one per record at a time, and finishes what a crash left open. */
export class Engine {
  readonly #deps: EngineDeps;
  readonly #runs = new Set<Run>();

  constructor(deps: EngineDeps) {
    this.#deps = deps;
  }

  /** What a sync would do now. Reads no value, writes nothing. Unknown ids are left out. */
  plan(recordIds: readonly string[], signal: AbortSignal): Promise<PlannedStep[]> {
    return preview(this.#deps.store.records.getMany([...new Set(recordIds)]), this.#deps, signal);
  }

  /**
   * Syncs these records. A record that is being synced already is not synced twice: its run is joined.
   * @returns the new run, or the one that has these records already
   * @throws Failure `not-found` if none of the records exists, `auth` while the credential store is locked, and what the store throws
   */
  start(recordIds: readonly string[], trigger: Trigger): Run {
    this.#deps.keyring();
    const joined = new Set<Run>();
    const free = [...new Set(recordIds)].filter((id) => {
      const run = this.#runOf(id);
      if (run) joined.add(run);
      return !run;
    });
    const rows = this.#deps.store.records.getMany(free);
    const [running] = joined;
    if (rows.length === 0 && running) return running;
    if (rows.length === 0) throw noSuchRecord();
    const run = startRun(rows, trigger, this.#deps);
    this.#runs.add(run);
    void run.finished.then(() => this.#runs.delete(run));
    return run;
  }

  /** Syncs the records whose writes were journaled but never entered: first asks their targets what happened. */
  recover(): Run | undefined {
    const ids = this.#deps.store.journal.openIntents().map(({ recordId }) => recordId);
    return ids.length > 0 ? this.start(ids, 'recovery') : undefined;
  }

  active(): RunProgress[] {
    return [...this.#runs].map((run) => run.progress);
  }

  isSyncing(recordId: string): boolean {
    return this.#runOf(recordId) !== undefined;
  }

  /**
   * Stops a run: nothing new is begun, writes under way end. A run that is over already is left alone. Records that a
   * schedule had begun and that were not reached wait for their next time; otherwise the next heartbeat would begin again.
   */
  cancel(runId: string): void {
    for (const run of this.#runs) {
      if (run.progress.id !== runId) continue;
      run.cancel();
      if (run.progress.trigger === 'schedule') void run.finished.then(() => this.#postpone([...run.left]));
    }
  }

  /**
   * Stops all runs and waits until each write under way is entered, for so many milliseconds at most. What has not ended by
   * then is given up and stays journaled; the next start finds out what became of it.
   */
  async stop(graceMs: number): Promise<void> {
    const runs = [...this.#runs];
    for (const run of runs) run.cancel();
    const ended = new AbortController();
    const all = Promise.all(runs.map((run) => run.finished)).then(() => ended.abort());
    const patience = this.#deps.clock.sleep(graceMs, ended.signal).then(
      () => runs.forEach((run) => void run.abandon()),
      // All had ended before the time was over.
      () => {},
    );
    await Promise.all([all, patience]);
  }

  #postpone(ids: readonly string[]): void {
    const { store, clock } = this.#deps;
    for (const { record } of store.records.getMany(ids)) {
      store.records.setNextRun(record.id, nextRunOf(record, clock.now(), clock.random()));
    }
  }

  #runOf(recordId: string): Run | undefined {
    for (const run of this.#runs) if (run.left.has(recordId)) return run;
    return undefined;
  }
}

function noSuchRecord(): Failure {
  return new Failure({
    kind: 'not-found',
    code: 'no-such-record',
    sentence: 'There is no such sync record any more.',
    fix: 'Reload the list: it may have been deleted in another window.',
  });
}
