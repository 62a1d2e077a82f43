import { EnumValue, rfc3339 } from '../payload.ts';
import type { Secret, Version, VersionState } from './secret.ts';

const states: Readonly<Record<VersionState, EnumValue>> = {
  ENABLED: new EnumValue('ENABLED', 1),
  DISABLED: new EnumValue('DISABLED', 2),
  DESTROYED: new EnumValue('DESTROYED', 3),
};

/** A Secret message. What has its default value is left out, as JSON does with protos. */
export function secretView(secret: Secret): object {
  const { versionDestroyTtlSeconds: ttl, expireAt } = secret;
  return {
    name: secret.name,
    ...(secret.replication === undefined ? {} : { replication: secret.replication }),
    createTime: rfc3339(secret.createdAt),
    ...unlessEmpty('labels', secret.labels),
    ...(expireAt === undefined ? {} : { expireTime: rfc3339(expireAt) }),
    etag: secret.etag,
    ...unlessEmpty(
      'versionAliases',
      Object.fromEntries(Object.entries(secret.versionAliases).map(([alias, number]) => [alias, String(number)])),
    ),
    ...unlessEmpty('annotations', secret.annotations),
    ...(ttl === undefined ? {} : { versionDestroyTtl: `${ttl}s` }),
  };
}

/** A SecretVersion message: everything but the payload. */
export function versionView(secret: Secret, version: Version): object {
  return {
    name: versionName(secret, version),
    createTime: rfc3339(version.createdAt),
    ...(version.destroyedAt === undefined ? {} : { destroyTime: rfc3339(version.destroyedAt) }),
    state: states[version.state],
    ...(secret.replication === undefined ? {} : { replicationStatus: replicationStatus(secret.replication) }),
    etag: version.etag,
    ...(version.checksumGiven ? { clientSpecifiedPayloadChecksum: true } : {}),
    ...(version.destroyAt === undefined ? {} : { scheduledDestroyTime: rfc3339(version.destroyAt) }),
  };
}

export function versionName(secret: Secret, { number }: Version): string {
  return `${secret.name}/versions/${number}`;
}

function replicationStatus(replication: NonNullable<Secret['replication']>): object {
  if ('automatic' in replication) return { automatic: {} };
  return { userManaged: { replicas: replication.userManaged.replicas.map(({ location }) => ({ location })) } };
}

function unlessEmpty(field: string, map: Readonly<Record<string, string>>): object {
  return Object.keys(map).length === 0 ? {} : { [field]: map };
}
