import { z } from 'zod';
import { json, pathSegments } from '../kernel/reply.ts';
import type { CloudRequest } from '../kernel/types.ts';
import { pemType, pfxToPem, pfxType } from './certificate-material.ts';
import { planDeletedWork } from './deleted-routes.ts';
import { currentVersion } from './shelf.ts';
import type { SecretProps, SecretVersion, Vault } from './vault.ts';
import { badParameter } from './vault-refusal.ts';
import { bundle, deletedBundle, deletedItem, item } from './vault-wire.ts';
import { bodyOf, byIdentifier, list, type Work } from './work.ts';

const changes = z.object({
  contentType: z.string().max(255).nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  attributes: z.object({ enabled: z.boolean().nullish(), nbf: z.int().nullish(), exp: z.int().nullish() }).nullish(),
});
const newSecret = changes.extend({ value: z.string() });

/** Reads method and path; undefined when they are not part of the secrets API. `url` is the vault's. */
export function planSecretWork(request: CloudRequest, vault: Vault, url: string): Work | undefined {
  // Not decoded: a legal name needs no escapes, and any other is refused.
  const [kind, secret, third, ...more] = pathSegments(request);
  if (more.length > 0) return undefined;
  if (kind === 'secrets') {
    return secret === undefined ? planList(request, vault, url) : planOne(request, vault, url, secret, third);
  }
  if (kind === 'deletedsecrets') {
    return planDeleted(request, vault, url, secret, third);
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
  const object = { collection: 'secrets', name: vault.spelling(secret) } as const;
  if (request.method === 'GET' && third === 'versions') {
    const perform = () => {
      const stored = vault.find(secret);
      return list(
        request,
        vault,
        url,
        byIdentifier(stored.versions),
        ({ version }) => version,
        (version) => item(url, stored, version),
      );
    };
    return { name: 'ListSecretVersions', object, action: dataAction('readMetadata/action'), perform };
  }
  if (request.method === 'GET') {
    const perform = () => {
      const { secret: stored, found } = vault.read(secret, third);
      return json(200, bundle(url, stored, converted(request, found), true));
    };
    return { name: 'GetSecret', object, action: dataAction('getSecret/action'), perform };
  }
  if (request.method === 'PATCH') {
    const perform = () => {
      const changed = vault.update(secret, toProps(changes.parse(bodyOf(request))), third);
      return json(200, bundle(url, vault.find(secret), changed, false));
    };
    return { name: 'UpdateSecret', object, action: dataAction('update/action'), perform };
  }
  if (request.method === 'PUT' && third === undefined) {
    const perform = () => {
      const asked = newSecret.parse(bodyOf(request));
      const made = vault.set(secret, asked.value, toProps(asked));
      return json(200, bundle(url, vault.find(secret), made, true));
    };
    return { name: 'SetSecret', object, action: dataAction('setSecret/action'), perform };
  }
  if (request.method === 'DELETE' && third === undefined) {
    const perform = () => json(200, deletedBundle(url, vault.remove(secret)));
    return { name: 'DeleteSecret', object, action: dataAction('delete'), perform };
  }
  return undefined;
}

function planDeleted(
  request: CloudRequest,
  vault: Vault,
  url: string,
  secret: string | undefined,
  third: string | undefined,
): Work | undefined {
  return planDeletedWork(request, vault, url, secret, third, {
    noun: 'Secret',
    collection: 'secrets',
    readAction: dataAction('readMetadata/action'),
    dataAction,
    shelf: vault,
    showItem: (deleted) => deletedItem(url, deleted),
    showDeleted: (deleted) => deletedBundle(url, deleted),
    showRecovered: (stored) => bundle(url, stored, currentVersion(stored), false),
  });
}

/** https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault */
function dataAction(name: string): string {
  return `Microsoft.KeyVault/vaults/secrets/${name}`;
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

/** `outContentType`, since API 2025-07-01: the service converts a PFX to PEM and nothing else. */
function converted(request: CloudRequest, found: SecretVersion): SecretVersion {
  const { searchParams } = request.url;
  const asked = searchParams.get('outContentType');
  const isKnown = (searchParams.get('api-version') ?? '').startsWith('20');
  if (!isKnown || asked === null || asked === found.contentType) return found;
  if (asked !== pemType || found.contentType !== pfxType) {
    throw badParameter(`The content type ${found.contentType ?? '(none)'} cannot be converted to ${asked}.`);
  }
  return { ...found, contentType: pemType, value: pfxToPem(found.value) };
}
