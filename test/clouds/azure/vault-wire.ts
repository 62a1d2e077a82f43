import { currentVersion, type DeletedSecret, retentionDays, type SecretVersion, type StoredSecret } from './vault.ts';

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
  return { ...deletion(url, secret), ...bundle(url, secret, currentVersion(secret), false) };
}

export function deletedItem(url: string, secret: DeletedSecret) {
  return { ...deletion(url, secret), ...item(url, secret) };
}

function deletion(url: string, { name, deletedDate, scheduledPurgeDate }: DeletedSecret) {
  return { recoveryId: `${url}/deletedsecrets/${name}`, deletedDate, scheduledPurgeDate };
}

function describe(secret: StoredSecret, version: SecretVersion) {
  return {
    ...(version.contentType === undefined ? {} : { contentType: version.contentType }),
    attributes: {
      enabled: version.enabled,
      ...(version.notBefore === undefined ? {} : { nbf: version.notBefore }),
      ...(version.expires === undefined ? {} : { exp: version.expires }),
      created: version.created,
      updated: version.updated,
      recoveryLevel: 'Recoverable+Purgeable',
      recoverableDays: retentionDays,
    },
    ...(version.tags === undefined ? {} : { tags: version.tags }),
    ...(secret.managed ? { managed: true } : {}),
  };
}
