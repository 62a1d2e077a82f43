import { Failure } from '../domain/failure.ts';
import type { PlannedStep } from '../domain/plan.ts';
import type { SyncRecord } from '../domain/record.ts';
import type { Trigger } from '../store/ports.ts';
import { Brake } from './brake.ts';
import { keepTarget, type Unlinked, unlinkAll } from './decide.ts';
import type { EngineDeps, RunProgress } from './deps.ts';
import { inStretches, preview, stretch } from './planning.ts';
import { type Run, startRun } from './run.ts';

export type { Clock, RunProgress } from './deps.ts';

const nothingShown: ReadonlyMap<string, PlannedStep> = new Map();

/** The sync engine's entry: starts runs, one per record at a time, and finishes what a crash left open. */
export class Engine {
  readonly #deps: EngineDeps;
  readonly #runs = new Set<Run>();
  readonly #brake: Brake;
  /** Records that a person's decision is being carried out for: no run may begin with them. */
  readonly #deciding = new Set<string>();

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#brake = new Brake(deps);
  }

  /** What a sync would do now. Reads no value, writes nothing. Unknown ids are left out. */
  async plan(recordIds: readonly string[], signal: AbortSignal): Promise<PlannedStep[]> {
    const rows = [];
    for await (const ids of inStretches([...new Set(recordIds)])) rows.push(...this.#deps.store.records.getMany(ids));
    return await preview(rows, this.#deps, signal);
  }

  /** What the first sync of records would do that do not exist yet, in their order. Reads no value, writes nothing. */
  planDrafts(records: readonly SyncRecord[], signal: AbortSignal): Promise<PlannedStep[]> {
    const status = { status: 'pending', code: 'new', sentence: '', fix: '' } as const;
    const rows = records.map((record) => ({
      record,
      status,
      conflictSeen: null,
      lastRunAt: null,
      nextRunAt: null,
      nextRunSetAt: null,
      failuresInRow: 0,
      ledger: null,
    }));
    return preview(rows, this.#deps, signal);
  }

  /**
   * Syncs these records. A record that is being synced already is not synced twice: its run is joined.
   * @param shown steps that a person was shown and agreed to: for their records nothing else is written
   * @returns the new run, or the one that has these records already
   * @throws Failure `not-found` if none of the records exists, `auth` while the credential store is locked, and what the store throws
   */
  start(recordIds: readonly string[], trigger: Trigger, shown = nothingShown): Run {
    this.#deps.keyring();
    const joined = new Set<Run>();
    const free = [...new Set(recordIds)].filter((id) => {
      const run = this.#runOf(id);
      if (run) joined.add(run);
      return !run && !this.#deciding.has(id);
    });
    // Of many, the run itself finds out which there are.
    const known = free.length > stretch ? free : this.#deps.store.records.getMany(free).map(({ record }) => record.id);
    const [running] = joined;
    if (known.length === 0 && running) return running;
    if (known.length === 0) throw noSuchRecord();
    const run = startRun({ recordIds: known, trigger, shown }, this.#deps, this.#brake);
    this.#runs.add(run);
    void run.finished.then(() => this.#runs.delete(run));
    return run;
  }

  /** Syncs the records whose writes were journaled but never entered: first asks their targets what happened. */
  recover(): Run | undefined {
    const ids = this.#deps.store.journal.openIntents().map(({ recordId }) => recordId);
    return ids.length > 0 ? this.start(ids, 'recovery') : undefined;
  }

  /**
   * A person leaves the target as it is until source or target changes. Source and target are looked at first.
   * @param seen the record's `conflictSeen` that the person was shown
   * @throws Failure `conflict`, code `seen-changed`, if the target is not as it was shown; code `still-syncing` while it is synced
   */
  async keep(recordId: string, seen: string, signal: AbortSignal): Promise<void> {
    await this.#decide([recordId], () => keepTarget(this.#deps, recordId, seen, signal));
    this.#deps.observer.recordsChanged();
  }

  /**
   * Forgets records and takes our marks off their targets, where these are ours and may be looked at. A target that cannot be reached
   * keeps its marks, and its record is forgotten all the same.
   * @returns how many were forgotten, and whose marks were left, in words
   * @throws Failure `conflict`, code `still-syncing`, while one of them is synced: then nothing was done
   */
  async unlink(items: readonly { readonly id: string }[], signal: AbortSignal): Promise<Unlinked> {
    const ids = [...new Set(items.map(({ id }) => id))];
    const unlinked = await this.#decide(ids, () => unlinkAll(this.#deps, ids, signal));
    this.#deps.observer.recordsChanged();
    return unlinked;
  }

  async #decide<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    if (ids.some((id) => this.isSyncing(id) || this.#deciding.has(id))) throw stillSyncing();
    for (const id of ids) this.#deciding.add(id);
    try {
      return await work();
    } finally {
      for (const id of ids) this.#deciding.delete(id);
    }
  }

  active(): RunProgress[] {
    return [...this.#runs].map((run) => run.progress);
  }

  isSyncing(recordId: string): boolean {
    return this.#runOf(recordId) !== undefined;
  }

  /**
   * Stops a run: nothing new is begun, requests under way end. A run that is over already is left alone. Records that a
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

  async #postpone(ids: readonly string[]): Promise<void> {
    const { store, clock, nextRun } = this.#deps;
    for await (const some of inStretches(ids)) {
      const now = clock.now();
      const runs = store.records.getMany(some).map(({ record }) => ({ id: record.id, at: nextRun(record, now) }));
      store.records.setNextRuns(runs, now);
    }
  }

  #runOf(recordId: string): Run | undefined {
    for (const run of this.#runs) if (run.left.has(recordId)) return run;
    return undefined;
  }
}

function stillSyncing(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'still-syncing',
    sentence: 'One of these records is being synced or decided about. Nothing was done.',
    fix: 'Wait for the sync to end, or cancel it, then decide again.',
  });
}

function noSuchRecord(): Failure {
  return new Failure({
    kind: 'not-found',
    code: 'no-such-record',
    sentence: 'There is no such sync record any more.',
    fix: 'Reload the list: it may have been deleted in another window.',
  });
}
