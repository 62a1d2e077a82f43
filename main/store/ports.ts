import type { Check, CheckRow, CheckVerdict } from '../domain/check.ts';
import type { Connection, Credential } from '../domain/connection.ts';
import type { FailureDetail } from '../domain/failure.ts';
import type { SourceItem, SourceKind } from '../domain/item.ts';
import type { LedgerEntry, SyncRecord } from '../domain/record.ts';
import type { Rule } from '../domain/rule.ts';
import type { TargetService } from '../domain/service.ts';
import type { AttemptOutcome, StatusDetail } from '../domain/status.ts';

/**
 * What the rest of main keeps. Every method is one transaction: it happened whole or not at all. All times are
 * milliseconds since the epoch. Reading and writing is synchronous and short; anything long is paged by the caller.
 */
export interface Store {
  readonly connections: ConnectionStore;
  readonly records: RecordStore;
  readonly rules: RuleStore;
  readonly discovery: DiscoveryStore;
  readonly checks: CheckStore;
  readonly journal: Journal;
  readonly audit: Audit;
  /**
   * Copies the whole store beside it if a day has passed since the last daily copy; old copies make room. Opening the store does
   * the same: this is for an app that runs for days. The copying holds nothing up, so it may be asked for at any time, and as
   * often as one likes. Rejects with a Failure that names the cause; `cancelled` if the store is closed meanwhile.
   */
  backUp(): Promise<void>;
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
  /**
   * Removes a connection, alone or with the records and rules that use it (their history and audit stay). Fails while records or
   * rules use it.
   */
  remove(id: string, options: { readonly withRecords: boolean }): void;
}

/** A record with everything a screen shows of it. */
export interface RecordRow {
  readonly record: SyncRecord;
  readonly status: StatusDetail;
  /** The target state that a person is asked about (see `PlannedStep.targetSeen`); null while nobody is. */
  readonly conflictSeen: string | null;
  readonly lastRunAt: number | null;
  readonly nextRunAt: number | null;
  /** When `nextRunAt` was counted, by our clock: one that lies ahead was counted by a clock that was wrong. */
  readonly nextRunSetAt: number | null;
  /** Attempts that failed in a way that may pass, one after the other: the next is tried before the schedule's time. */
  readonly failuresInRow: number;
  readonly ledger: LedgerEntry | null;
}

export type RecordChange = Partial<
  Pick<
    SyncRecord,
    | 'schedule'
    | 'enabled'
    | 'syncOnChange'
    | 'copyTags'
    | 'conflictPolicy'
    | 'deletionPolicy'
    | 'options'
    | 'ruleId'
    | 'kept'
    | 'sourceConnectionId'
    | 'sourceVault'
    | 'sourceName'
  >
>;

/** What changed in the list of records since a revision. */
export interface RecordChanges {
  readonly rows: readonly RecordRow[];
  readonly removed: readonly string[];
  /** To ask from the next time. */
  readonly revision: number;
  /** There is more: ask again at once. */
  readonly more: boolean;
}

/** Each row read takes about 0.02 ms, each row written 0.1 ms: up to 50 written at a time hold nothing up noticeably. */
export interface RecordStore {
  /** All of them: 0.2 s for 10,000. What a window shows it asks for with `changes`. */
  list(): RecordRow[];
  get(id: string): RecordRow | undefined;
  getMany(ids: readonly string[]): RecordRow[];
  /**
   * Inserts all or none, with next runs that were counted when the record was made. A record whose target place is taken (see `targetPlace`) makes it throw a `conflict` Failure with
   * code `duplicate-target`: a unique index is the last word on that, whatever was checked before.
   */
  insert(rows: readonly { record: SyncRecord; status: StatusDetail; nextRunAt: number | null }[]): void;
  /** One that points at another source from now on has its ledger unsettled: dates of the former source prove nothing of it. */
  update(ids: readonly string[], change: RecordChange): void;
  setConsent(id: string, consent: string | null): void;
  /** All or none: an id that is unknown is a `not-found` Failure. @param setAt now, by our clock */
  setNextRuns(runs: readonly { readonly id: string; readonly at: number | null }[], setAt: number): void;
  /** Ids of enabled records whose next run is due; oldest first. */
  due(now: number): string[];
  /** Ids of enabled records whose next run was counted at a time that lies ahead: by a clock that was wrong. */
  misplaced(now: number): string[];
  /**
   * What a check found: status and the target state a person is asked about, for records that still are. `disowned`: the target
   * does not hold what was written, whatever its version says, so from now on its version in the ledger is not known.
   */
  mark(
    marks: readonly {
      readonly id: string;
      readonly status: StatusDetail;
      readonly conflictSeen: string | null;
      readonly disowned?: boolean;
    }[],
  ): void;
  /**
   * Up to `limit` records that changed, were added or removed after a revision, oldest change first: each once, as it is now. A
   * `limit` of 200 takes about 4 ms.
   * @param since a revision told before; null for everything
   */
  changes(since: number | null, limit: number): RecordChanges;
  /** Ids of the records of one vault, of one rule, or with a certain status code; of all that is asked for at once. */
  idsWhere(where: {
    readonly sourceConnectionId?: string;
    readonly sourceVault?: string;
    readonly ruleId?: string;
    readonly code?: string;
  }): string[];
  /** The target places taken (see `targetPlace`), with the record that has each. */
  places(): Map<
    string,
    { readonly id: string; readonly sourceVault: string; readonly sourceName: string; readonly sourceKind: SourceKind }
  >;
  count(): number;
  /** Removes records with their ledger and open intents; history and audit stay. */
  remove(ids: readonly string[]): void;
  countByConnection(): Map<string, number>;
  countWithStatus(status: StatusDetail['status']): number;
  /** How many records wait for a person: about a deletion (see `deletionOf`), and about any other conflict. */
  countWaiting(): { readonly conflicts: number; readonly deletions: number };
}

/** What keeps a vault mirrored by itself. */
export interface RuleStore {
  list(): RuleRow[];
  get(id: string): RuleRow | undefined;
  /** Inserts or replaces. */
  save(rule: Rule): void;
  /** What the last look at its vault came to. */
  setState(id: string, state: RuleState): void;
  /**
   * Its records stay, without a rule. Takes about 0.1 ms for each of them: of a rule with thousands, let go with `update` first,
   * some at a time.
   */
  remove(id: string): void;
}

export interface RuleRow {
  readonly rule: Rule;
  /** Null until its vault was looked at. */
  readonly state: RuleState | null;
}

type Reason = Pick<FailureDetail, 'code' | 'sentence' | 'fix'>;

export interface RuleState {
  readonly checkedAt: number;
  readonly matches: number;
  /** Matches that got no record, and why: the first of them. */
  readonly refused: number;
  readonly problems: readonly { readonly vault: string; readonly name: string; readonly sentence: string }[];
  /** Why the rule as a whole made nothing (its limit, a vault that can't be listed); null if nothing spoke against it. */
  readonly stopped: Reason | null;
}

/** What scans have seen of vaults: metadata only, so that the next scan can tell what changed. */
export interface DiscoveryStore {
  vaults(): ScannedVault[];
  /**
   * Enters the vaults a connection can see now; those it no longer sees are marked gone, never dropped. One that only a scan
   * entered is never marked: no list told of it before either.
   */
  enterVaults(
    connectionId: string,
    vaults: readonly { readonly name: string; readonly subscription: string }[],
    at: number,
  ): void;
  /** Everything known of a vault's items of one kind, by lower-case name. Takes 7 ms for 1,000; `page` is for more. */
  items(connectionId: string, vault: string, kind: SourceKind): Map<string, ScannedItem>;
  /** A page of a vault's items of both kinds, in the order of names. @param after the last one of the page before */
  page(
    connectionId: string,
    vault: string,
    after: { readonly kind: SourceKind; readonly name: string } | null,
    limit: number,
  ): ScannedItem[];
  /** All known items, to see what a pattern would match; called with a page at a time. */
  eachPage(look: (items: readonly ScannedItem[]) => void): void;
  /**
   * One whole listing's difference: items that are new, changed or deleted, and when it was made. Up to 200 items hold nothing up
   * noticeably (5 ms); more come in several calls with the same time.
   */
  enterScan(scan: {
    readonly connectionId: string;
    readonly vault: string;
    readonly kind: SourceKind;
    readonly at: number;
    readonly changed: readonly ScannedItem[];
  }): void;
  /** A listing that failed leaves what was known, and says so. */
  enterFailure(scan: {
    readonly connectionId: string;
    readonly vault: string;
    readonly kind: SourceKind;
    readonly at: number;
    readonly failure: Reason;
  }): void;
}

export interface ScannedVault {
  readonly connectionId: string;
  readonly vault: string;
  readonly subscription: string;
  /** When the connection stopped seeing it; null while it does. */
  readonly goneAt: number | null;
  /** Of each kind that was listed: when last whole, and why not since. */
  readonly scans: readonly {
    readonly kind: SourceKind;
    readonly scannedAt: number | null;
    readonly failedAt: number | null;
    readonly failure: Reason | null;
  }[];
  /** That are there, `disabled` ones among them. */
  readonly items: number;
  readonly disabled: number;
  /** That a whole listing lacked. */
  readonly deleted: number;
}

export interface ScannedItem {
  readonly connectionId: string;
  readonly item: SourceItem;
  readonly firstSeenAt: number;
  /** When a scan first saw it as it is now, by our clock. */
  readonly changedAt: number;
  /** When a whole listing first lacked it; null while it is there. */
  readonly deletedAt: number | null;
}

/** Checks of targets against their sources, with what was found: the evidence. */
export interface CheckStore {
  /** With the audit row that says who asked for it. */
  start(check: Check, audit: AuditEntry): void;
  /** Up to 200 rows at a time hold nothing up noticeably (4 ms). */
  add(checkId: string, rows: readonly CheckRow[]): void;
  end(check: Check, audit: AuditEntry): void;
  list(limit: number): Check[];
  get(id: string): Check | undefined;
  /** In the order they were added. @param after the id of the last row of the page before */
  rows(
    checkId: string,
    options: { readonly after: number; readonly limit: number; readonly verdicts?: readonly CheckVerdict[] },
  ): (CheckRow & { readonly id: number })[];
}

export type Trigger = 'user' | 'schedule' | 'change' | 'recovery';

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
  readonly mode: 'create' | 'update' | 'delete';
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

interface WritePlace {
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
  /** Now, by our clock. */
  readonly enteredAt: number;
  readonly failuresInRow: number;
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
  /**
   * Waits until what was journaled so far is on the disk, which `openIntent`, `sealIntent` and `finish` do not wait for: a killed
   * process loses nothing of it, a power failure might. To be awaited before a target is changed. Rejects with a Failure.
   */
  onDisk(): Promise<void>;
  openIntents(): Intent[];
  /**
   * Ledger, status, history, audit and the intent's end, for all outcomes in one transaction. A write clears the consent, and so
   * does a removal, or finding that none is needed. Up to 50 outcomes take 8 ms.
   */
  finish(outcomes: readonly Outcome[]): void;
  history(recordId: string, limit: number, before?: number): (Attempt & { id: number })[];
  /** How many values were written to a service since then, by connection and region. */
  countWrites(service: TargetService, since: number): { connectionId: string; region: string; count: number }[];
  /** How many targets were removed since then because their sources were deleted. */
  countDeletes(since: number): number;
  /**
   * Forgets up to `limit` attempts, runs and checks that ended before: `unchanged` for attempts that found nothing to do,
   * `others` for the rest. Never a record's last attempt, never a write younger than the longest quota counts. The audit trail
   * is not touched. A check goes after what it found, and both after 90 days at the latest. Up to 200 at a time hold nothing up noticeably (3 ms).
   * @returns how many were forgotten; fewer than `limit` means there are no more
   */
  prune(before: { readonly unchanged: number; readonly others: number }, limit: number): number;
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

export interface AuditFilter {
  readonly actor?: Trigger | undefined;
  readonly outcome?: AuditEntry['outcome'] | undefined;
  /** Part of action, subject or detail, without regard to case. */
  readonly text?: string | undefined;
  /** Milliseconds since the epoch, inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface Audit {
  append(entry: AuditEntry): void;
  /** Newest first. With a filter that little matches it goes through the whole trail, at about 1 ms for 1,000 rows; see `search`. */
  list(limit: number, before?: number, filter?: AuditFilter): (AuditEntry & { id: number })[];
  /** The same, a stretch at a time: each turn of the generator is a short one, and says to which id it came. @returns what `list` would */
  search(limit: number, before?: number, filter?: AuditFilter): Generator<number, (AuditEntry & { id: number })[]>;
  /** Oldest first, with each row's hash in hex: an export can be checked against the chain. */
  page(after: number, limit: number, filter?: AuditFilter): (AuditEntry & { id: number; hash: string })[];
  /**
   * Walks the hash chain a stretch at a time, so that nothing else waits for the whole of it: each turn of the generator is one
   * stretch. @returns how many rows there are, and the first that does not fit, or null
   */
  verify(): Generator<number, { readonly rows: number; readonly firstBad: number | null }>;
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
