import { setImmediate as breathe } from 'node:timers/promises';
import { asksDeletion, conflictPolicyOf, deletionPolicyOf, isHeld } from '../domain/decision.ts';
import type { SyncRecord } from '../domain/record.ts';
import type { Outcome, RecordRow } from '../store/ports.ts';
import type { EngineDeps } from './deps.ts';
import type { Ended } from './outcome.ts';

/** Endings entered in one transaction, so that none takes long. */
const atOnce = 50;
const firstRetryMs = 5 * 60_000;
const longestRetryMs = 3_600_000;

type EntriesDeps = Pick<EngineDeps, 'store' | 'clock' | 'settings' | 'nextRun'>;

/** Enters how attempts ended, with what follows from it by the schedule and the policy that each record has then. */
export class Entries {
  readonly #deps: EntriesDeps;
  readonly #onEntered: (entered: readonly Ended[]) => void;
  #waiting: Ended[] = [];
  #soon: Promise<void> | undefined;
  /** Records that wait for a person now, and did not before, or not for the same. */
  decisions = 0;

  constructor(deps: EntriesDeps, onEntered: (entered: readonly Ended[]) => void) {
    this.#deps = deps;
    this.#onEntered = onEntered;
  }

  add(ended: Ended): void {
    this.#waiting.push(ended);
  }

  /** @throws what the store throws; what was not entered is forgotten then, and its intents stay open */
  flush(): void {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, atOnce);
      this.enter(some);
      this.#onEntered(some);
    }
  }

  /** Enters what ends in this turn together. @throws as `flush` */
  flushSoon(): Promise<void> {
    this.#soon ??= breathe().then(() => {
      this.#soon = undefined;
      this.flush();
    });
    return this.#soon;
  }

  /** Enters at once, in one transaction, and counts nothing. */
  enter(ended: readonly Ended[]): void {
    const { store } = this.#deps;
    const rows = new Map(
      store.records.getMany(ended.map(({ attempt }) => attempt.recordId)).map((row) => [row.record.id, row]),
    );
    store.journal.finish(ended.map((one) => this.#outcomeOf(one, rows.get(one.attempt.recordId))));
  }

  /** @param row as it is now; undefined for a record that was removed since */
  #outcomeOf({ passing, ...ended }: Ended, row: RecordRow | undefined): Outcome {
    const { clock, settings, nextRun } = this.#deps;
    const enteredAt = clock.now();
    if (!row) return { ...ended, enteredAt, failuresInRow: 0, nextRunAt: null };
    const { record, status, conflictSeen } = row;
    const asked = isStillAsked(row, ended.attempt) && deletionPolicyOf(record, settings()) === 'follow';
    if (asked) return { ...ended, status, conflictSeen, enteredAt, failuresInRow: 0, nextRunAt: null };
    const held = isHeld(ended, conflictPolicyOf(record, settings()));
    if (held && row.conflictSeen !== ended.conflictSeen) this.decisions += 1;
    const failuresInRow = passing ? row.failuresInRow + 1 : 0;
    const planned = held ? null : nextRun(record, enteredAt);
    const retries = passing && !held && isStartedByItself(record, ended.attempt.trigger);
    return {
      ...ended,
      enteredAt,
      failuresInRow,
      nextRunAt: retries ? earlier(planned, enteredAt + retryAfter(failuresInRow)) : planned,
    };
  }
}

/** A manual record is started by a person, or by a change of its source and the tries that follow: its schedule starts no others. */
function isStartedByItself({ enabled, schedule, syncOnChange }: SyncRecord, trigger: string): boolean {
  return enabled && (schedule.kind !== 'manual' || (syncOnChange && trigger !== 'user'));
}

/** Whether a person's answer about a deletion is still wanted after an attempt that did not get to see whether it is. */
function isStillAsked({ record, conflictSeen }: RecordRow, { outcome, action, code }: Ended['attempt']): boolean {
  if (!asksDeletion(conflictSeen) || record.consent === conflictSeen) return false;
  const sawNothing = outcome === 'failed' && (action === 'blocked' || action === 'delete' || action === 'none');
  return sawNothing || code === 'source-missing';
}

/** @param failures how many in a row */
function retryAfter(failures: number): number {
  return Math.min(firstRetryMs * 2 ** Math.min(failures - 1, 10), longestRetryMs);
}

function earlier(planned: number | null, retry: number): number {
  return planned === null ? retry : Math.min(planned, retry);
}
