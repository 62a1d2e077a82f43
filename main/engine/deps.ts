import type { Clouds } from '../clouds/ports.ts';
import type { Check } from '../domain/check.ts';
import type { Exclusion } from '../domain/exclusions.ts';
import type { Failure } from '../domain/failure.ts';
import type { ConflictPolicy, DeletionPolicy, SyncRecord } from '../domain/record.ts';
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
interface EngineObserver {
  progress(run: RunProgress): void;
  /** The records' rows in the store, or whether they are being synced, may have changed. */
  recordsChanged(): void;
  /** What a record's write that takes its time is waiting for; null once it is over. */
  waiting(recordId: string, sentence: string | null): void;
  /** So many records began to wait for a person's decision in a run that is over. */
  decisionsWanted(run: RunProgress, count: number): void;
  /** A check as it goes on. */
  checked(check: Check): void;
  /** What is known of vaults and their items, or of rules, may have changed. */
  discovered(): void;
  /** The run had to stop as a whole: the store failed, or a bug. Its records keep what was entered. */
  runFailed(failure: Failure): void;
}

export interface EngineDeps {
  readonly store: Store;
  /** Clients for one run; the engine closes them. */
  readonly openClouds: () => Clouds;
  /** Throws an `auth` Failure, code `store-locked`, while the credential store is locked. */
  readonly keyring: () => Keyring;
  readonly settings: () => SyncSettings;
  /** When a record runs next by its schedule, jitter included; null while it is paused or manual. See main/scheduler. */
  readonly nextRun: (record: Pick<SyncRecord, 'enabled' | 'schedule'>, now: number) => number | null;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Prefix of the tag keys that mark a target as ours; see main/product. */
  readonly tagNamespace: string;
  readonly observer: EngineObserver;
}

/** What Settings > Sync says. */
export interface SyncSettings {
  readonly conflictPolicy: ConflictPolicy;
  readonly deletionPolicy: DeletionPolicy;
  readonly exclusions: readonly Exclusion[];
  readonly concurrency: number;
}
