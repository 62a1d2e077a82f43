import type { Source, Target } from '../clouds/ports.ts';
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
  /** Never aborts: a write that has begun is not torn off by Cancel. It ends, or its own deadlines end it. */
  readonly toTheEnd: AbortSignal;
  /** When the look that is acted on began, by our clock: what it saw proves nothing of later. */
  readonly lookedAt: number;
  /** Shows what a write that takes its time is waiting for. */
  readonly waiting: (sentence: string) => void;
}
