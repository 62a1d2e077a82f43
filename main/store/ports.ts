import type { Connection, Credential } from '../domain/connection.ts';
import type { LedgerEntry, SyncRecord } from '../domain/record.ts';
import type { TargetService } from '../domain/service.ts';
import type { AttemptOutcome, StatusDetail } from '../domain/status.ts';

/**
 * What the rest of main keeps. Every method is one transaction: it happened whole or not at all. All times are
 * milliseconds since the epoch. Reading and writing is synchronous and short; anything long is paged by the caller.
 */
export interface Store {
  readonly connections: ConnectionStore;
  readonly records: RecordStore;
  readonly journal: Journal;
  readonly audit: Audit;
  close(): void;
}

export interface ConnectionStore {
  list(): Connection[];
  get(id: string): Connection | undefined;
  /**
   * Inserts or replaces. `token` is the credential as a Fernet token; null keeps the stored one. Records that were made while
   * the account was not known are told by it from now on, but for those whose place another record has already.
   */
  save(connection: Connection, token: string | null): void;
  /** The credential's Fernet token, or undefined if none is stored. */
  token(id: string): string | undefined;
  /** Removes a connection, alone or with the records that use it (their history and audit stay). Fails while records use it. */
  remove(id: string, options: { readonly withRecords: boolean }): void;
}

/** A record with everything a screen shows of it. */
export interface RecordRow {
  readonly record: SyncRecord;
  readonly status: StatusDetail;
  /** The target state that taking over would replace (see `PlannedStep.targetSeen`); null while not in conflict. */
  readonly conflictSeen: string | null;
  readonly lastRunAt: number | null;
  readonly nextRunAt: number | null;
  readonly ledger: LedgerEntry | null;
}

export type RecordChange = Partial<
  Pick<SyncRecord, 'schedule' | 'enabled' | 'copyTags' | 'conflictPolicy' | 'options'>
>;

export interface RecordStore {
  list(): RecordRow[];
  get(id: string): RecordRow | undefined;
  getMany(ids: readonly string[]): RecordRow[];
  /**
   * Inserts all or none. A record whose target place is taken (see `targetPlace`) makes it throw a `conflict` Failure with
   * code `duplicate-target`: a unique index is the last word on that, whatever was checked before.
   */
  insert(rows: readonly { record: SyncRecord; status: StatusDetail; nextRunAt: number | null }[]): void;
  update(ids: readonly string[], change: RecordChange): void;
  setConsent(id: string, consent: string): void;
  setNextRun(id: string, at: number | null): void;
  /** Ids of enabled records whose next run is due, or is further away than their schedule can put it; oldest first. */
  due(now: number): string[];
  /** Removes records with their ledger and open intents; history and audit stay. */
  remove(ids: readonly string[]): void;
  countByConnection(): Map<string, number>;
  countWithStatus(status: StatusDetail['status']): number;
}

export type Trigger = 'user' | 'schedule' | 'recovery';

export interface RunRow {
  readonly id: string;
  readonly trigger: Trigger;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly cancelled: boolean;
  readonly total: number;
  readonly written: number;
  readonly unchanged: number;
  readonly attention: number;
}

/** A write that is about to happen, or happened and was not yet entered. At most one per record. */
export interface Intent {
  readonly recordId: string;
  readonly runId: string;
  readonly mode: 'create' | 'update';
  readonly startedAt: number;
  /** What the target looked like when the write was decided; see `targetSeen`. */
  readonly targetSeen: string;
  readonly targetId: string | null;
  /** Null until the value was read: no write can have happened before that. */
  readonly sealed: SealedIntent | null;
}

/** What the write will leave behind if it succeeds: enough to finish the ledger after a crash without the value. */
export interface SealedIntent {
  readonly sourceVersion: string;
  readonly sourceUpdatedOn: number;
  readonly sourceMetadata: string;
  readonly settled: boolean;
  readonly idempotencyKey: string;
  /** The version marker the target will have once the write arrived; null where that can't be told before. */
  readonly marker: string | null;
  readonly fingerprint: string;
  readonly tagsWritten: Readonly<Record<string, string>>;
}

/** How one attempt at one record ended. */
export interface Attempt {
  readonly recordId: string;
  readonly runId: string;
  readonly trigger: Trigger;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
  readonly action: string;
  readonly code: string;
  readonly sentence: string;
  readonly fix: string;
  readonly sourceVersion: string | null;
  readonly targetVersion: string | null;
  /** Where a value was written, for counting writes against quotas; null where none was. */
  readonly writtenTo: WritePlace | null;
}

export interface WritePlace {
  readonly service: TargetService;
  readonly connectionId: string;
  readonly region: string;
}

export interface Outcome {
  readonly attempt: Attempt;
  readonly status: StatusDetail;
  /** The ledger after a confirmed write or a refreshed check; undefined leaves it as it is. */
  readonly ledger?: LedgerEntry | undefined;
  readonly conflictSeen: string | null;
  readonly nextRunAt: number | null;
  /** False only where a write may have happened unseen: the intent stays open for recovery. */
  readonly closeIntent: boolean;
  /** The audit row of the write's end; null where nothing was written. */
  readonly audit: AuditEntry | null;
}

export interface Journal {
  startRun(run: { id: string; trigger: Trigger; startedAt: number; total: number }, audit: AuditEntry): void;
  endRun(run: RunRow, audit: AuditEntry): void;
  runs(limit: number): RunRow[];
  /** Intent and audit row together, before anything is written: no audit, no write. Throws if the record has an open intent. */
  openIntent(intent: Intent, audit: AuditEntry): void;
  sealIntent(recordId: string, sealed: SealedIntent): void;
  openIntents(): Intent[];
  /** Ledger, status, history, audit and the intent's end, for all outcomes in one transaction. A write clears the consent, and so does finding that none is needed. */
  finish(outcomes: readonly Outcome[]): void;
  history(recordId: string, limit: number, before?: number): (Attempt & { id: number })[];
  /** How many values were written to a service since then, by connection and region. */
  countWrites(service: TargetService, since: number): { connectionId: string; region: string; count: number }[];
}

export interface AuditEntry {
  readonly at: number;
  /** Who: the person at the window, a schedule, recovery after a crash. */
  readonly actor: Trigger;
  /** What, e.g. `write secret`. */
  readonly action: string;
  /** To what: record, connection, target name. Never a value or a credential. */
  readonly subject: string;
  readonly outcome: 'started' | 'succeeded' | 'failed';
  readonly detail: string;
}

export interface Audit {
  append(entry: AuditEntry): void;
  list(limit: number, before?: number): (AuditEntry & { id: number })[];
  /** Walks the hash chain. @returns the id of the first row that does not fit, or null */
  verify(): number | null;
}

/** What can be done with SECRET_KEY while it is there: nothing here gives the key itself away. */
export interface Keyring {
  /** A credential as a Fernet token. */
  seal(credential: Credential): string;
  /** Fails with kind `auth`, code `credential-unreadable`, if the token was made with another key or damaged. */
  open(token: string): unknown;
  /** HMAC-SHA256 of a value, base64, under a key of its own derived from SECRET_KEY. A text stands for its UTF-8 bytes. */
  fingerprint(content: string | Uint8Array): string;
}

/** Something a person should know about what the app keeps, shown until dismissed. */
export interface Notice {
  /** The same for the same event, so that a dismissed one stays dismissed. */
  readonly id: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly sentence: string;
  readonly fix: string;
}
