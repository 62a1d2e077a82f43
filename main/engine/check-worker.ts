import { setMaxListeners } from 'node:events';
import pMap from 'p-map';
import type { Clouds } from '../clouds/ports.ts';
import type { Check, CheckVerdict } from '../domain/check.ts';
import { cancelled, Failure, toFailure } from '../domain/failure.ts';
import type { PlanInput } from '../domain/plan.ts';
import type { RecordRow } from '../store/ports.ts';
import { changedRun, checkAudit, checkRowOf, isNews, stampOf, stillBusy, unsettled } from './check-entry.ts';
import { type Comparison, compareValues, findingByValues, isComparable, markByValues } from './check-values.ts';
import { type Finding, findingByMarkers, type Mark, markOf } from './check-verdict.ts';
import type { EngineDeps } from './deps.ts';
import { inStretches, planInputs, scanDepsOf } from './planning.ts';
import { type Lane, scanInLanes } from './scan.ts';

/** Rows that are read, judged and entered in one go: few enough that nothing else waits for them. */
const batchSize = 20;
/** How often records are looked for that are being synced, and how long. */
const busyWaitMs = 15_000;
const busyPatienceMs = 3_600_000;
/** Progress is told at most this often. */
const toldEveryMs = 250;

interface Judged {
  readonly row: RecordRow;
  readonly input: PlanInput;
  readonly compared?: Comparison;
}

/** What is entered of one record. */
interface Found {
  readonly row: RecordRow;
  readonly finding: Finding;
  readonly input?: PlanInput;
  readonly mark?: Mark | undefined;
}

/** One check of many records. A vault or target that fails or hangs keeps no other waiting. */
export class CheckWorker {
  check: Check;
  readonly #deps: EngineDeps;
  readonly #ids: readonly string[];
  readonly #isSyncing: (recordId: string) => boolean;
  readonly #abort = new AbortController();
  readonly #connections: ReadonlyMap<string, string>;
  #clouds: Clouds | undefined;
  #rows: readonly RecordRow[] = [];
  #failure: Failure | undefined;
  #toldAt = 0;

  constructor(
    ids: readonly string[],
    values: boolean,
    trigger: Check['trigger'],
    deps: EngineDeps,
    isSyncing: (recordId: string) => boolean,
  ) {
    this.#ids = ids;
    this.#deps = deps;
    this.#isSyncing = isSyncing;
    this.#connections = new Map(deps.store.connections.list().map(({ id, name }) => [id, name]));
    this.check = {
      id: deps.newId(),
      trigger,
      values,
      startedAt: deps.clock.now(),
      endedAt: null,
      cancelled: false,
      total: ids.length,
      counts: {},
    };
    // As many calls listen as are under way; Node takes more than ten for a leak.
    setMaxListeners(0, this.#abort.signal);
  }

  /** Whether it looks at all of these, and as closely. */
  covers(ids: readonly string[], values: boolean): boolean {
    if (this.check.cancelled) return false;
    const own = new Set(this.#ids);
    return (this.check.values || !values) && ids.every((id) => own.has(id));
  }

  cancel(): void {
    this.check = { ...this.check, cancelled: true };
    this.#abort.abort(cancelled());
  }

  /** @throws what the store throws, and Failure `not-found`: a check that can't be entered does not start */
  async begin(): Promise<void> {
    this.#rows = await this.#read(this.#ids);
    if (this.#rows.length === 0) throw nothingToCheck();
    this.check = { ...this.check, total: this.#rows.length };
    const what = this.check.values ? 'versions and values' : 'versions';
    this.#deps.store.checks.start(
      this.check,
      checkAudit(this.check, 'started', `${what} of ${this.#rows.length} records`),
    );
    this.#tell(true);
  }

  /** Never rejects: what stops it as a whole is told to the observer. */
  async work(): Promise<void> {
    const { store, observer, clock } = this.#deps;
    await this.#guarded(async () => {
      this.#clouds = this.#deps.openClouds();
      await this.#checkAll();
    });
    this.#clouds?.close();
    if (this.#failure) observer.runFailed(this.#failure);
    const isWhole = this.#failure === undefined && !this.check.cancelled;
    this.check = { ...this.check, endedAt: clock.now(), cancelled: !isWhole };
    try {
      store.checks.end(this.check, checkAudit(this.check, isWhole ? 'succeeded' : 'failed', this.#summary()));
    } catch (thrown) {
      observer.runFailed(toFailure(thrown));
    }
    this.#tell(true);
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!this.#abort.signal.aborted) this.#failure = toFailure(thrown);
      this.#abort.abort(cancelled());
    }
  }

  /** Records that are being synced are looked at once they no longer are. */
  async #checkAll(): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#abort;
    const until = clock.now() + busyPatienceMs;
    const isBusy = ({ record }: RecordRow) => this.#isSyncing(record.id);
    let free = this.#rows.filter((row) => !isBusy(row));
    let waiting = this.#rows.filter(isBusy);
    for (;;) {
      waiting = [...waiting, ...(await this.#checkFree(free))];
      if (waiting.length === 0 || signal.aborted) return;
      if (clock.now() >= until) break;
      await clock.sleep(busyWaitMs, signal);
      const ended = waiting.filter((row) => !isBusy(row));
      waiting = waiting.filter(isBusy);
      free = await this.#read(ended.map(({ record }) => record.id));
      this.#drop(ended.length - free.length);
    }
    for await (const some of inStretches(waiting, batchSize))
      this.#enter(some.map((row) => ({ row, finding: stillBusy })));
  }

  /** @returns those that were synced meanwhile: what was seen of them no longer holds */
  async #checkFree(rows: readonly RecordRow[]): Promise<RecordRow[]> {
    const clouds = this.#clouds;
    if (!clouds) return [];
    const again: RecordRow[] = [];
    const { scanned, lanes } = scanInLanes(rows, scanDepsOf(this.#deps, clouds), this.#abort.signal);
    const checkLane = async (lane: Lane) => {
      await lane.looked;
      const comparable: Judged[] = [];
      for await (const some of inStretches(lane.rows, batchSize)) {
        if (this.#abort.signal.aborted) return;
        const judged = planInputs(some, scanned, this.#deps);
        const later = judged.filter(({ input }) => this.check.values && isComparable(input));
        comparable.push(...later);
        again.push(...this.#settle(judged.filter((one) => !later.includes(one))));
      }
      again.push(...(await this.#compareAll(clouds, comparable)));
    };
    await Promise.all(lanes.map((lane) => this.#guarded(() => checkLane(lane))));
    return again;
  }

  async #compareAll(clouds: Clouds, judged: readonly Judged[]): Promise<RecordRow[]> {
    const { clock, keyring, settings } = this.#deps;
    const { signal } = this.#abort;
    const again: RecordRow[] = [];
    const compared: Judged[] = [];
    const compare = async ({ row, input }: Judged): Promise<void> => {
      if (signal.aborted) return;
      const context = { row, clouds, keyring, clock, signal };
      compared.push({ row, input, compared: await compareValues(context, input) });
      if (compared.length >= batchSize) again.push(...this.#settle(compared.splice(0)));
    };
    await pMap(judged, compare, { concurrency: settings().concurrency });
    return [...again, ...this.#settle(compared)];
  }

  /** Enters what was found of records that still are as they were when they were looked at. @returns the others */
  #settle(judged: readonly Judged[]): RecordRow[] {
    const { store } = this.#deps;
    // What was being looked at when it was cancelled was seen as failed.
    if (this.#abort.signal.aborted || judged.length === 0) return [];
    const open = new Set(store.journal.openIntents().map(({ recordId }) => recordId));
    const rows = store.records.getMany(judged.map(({ row }) => row.record.id));
    const now = new Map(rows.map((row) => [row.record.id, row]));
    const again: RecordRow[] = [];
    const found: Found[] = [];
    for (const { row, input, compared } of judged) {
      const current = now.get(row.record.id);
      if (!current) this.#drop(1);
      else if (this.#isSyncing(row.record.id) || stampOf(current) !== stampOf(row)) again.push(current);
      // Nothing can be said of a target that a write is on its way to.
      else if (open.has(row.record.id)) found.push({ row: current, finding: unsettled });
      else {
        const finding = compared ? findingByValues(row, input, compared) : findingByMarkers(row, input);
        const mark = (compared && markByValues(input, compared)) ?? markOf(current, input);
        found.push({ row: current, finding, input, mark });
      }
    }
    this.#enter(found);
    return again;
  }

  #enter(found: readonly Found[]): void {
    const { store, clock, observer } = this.#deps;
    if (found.length === 0) return;
    store.checks.add(
      this.check.id,
      found.map(({ row, finding, input }) => checkRowOf(row, finding, input, this.#connections, clock.now())),
    );
    const marked = found.flatMap(({ row, mark }) => (mark && isNews(row, mark) ? [{ row, mark }] : []));
    if (marked.length > 0) {
      store.records.mark(marked.map(({ row, mark }) => ({ id: row.record.id, ...mark })));
      const runs = marked.flatMap(({ row, mark }) => changedRun(row, mark, this.#deps));
      if (runs.length > 0) store.records.setNextRuns(runs, clock.now());
      observer.recordsChanged();
    }
    const counts: Partial<Record<CheckVerdict, number>> = { ...this.check.counts };
    for (const { finding } of found) counts[finding.verdict] = (counts[finding.verdict] ?? 0) + 1;
    this.check = { ...this.check, counts };
    this.#tell(false);
  }

  async #read(ids: readonly string[]): Promise<RecordRow[]> {
    const rows: RecordRow[] = [];
    for await (const some of inStretches(ids, batchSize)) rows.push(...this.#deps.store.records.getMany(some));
    return rows;
  }

  /** Records that were removed while the check went on are no part of it. */
  #drop(count: number): void {
    this.check = { ...this.check, total: this.check.total - count };
  }

  #tell(now: boolean): void {
    const { clock, observer } = this.#deps;
    if (!now && clock.now() - this.#toldAt < toldEveryMs) return;
    this.#toldAt = clock.now();
    observer.checked(this.check);
  }

  #summary(): string {
    const counts = Object.entries(this.check.counts);
    const words = counts.map(([verdict, count]) => `${count} ${verdict}`);
    const done = counts.reduce((sum, [, count]) => sum + count, 0);
    return [...words, `${this.check.total - done} not reached`].join(', ');
  }
}

function nothingToCheck(): Failure {
  return new Failure({
    kind: 'not-found',
    code: 'nothing-to-check',
    sentence: 'There is no sync record to check: none was made yet, or they were deleted in another window.',
    fix: 'Add a sync under Automation > Sync, or reload the list.',
  });
}
