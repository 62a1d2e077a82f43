import pMap from 'p-map';
import type { Clouds, Page, Source } from '../clouds/ports.ts';
import { type FailureDetail, toFailure } from '../domain/failure.ts';
import {
  type CertificateDescription,
  type SourceItem,
  type SourceKind,
  sourceKinds,
  type Vault,
} from '../domain/item.ts';
import type { Clock } from './deps.ts';
import { withRetry } from './retry.ts';

/** Certificates asked about at a time. */
const atOnce = 8;

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

/** What a vault holds, metadata only, by name; a kind that may not be listed does not hide the other. */
export async function discoverItems(
  deps: DiscoverDeps,
  connectionId: string,
  vault: string,
  signal: AbortSignal,
): Promise<{ items: SourceItem[]; refused: { kind: SourceKind; failure: FailureDetail }[] }> {
  return await withSource(deps, connectionId, async (source) => {
    const refused: { kind: SourceKind; failure: FailureDetail }[] = [];
    const lists = sourceKinds.map(async (kind) => {
      try {
        return [...(await listWholeVault(source, vault, kind, deps.clock, signal)).values()];
      } catch (thrown) {
        const failure = toFailure(thrown);
        if (failure.kind !== 'denied') throw failure;
        refused.push({ kind, failure: failure.detail });
        return [];
      }
    });
    const items = (await Promise.all(lists)).flat().sort((a, b) => a.name.localeCompare(b.name, 'en'));
    return { items, refused };
  });
}

/** What is known of certificates without their private keys, in the order asked; undefined for one that is gone. */
export async function discoverCertificates(
  deps: DiscoverDeps,
  connectionId: string,
  refs: readonly { readonly vault: string; readonly name: string }[],
  signal: AbortSignal,
): Promise<(CertificateDescription | undefined)[]> {
  const describe = (source: Source) => (ref: (typeof refs)[number]) =>
    withRetry(deps.clock, signal, (trySignal) => source.describeCertificate(ref.vault, ref.name, trySignal));
  return await withSource(deps, connectionId, (source) => pMap(refs, describe(source), { concurrency: atOnce }));
}

/**
 * The whole vault by lower-case name: Azure compares names without regard to case.
 * @param onPage told of each page as it comes, for who need not wait for the whole
 */
export async function listWholeVault(
  source: Source,
  vault: string,
  kind: SourceKind,
  clock: Clock,
  signal: AbortSignal,
  onPage?: (items: readonly SourceItem[]) => void,
): Promise<Map<string, SourceItem>> {
  const pageAt = async (next: string | undefined, trySignal: AbortSignal) => {
    const page = await source.listPage(vault, kind, next, trySignal);
    onPage?.(page.items);
    return page;
  };
  const items = await listAll(clock, signal, pageAt);
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

/** Opens one connection's source for this work alone. */
export async function withSource<T>(
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
