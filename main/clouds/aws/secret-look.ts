import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type ReplicationStatusType,
  type SecretsManagerClient,
  type Tag,
} from '@aws-sdk/client-secrets-manager';
import { Failure, type FailureDetail } from '../../domain/failure.ts';
import { ownerTag } from '../../domain/ownership.ts';
import type { TargetState } from '../../domain/plan.ts';
import { product } from '../../product.ts';
import { managedByService, pendingDeletion } from './refusals.ts';
import type { AwsSession } from './session.ts';
import { tagValue } from './tags.ts';

/** What DescribeSecret and, but for the replicas, ListSecrets tell of a secret. */
export interface Described {
  readonly ARN?: string | undefined;
  readonly Tags?: Tag[] | undefined;
  readonly DeletedDate?: Date | undefined;
  readonly OwningService?: string | undefined;
  readonly PrimaryRegion?: string | undefined;
  readonly KmsKeyId?: string | undefined;
  readonly VersionIdsToStages?: Record<string, string[]> | undefined;
  readonly ReplicationStatus?: ReplicationStatusType[] | undefined;
}

export function secretState(name: string, region: string, secret: Described): TargetState {
  const subject = `${name} in ${region}`;
  const closed = ({ code, sentence, fix }: FailureDetail) => ({ kind: 'closed' as const, code, why: sentence, fix });
  if (secret.PrimaryRegion && secret.PrimaryRegion !== region) {
    return {
      kind: 'closed',
      code: 'target-replica',
      why: `The secret ${subject} is a replica, which cannot be written; its original is in ${secret.PrimaryRegion}.`,
      fix: `Point the record at the region ${secret.PrimaryRegion}, or choose another target name.`,
    };
  }
  if (secret.OwningService) return closed(managedByService(subject));
  const id = secret.ARN ?? name;
  const version = versionAt('AWSCURRENT', secret);
  if (secret.DeletedDate)
    return {
      ...closed(pendingDeletion(subject)),
      restorable: { id, version, deletedAt: secret.DeletedDate.getTime() },
    };
  const ownerRecordId = tagValue(secret.Tags, ownerTag(product.tagNamespace)) ?? null;
  return { kind: 'present', id, version, ownerRecordId };
}

/** The version that has a staging label; null if none has. */
export function versionAt(label: string, { VersionIdsToStages = {} }: Described): string | null {
  return Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes(label))?.[0] ?? null;
}

/** What AWS tells of a secret; undefined if there is none. */
type Look<T> = (name: string, signal: AbortSignal) => Promise<T | undefined>;

export interface SecretLooks {
  /** Fails with `denied` where the credential may not. */
  readonly ask: Look<Described>;
  /**
   * `unreadable` where the credential may not. A folder (a name up to its last slash) in which it never could is not asked
   * again after some refusals, so that a thousand records under a write-only policy do not cost a thousand.
   */
  readonly describe: Look<Described | 'unreadable'>;
}

/** Policies name secrets by patterns: so many refusals and not one success speak for the rest of a folder. */
const refusalsThatTell = 10;

export function secretLooks(session: AwsSession<SecretsManagerClient>): SecretLooks {
  const refusals = new Map<string, number>();
  const open = new Set<string>();
  const turns = new Map<string, Promise<void>>();
  const folderOf = (name: string) => name.slice(0, name.lastIndexOf('/') + 1);

  async function ask(name: string, signal: AbortSignal): Promise<Described | undefined> {
    try {
      const described = await session.call({ action: 'secretsmanager:DescribeSecret', name }, signal, (options) =>
        session.client.send(new DescribeSecretCommand({ SecretId: name }), options),
      );
      open.add(folderOf(name));
      return described;
    } catch (error) {
      if (!(error instanceof Failure) || error.detail.code !== 'target-missing') throw error;
      // Told only to those who may look.
      open.add(folderOf(name));
      return undefined;
    }
  }

  async function describe(name: string, signal: AbortSignal): Promise<Described | 'unreadable' | undefined> {
    const folder = folderOf(name);
    const refused = refusals.get(folder) ?? 0;
    if (refused >= refusalsThatTell && !open.has(folder)) return 'unreadable';
    try {
      return await ask(name, signal);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'denied') throw error;
      // An explicit deny may be about this one name, and a name outside any folder has no neighbours to speak for.
      if (error.detail.code === 'aws-denied' && folder !== '') refusals.set(folder, (refusals.get(folder) ?? 0) + 1);
      return 'unreadable';
    }
  }

  /** One after the other until one may look: all that go at once would be refused before the first refusal is known. */
  async function inTurn<T>(folder: string, look: () => Promise<T>): Promise<T> {
    const before = turns.get(folder);
    let done = () => {};
    const mine = new Promise<void>((resolve) => {
      done = resolve;
    });
    turns.set(folder, mine);
    try {
      await before;
      if (open.has(folder)) done();
      return await look();
    } finally {
      done();
    }
  }

  return {
    ask,
    async describe(name, signal) {
      const folder = folderOf(name);
      const look = () => describe(name, signal);
      return folder === '' || open.has(folder) ? await look() : await inTurn(folder, look);
    },
  };
}

/** See `Target.holds`. Asks for a right that no write needs: without it the answer is undefined. */
export async function secretHolds(
  session: AwsSession<SecretsManagerClient>,
  { name, id }: { readonly name: string; readonly id: string },
  matches: (content: Uint8Array) => boolean,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  try {
    const { SecretString, SecretBinary } = await session.call(
      { action: 'secretsmanager:GetSecretValue', name },
      signal,
      (options) => session.client.send(new GetSecretValueCommand({ SecretId: id }), options),
    );
    if (SecretBinary) return matches(SecretBinary);
    return SecretString === undefined ? undefined : matches(Buffer.from(SecretString));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.detail.code === 'target-missing') return false;
    if (error.kind === 'denied') return undefined;
    throw error;
  }
}
