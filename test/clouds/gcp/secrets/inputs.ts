import { z } from 'zod';
import { invalid } from '../failure.ts';
import { isRegion } from '../locations.ts';
import { checkLabels, duration, int64, readMessage, textMap, timestamp } from '../payload.ts';
import type { Replication, Secret } from './secret.ts';

const none = z.union([z.strictObject({}), z.array(z.never()).max(0)]);
const replica = z.strictObject({ location: z.string() });

/** A Secret in a request. Fields that the service fills in itself are read and ignored. */
const secretInput = z.strictObject({
  name: z.string().optional(),
  createTime: z.string().optional(),
  replication: z
    .strictObject({
      automatic: z.strictObject({}).optional(),
      userManaged: z.strictObject({ replicas: z.array(replica).optional() }).optional(),
    })
    .optional(),
  labels: textMap.optional(),
  annotations: textMap.optional(),
  versionAliases: z.record(z.string(), int64).optional(),
  versionDestroyTtl: duration.optional(),
  expireTime: timestamp.optional(),
  ttl: duration.optional(),
  etag: z.string().optional(),
  // Not part of the stand-in: anything but "none" is refused rather than forgotten.
  topics: none.optional(),
  tags: none.optional(),
});

type SecretInput = z.output<typeof secretInput>;

export const versionInput = z.strictObject({ etag: z.string().optional() });

const day = 24 * 60 * 60;
const maxAnnotationBytes = 16 * 1024;

/** @throws GcpFailure INVALID_ARGUMENT */
export function readSecret(body: unknown): SecretInput {
  return readMessage(secretInput, body, 'secret');
}

/** @throws GcpFailure INVALID_ARGUMENT */
export function readReplication(input: SecretInput, location: string | undefined): Replication | undefined {
  const { automatic, userManaged } = input.replication ?? {};
  if (location !== undefined) {
    if (input.replication !== undefined) throw invalid('Regional secrets must not have a replication policy.');
    return undefined;
  }
  if (automatic !== undefined && userManaged === undefined) return { automatic };
  if (userManaged === undefined || automatic !== undefined) {
    throw invalid('Secret.replication must be set to either automatic or user_managed.');
  }
  const { replicas = [] } = userManaged;
  if (replicas.length === 0) throw invalid('Secret.replication.user_managed.replicas must not be empty.');
  const locations = replicas.map((one) => one.location);
  const unknown = locations.find((one) => !isRegion(one));
  if (unknown !== undefined) throw invalid(`'${unknown}' is not a valid location for a secret replica.`);
  if (new Set(locations).size < locations.length) throw invalid('The locations of a secret must not repeat.');
  return { userManaged: { replicas } };
}

type Editable = Pick<Secret, 'labels' | 'annotations' | 'versionAliases' | 'versionDestroyTtlSeconds' | 'expireAt'>;

/**
 * What may be changed, by its path in the update mask: what the request makes of it, where absence is a value too.
 * Throws GcpFailure INVALID_ARGUMENT.
 */
export const editors: Readonly<
  Record<string, (input: SecretInput, versions: number, now: number) => Partial<Editable>>
> = {
  labels({ labels = {} }) {
    checkLabels(labels);
    return { labels };
  },
  annotations({ annotations = {} }) {
    checkAnnotations(annotations);
    return { annotations };
  },
  version_aliases: ({ versionAliases = {} }, versions) => ({ versionAliases: readAliases(versionAliases, versions) }),
  version_destroy_ttl({ versionDestroyTtl }) {
    if (versionDestroyTtl !== undefined && (versionDestroyTtl < day || versionDestroyTtl > 1000 * day)) {
      throw invalid('Secret.version_destroy_ttl must be between 24 hours and 1000 days.');
    }
    return { versionDestroyTtlSeconds: versionDestroyTtl };
  },
  expire_time({ expireTime }, _, now) {
    if (expireTime !== undefined && expireTime <= now) throw invalid('Secret.expire_time must be in the future.');
    return { expireAt: expireTime };
  },
  ttl({ ttl }, _, now) {
    if (ttl !== undefined && ttl <= 0) throw invalid('Secret.ttl must be positive.');
    return { expireAt: ttl === undefined ? undefined : now + ttl * 1000 };
  },
};

function checkAnnotations(annotations: Readonly<Record<string, string>>): void {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(key)) {
      throw invalid(
        `Annotation key '${key}' must be 1 to 63 characters long, begin and end with an alphanumeric character, and ` +
          'have only dashes, underscores, dots and alphanumerics between.',
      );
    }
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size >= maxAnnotationBytes)
    throw invalid('The total size of annotation keys and values must be less than 16KiB.');
}

function readAliases(aliases: Readonly<Record<string, bigint>>, versions: number): Record<string, number> {
  const entries = Object.entries(aliases).map(([alias, number]) => [alias, Number(number)] as const);
  if (entries.length > 50) throw invalid('A secret can have at most 50 version aliases.');
  for (const [alias, number] of entries) {
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(alias) || alias === 'latest' || alias === 'NEW') {
      throw invalid(`'${alias}' is not a valid version alias.`);
    }
    if (number < 1 || number > versions) {
      throw invalid(`Version alias '${alias}' points to version ${number}, which does not exist.`);
    }
  }
  return Object.fromEntries(entries);
}
