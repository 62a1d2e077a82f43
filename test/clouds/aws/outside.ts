import { randomUUID } from 'node:crypto';
import { day, type Secret, type SecretValue } from './secrets/secret.ts';
import type { SecretStore } from './secrets/store.ts';
import { addTags } from './secrets/tags.ts';
import { metadataOf, replicationOf, type SecretMetadata } from './secrets/views.ts';

interface VersionView {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly stages: readonly string[];
}

/** A secret without its values. */
interface SecretView extends SecretMetadata {
  /** Oldest first, those without labels included. */
  readonly versions: readonly VersionView[];
  readonly replicas: ReturnType<typeof replicationOf>;
}

/**
 * The account's secrets as somebody sees and changes them who isn't the product: at once, past signatures, policies and
 * the desk. A secret that must exist and doesn't is an Error.
 */
export interface Outside {
  /** The names of all secrets of a region, also those that are to be deleted, in order of creation. */
  secretNames(region: string): string[];
  secret(region: string, name: string): SecretView | undefined;
  /** The value of a version, by id or staging label. */
  secretValue(region: string, name: string, versionIdOrStage?: string): string | Buffer | undefined;
  /** Writes a new current version, creating the secret if need be. Returns the version's id. */
  putOutside(region: string, name: string, value: string | Buffer): string;
  /** Adds or overwrites tags. */
  tagOutside(region: string, name: string, tags: Readonly<Record<string, string>>): void;
  untagOutside(region: string, name: string, keys: readonly string[]): void;
  /** Schedules deletion in that many days, or without a number deletes for good. */
  removeOutside(region: string, name: string, recoveryWindowInDays?: number): void;
  restoreOutside(region: string, name: string): void;
}

export function createOutside(storeOf: (region: string) => SecretStore, now: () => number): Outside {
  const find = (region: string, name: string) => storeOf(region).get(name, now());

  function mustFind(region: string, name: string): Secret {
    const secret = find(region, name);
    if (secret === undefined) throw new Error(`no secret ${name} in ${region}`);
    return secret;
  }

  function change(region: string, name: string, edit: (secret: Secret) => void): void {
    const secret = mustFind(region, name);
    edit(secret);
    secret.lastChangedAt = now();
    storeOf(region).changed(secret, now());
  }

  return {
    secretNames: (region) => storeOf(region).names(now()),
    secret(region, name) {
      const secret = find(region, name);
      if (secret === undefined) return undefined;
      const versions = [...secret.versions.values()];
      return {
        ...metadataOf(secret, region),
        replicas: replicationOf(secret),
        versions: versions.map(({ id, createdAt, stages }) => ({ id, createdAt, stages: [...stages] })),
      };
    },
    secretValue(region, name, versionIdOrStage = 'AWSCURRENT') {
      const secret = find(region, name);
      const value = (secret?.versions.get(versionIdOrStage) ?? secret?.versionAt(versionIdOrStage))?.value;
      return value?.kind === 'binary' ? value.bytes : value?.text;
    },
    putOutside(region, name, value) {
      const store = storeOf(region);
      const id = randomUUID();
      if (store.get(name, now()) === undefined) store.add(store.mintArn(name), name, now());
      change(region, name, (secret) => secret.addVersion(id, toValue(value), ['AWSCURRENT'], now()));
      return id;
    },
    tagOutside: (region, name, tags) =>
      change(region, name, (secret) => {
        const added = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        secret.tags = addTags(secret.tags ?? new Map(), added);
      }),
    untagOutside: (region, name, keys) =>
      change(region, name, (secret) => {
        for (const key of keys) secret.tags?.delete(key);
      }),
    removeOutside(region, name, recoveryWindowInDays) {
      if (recoveryWindowInDays === undefined) {
        storeOf(region).remove(mustFind(region, name), now());
        return;
      }
      change(region, name, (secret) => {
        secret.deletionAt = now() + recoveryWindowInDays * day;
      });
    },
    restoreOutside: (region, name) =>
      change(region, name, (secret) => {
        secret.deletionAt = undefined;
      }),
  };
}

function toValue(value: string | Buffer): SecretValue {
  return typeof value === 'string' ? { kind: 'text', text: value } : { kind: 'binary', bytes: value };
}
