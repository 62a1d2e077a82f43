import { setMaxListeners } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';
import pMap from 'p-map';
import type { Clouds } from '../clouds/ports.ts';
import { cancelled, type Failure, toFailure } from '../domain/failure.ts';
import { type PlanInput, type PlannedStep, planStep } from '../domain/plan.ts';
import type { AuditEntry, Intent, RecordRow, Trigger } from '../store/ports.ts';
import { applyStep, endQuietly, isQuiet } from './apply.ts';
import { Attempts } from './attempts.ts';
import type { Brake } from './brake.ts';
import type { EngineDeps, RunProgress } from './deps.ts';
import { Entries } from './entries.ts';
import { type Ended, outcomeOf, type RunIdentity } from './outcome.ts';
import { inStretches, planInputs, scanDepsOf } from './planning.ts';
import { isLeftAlone, resolveIntent } from './recover.ts';
import { groupBy, type Lane, placeOf, type Scan, scanInLanes } from './scan.ts';

/** What a run is asked to do. */
interface RunRequest {
  readonly recordIds: readonly string[];
  readonly trigger: Trigger;
  /** The steps that a person was shown, by record: for these records nothing else may be written. */
  readonly shown: ReadonlyMap<string, PlannedStep>;
}

export interface Run {
  readonly progress: RunProgress;
  /** The records not done yet, by id. */
  readonly left: ReadonlySet<string>;
  /** Settles when everything is entered; never rejects. */
  readonly finished: Promise<RunProgress>;
  /** Nothing new is begun; requests under way end. */
  cancel(): void;
  /** Requests under way are given up as well. Whether they arrived is then for the next start to find out. */
  abandon(): void;
}

/**
 * Starts a sync of records: finishes open intents first, then scan, plan, apply. One failing record, vault or target leaves
 * the rest running. Removals come last, once it is known how many there are.
 */
export function startRun(request: RunRequest, deps: EngineDeps, brake: Brake): Run {
  const worker = new RunWorker(request, deps, brake);
  worker.journalStart();
  return {
    get progress() {
      return worker.progress;
    },
    left: worker.left,
    finished: worker.work(),
    cancel: () => worker.cancel(),
    abandon: () => worker.abandon(),
  };
}

class RunWorker {
  progress: RunProgress;
  readonly left: Set<string>;
  readonly #request: RunRequest;
  readonly #deps: EngineDeps;
  readonly #brake: Brake;
  readonly #identity: RunIdentity;
  readonly #clouds: Clouds;
  readonly #entries: Entries;
  readonly #attempts: Attempts;
  readonly #abort = new AbortController();
  readonly #abandon = new AbortController();
  /** Removals wait for each other: only all of them together tell whether they are too many. */
  readonly #removals: PlannedRemoval[] = [];
  #cancelled = false;
  #failure: Failure | undefined;

  constructor(request: RunRequest, deps: EngineDeps, brake: Brake) {
    this.#request = request;
    this.#deps = deps;
    this.#brake = brake;
    this.#clouds = deps.openClouds();
    this.#entries = new Entries(deps, (entered) => this.#count(entered));
    this.#identity = { id: deps.newId(), trigger: request.trigger };
    this.#attempts = new Attempts(deps, {
      identity: this.#identity,
      clouds: this.#clouds,
      brake,
      shown: request.shown,
      cancel: this.#abort.signal,
      abandon: this.#abandon.signal,
    });
    this.left = new Set(request.recordIds);
    this.progress = {
      ...this.#identity,
      startedAt: deps.clock.now(),
      endedAt: null,
      cancelled: false,
      phase: 'scanning',
      total: this.left.size,
      done: 0,
      written: 0,
      unchanged: 0,
      attention: 0,
    };
    // As many calls listen as are under way; Node takes more than ten for a leak.
    setMaxListeners(0, this.#abort.signal, this.#abandon.signal);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#abort.abort(cancelled());
  }

  abandon(): void {
    this.cancel();
    this.#abandon.abort(cancelled());
  }

  /** @throws what the store throws: a run that can't be journaled does not start */
  journalStart(): void {
    const { id, trigger, startedAt, total } = this.progress;
    this.#deps.store.journal.startRun({ id, trigger, startedAt, total }, this.#audit('started', `${total} records`));
  }

  async work(): Promise<RunProgress> {
    const { store, observer, clock } = this.#deps;
    this.#show({});
    await this.#guarded(() => this.#syncAll());
    for (const id of this.left) this.#brake.release(id);
    this.#clouds.close();
    if (this.#failure) observer.runFailed(this.#failure);
    const cancelled = this.#cancelled;
    this.#show({ phase: cancelled ? 'cancelled' : 'done', cancelled, endedAt: clock.now() });
    const { written, unchanged, attention, done, total } = this.progress;
    const summary = `${written} written, ${unchanged} unchanged, ${attention} need attention, ${total - done} not reached`;
    try {
      store.journal.endRun(this.progress, this.#audit(done < total || attention > 0 ? 'failed' : 'succeeded', summary));
    } catch (thrown) {
      observer.runFailed(toFailure(thrown));
    }
    observer.recordsChanged();
    if (this.#entries.decisions > 0) observer.decisionsWanted(this.progress, this.#entries.decisions);
    return this.progress;
  }

  /**
   * Only a failing store and bugs get here: without a journal nothing more may be begun. What is under way comes to its end
   * before the run does.
   */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.#failure ??= toFailure(thrown);
      this.#abort.abort(cancelled());
    }
  }

  /** Records with a journaled write of unknown end are asked about before anything else is done to them. */
  async #syncAll(): Promise<void> {
    const rows = await this.#load();
    const intents = new Map<string, Intent>(
      this.#deps.store.journal.openIntents().map((intent) => [intent.recordId, intent]),
    );
    const [open, settled] = split(rows, ({ record }) => intents.has(record.id));
    await Promise.all([
      this.#guarded(() => this.#syncLanes(settled)),
      ...[...groupBy(open, placeOf).values()].map((some) =>
        this.#guarded(async () => this.#syncLanes(await this.#resolve(some, intents))),
      ),
    ]);
    await this.#guarded(() => this.#remove());
  }

  async #load(): Promise<RecordRow[]> {
    const rows: RecordRow[] = [];
    for await (const ids of inStretches(this.#request.recordIds)) rows.push(...this.#deps.store.records.getMany(ids));
    // Some may have been removed before it was their turn.
    const found = new Set(rows.map(({ record }) => record.id));
    for (const id of this.left) if (!found.has(id)) this.left.delete(id);
    if (rows.length < this.progress.total) this.#show({ total: rows.length });
    return rows;
  }

  async #syncLanes(rows: readonly RecordRow[]): Promise<void> {
    const lookedAt = this.#deps.clock.now();
    const { scanned, lanes } = scanInLanes(rows, scanDepsOf(this.#deps, this.#clouds), this.#abort.signal);
    await Promise.all(lanes.map((lane) => this.#guarded(() => this.#syncLane(lane, scanned, lookedAt))));
  }

  async #syncLane({ parts, looked }: Lane, scanned: Scan, lookedAt: number): Promise<void> {
    const applying: Promise<void>[] = [];
    try {
      for await (const some of parts) {
        this.#show({ phase: 'applying' });
        const others: Planned[] = [];
        // First those that ask no cloud, together: none of them waits for another's write before it is entered.
        for (const { row, input } of planInputs(some, scanned, this.#deps)) {
          const step = planStep(input);
          if (isQuiet(step)) this.#endQuietly(row, input, step, lookedAt);
          else if (step.action !== 'delete') others.push({ row, scanned, lookedAt });
          else this.#removals.push({ row, scanned, lookedAt, isAllowed: step.code === 'agreed' });
        }
        this.#entries.flush();
        applying.push(this.#applyAll(others));
        await breathe();
      }
      await looked;
    } finally {
      await Promise.all(applying);
    }
  }

  #endQuietly(row: RecordRow, input: PlanInput, step: PlannedStep, lookedAt: number): void {
    if (this.#abort.signal.aborted) return;
    const { clock } = this.#deps;
    const ended = outcomeOf(this.#identity, row, clock.now(), endQuietly({ row, lookedAt }, input, step), clock);
    if (!isUntouched(ended)) this.#entries.add(ended);
  }

  async #applyAll(planned: readonly Planned[]): Promise<void> {
    const { concurrency } = this.#deps.settings();
    const apply = (one: Planned) =>
      this.#guarded(async () => {
        await this.#attempts.inSeat(one.row, () => this.#syncAsNow(one));
        await this.#entries.flushSoon();
      });
    await pMap(planned, apply, { concurrency });
  }

  /** Removes what has to be removed, if it is not too much; what a person allowed is removed either way. */
  async #remove(): Promise<void> {
    if (this.#removals.length === 0 || this.#abort.signal.aborted) return;
    const unasked = this.#removals.filter(({ isAllowed }) => !isAllowed).map(({ row }) => row.record.id);
    const isLet = unasked.length === 0 || (await this.#brake.lets(unasked));
    await this.#applyAll(this.#removals.map((one) => ({ ...one, mayDelete: async () => isLet })));
  }

  /** A record's turn may come long after the run began: what a person changed meanwhile counts, and a pause above all. */
  async #syncAsNow({ row, scanned, lookedAt, mayDelete }: Planned): Promise<void> {
    const rows = this.#deps.store.records.getMany([row.record.id]);
    const wanted = rows.filter(({ record }) => record.enabled || !row.record.enabled);
    for (const { row: now, input } of planInputs(wanted, scanned, this.#deps)) {
      const ended = await this.#attempts.at(now, lookedAt, (context) => applyStep(context, input), mayDelete);
      if (!isUntouched(ended)) this.#entries.add(ended);
    }
  }

  /** @returns the records to go on with: all but those whose write is still not known, and paused ones that nobody asked for */
  async #resolve(rows: readonly RecordRow[], intents: ReadonlyMap<string, Intent>): Promise<readonly RecordRow[]> {
    const { clock, settings, store } = this.#deps;
    const known = new Set<string>();
    const resolve = async (row: RecordRow) => {
      await this.#guarded(async () => {
        const intent = intents.get(row.record.id);
        if (!intent) return;
        const ended = await this.#attempts.at(row, clock.now(), (context) => resolveIntent(context, intent));
        if (isUntouched(ended)) return;
        this.#entries.enter([ended]);
        if (ended.closeIntent && !isLeftAlone({ run: this.#identity, row })) known.add(row.record.id);
        else this.#count([ended]);
      });
    };
    await pMap(rows, resolve, { concurrency: settings().concurrency });
    return store.records.getMany([...known]);
  }

  /** Only what was entered counts, and leaves the run: until then no other run may look at the record. */
  #count(entered: readonly Ended[]): void {
    let { done, written, unchanged, attention } = this.progress;
    for (const { attempt } of entered) {
      this.left.delete(attempt.recordId);
      this.#brake.release(attempt.recordId);
      done += 1;
      if (attempt.outcome === 'synced' || attempt.outcome === 'deleted') written += 1;
      else if (needsNobody.has(attempt.outcome)) unchanged += 1;
      else attention += 1;
    }
    this.#show({ done, written, unchanged, attention });
    this.#deps.observer.recordsChanged();
  }

  #show(change: Partial<RunProgress>): void {
    this.progress = { ...this.progress, ...change };
    this.#deps.observer.progress(this.progress);
  }

  #audit(outcome: AuditEntry['outcome'], detail: string): AuditEntry {
    const { id, trigger } = this.#identity;
    return { at: this.#deps.clock.now(), actor: trigger, action: 'sync', subject: `run ${id}`, outcome, detail };
  }
}

/** A record that something has to be done for, by what a scan saw. */
interface Planned {
  readonly row: RecordRow;
  readonly scanned: Scan;
  readonly lookedAt: number;
  readonly mayDelete?: () => Promise<boolean>;
}

interface PlannedRemoval extends Planned {
  /** A person has agreed to it, so the brake does not count it. */
  readonly isAllowed: boolean;
}

/** Endings that are as the person wants it. */
const needsNobody: ReadonlySet<Ended['attempt']['outcome']> = new Set(['unchanged', 'kept', 'excluded']);

/** Cancelled before anything was journaled: the record stays as it was. */
function isUntouched({ attempt, audit }: Ended): boolean {
  return attempt.outcome === 'cancelled' && !audit;
}

function split<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  const one: T[] = [];
  const other: T[] = [];
  for (const item of items) (belongs(item) ? one : other).push(item);
  return [one, other];
}
