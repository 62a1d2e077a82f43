import { KeyVaultManagementClient } from '@azure/arm-keyvault';
import { SubscriptionClient } from '@azure/arm-resources-subscriptions';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { Failure, isPassing } from '../../domain/failure.ts';
import type { Vault } from '../../domain/item.ts';
import { eachAtMost } from '../call.ts';
import { classifyManager } from './classify.ts';
import { type AzureSession, clientOptions, type Listing, noCredential, wholeListing } from './session.ts';

/** Has all we use; the SDK's own default reaches the sovereign clouds later. */
const apiVersion = '2023-07-01';

export interface Discovered {
  readonly vaults: Vault[];
  readonly refused: { readonly subscription: string; readonly sentence: string }[];
}

/**
 * Asks Azure Resource Manager for every vault of every subscription the application can see.
 * A subscription that refuses is told in `refused`; one that fails for a passing reason fails the whole, because a part
 * must not look like everything.
 */
export async function discoverVaults(session: AzureSession, signal: AbortSignal): Promise<Discovered> {
  const subscriptions: { id: string; name: string }[] = [];
  for (const { subscriptionId: id, displayName } of await listSubscriptions(session, signal)) {
    if (id) subscriptions.push({ id, name: displayName || id });
  }
  const found: Discovered = { vaults: [], refused: [] };
  await eachAtMost(4, subscriptions, async ({ id, name }) => {
    try {
      for (const vault of await listVaults(session, id, signal)) {
        if (vault.name) found.vaults.push({ name: vault.name, uri: uriOf(session, vault), subscription: name });
      }
    } catch (error) {
      if (!(error instanceof Failure) || isPassing(error) || error.kind === 'cancelled') throw error;
      found.refused.push({ subscription: name, sentence: error.detail.sentence });
    }
  });
  found.vaults.sort((a, b) => (a.name < b.name ? -1 : 1));
  return found;
}

/** Where a vault's data plane answers. In Microsoft's own clouds that follows from its name, whatever a listing says. */
function uriOf(
  { place }: AzureSession,
  vault: { readonly name?: string | undefined; readonly properties?: { readonly vaultUri?: string | undefined } },
): string {
  if (place.vaultSuffix !== undefined) return `https://${vault.name?.toLowerCase()}${place.vaultSuffix}`;
  return (vault.properties?.vaultUri ?? '').replace(/\/+$/, '');
}

function listSubscriptions(session: AzureSession, signal: AbortSignal) {
  const { place } = session;
  const open = (http: HttpClient) =>
    new SubscriptionClient(noCredential, {
      ...clientOptions(http),
      endpoint: place.resourceManager.origin,
    }).subscriptions
      .list()
      .byPage();
  return wholeListing(session, managerListing(session, 'The list of subscriptions', open), signal);
}

function listVaults(session: AzureSession, subscriptionId: string, signal: AbortSignal) {
  const { place } = session;
  const open = (http: HttpClient) =>
    new KeyVaultManagementClient(noCredential, subscriptionId, {
      ...clientOptions(http),
      apiVersion,
      endpoint: place.resourceManager.origin,
    }).vaults
      .listBySubscription()
      .byPage();
  return wholeListing(session, managerListing(session, 'The list of vaults', open), signal);
}

function managerListing<Item>(
  { place, deps }: AzureSession,
  what: string,
  open: (http: HttpClient) => AsyncIterator<Item[]>,
): Listing<Item> {
  const service = { url: place.resourceManager, scope: place.resourceManagerScope };
  return { what, service, open, classify: (error) => classifyManager(error, service.url.host, deps.now()) };
}
