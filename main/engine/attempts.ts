import type { Clouds } from '../clouds/ports.ts';
import { cancelled } from '../domain/failure.ts';
import type { PlannedStep } from '../domain/plan.ts';
import type { RecordRow } from '../store/ports.ts';
import { AttemptTime } from './attempt-time.ts';
import type { Brake } from './brake.ts';
import type { ApplyContext } from './context.ts';
import type { EngineDeps } from './deps.ts';
import { type Ended, type Ending, failedEnding, outcomeOf, type RunIdentity } from './outcome.ts';
import { placeOf } from './scan.ts';
import { Seats } from './seats.ts';

/** What all attempts of one run share. */
interface RunParts {
  readonly identity: RunIdentity;
  readonly clouds: Clouds;
  readonly brake: Brake;
  readonly shown: ReadonlyMap<string, PlannedStep>;
  /** Ends what asks and waits; what was sent is let end. */
  readonly cancel: AbortSignal;
  /** Ends even what was sent. */
  readonly abandon: AbortSignal;
}

/** Makes attempts at records, each in its own time and with all that it needs. */
export class Attempts {
  readonly #deps: EngineDeps;
  readonly #parts: RunParts;
  /** For each target place: one that hangs does not take the others' places. */
  readonly #seats = new Map<string, Seats>();

  constructor(deps: EngineDeps, parts: RunParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /** Does something for a record when there is a seat at its target place. */
  async inSeat<T>(row: RecordRow, work: () => Promise<T>): Promise<T> {
    const place = placeOf(row);
    const seats = this.#seats.get(place) ?? new Seats(this.#deps.settings().concurrency);
    this.#seats.set(place, seats);
    return await seats.during(work);
  }

  /**
   * One attempt. Whatever it throws becomes its ending.
   * @param mayDelete whether the brake lets the target be removed; asks it if left out
   */
  async at(
    row: RecordRow,
    lookedAt: number,
    act: (context: ApplyContext) => Promise<Ending>,
    mayDelete?: () => Promise<boolean>,
  ): Promise<Ended> {
    const { clock, keyring, store, observer } = this.#deps;
    const { identity, clouds, brake, shown, cancel, abandon } = this.#parts;
    const { record } = row;
    const startedAt = clock.now();
    const time = new AttemptTime(clock, cancel, abandon);
    let ending: Ending;
    try {
      if (cancel.aborted) throw cancelled();
      ending = await act({
        run: identity,
        row,
        source: await clouds.source(record.sourceConnectionId),
        target: await clouds.target(record.targetConnectionId, record.targetService, record.targetRegion),
        store,
        keyring: keyring(),
        clock,
        signal: time.signal,
        toTheEnd: time.toTheEnd,
        lookedAt,
        shown: shown.get(record.id),
        // One that was not planned among the removals, because the target looked different then.
        mayDelete: mayDelete ?? (() => brake.lets([record.id])),
        waiting: (sentence) => observer.waiting(record.id, sentence),
        failureOf: time.failureOf,
      });
    } catch (thrown) {
      ending = failedEnding('none', time.failureOf(thrown).detail);
    } finally {
      time.end();
    }
    observer.waiting(record.id, null);
    return outcomeOf(identity, row, startedAt, ending, clock);
  }
}
