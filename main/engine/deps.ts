import type { Clouds } from '../clouds/ports.ts';
import type { Failure } from '../domain/failure.ts';
import type { ConflictPolicy } from '../domain/record.ts';
import type { Keyring, RunRow, Store } from '../store/ports.ts';

/** Time and chance, passed in so that tests own them. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** 0 ≤ x < 1. */
  random(): number;
  /** Rejects with the signal's reason if it aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A run as it goes on; the numbers only ever grow. */
export interface RunProgress extends RunRow {
  readonly phase: 'scanning' | 'applying' | 'done' | 'cancelled';
  readonly done: number;
}

/** Told as things happen, from inside the run: must be quick and must not throw. */
export interface EngineObserver {
  progress(run: RunProgress): void;
  /** The records' rows in the store, or whether they are being synced, may have changed. */
  recordsChanged(): void;
  /** What a record's write that takes its time is waiting for; null once it is over. */
  waiting(recordId: string, sentence: string | null): void;
  /** The run had to stop as a whole: the store failed, or a bug. Its records keep what was entered. */
  runFailed(failure: Failure): void;
}

export interface EngineDeps {
  readonly store: Store;
  /** Clients for one run; the engine closes them. */
  readonly openClouds: () => Clouds;
  /** Throws an `auth` Failure, code `store-locked`, while the credential store is locked. */
  readonly keyring: () => Keyring;
  readonly settings: () => { readonly conflictPolicy: ConflictPolicy; readonly concurrency: number };
  readonly clock: Clock;
  readonly newId: () => string;
  /** Prefix of the tag keys that mark a target as ours; see main/product. */
  readonly tagNamespace: string;
  readonly observer: EngineObserver;
}
