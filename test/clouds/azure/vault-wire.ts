import { currentVersion, type Deletion, retentionDays } from './shelf.ts';
import type { DeletedSecret, SecretVersion, StoredSecret } from './vault.ts';

/** A secret as GET and PUT return it (with its value) and PATCH and recover do (without). `url` is the vault's. */
export function bundle(url: string, secret: StoredSecret, version: SecretVersion, withValue: boolean) {
  const id = `${url}/secrets/${secret.name}/${version.version}`;
  return {
    ...(withValue ? { value: version.value } : {}),
    id,
    ...describe(secret, version),
    ...(secret.managed ? { kid: `${url}/keys/${secret.name}/${version.version}` } : {}),
  };
}

/** A secret in a list: never a value; the version in the id only when versions are listed. */
export function item(url: string, secret: StoredSecret, version?: SecretVersion) {
  const id = `${url}/secrets/${secret.name}${version === undefined ? '' : `/${version.version}`}`;
  return { id, ...describe(secret, version ?? currentVersion(secret)) };
}

export function deletedBundle(url: string, secret: DeletedSecret) {
  return { ...deletion(`${url}/deletedsecrets`, secret), ...bundle(url, secret, currentVersion(secret), false) };
}

export function deletedItem(url: string, secret: DeletedSecret) {
  return { ...deletion(`${url}/deletedsecrets`, secret), ...item(url, secret) };
}

/** What is said of a deleted object beside all else; `collection` is the URL of all that are deleted. */
export function deletion(
  collection: string,
  { name, deletedDate, scheduledPurgeDate }: Deletion & { readonly name: string },
) {
  return { recoveryId: `${collection}/${name}`, deletedDate, scheduledPurgeDate };
}

/** What is said of any version's availability; times are seconds since the epoch. */
export function attributes(version: {
  readonly enabled: boolean;
  readonly notBefore?: number;
  readonly expires?: number;
  readonly created: number;
  readonly updated: number;
}) {
  return {
    enabled: version.enabled,
    ...(version.notBefore === undefined ? {} : { nbf: version.notBefore }),
    ...(version.expires === undefined ? {} : { exp: version.expires }),
    created: version.created,
    updated: version.updated,
    recoveryLevel: 'Recoverable+Purgeable',
    recoverableDays: retentionDays,
  };
}

function describe(secret: StoredSecret, version: SecretVersion) {
  return {
    ...(version.contentType === undefined ? {} : { contentType: version.contentType }),
    attributes: attributes(version),
    ...(version.tags === undefined ? {} : { tags: version.tags }),
    ...(secret.managed ? { managed: true } : {}),
  };
}
