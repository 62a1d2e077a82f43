import type { HttpClient } from '@azure/core-rest-pipeline';
import { SecretClient, type SecretProperties } from '@azure/keyvault-secrets';
import type { AzureSettings } from '../../domain/connection.ts';
import { Failure, toFailure } from '../../domain/failure.ts';
import type { SourceItem } from '../../domain/item.ts';
import { type CloudDeps, callCloud } from '../call.ts';
import { type ListingTrail, listingTrail } from '../listing.ts';
import { endpointOf } from '../network.ts';
import type { Source } from '../ports.ts';
import { classifyVault, type VaultCall } from './classify.ts';
import { type Discovered, discoverVaults } from './discovery.ts';
import { elsewhere, watchLinks } from './http.ts';
import { vaultKey } from './place.ts';
import {
  type AzureSession,
  clientOptions,
  type Listing,
  noCredential,
  openSession,
  type Service,
  wholeListing,
} from './session.ts';
import { testKeyVault } from './trials.ts';

/** The service gives 25 at most and by default: https://learn.microsoft.com/rest/api/keyvault/secrets/get-secrets */
const pageSize = 25;
/** Has all we use; newer ones reach the sovereign clouds later. */
const serviceVersion = '7.4';

/**
 * The secrets of the vaults an Azure connection can see.
 * @param credential the connection's, not trusted to be one until parsed
 * @throws Failure `invalid` or `auth` if settings or credential cannot be used; nothing is sent yet
 */
export function openKeyVault(settings: AzureSettings, credential: unknown, deps: CloudDeps): Source {
  const session = openSession(settings, credential, deps);
  const locate = vaultLocator(session);
  const trails = new Map<string, ListingTrail>();
  const trailOf = (vault: string) => {
    const trail = trails.get(vault) ?? listingTrail(`The list of secrets in ${vault}`);
    trails.set(vault, trail);
    return trail;
  };
  const call = <T>(
    service: Service,
    subject: Omit<VaultCall, 'host'>,
    signal: AbortSignal,
    work: (http: HttpClient) => Promise<T>,
  ) =>
    callCloud((until) => work(session.http(service, () => until)), {
      signal,
      timeoutMs: deps.callTimeoutMs,
      host: service.url.host,
      classify: (error) => classifyVault(error, { host: service.url.host, ...subject }, deps.now()),
    });

  const source: Source = {
    listVaults: (signal) => discoverVaults(session, signal),

    async listPage(vault, next, signal) {
      const service = await locate(vault, signal);
      const { url } = service;
      const trail = trailOf(vault);
      let link: string | undefined;
      const page = await call(service, { vault }, signal, (http) => {
        const watched = watchLinks(http, (found) => {
          link = found;
        });
        const continuationToken = trail.link(next);
        return clientOf(url, watched)
          .listPropertiesOfSecrets()
          .byPage({ maxPageSize: pageSize, ...(continuationToken === undefined ? {} : { continuationToken }) })
          .next();
      });
      if (link !== undefined && originOf(link) !== url.origin) throw elsewhere(url.origin);
      const found: SecretProperties[] = page.done ? [] : page.value;
      return trail.page(
        next,
        found.map((properties) => itemOf(vault, properties)),
        link,
      );
    },

    async describe(vault, name, signal) {
      const service = await locate(vault, signal);
      try {
        return currentOf(vault, await listVersions(session, service, { vault, secret: name }, signal));
      } catch (error) {
        if (error instanceof Failure && error.detail.code === 'source-missing') return undefined;
        throw error;
      }
    },

    async read(vault, name, signal) {
      const service = await locate(vault, signal);
      const secret = await call(service, { vault, secret: name }, signal, (http) =>
        clientOf(service.url, http).getSecret(name),
      );
      const { value, properties } = secret;
      if (value === undefined || !properties.version) throw incomplete(vault, name);
      return { value, version: properties.version, updatedOn: timeOf(vault, properties) };
    },

    test: (signal) => testKeyVault(session, source, signal),
    close: () => session.network.close(),
  };
  return source;
}

/** Finds where a vault answers: by its name, or in a custom cloud from Resource Manager, asked once for all. */
function vaultLocator(session: AzureSession): (vault: string, signal: AbortSignal) => Promise<Service> {
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

  return async (vault, signal) => {
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
      fix: 'Check the name of the vault, and that the application has the role Reader on it or on its subscription.',
    });
  };
}

function originOf(link: string): string | undefined {
  return URL.canParse(link) ? new URL(link).origin : undefined;
}

function clientOf(url: URL, http: HttpClient): SecretClient {
  return new SecretClient(url.origin, noCredential, { ...clientOptions(http), serviceVersion });
}

function listVersions(
  session: AzureSession,
  service: Service,
  subject: { readonly vault: string; readonly secret: string },
  signal: AbortSignal,
): Promise<SecretProperties[]> {
  const listing: Listing<SecretProperties> = {
    what: `The list of versions of ${subject.secret} in ${subject.vault}`,
    service,
    open: (http) =>
      clientOf(service.url, http).listPropertiesOfSecretVersions(subject.secret).byPage({ maxPageSize: pageSize }),
    classify: (error) => classifyVault(error, { host: service.url.host, ...subject }, session.deps.now()),
  };
  return wholeListing(session, listing, signal);
}

function itemOf(vault: string, properties: SecretProperties): SourceItem {
  const { name, notBefore, expiresOn, contentType } = properties;
  return {
    vault,
    name,
    enabled: properties.enabled !== false,
    updatedOn: timeOf(vault, properties),
    ...(isDate(notBefore) ? { notBefore: notBefore.getTime() } : {}),
    ...(isDate(expiresOn) ? { expiresOn: expiresOn.getTime() } : {}),
    ...(contentType === undefined ? {} : { contentType }),
    tags: properties.tags ?? {},
    managed: properties.managed === true,
  };
}

/**
 * The current version of a secret out of all its versions: the one made last. Times have a resolution of one second, so if
 * two share the newest one it stays open which is current, and no version is told; the metadata is then that of the one
 * changed last, enabled if any is, because a read will tell.
 */
function currentOf(vault: string, versions: readonly SecretProperties[]): SourceItem | undefined {
  const madeAt = ({ createdOn }: SecretProperties) => createdOn?.getTime() ?? Number.NaN;
  const newest = Math.max(...versions.map(madeAt));
  const unclear = Number.isNaN(newest);
  const candidates = unclear ? [...versions] : versions.filter((version) => madeAt(version) === newest);
  const [latest] = candidates.sort((a, b) => timeOf(vault, b) - timeOf(vault, a));
  if (!latest) return undefined;
  const item = itemOf(vault, latest);
  if (candidates.length > 1 || unclear || !latest.version) {
    return { ...item, enabled: candidates.some(({ enabled }) => enabled !== false) };
  }
  return { ...item, version: latest.version };
}

/** When a secret was last changed, in milliseconds; the whole-second resolution is Key Vault's. */
function timeOf(vault: string, { name, updatedOn }: SecretProperties): number {
  if (!isDate(updatedOn)) throw incomplete(vault, name);
  return updatedOn.getTime();
}

/** The SDK makes a Date of any number, also of one that no Date can hold. */
function isDate(date: Date | undefined): date is Date {
  return date !== undefined && !Number.isNaN(date.getTime());
}

function incomplete(vault: string, name: string): Failure {
  return new Failure({
    kind: 'bug',
    code: 'reply-unforeseen',
    sentence: `The answer about the secret ${name} in the vault ${vault} was incomplete. Nothing was changed.`,
    fix: 'Try again. If it happens again, please report it with the steps that led here.',
  });
}
