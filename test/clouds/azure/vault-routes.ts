import { z } from 'zod';
import { json, pathSegments } from '../kernel/reply.ts';
import type { CloudReply, CloudRequest } from '../kernel/types.ts';
import { pageOf } from './pages.ts';
import { currentVersion, type SecretProps, type Vault, VaultRefusal } from './vault.ts';
import { bundle, deletedBundle, deletedItem, item } from './vault-wire.ts';

/** What a request asks of a vault. */
export interface Work {
  /** As the desk and the log call it. */
  readonly name: string;
  /** The secret it is about, as spelled in the request; absent for lists. */
  readonly secret?: string;
  /** The data action that the caller needs. */
  readonly action: string;
  /** Throws a VaultRefusal, or a ZodError or SyntaxError for a body that is not as it should be. */
  perform(): CloudReply;
}

const maxPage = 25;

const changes = z.object({
  contentType: z.string().max(255).nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  attributes: z.object({ enabled: z.boolean().nullish(), nbf: z.int().nullish(), exp: z.int().nullish() }).nullish(),
});
const newSecret = changes.extend({ value: z.string() });

/** Reads method and path; undefined when they are not part of the secrets API. `url` is the vault's. */
export function planWork(request: CloudRequest, vault: Vault, url: string): Work | undefined {
  // Not decoded: a legal name needs no escapes, and any other is refused.
  const [kind, secret, third, ...more] = pathSegments(request);
  if (more.length > 0) return undefined;
  if (kind === 'secrets') {
    return secret === undefined ? planList(request, vault, url) : planOne(request, vault, url, secret, third);
  }
  if (kind === 'deletedsecrets') {
    return secret === undefined
      ? planDeletedList(request, vault, url)
      : planDeleted(request, vault, url, secret, third);
  }
  return undefined;
}

function planList(request: CloudRequest, vault: Vault, url: string): Work | undefined {
  if (request.method !== 'GET') return undefined;
  const perform = () =>
    list(
      request,
      vault,
      url,
      vault.list(),
      ({ name }) => name,
      (secret) => item(url, secret),
    );
  return { name: 'ListSecrets', action: dataAction('readMetadata/action'), perform };
}

function planOne(
  request: CloudRequest,
  vault: Vault,
  url: string,
  secret: string,
  third: string | undefined,
): Work | undefined {
  const body = (): unknown => JSON.parse(request.body.toString('utf8'));
  if (request.method === 'GET' && third === 'versions') {
    const perform = () => {
      const stored = vault.find(secret);
      // The service orders versions by their identifier, not by age.
      const versions = [...stored.versions].sort((a, b) => (a.version < b.version ? -1 : 1));
      return list(
        request,
        vault,
        url,
        versions,
        ({ version }) => version,
        (version) => item(url, stored, version),
      );
    };
    return { name: 'ListSecretVersions', secret, action: dataAction('readMetadata/action'), perform };
  }
  if (request.method === 'GET') {
    const perform = () => {
      const { secret: stored, found } = vault.read(secret, third);
      checkOutContentType(request, found.contentType);
      return json(200, bundle(url, stored, found, true));
    };
    return { name: 'GetSecret', secret, action: dataAction('getSecret/action'), perform };
  }
  if (request.method === 'PATCH') {
    const perform = () => {
      const changed = vault.update(secret, toProps(changes.parse(body())), third);
      return json(200, bundle(url, vault.find(secret), changed, false));
    };
    return { name: 'UpdateSecret', secret, action: dataAction('update/action'), perform };
  }
  if (request.method === 'PUT' && third === undefined) {
    const perform = () => {
      const asked = newSecret.parse(body());
      const made = vault.set(secret, asked.value, toProps(asked));
      return json(200, bundle(url, vault.find(secret), made, true));
    };
    return { name: 'SetSecret', secret, action: dataAction('setSecret/action'), perform };
  }
  if (request.method === 'DELETE' && third === undefined) {
    const perform = () => json(200, deletedBundle(url, vault.remove(secret)));
    return { name: 'DeleteSecret', secret, action: dataAction('delete'), perform };
  }
  return undefined;
}

function planDeletedList(request: CloudRequest, vault: Vault, url: string): Work | undefined {
  if (request.method !== 'GET') return undefined;
  const perform = () =>
    list(
      request,
      vault,
      url,
      vault.listDeleted(),
      ({ name }) => name,
      (secret) => deletedItem(url, secret),
    );
  return { name: 'ListDeletedSecrets', action: dataAction('readMetadata/action'), perform };
}

function planDeleted(
  request: CloudRequest,
  vault: Vault,
  url: string,
  secret: string,
  third: string | undefined,
): Work | undefined {
  if (request.method === 'GET' && third === undefined) {
    const perform = () => json(200, deletedBundle(url, vault.findDeleted(secret)));
    return { name: 'GetDeletedSecret', secret, action: dataAction('readMetadata/action'), perform };
  }
  if (request.method === 'DELETE' && third === undefined) {
    const perform = () => {
      vault.purge(secret);
      return { status: 204 };
    };
    return { name: 'PurgeDeletedSecret', secret, action: dataAction('purge/action'), perform };
  }
  if (request.method === 'POST' && third === 'recover') {
    const perform = () => {
      const stored = vault.recover(secret);
      return json(200, bundle(url, stored, currentVersion(stored), false));
    };
    return { name: 'RecoverDeletedSecret', secret, action: dataAction('recover/action'), perform };
  }
  return undefined;
}

/** https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault */
function dataAction(name: string): string {
  return `Microsoft.KeyVault/vaults/secrets/${name}`;
}

/** One page of a list, at most 25 long, with the absolute link to the next one or null. */
function list<T>(
  request: CloudRequest,
  vault: Vault,
  url: string,
  all: readonly T[],
  key: (one: T) => string,
  show: (one: T) => unknown,
): CloudReply {
  const { searchParams } = request.url;
  const asked = searchParams.get('maxresults');
  const size = asked === null ? maxPage : Number(asked);
  if (!Number.isInteger(size) || size < 1 || size > maxPage) {
    throw new VaultRefusal(400, 'BadParameter', `maxresults must be a number from 1 to ${maxPage}.`);
  }
  const page = pageOf(all, key, size, searchParams.get('$skiptoken'), vault.pageHabit);
  if (page === undefined) throw new VaultRefusal(400, 'BadParameter', 'The $skiptoken is invalid.');
  const path = pathSegments(request).join('/');
  const version = searchParams.get('api-version') ?? '';
  const limit = asked === null ? '' : `&maxresults=${size}`;
  const nextLink =
    page.next === undefined ? null : `${url}/${path}?api-version=${version}&$skiptoken=${page.next}${limit}`;
  return json(200, { value: page.items.map(show), nextLink });
}

function toProps({ contentType, tags, attributes }: z.infer<typeof changes>): SecretProps {
  const { enabled, nbf, exp } = attributes ?? {};
  return {
    ...(contentType == null ? {} : { contentType }),
    ...(tags == null ? {} : { tags }),
    ...(enabled == null ? {} : { enabled }),
    ...(nbf == null ? {} : { notBefore: nbf }),
    ...(exp == null ? {} : { expires: exp }),
  };
}

/** The service converts a PFX to PEM and nothing else; here nothing is converted at all. */
function checkOutContentType(request: CloudRequest, stored: string | undefined): void {
  const asked = request.url.searchParams.get('outContentType');
  if (asked !== null && asked !== stored) {
    throw new VaultRefusal(400, 'BadParameter', `This stand-in cannot convert ${stored ?? 'the value'} to ${asked}.`);
  }
}
