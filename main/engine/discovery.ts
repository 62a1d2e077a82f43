import type { SourceRef } from '../clouds/ports.ts';
import { conflictPolicyOf, isHeld } from '../domain/decision.ts';
import { toFailure } from '../domain/failure.ts';
import { type SourceKind, sourceKinds } from '../domain/item.ts';
import type { Rule } from '../domain/rule.ts';
import type { RecordRow, Store, Trigger } from '../store/ports.ts';
import { hasToFollow, type Seen } from './behind.ts';
import { CertificateMemory } from './certificate-memory.ts';
import type { EngineDeps } from './deps.ts';
import type { Engine } from './index.ts';
import { inStretches } from './planning.ts';
import { carryOut } from './rule-records.ts';
import { type Examined, examineRule, type RuleDeps, type TargetRules } from './rules.ts';
import { Seats } from './seats.ts';
import { SourceIndex, vaultKey } from './source-index.ts';
import { type ShelfRef, VaultLooks, type VaultRef } from './vault-looks.ts';

/** Vaults scanned at a time. Those that failed last have seats of their own: what does not answer keeps no other waiting. */
const atOnce = 8;
const failingAtOnce = 4;
/** What was seen of a vault so lately, in milliseconds, is good enough to show what a rule would do. */
const freshMs = 60_000;

interface DiscoveryDeps extends Pick<EngineDeps, 'openClouds' | 'keyring' | 'settings' | 'clock' | 'newId'> {
  readonly store: Store;
  readonly engine: Pick<Engine, 'start' | 'isSyncing'>;
  /** While a person paused syncs, scans go on (they only look) and start none. */
  readonly isPaused: () => boolean;
  readonly targetRules: TargetRules;
  readonly observer: Pick<EngineDeps['observer'], 'discovered' | 'recordsChanged'>;
  /** Something in the background failed that no vault and no rule shows. */
  readonly onFailed: (thrown: unknown) => void;
}

/** A scan that has begun. */
interface ScanUnderWay {
  /** How many vaults are looked at. */
  readonly vaults: number;
  /** Settles when all is entered and the syncs that follow are started; never rejects. */
  readonly finished: Promise<void>;
}

/**
 * Knows what vaults hold, metadata only, and acts on what changed: records whose source changed are started, and rules get
 * the records that they lack.
 */
export class Discovery {
  /** Which records read which source. */
  readonly index: SourceIndex;
  readonly #deps: DiscoveryDeps;
  readonly #looks: VaultLooks;
  readonly #ruleDeps: RuleDeps;
  readonly #stop = new AbortController();
  readonly #seats = new Seats(atOnce);
  readonly #failingSeats = new Seats(failingAtOnce);
  /** By vault, those that wait for their turn included. */
  readonly #scanning = new Map<string, Promise<void>>();
  /** The work on the rules of a vault, one after the other, so that two never make the same record. */
  readonly #turns = new Map<string, Promise<void>>();
  /** Records whose source was seen to change while they could not be started. */
  readonly #again = new Set<string>();

  constructor(deps: DiscoveryDeps) {
    const { store, clock, observer } = deps;
    this.#deps = deps;
    this.index = new SourceIndex(store.records);
    const look = { openClouds: deps.openClouds, clock };
    this.#looks = new VaultLooks(
      {
        ...look,
        store: store.discovery,
        expected: (shelf) => this.#expected(shelf),
        onLooked: () => observer.discovered(),
        onFailed: deps.onFailed,
      },
      this.#stop.signal,
    );
    const certificates = new CertificateMemory(look, this.#stop.signal);
    this.#ruleDeps = {
      ...deps,
      index: this.index,
      stop: this.#stop.signal,
      describe: ({ sourceConnectionId }, items) => certificates.describe(sourceConnectionId, items),
    };
  }

  /**
   * Begins to look at vaults: those in use, each for the kinds that are used, and which vaults there are; or at the named ones,
   * for both kinds. One that is being looked at is not begun twice.
   * @throws Failure `auth` while the credential store is locked
   */
  async scan(named?: readonly VaultRef[]): Promise<ScanUnderWay> {
    this.#deps.keyring();
    const wanted = named
      ? named.map((ref) => ({ ...ref, kinds: new Set(sourceKinds) }))
      : [...(await this.watched()).values()];
    const failing = this.#looks.failing();
    const vaults = wanted.map(({ kinds, ...ref }) => {
      const isFailing = failing.has(vaultKey(ref.connectionId, ref.vault));
      return this.#scanVault(ref, kinds, isFailing ? this.#failingSeats : this.#seats);
    });
    const lists = named
      ? []
      : this.#deps.store.connections
          .list()
          .filter(({ settings }) => settings.provider === 'azure')
          .map(({ id }) => this.#reported(() => this.#looks.lookForVaults(id)));
    return { vaults: vaults.length, finished: Promise.all([...vaults, ...lists]).then(() => {}) };
  }

  isScanning(connectionId: string, vault: string): boolean {
    return this.#scanning.has(vaultKey(connectionId, vault));
  }

  /** The vaults that records and enabled rules use, with the kinds they use, by `vaultKey`. */
  async watched(): Promise<Map<string, VaultRef & { readonly kinds: Set<SourceKind> }>> {
    await this.index.refresh();
    const used = new Map<string, VaultRef & { readonly kinds: Set<SourceKind> }>();
    const use = (connectionId: string, vault: string, kind: SourceKind) => {
      const key = vaultKey(connectionId, vault);
      const known = used.get(key) ?? { connectionId, vault, kinds: new Set() };
      used.set(key, known);
      known.kinds.add(kind);
    };
    for (const { sourceConnectionId, sourceVault, sourceKind } of this.index.all())
      use(sourceConnectionId, sourceVault, sourceKind);
    for (const { rule } of this.#deps.store.rules.list())
      if (rule.enabled) use(rule.sourceConnectionId, rule.sourceVault, rule.filter.kind);
    return used;
  }

  /**
   * What a rule would do now. Changes nothing but what is known of its vault.
   * @param maxAgeMs looks at the vault again if that was longer ago
   * @throws Failure why the vault can't be looked at; `auth` while the credential store is locked
   */
  async examine(rule: Rule, maxAgeMs = freshMs): Promise<Examined> {
    this.#deps.keyring();
    const { items } = await this.#seenLately(rule, maxAgeMs);
    return await examineRule(rule, items.values(), this.#ruleDeps);
  }

  /** Carries a rule out as it is stored. What keeps it from that is told in its state. */
  async carryOut(rule: Rule, trigger: Trigger): Promise<void> {
    try {
      const seen = await this.#seenLately(rule, freshMs);
      await this.#reported(() => this.#evaluateInTurn(rule, seen, trigger));
    } catch (thrown) {
      this.#tellRules([rule], thrown);
    }
  }

  /** Ends every look under way; nothing is entered of those. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#scanning.values(), ...this.#turns.values()]);
  }

  #scanVault(ref: VaultRef, kinds: ReadonlySet<SourceKind>, seats: Seats): Promise<void> {
    const key = vaultKey(ref.connectionId, ref.vault);
    const joined = this.#scanning.get(key);
    if (joined) return joined;
    const scan = seats
      .during(() => Promise.all([...kinds].map((kind) => this.#scanShelf(ref, kind))))
      .then(() => {})
      .finally(() => {
        this.#scanning.delete(key);
        this.#deps.observer.discovered();
      });
    this.#scanning.set(key, scan);
    return scan;
  }

  async #scanShelf(ref: VaultRef, kind: SourceKind): Promise<void> {
    const rules = () =>
      this.#deps.store.rules
        .list()
        .map(({ rule }) => rule)
        .filter((rule) => rule.enabled && rule.filter.kind === kind && isIn(rule, ref));
    let seen: Seen;
    try {
      seen = await this.#looks.look({ ...ref, kind });
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      // Entered as the vault's own failure already, which says no cause; its rules say it too.
      if (toFailure(thrown).kind === 'bug') this.#deps.onFailed(thrown);
      await this.#reported(() => this.#tellRules(rules(), thrown));
      return;
    }
    await this.#reported(() => this.#startFollowers(ref, kind, seen));
    for (const rule of rules()) await this.#reported(() => this.#evaluateInTurn(rule, seen, 'change'));
  }

  /** What a rule's vault holds. Records whose source was seen to change are the next scan's business: this was a look alone. */
  async #seenLately(rule: Rule, maxAgeMs: number): Promise<Seen> {
    const shelf = { connectionId: rule.sourceConnectionId, vault: rule.sourceVault, kind: rule.filter.kind };
    const seen = await this.#looks.lately(shelf, maxAgeMs);
    for (const name of seen.changed)
      for (const { id } of this.index.ofSource(shelf.connectionId, shelf.vault, shelf.kind, name)) this.#again.add(id);
    return seen;
  }

  /** What records copy from a vault, in the spelling of one of them. */
  async #expected({ connectionId, vault, kind }: ShelfRef): Promise<SourceRef[]> {
    await this.index.refresh();
    return this.index
      .ofVault(connectionId, vault)
      .filter(({ sourceKind }) => sourceKind === kind)
      .flatMap(({ reads }) => reads.map((name) => ({ kind, vault, name })));
  }

  /** Starts the records whose source changed. */
  async #startFollowers(ref: VaultRef, kind: SourceKind, seen: Seen): Promise<void> {
    await this.index.refresh();
    const now = this.#deps.clock.now();
    const due = this.index
      .ofVault(ref.connectionId, ref.vault)
      .filter((record) => record.sourceKind === kind && hasToFollow(record, seen, this.#again.has(record.id), now))
      .map(({ id }) => id);
    const free: string[] = [];
    for await (const ids of inStretches(due)) {
      for (const row of this.#deps.store.records.getMany(ids)) {
        const { id } = row.record;
        // A run that is at it may have looked before the change; one that is held waits for its person.
        if (this.#deps.isPaused() || this.#deps.engine.isSyncing(id)) this.#again.add(id);
        else if (!this.#isHeld(row)) free.push(id);
      }
    }
    this.#start(free);
  }

  #start(ids: readonly string[]): void {
    if (ids.length === 0 || this.#deps.isPaused() || this.#stop.signal.aborted) return;
    this.#deps.engine.start(ids, 'change');
    for (const id of ids) this.#again.delete(id);
  }

  async #evaluate(ruleId: string, { items }: Seen, trigger: Trigger): Promise<void> {
    const rule = this.#deps.store.rules.get(ruleId)?.rule;
    if (!rule?.enabled || this.#stop.signal.aborted) return;
    let made: string[];
    try {
      const examined = await examineRule(rule, items.values(), this.#ruleDeps);
      made = await carryOut(rule, examined, trigger, this.#ruleDeps);
    } catch (thrown) {
      this.#tellRules([rule], thrown);
      throw thrown;
    } finally {
      this.#deps.observer.discovered();
      this.#deps.observer.recordsChanged();
    }
    this.#start(made);
  }

  /** Lets rules say why they could not be carried out; what they came to before stays. */
  #tellRules(rules: readonly Rule[], thrown: unknown): void {
    const { store, clock } = this.#deps;
    const { code, sentence, fix } = toFailure(thrown).detail;
    for (const { id } of rules) {
      const state = store.rules.get(id)?.state ?? { matches: 0, refused: 0, problems: [] };
      const stopped = { code, sentence: `The rule was not carried out to its end. ${sentence}`, fix };
      store.rules.setState(id, { ...state, checkedAt: clock.now(), stopped });
    }
  }

  #evaluateInTurn(rule: Rule, seen: Seen, trigger: Trigger): Promise<void> {
    const key = vaultKey(rule.sourceConnectionId, rule.sourceVault);
    const work = () => this.#evaluate(rule.id, seen, trigger);
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work, work);
    this.#turns.set(key, turn);
    const done = () => {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    };
    turn.then(done, done);
    return turn;
  }

  #isHeld(row: RecordRow): boolean {
    return isHeld(row, conflictPolicyOf(row.record, this.#deps.settings()));
  }

  async #reported(work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!this.#stop.signal.aborted) this.#deps.onFailed(thrown);
    }
  }
}

function isIn(rule: Rule, { connectionId, vault }: VaultRef): boolean {
  return vaultKey(rule.sourceConnectionId, rule.sourceVault) === vaultKey(connectionId, vault);
}
