import type { DiscoveredItem, DiscoveredVault, OrphanedRecord } from '../../preload/contract/watch.ts';
import { type Exclusion, excludedBy, exclusionsIn } from '../domain/exclusions.ts';
import type { SourceItem } from '../domain/item.ts';
import { inStretches } from '../engine/planning.ts';
import { type KnownRecord, vaultKey } from '../engine/source-index.ts';
import { pagesOfVault } from '../engine/vault-pages.ts';
import type { RecordRow, ScannedItem, ScannedVault } from '../store/ports.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { refuse } from './record-checks.ts';
import { connectionNames } from './views.ts';

type DiscoveryOperations = 'discovery.vaults' | 'discovery.items' | 'discovery.orphans' | 'discovery.scan';

/** How long an item counts as new or changed, in milliseconds. */
const freshMs = 24 * 3_600_000;

/** Operations on what scans have seen of vaults. */
export function discoveryHandlers(deps: OperationDeps): Handlers<DiscoveryOperations> {
  const { store, discovery, clock, engine } = deps;
  const { index } = discovery;

  return {
    'discovery.vaults': async () => {
      const watched = await discovery.watched();
      const nameOf = connectionNames(store);
      const seen = store.discovery.vaults();
      const known = new Set(seen.map(({ connectionId, vault }) => vaultKey(connectionId, vault)));
      const unseen = [...watched].filter(([key]) => !known.has(key)).map(([, ref]) => unseenVault(ref));
      return [...seen, ...unseen].map((vault): DiscoveredVault => {
        const { connectionId, subscription, goneAt, scans, items, disabled, deleted } = vault;
        const use = watched.get(vaultKey(connectionId, vault.vault));
        const scanned = new Set(scans.map(({ kind }) => kind));
        const waiting = [...(use?.kinds ?? [])].filter((kind) => !scanned.has(kind));
        return {
          ...{ connectionId, subscription, goneAt, items, disabled, deleted },
          vault: vault.vault,
          connection: nameOf(connectionId),
          watched: use !== undefined,
          scanning: discovery.isScanning(connectionId, vault.vault),
          scans: [
            ...scans.map(({ kind, scannedAt, failedAt, failure }) => ({ kind, scannedAt, failedAt, failure })),
            ...waiting.map((kind) => ({ kind, scannedAt: null, failedAt: null, failure: null })),
          ],
          records: index.ofVault(connectionId, vault.vault).length,
        };
      });
    },
    'discovery.items': async ({ connectionId, vault, after, limit }) => {
      await index.refresh();
      const page = store.discovery.page(connectionId, vault, after, limit + 1);
      const items = page.slice(0, limit);
      const rows = await rowsOf(items);
      const exclusions = exclusionsIn(deps.preferences.get().exclusions);
      const view = (item: ScannedItem) => itemViewOf(item, rows, exclusions);
      return { items: items.map(view), more: page.length > limit };
    },
    'discovery.orphans': async () => {
      await index.refresh();
      const gone = await sourcesGone();
      return [...gone.values()].sort((a, b) => b.goneAt - a.goneAt);
    },
    'discovery.scan': async ({ vaults }, context) => {
      context.about(
        vaults
          ? vaults
              .map(({ vault }) => vault)
              .join(', ')
              .slice(0, 300)
          : 'the vaults in use',
      );
      refuse(
        (vaults ?? []).flatMap(({ connectionId }, at) =>
          store.connections.get(connectionId)?.settings.provider === 'azure'
            ? []
            : [{ path: `vaults.${at}.connectionId`, sentence: 'Choose a vault of an Azure connection.' }],
        ),
      );
      const scan = await discovery.scan(vaults);
      deps.events.changed('discovery');
      return { vaults: scan.vaults };
    },
  };

  /** The records of these items, by `kind` and lower-case name. */
  async function rowsOf(items: readonly ScannedItem[]): Promise<ReadonlyMap<string, RecordRow[]>> {
    const idsByItem = items.map(({ connectionId, item }) => ({
      key: itemKey(item),
      ids: index.ofSource(connectionId, item.vault, item.kind, item.name).map(({ id }) => id),
    }));
    const ids = [...new Set(idsByItem.flatMap((one) => one.ids))];
    const rows = new Map<string, RecordRow>();
    for await (const some of inStretches(ids)) {
      for (const row of store.records.getMany(some)) rows.set(row.record.id, row);
    }
    return new Map(idsByItem.map((one) => [one.key, one.ids.flatMap((id) => rows.get(id) ?? [])]));
  }

  function itemViewOf(
    { item, firstSeenAt, changedAt, deletedAt }: ScannedItem,
    rows: ReadonlyMap<string, RecordRow[]>,
    exclusions: readonly Exclusion[],
  ): DiscoveredItem {
    const { kind, name, enabled, managed, contentType = null, updatedOn, expiresOn = null } = item;
    return {
      ...{ kind, name, enabled, managed, contentType, updatedOn, expiresOn, firstSeenAt, changedAt, deletedAt },
      state: stateOf({ item, firstSeenAt, changedAt, deletedAt }, clock.now()),
      excludedBy: excludedBy(exclusions, item)?.pattern ?? null,
      records: (rows.get(itemKey(item)) ?? []).map(({ record, status }) => ({
        id: record.id,
        targetService: record.targetService,
        targetName: record.targetName,
        status: engine.isSyncing(record.id) ? ('syncing' as const) : status.status,
        code: status.code,
      })),
    };
  }

  /** Records whose source is gone, by id. */
  async function sourcesGone(): Promise<Map<string, OrphanedRecord>> {
    const gone = new Map<string, OrphanedRecord>();
    const add = (record: KnownRecord, goneAt: number, vaultGone: boolean) =>
      gone.set(record.id, orphanOf(record, goneAt, vaultGone));
    for (const { connectionId, vault, goneAt, deleted } of store.discovery.vaults()) {
      const records = index.ofVault(connectionId, vault);
      if (goneAt !== null) for (const record of records) add(record, goneAt, true);
      else if (deleted > 0 && records.length > 0)
        for (const { item, deletedAt } of await deletedItems(connectionId, vault))
          for (const record of index.ofSource(connectionId, vault, item.kind, item.name))
            if (record.sourceName.toLowerCase() === item.name.toLowerCase()) add(record, deletedAt, false);
    }
    return gone;
  }

  async function deletedItems(
    connectionId: string,
    vault: string,
  ): Promise<{ readonly item: SourceItem; readonly deletedAt: number }[]> {
    const found: { readonly item: SourceItem; readonly deletedAt: number }[] = [];
    for await (const page of pagesOfVault(store.discovery, connectionId, vault))
      for (const { item, deletedAt } of page) if (deletedAt !== null) found.push({ item, deletedAt });
    return found;
  }
}

/** What an item is now. One that was in Azure long before it was first seen is not new. */
function stateOf({ item, firstSeenAt, changedAt, deletedAt }: Omit<ScannedItem, 'connectionId'>, now: number) {
  if (deletedAt !== null) return 'deleted';
  if (!item.enabled) return 'disabled';
  if (item.expiresOn !== undefined && item.expiresOn < now) return 'expired';
  if (now - changedAt >= freshMs) return 'known';
  if (changedAt > firstSeenAt) return 'changed';
  return firstSeenAt - item.updatedOn < freshMs ? 'new' : 'known';
}

function itemKey({ kind, name }: SourceItem): string {
  return `${kind}\n${name.toLowerCase()}`;
}

function unseenVault({ connectionId, vault }: { readonly connectionId: string; readonly vault: string }): ScannedVault {
  return { connectionId, vault, subscription: '', goneAt: null, scans: [], items: 0, disabled: 0, deleted: 0 };
}

function orphanOf(record: KnownRecord, goneAt: number, vaultGone: boolean): OrphanedRecord {
  const { id, sourceConnectionId, sourceKind, sourceVault, sourceName } = record;
  const { targetService, targetRegion, targetName } = record;
  return {
    recordId: id,
    ...{ sourceConnectionId, sourceKind, sourceVault, sourceName },
    ...{ targetService, targetRegion, targetName, goneAt, vaultGone },
  };
}
