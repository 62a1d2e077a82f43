import { setMaxListeners } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';
import pMap from 'p-map';
import type { Clouds } from '../clouds/ports.ts';
import { cancelled, type Failure, toFailure } from '../domain/failure.ts';
import { wantedTags } from '../domain/ownership.ts';
import { type PlanInput, type PlannedStep, planStep } from '../domain/plan.ts';
import { refusalOf } from '../domain/refusal.ts';
import { nextRunOf } from '../domain/schedule.ts';
import type { AuditEntry, Intent, RecordRow, Trigger } from '../store/ports.ts';
import { applyStep, isQuiet } from './apply.ts';
import type { ApplyContext } from './context.ts';
import type { EngineDeps, RunProgress } from './deps.ts';
import { type Ended, type Ending, failedEnding, outcomeOf, type RunIdentity } from './outcome.ts';
import { isLeftAlone, resolveIntent } from './recover.ts';
import { groupBy, placeOf, type Scan, scan, scanInLanes } from './scan.ts';
import { Seats } from './seats.ts';

/** Endings that wrote nothing are entered together, this many in a transaction. */
const batchSize = 100;

/** What planning needs to know of a record, put together from the store and a scan. */
function planInputs(
  rows: readonly RecordRow[],
  scanned: Scan,
  deps: Pick<EngineDeps, 'settings' | 'tagNamespace' | 'clock'>,
): { row: RecordRow; input: PlanInput }[] {
  const { conflictPolicy } = deps.settings();
  return rows.map((row) => {
    const { record, ledger } = row;
    const source = scanned.source.get(record.id);
    const target = scanned.target.get(record.id);
    if (!source || !target) throw new Error('a record was not scanned');
    const input: PlanInput = {
      recordId: record.id,
      source,
      target,
      refusal: source.kind === 'found' ? refusalOf(record, source.item, deps.clock.now()) : null,
      ledger,
      policy: record.conflictPolicy === 'default' ? conflictPolicy : record.conflictPolicy,
      consent: record.consent,
      wantedTags: wantedTags(deps.tagNamespace, record, source.kind === 'found' ? source.item.tags : {}),
    };
    return { row, input };
  });
}

/** What a sync of these records would do now. Reads no value and writes nothing. */
export async function preview(
  rows: readonly RecordRow[],
  deps: EngineDeps,
  signal: AbortSignal,
): Promise<PlannedStep[]> {
  const clouds = deps.openClouds();
  try {
    const { concurrency } = deps.settings();
    const scanned = await scan(rows, { clouds, clock: deps.clock, concurrency }, signal);
    if (signal.aborted) throw cancelled();
    return planInputs(rows, scanned, deps).map(({ input }) => planStep(input));
  } finally {
    clouds.close();
  }
}

export interface Run {
  readonly progress: RunProgress;
  /** The records not done yet, by id. */
  readonly left: ReadonlySet<string>;
  /** Settles when everything is entered; never rejects. */
  readonly finished: Promise<RunProgress>;
  /** Nothing new is begun; writes under way end. */
  cancel(): void;
  /** Writes under way are given up as well. Whether they arrived is then for the next start to find out. */
  abandon(): void;
}

/**
 * Starts a sync of these records: finishes open intents first, then scan, plan, apply. One failing record, vault or target leaves
 * the rest running.
 */
export function startRun(rows: readonly RecordRow[], trigger: Trigger, deps: EngineDeps): Run {
  const worker = new RunWorker(rows, trigger, deps);
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
  readonly #rows: readonly RecordRow[];
  readonly #deps: EngineDeps;
  readonly #identity: RunIdentity;
  readonly #clouds: Clouds;
  readonly #abort = new AbortController();
  readonly #abandon = new AbortController();
  /** For each target place: one that hangs does not take the others' places. */
  readonly #seats = new Map<string, Seats>();
  #cancelled = false;
  #failure: Failure | undefined;
  #unentered: Ended[] = [];

  constructor(rows: readonly RecordRow[], trigger: Trigger, deps: EngineDeps) {
    this.#rows = rows;
    this.#deps = deps;
    this.#clouds = deps.openClouds();
    this.#identity = { id: deps.newId(), trigger };
    this.left = new Set(rows.map(({ record }) => record.id));
    this.progress = {
      ...this.#identity,
      startedAt: deps.clock.now(),
      endedAt: null,
      cancelled: false,
      phase: 'scanning',
      total: rows.length,
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
    const { store } = this.#deps;
    const intents = new Map<string, Intent>(store.journal.openIntents().map((intent) => [intent.recordId, intent]));
    const [open, settled] = split(this.#rows, ({ record }) => intents.has(record.id));
    await Promise.all([
      this.#guarded(() => this.#syncLanes(settled)),
      ...groupBy(open, placeOf).map((rows) =>
        this.#guarded(async () => this.#syncLanes(await this.#resolve(rows, intents))),
      ),
    ]);
  }

  async #syncLanes(rows: readonly RecordRow[]): Promise<void> {
    const { clock, settings } = this.#deps;
    const { concurrency } = settings();
    const lookedAt = clock.now();
    const lanes = scanInLanes(rows, { clouds: this.#clouds, clock, concurrency }, this.#abort.signal);
    await Promise.all(
      lanes.map((lane) =>
        this.#guarded(async () => this.#syncLane(lane.rows, await lane.looked, lookedAt, concurrency)),
      ),
    );
  }

  async #syncLane(rows: readonly RecordRow[], scanned: Scan, lookedAt: number, concurrency: number): Promise<void> {
    const planned = planInputs(rows, scanned, this.#deps);
    this.#show({ phase: 'applying' });
    // First those that ask no cloud, together: none of them waits for another's write before it is entered.
    const [quiet, others] = split(planned, ({ input }) => isQuiet(planStep(input)));
    for (const { row, input } of quiet) {
      await this.#sync(row, input, lookedAt);
      if (this.#unentered.length < batchSize) continue;
      this.#enterWaiting();
      await breathe();
    }
    this.#enterWaiting();
    const step = async ({ row }: (typeof others)[number]) => {
      await this.#guarded(async () => {
        await this.#seatsOf(row, concurrency).during(() => this.#syncAsNow(row, scanned, lookedAt));
        this.#enterWaiting();
      });
    };
    await pMap(others, step, { concurrency });
  }

  #seatsOf(row: RecordRow, count: number): Seats {
    const place = placeOf(row);
    const seats = this.#seats.get(place) ?? new Seats(count);
    this.#seats.set(place, seats);
    return seats;
  }

  /** A record's turn may come long after the run began: what a person changed meanwhile counts, and a pause above all. */
  async #syncAsNow(row: RecordRow, scanned: Scan, lookedAt: number): Promise<void> {
    const rows = this.#deps.store.records.getMany([row.record.id]);
    const wanted = rows.filter(({ record }) => record.enabled || !row.record.enabled);
    for (const { row: now, input } of planInputs(wanted, scanned, this.#deps)) await this.#sync(now, input, lookedAt);
  }

  async #sync(row: RecordRow, input: PlanInput, lookedAt: number): Promise<void> {
    const ended = await this.#attempt(row, lookedAt, (context) => applyStep(context, input));
    if (!isUntouched(ended)) this.#unentered.push(ended);
  }

  /** @returns the records to go on with: all but those whose write is still not known, and paused ones that nobody asked for */
  async #resolve(rows: readonly RecordRow[], intents: ReadonlyMap<string, Intent>): Promise<readonly RecordRow[]> {
    const { clock, settings, store } = this.#deps;
    const known = new Set<string>();
    const resolve = async (row: RecordRow) => {
      await this.#guarded(async () => {
        const intent = intents.get(row.record.id);
        if (!intent) return;
        const ended = await this.#attempt(row, clock.now(), (context) => resolveIntent(context, intent));
        if (isUntouched(ended)) return;
        this.#enter([ended]);
        if (ended.closeIntent && !isLeftAlone({ run: this.#identity, row })) known.add(row.record.id);
        else this.#count([ended]);
      });
    };
    await pMap(rows, resolve, { concurrency: settings().concurrency });
    return store.records.getMany([...known]);
  }

  async #attempt(row: RecordRow, lookedAt: number, act: (context: ApplyContext) => Promise<Ending>): Promise<Ended> {
    const { clock, keyring, store, observer } = this.#deps;
    const { signal } = this.#abort;
    const { record } = row;
    const startedAt = clock.now();
    let ending: Ending;
    try {
      if (signal.aborted) throw cancelled();
      const source = await this.#clouds.source(record.sourceConnectionId);
      const target = await this.#clouds.target(record.targetConnectionId, record.targetService, record.targetRegion);
      ending = await act({
        run: this.#identity,
        row,
        source,
        target,
        store,
        keyring: keyring(),
        clock,
        signal,
        toTheEnd: this.#abandon.signal,
        lookedAt,
        waiting: (sentence) => observer.waiting(record.id, sentence),
      });
    } catch (thrown) {
      ending = failedEnding('none', toFailure(thrown).detail);
    }
    observer.waiting(record.id, null);
    return outcomeOf(this.#identity, row, startedAt, ending, clock);
  }

  #enterWaiting(): void {
    const ended = this.#unentered;
    if (ended.length === 0) return;
    this.#unentered = [];
    this.#enter(ended);
    this.#count(ended);
    this.#deps.observer.recordsChanged();
  }

  #enter(ended: readonly Ended[]): void {
    const { store, clock } = this.#deps;
    const rows = store.records.getMany(ended.map(({ attempt }) => attempt.recordId));
    const next = new Map(rows.map(({ record }) => [record.id, nextRunOf(record, clock.now(), clock.random())]));
    store.journal.finish(ended.map((one) => ({ ...one, nextRunAt: next.get(one.attempt.recordId) ?? null })));
  }

  /** Only what was entered counts, and leaves the run: until then no other run may look at the record. */
  #count(entered: readonly Ended[]): void {
    let { done, written, unchanged, attention } = this.progress;
    for (const { attempt } of entered) {
      this.left.delete(attempt.recordId);
      done += 1;
      if (attempt.outcome === 'synced') written += 1;
      else if (attempt.outcome === 'unchanged') unchanged += 1;
      else attention += 1;
    }
    this.#show({ done, written, unchanged, attention });
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
