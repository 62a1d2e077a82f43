import { setImmediate as breathe } from 'node:timers/promises';
import type { SourceRef } from '../clouds/ports.ts';
import { cancelled, Failure, toFailure } from '../domain/failure.ts';
import type { SourceKind } from '../domain/item.ts';
import type { DiscoveryStore, ScannedItem } from '../store/ports.ts';
import type { Seen } from './behind.ts';
import { differences } from './differences.ts';
import { type DiscoverDeps, discoverVaults, listWholeVault, withSource } from './discover.ts';
import { vaultKey } from './source-index.ts';
import { pagesOfVault } from './vault-pages.ts';

/** Changes entered in one transaction: more would keep everything else waiting. */
const batch = 100;
/** The failure of a listing that named nothing where several items were known. */
const emptied = 'vault-listed-nothing';

interface LookDeps extends DiscoverDeps {
  readonly store: DiscoveryStore;
  /** What records copy from a vault. */
  readonly expected: (shelf: ShelfRef) => Promise<readonly SourceRef[]>;
  /** Told when what is known of a vault changed, or that it can't be looked at now. */
  readonly onLooked: () => void;
  /** A failed look could not even be entered. */
  readonly onFailed: (thrown: unknown) => void;
}

/** One vault as a connection sees it, and one kind of what it holds. */
export interface VaultRef {
  readonly connectionId: string;
  readonly vault: string;
}
export interface ShelfRef extends VaultRef {
  readonly kind: SourceKind;
}

/** Looks at vaults, metadata only, and enters what differs from the look before. A look under way is joined, never doubled. */
export class VaultLooks {
  readonly #deps: LookDeps;
  readonly #signal: AbortSignal;
  readonly #underWay = new Map<string, Promise<Seen>>();

  /** @param signal ends every look under way */
  constructor(deps: LookDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
  }

  /**
   * A whole listing of one kind, entered. Only a whole one says that items are gone; one that failed leaves what was known and is
   * entered as such.
   * @throws Failure why the vault could not be listed whole
   */
  look(shelf: ShelfRef): Promise<Seen> {
    const key = shelfKey(shelf);
    const joined = this.#underWay.get(key);
    if (joined) return joined;
    const look = this.#lookNow(shelf).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, look);
    return look;
  }

  /** What was seen last, if that was no longer ago than `maxAgeMs`; a new look otherwise. */
  async lately(shelf: ShelfRef, maxAgeMs: number): Promise<Seen> {
    const scanned = this.#scanOf(shelf);
    const isFresh =
      scanned?.scannedAt != null &&
      (scanned.failedAt ?? 0) <= scanned.scannedAt &&
      Math.abs(this.#deps.clock.now() - scanned.scannedAt) < maxAgeMs;
    if (!isFresh) return await this.look(shelf);
    return { items: await this.#known(shelf), changed: new Set() };
  }

  /**
   * Enters which vaults a connection sees. None is taken for gone where part of the answer was refused, or where it names none
   * at all: a connection loses its rights more often than all its vaults.
   */
  async lookForVaults(connectionId: string): Promise<void> {
    const { store, clock } = this.#deps;
    const { vaults, refused } = await discoverVaults(this.#deps, connectionId, this.#signal);
    const seen = new Set(vaults.map(({ name }) => vaultKey(connectionId, name)));
    const isPart = refused.length > 0 || vaults.length === 0;
    const kept = store
      .vaults()
      .filter((one) => one.connectionId === connectionId && one.goneAt === null && isPart)
      .filter(({ vault }) => !seen.has(vaultKey(connectionId, vault)))
      .map(({ vault, subscription }) => ({ name: vault, subscription }));
    const named = vaults.map(({ name, subscription }) => ({ name, subscription }));
    store.enterVaults(connectionId, [...named, ...kept], clock.now());
    this.#deps.onLooked();
  }

  /** The vaults whose last look failed, by `vaultKey`. */
  failing(): Set<string> {
    const failing = this.#deps.store.vaults().filter(({ scans }) => scans.some(({ failure }) => failure !== null));
    return new Set(failing.map(({ connectionId, vault }) => vaultKey(connectionId, vault)));
  }

  async #lookNow(shelf: ShelfRef): Promise<Seen> {
    const { store, clock, onLooked } = this.#deps;
    const { connectionId, vault, kind } = shelf;
    try {
      const listed = await withSource(this.#deps, connectionId, (source) =>
        listWholeVault(source, vault, kind, clock, this.#signal),
      );
      const known = await this.#known(shelf);
      if (listed.size === 0) this.#believeEmpty(shelf, known);
      const expected = await this.#deps.expected(shelf);
      const at = clock.now();
      const changed = await differences(connectionId, known, listed, expected, at);
      for (let from = 0; from === 0 || from < changed.length; from += batch) {
        if (this.#signal.aborted) throw cancelled();
        store.enterScan({ connectionId, vault, kind, at, changed: changed.slice(from, from + batch) });
        await breathe();
      }
      for (const one of changed) known.set(one.item.name.toLowerCase(), one);
      onLooked();
      return { items: known, changed: new Set(changed.map(({ item }) => item.name.toLowerCase())) };
    } catch (thrown) {
      const { detail } = toFailure(thrown);
      // Called off when the app ends: that says nothing of the vault.
      if (this.#signal.aborted) throw thrown;
      const { code, sentence, fix } = detail;
      try {
        store.enterFailure({ connectionId, vault, kind, at: clock.now(), failure: { code, sentence, fix } });
      } catch (worse) {
        this.#deps.onFailed(worse);
      }
      onLooked();
      throw thrown;
    }
  }

  /**
   * A vault that listed several items and now lists none is more likely one whose answer is wrong: it is believed when the
   * next look says the same. One item may well be the last that was deleted.
   */
  #believeEmpty(shelf: ShelfRef, known: ReadonlyMap<string, ScannedItem>): void {
    const present = [...known.values()].filter(({ deletedAt }) => deletedAt === null).length;
    const last = this.#scanOf(shelf);
    if (present <= 1 || last?.failure?.code === emptied) return;
    throw new Failure({
      kind: 'invalid',
      code: emptied,
      sentence: `The vault ${shelf.vault} listed no ${shelf.kind}s at all, where it had ${present}. Nothing was taken for deleted.`,
      fix: 'Look at the vault in Azure. If it is empty indeed, the next scan enters it so; or press Scan now.',
    });
  }

  /** Everything known of a vault's items of one kind, by lower-case name. */
  async #known({ connectionId, vault, kind }: ShelfRef): Promise<Map<string, ScannedItem>> {
    const known = new Map<string, ScannedItem>();
    for await (const page of pagesOfVault(this.#deps.store, connectionId, vault))
      for (const one of page) if (one.item.kind === kind) known.set(one.item.name.toLowerCase(), one);
    return known;
  }

  #scanOf({ connectionId, vault, kind }: ShelfRef) {
    const key = vaultKey(connectionId, vault);
    const known = this.#deps.store.vaults().find((one) => vaultKey(one.connectionId, one.vault) === key);
    return known?.scans.find((scan) => scan.kind === kind);
  }
}

function shelfKey({ connectionId, vault, kind }: ShelfRef): string {
  return `${vaultKey(connectionId, vault)}\n${kind}`;
}
