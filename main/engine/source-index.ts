import { setImmediate as breathe } from 'node:timers/promises';
import type { SourceKind } from '../domain/item.ts';
import type { LedgerEntry } from '../domain/record.ts';
import type { TargetService } from '../domain/service.ts';
import type { RecordRow, RecordStore } from '../store/ports.ts';
import { refsOf } from './several.ts';

/** Rows decoded at a time: more would keep everything else waiting. */
const stretch = 100;

/** What scans and rules need to know of a record without asking the store again and again. */
export interface KnownRecord {
  readonly id: string;
  readonly sourceConnectionId: string;
  readonly sourceVault: string;
  readonly sourceKind: SourceKind;
  readonly sourceName: string;
  /** The names of everything it reads, its own source first. */
  readonly reads: readonly string[];
  readonly targetConnectionId: string;
  readonly targetService: TargetService;
  readonly targetRegion: string;
  readonly targetName: string;
  readonly ruleId: string | null;
  /** A change of its source starts it, unless it waits for a person. */
  readonly follows: boolean;
  /** Its last look found no source. */
  readonly missedSource: boolean;
  readonly lastRunAt: number | null;
  readonly ledger: Pick<
    LedgerEntry,
    'sourceUpdatedOn' | 'sourceMetadata' | 'settled' | 'writtenAt' | 'removedAt'
  > | null;
}

/** One text per vault: Azure compares names without regard to case. */
export function vaultKey(connectionId: string, vault: string): string {
  return `${connectionId}\n${vault.toLowerCase()}`;
}

/** One text per source; see `vaultKey`. */
export function sourceKey(connectionId: string, vault: string, kind: SourceKind, name: string): string {
  return `${vaultKey(connectionId, vault)}\n${kind}\n${name.toLowerCase()}`;
}

/** Which records read which source. Kept in step with the store by its revisions, so that a look costs what changed. */
export class SourceIndex {
  readonly #records: Pick<RecordStore, 'changes'>;
  readonly #known = new Map<string, KnownRecord>();
  readonly #byVault = new Map<string, Set<string>>();
  readonly #bySource = new Map<string, Set<string>>();
  readonly #byRule = new Map<string, Set<string>>();
  #revision: number | null = null;
  #turn: Promise<void> = Promise.resolve();

  constructor(records: Pick<RecordStore, 'changes'>) {
    this.#records = records;
  }

  /** Takes in what changed in the store since the last time. */
  refresh(): Promise<void> {
    const turn = this.#turn.then(() => this.#takeIn());
    this.#turn = turn.catch(() => {});
    return turn;
  }

  all(): Iterable<KnownRecord> {
    return this.#known.values();
  }

  get(id: string): KnownRecord | undefined {
    return this.#known.get(id);
  }

  /** The records of a vault, of both kinds. */
  ofVault(connectionId: string, vault: string): KnownRecord[] {
    return this.#of(this.#byVault.get(vaultKey(connectionId, vault)));
  }

  /** The records that read this item, alone or with others. */
  ofSource(connectionId: string, vault: string, kind: SourceKind, name: string): KnownRecord[] {
    return this.#of(this.#bySource.get(sourceKey(connectionId, vault, kind, name)));
  }

  countOfRule(ruleId: string): number {
    return this.#byRule.get(ruleId)?.size ?? 0;
  }

  async #takeIn(): Promise<void> {
    for (;;) {
      const { rows, removed, revision, more } = this.#records.changes(this.#revision, stretch);
      for (const id of removed) this.#drop(id);
      for (const row of rows) this.#put(knownRecord(row));
      this.#revision = revision;
      if (!more) return;
      await breathe();
    }
  }

  #of(ids: Iterable<string> = []): KnownRecord[] {
    return [...ids].flatMap((id) => this.#known.get(id) ?? []);
  }

  #put(record: KnownRecord): void {
    this.#drop(record.id);
    this.#known.set(record.id, record);
    for (const [map, key] of this.#placesOf(record)) map.set(key, (map.get(key) ?? new Set()).add(record.id));
  }

  #drop(id: string): void {
    const record = this.#known.get(id);
    if (!record) return;
    this.#known.delete(id);
    for (const [map, key] of this.#placesOf(record)) {
      const ids = map.get(key);
      ids?.delete(id);
      if (ids?.size === 0) map.delete(key);
    }
  }

  #placesOf(record: KnownRecord): [Map<string, Set<string>>, string][] {
    const { sourceConnectionId, sourceVault, sourceKind, reads, ruleId } = record;
    return [
      [this.#byVault, vaultKey(sourceConnectionId, sourceVault)],
      ...reads.map((name): [Map<string, Set<string>>, string] => [
        this.#bySource,
        sourceKey(sourceConnectionId, sourceVault, sourceKind, name),
      ]),
      ...(ruleId === null ? [] : [[this.#byRule, ruleId] satisfies [Map<string, Set<string>>, string]]),
    ];
  }
}

function knownRecord({ record, status, lastRunAt, ledger }: RecordRow): KnownRecord {
  const { id, sourceConnectionId, sourceVault, sourceKind, sourceName, ruleId } = record;
  const { targetConnectionId, targetService, targetRegion, targetName } = record;
  return {
    ...{ id, sourceConnectionId, sourceVault, sourceKind, sourceName, ruleId },
    ...{ targetConnectionId, targetService, targetRegion, targetName },
    reads: refsOf(record).map(({ name }) => name),
    follows: record.enabled && record.syncOnChange,
    missedSource: status.code === 'source-missing',
    lastRunAt,
    ledger: ledger && {
      sourceUpdatedOn: ledger.sourceUpdatedOn,
      sourceMetadata: ledger.sourceMetadata,
      settled: ledger.settled,
      writtenAt: ledger.writtenAt,
      removedAt: ledger.removedAt,
    },
  };
}
