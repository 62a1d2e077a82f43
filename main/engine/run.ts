import pMap from 'p-map';
import type { Clouds } from '../clouds/ports.ts';
import { cancelled, toFailure } from '../domain/failure.ts';
import { wantedTags } from '../domain/ownership.ts';
import { type PlanInput, type PlannedStep, planStep } from '../domain/plan.ts';
import type { AuditEntry, Intent, Outcome, RecordRow, Trigger } from '../store/ports.ts';
import { type ApplyContext, applyStep } from './apply.ts';
import type { EngineDeps, RunProgress } from './deps.ts';
import { type Ending, failedEnding, outcomeOf, type RunIdentity } from './outcome.ts';
import { resolveIntent } from './recover.ts';
import { groupBy, type Scan, scan } from './scan.ts';

/** Endings that wrote nothing are entered together, this many in a transaction. */
const batchSize = 250;

/** What planning needs to know of a record, put together from the store and a scan. */
export function planInputs(
  rows: readonly RecordRow[],
  scanned: Scan,
  deps: Pick<EngineDeps, 'settings' | 'tagNamespace'>,
): Map<string, PlanInput> {
  const { conflictPolicy } = deps.settings();
  return new Map(
    rows.map((row) => {
      const { record, ledger } = row;
      const source = scanned.source.get(record.id);
      const target = scanned.target.get(record.id);
      if (!source || !target) throw new Error('a record was not scanned');
      const input: PlanInput = {
        recordId: record.id,
        source,
        target,
        ledger,
        policy: record.conflictPolicy === 'default' ? conflictPolicy : record.conflictPolicy,
        consent: record.consent,
        wantedTags: wantedTags(deps.tagNamespace, record, source.kind === 'found' ? source.item.tags : {}),
      };
      return [record.id, input];
    }),
  );
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
    return [...planInputs(rows, scanned, deps).values()].map(planStep);
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
  cancel(): void;
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
  };
}

class RunWorker {
  progress: RunProgress;
  readonly left: Set<string>;
  readonly #rows: readonly RecordRow[];
  readonly #deps: EngineDeps;
  readonly #identity: RunIdentity;
  readonly #abort = new AbortController();
  #unentered: Outcome[] = [];

  constructor(rows: readonly RecordRow[], trigger: Trigger, deps: EngineDeps) {
    this.#rows = rows;
    this.#deps = deps;
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
  }

  cancel(): void {
    this.#abort.abort(cancelled());
  }

  /** @throws what the store throws: a run that can't be journaled does not start */
  journalStart(): void {
    const { id, trigger, startedAt, total } = this.progress;
    this.#deps.store.journal.startRun({ id, trigger, startedAt, total }, this.#audit('started', `${total} records`));
  }

  async work(): Promise<RunProgress> {
    const { store, observer, clock } = this.#deps;
    this.#show({});
    try {
      await this.#syncAll();
      this.#enterWaiting();
    } catch (thrown) {
      // Only the store and bugs get here: without a journal nothing more may be written.
      observer.runFailed(toFailure(thrown));
    }
    const { aborted } = this.#abort.signal;
    this.#show({ phase: aborted ? 'cancelled' : 'done', cancelled: aborted, endedAt: clock.now() });
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

  async #syncAll(): Promise<void> {
    const { clock, openClouds, settings } = this.#deps;
    const { signal } = this.#abort;
    const { concurrency } = settings();
    const clouds = openClouds();
    try {
      const rows = await this.#resolveOpenIntents(clouds, concurrency);
      const scanned = await scan(rows, { clouds, clock, concurrency }, signal);
      const inputs = planInputs(rows, scanned, this.#deps);
      this.#show({ phase: 'applying' });
      // A pool for each target: one that hangs does not take the others' places.
      const groups = groupBy(rows, ({ record }) => `${record.targetConnectionId}\n${record.targetRegion}`);
      await Promise.all(groups.map((group) => pMap(group, (row) => this.#sync(row, clouds, inputs), { concurrency })));
    } finally {
      clouds.close();
    }
  }

  async #sync(row: RecordRow, clouds: Clouds, inputs: Map<string, PlanInput>): Promise<void> {
    const outcome = await this.#attempt(row, clouds, (context) => {
      const input = inputs.get(row.record.id);
      if (!input) throw new Error('a record was not planned');
      return applyStep(context, input);
    });
    // Cancelled before anything was journaled: the record stays as it was.
    if (outcome.attempt.outcome === 'cancelled' && !outcome.audit) return;
    this.#count(outcome);
    this.#unentered.push(outcome);
    if (outcome.audit || this.#unentered.length >= batchSize) this.#enterWaiting();
  }

  /**
   * A record with a journaled write of unknown end is asked about before anything else is done to it.
   * @returns the records to go on with: all but those whose write is still not known
   */
  async #resolveOpenIntents(clouds: Clouds, concurrency: number): Promise<readonly RecordRow[]> {
    const { store } = this.#deps;
    const intents = new Map<string, Intent>(store.journal.openIntents().map((intent) => [intent.recordId, intent]));
    const open = this.#rows.filter(({ record }) => intents.has(record.id));
    if (open.length === 0) return this.#rows;
    const stillOpen = new Set<string>();
    await pMap(
      open,
      async (row) => {
        const intent = intents.get(row.record.id);
        if (!intent) return;
        const outcome = await this.#attempt(row, clouds, (context) => resolveIntent(context, intent));
        // Not even begun (no credential, cancelled): the write's end is as unknown as before.
        const kept = outcome.audit ? outcome : { ...outcome, closeIntent: false };
        store.journal.finish([kept]);
        if (kept.closeIntent) return;
        stillOpen.add(row.record.id);
        this.#count(kept);
      },
      { concurrency },
    );
    return store.records.getMany(this.#rows.map(({ record }) => record.id).filter((id) => !stillOpen.has(id)));
  }

  async #attempt(row: RecordRow, clouds: Clouds, act: (context: ApplyContext) => Promise<Ending>): Promise<Outcome> {
    const { clock, keyring, store } = this.#deps;
    const { signal } = this.#abort;
    const { record } = row;
    const startedAt = clock.now();
    let ending: Ending;
    try {
      if (signal.aborted) throw cancelled();
      const source = await clouds.source(record.sourceConnectionId);
      const target = await clouds.target(record.targetConnectionId, record.targetService, record.targetRegion);
      ending = await act({ run: this.#identity, row, source, target, store, keyring: keyring(), clock, signal });
    } catch (thrown) {
      ending = failedEnding('none', toFailure(thrown).detail);
    }
    return outcomeOf(this.#identity, row, startedAt, ending, clock);
  }

  #enterWaiting(): void {
    const outcomes = this.#unentered;
    if (outcomes.length === 0) return;
    this.#unentered = [];
    this.#deps.store.journal.finish(outcomes);
    this.#deps.observer.recordsChanged();
  }

  #count({ attempt: { outcome, recordId } }: Outcome): void {
    this.left.delete(recordId);
    const { done, written, unchanged, attention } = this.progress;
    this.#show({
      done: done + 1,
      written: written + (outcome === 'synced' ? 1 : 0),
      unchanged: unchanged + (outcome === 'unchanged' ? 1 : 0),
      attention: attention + (outcome === 'synced' || outcome === 'unchanged' ? 0 : 1),
    });
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
