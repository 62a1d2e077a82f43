import { Failure, toFailure } from '../../domain/failure.ts';
import { callCloud } from '../call.ts';
import { endpointOf } from '../network.ts';
import { type Discovered, discoverVaults } from './discovery.ts';
import { vaultKey } from './place.ts';
import type { AzureSession, Service } from './session.ts';

interface VaultLocator {
  /** Where a vault answers: by its name, or in a custom cloud from Resource Manager, asked once for all. */
  locate(vault: string, signal: AbortSignal): Promise<Service>;
  /** Every vault there is now, for `locate` too. */
  discover(signal: AbortSignal): Promise<Discovered>;
}

export function vaultLocator(session: AzureSession): VaultLocator {
  const { place, deps } = session;
  let discovering: Promise<Discovered> | undefined;

  /** Shared by all who wait, so that one who gives up does not stop it for the others. */
  function discoverOnce(): Promise<Discovered> {
    discovering ??= discoverVaults(session, new AbortController().signal).catch((error: unknown) => {
      discovering = undefined;
      throw error;
    });
    return discovering;
  }

  async function locate(vault: string, signal: AbortSignal): Promise<Service> {
    const key = vaultKey(vault);
    const serviceAt = (url: URL) => ({ url, scope: place.vaultScope });
    if (place.vaultSuffix !== undefined) return serviceAt(new URL(`https://${key}${place.vaultSuffix}`));
    const { vaults, refused } = await callCloud(discoverOnce, {
      signal,
      // Each of its calls has a time limit of its own.
      timeoutMs: 2 ** 31 - 1,
      host: place.resourceManager.host,
      classify: toFailure,
    });
    const found = vaults.find(({ name }) => name.toLowerCase() === key);
    if (found) return serviceAt(endpointOf(found.uri, `address of the vault ${vault}`, deps.allowLoopback));
    const hidden = refused.length > 0 ? ' Some subscriptions refused to list theirs.' : '';
    throw new Failure({
      kind: 'not-found',
      code: 'vault-missing',
      sentence: `This connection sees no vault named ${vault}.${hidden}`,
      fix: 'Check the name of the vault, and that who signs in has the role Reader on it or on its subscription.',
    });
  }

  return {
    locate,
    async discover(signal) {
      const found = await discoverVaults(session, signal);
      discovering = Promise.resolve(found);
      return found;
    },
  };
}
