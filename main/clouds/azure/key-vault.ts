import type { HttpClient } from '@azure/core-rest-pipeline';
import { CertificateClient, type CertificateProperties } from '@azure/keyvault-certificates';
import { SecretClient, type SecretProperties } from '@azure/keyvault-secrets';
import type { AzureSettings } from '../../domain/connection.ts';
import { Failure } from '../../domain/failure.ts';
import type { SourceItem, SourceKind } from '../../domain/item.ts';
import { type CloudDeps, callCloud } from '../call.ts';
import { pointsElsewhere } from '../failures.ts';
import { type ListingTrail, listingTrail } from '../listing.ts';
import type { Source, SourceRef } from '../ports.ts';
import { bundleOf, checkReadable, descriptionOf, secretVersionOf } from './certificate.ts';
import { classifyVault, type VaultCall } from './classify.ts';
import { watchLinks } from './http.ts';
import { certificateItem, currentSecret, incomplete, secretItem, timeOf } from './items.ts';
import { vaultLocator } from './locate.ts';
import { clientOptions, type Listing, noCredential, openSession, type Service, wholeListing } from './session.ts';
import { testKeyVault } from './trials.ts';

/** The service gives 25 at most and by default: https://learn.microsoft.com/rest/api/keyvault/secrets/get-secrets */
const pageSize = 25;
/** Has all we use; newer ones reach the sovereign clouds later. */
const serviceVersion = '7.4';

/**
 * The secrets and certificates of the vaults an Azure connection can see.
 * @param credential the connection's, not trusted to be one until parsed
 * @throws Failure `invalid` or `auth` if settings or credential cannot be used; nothing is sent yet
 */
export function openKeyVault(settings: AzureSettings, credential: unknown, deps: CloudDeps): Source {
  const session = openSession(settings, credential, deps);
  const { locate, discover } = vaultLocator(session);
  const trails = new Map<string, ListingTrail>();
  const trailOf = (vault: string, kind: SourceKind) => {
    const key = `${kind} ${vault}`;
    const trail = trails.get(key) ?? listingTrail(`The list of ${kind}s in ${vault}`);
    trails.set(key, trail);
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
      lane: session.lane(service),
      classify: (error) => classifyVault(error, { host: service.url.host, ...subject }, deps.now()),
    });

  /** All versions of a secret: which one is current, the API does not tell without its value. */
  function secretVersions(service: Service, ref: SourceRef, signal: AbortSignal): Promise<SecretProperties[]> {
    const listing: Listing<SecretProperties> = {
      what: `The list of versions of ${ref.name} in ${ref.vault}`,
      service,
      open: (http) =>
        secretsAt(service.url, http).listPropertiesOfSecretVersions(ref.name).byPage({ maxPageSize: pageSize }),
      classify: (error) => classifyVault(error, { host: service.url.host, ...ref }, deps.now()),
    };
    return wholeListing(session, listing, signal);
  }

  /**
   * The current version of a certificate, for certain: a request that names no version is answered with it, and its
   * identifier says which it is. https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate
   */
  const certificateOf = (service: Service, ref: SourceRef, signal: AbortSignal) =>
    call(service, ref, signal, (http) => certificatesAt(service.url, http).getCertificate(ref.name));

  async function readSecret(ref: SourceRef, signal: AbortSignal) {
    const service = await locate(ref.vault, signal);
    const { value, properties } = await call(service, ref, signal, (http) =>
      secretsAt(service.url, http).getSecret(ref.name),
    );
    if (value === undefined || !properties.version) throw incomplete(ref);
    return {
      payload: { kind: 'text', text: value },
      version: properties.version,
      updatedOn: timeOf(ref, properties),
    } as const;
  }

  async function readCertificate(ref: SourceRef, signal: AbortSignal) {
    const service = await locate(ref.vault, signal);
    const certificate = await certificateOf(service, ref, signal);
    checkReadable(ref, certificate);
    const { properties } = certificate;
    if (!properties.version) throw incomplete(ref);
    const version = secretVersionOf(ref, certificate);
    const secret = await call(service, { ...ref, privateKey: true }, signal, (http) =>
      secretsAt(service.url, http).getSecret(ref.name, { version }),
    );
    return {
      payload: { kind: 'certificate', bundle: bundleOf(ref, certificate, secret) },
      version: properties.version,
      updatedOn: timeOf(ref, properties),
    } as const;
  }

  const source: Source = {
    listVaults: discover,

    async listPage(vault, kind, next, signal) {
      const service = await locate(vault, signal);
      const { url } = service;
      const trail = trailOf(vault, kind);
      let link: string | undefined;
      const items = await call(service, { vault, kind }, signal, async (http) => {
        const watched = watchLinks(http, (found) => {
          link = found;
        });
        const continuationToken = trail.link(next);
        const from = continuationToken === undefined ? {} : { continuationToken };
        return firstPage(kind, vault, url, watched, { maxPageSize: pageSize, ...from });
      });
      if (link !== undefined && originOf(link) !== url.origin) throw pointsElsewhere(url.host);
      return trail.page(next, items, link);
    },

    describe: (ref, signal) =>
      orMissing(async () => {
        const service = await locate(ref.vault, signal);
        if (ref.kind === 'secret') return currentSecret(ref.vault, await secretVersions(service, ref, signal));
        const { properties } = await certificateOf(service, ref, signal);
        if (!properties.version) throw incomplete(ref);
        return { ...certificateItem(ref.vault, properties), version: properties.version };
      }),

    describeCertificate: (vault, name, signal) =>
      orMissing(async () => {
        const ref = { kind: 'certificate', vault, name } as const;
        const service = await locate(vault, signal);
        return descriptionOf(ref, await certificateOf(service, ref, signal));
      }),

    read: (ref, signal) => (ref.kind === 'secret' ? readSecret(ref, signal) : readCertificate(ref, signal)),

    test: (signal) => testKeyVault(session, source, signal),
    close: () => session.network.close(),
  };
  return source;
}

/** The page that the link in `settings` leads to, or the first. */
async function firstPage(
  kind: SourceKind,
  vault: string,
  url: URL,
  http: HttpClient,
  settings: { readonly maxPageSize: number; readonly continuationToken?: string },
): Promise<SourceItem[]> {
  if (kind === 'secret') {
    const page = await secretsAt(url, http).listPropertiesOfSecrets().byPage(settings).next();
    const found: SecretProperties[] = page.done ? [] : page.value;
    return found.map((properties) => secretItem(vault, properties));
  }
  const page = await certificatesAt(url, http).listPropertiesOfCertificates().byPage(settings).next();
  const found: CertificateProperties[] = page.done ? [] : page.value;
  return found.map((properties) => certificateItem(vault, properties));
}

/** Undefined instead of a failure if the vault has no such item. */
async function orMissing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Failure && error.detail.code === 'source-missing') return undefined;
    throw error;
  }
}

function originOf(link: string): string | undefined {
  return URL.canParse(link) ? new URL(link).origin : undefined;
}

function secretsAt(url: URL, http: HttpClient): SecretClient {
  return new SecretClient(url.origin, noCredential, { ...clientOptions(http), serviceVersion });
}

function certificatesAt(url: URL, http: HttpClient): CertificateClient {
  return new CertificateClient(url.origin, noCredential, { ...clientOptions(http), serviceVersion });
}
