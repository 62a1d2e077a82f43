import type { CallSignal, Source, Target } from '../clouds/ports.ts';
import type { Failure } from '../domain/failure.ts';
import type { PlannedStep } from '../domain/plan.ts';
import type { Keyring, RecordRow, Store } from '../store/ports.ts';
import type { Clock } from './deps.ts';
import type { RunIdentity } from './outcome.ts';

/** All that one attempt at one record needs. */
export interface ApplyContext {
  readonly run: RunIdentity;
  readonly row: RecordRow;
  readonly source: Source;
  readonly target: Target;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /**
   * Not aborted by Cancel: what was sent is not torn off, it ends, or its own deadline ends it. Its `stop` is: nothing more is begun
   * and nothing waited for.
   */
  readonly toTheEnd: CallSignal;
  /** When the look that is acted on began, by our clock: what it saw proves nothing of later. */
  readonly lookedAt: number;
  /** The step that a person was shown and agreed to, where there is one: nothing else may be written. */
  readonly shown: PlannedStep | undefined;
  /** Whether the brake lets this record's target be removed. */
  readonly mayDelete: () => Promise<boolean>;
  /** Shows what a write that takes its time is waiting for. */
  readonly waiting: (sentence: string) => void;
  /** Any thrown thing as the Failure that a person is told: it tells the end of a record's time from a person's Cancel. */
  readonly failureOf: (thrown: unknown) => Failure;
}
