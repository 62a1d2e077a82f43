import type { Clouds, Page, Source } from '../clouds/ports.ts';
import type { SourceItem, Vault } from '../domain/item.ts';
import type { Clock } from './deps.ts';
import { withRetry } from './retry.ts';

export interface DiscoverDeps {
  readonly openClouds: () => Clouds;
  readonly clock: Clock;
}

/** The vaults a connection can see, and the subscriptions that refused to be looked at. */
export async function discoverVaults(
  deps: DiscoverDeps,
  connectionId: string,
  signal: AbortSignal,
): Promise<{ vaults: Vault[]; refused: { subscription: string; sentence: string }[] }> {
  return await withSource(deps, connectionId, (source) =>
    withRetry(deps.clock, signal, (trySignal) => source.listVaults(trySignal)),
  );
}

/** Every secret of a vault, metadata only, by name. */
export async function discoverItems(
  deps: DiscoverDeps,
  connectionId: string,
  vault: string,
  signal: AbortSignal,
): Promise<SourceItem[]> {
  const items = await withSource(deps, connectionId, (source) => listWholeVault(source, vault, deps.clock, signal));
  return [...items.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** The whole vault by lower-case name: Azure compares names without regard to case. */
export async function listWholeVault(
  source: Source,
  vault: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Map<string, SourceItem>> {
  const items = await listAll(clock, signal, (next, trySignal) => source.listPage(vault, next, trySignal));
  return new Map(items.map((item) => [item.name.toLowerCase(), item]));
}

/**
 * A whole listing, or a Failure: part of one is never taken for the whole. Each page is repeated alone if it fails in passing.
 * A listing that runs in a circle fails in the adapter; see `Source.listPage`.
 */
export async function listAll<T>(
  clock: Clock,
  signal: AbortSignal,
  pageAt: (next: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined;
  do {
    const from = next;
    const page = await withRetry(clock, signal, (trySignal) => pageAt(from, trySignal));
    for (const item of page.items) items.push(item);
    next = page.next;
  } while (next !== undefined);
  return items;
}

async function withSource<T>(
  deps: DiscoverDeps,
  connectionId: string,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  const clouds = deps.openClouds();
  try {
    return await use(await clouds.source(connectionId));
  } finally {
    clouds.close();
  }
}
