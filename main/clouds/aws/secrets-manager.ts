import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  type Tag,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import type { AwsSettings } from '../../domain/connection.ts';
import { Failure } from '../../domain/failure.ts';
import { ownerTag } from '../../domain/ownership.ts';
import type { TargetState } from '../../domain/plan.ts';
import { product } from '../../product.ts';
import type { CloudDeps } from '../call.ts';
import { listingTrail } from '../listing.ts';
import type { Target, WriteRequest, Written } from '../ports.ts';
import { managedByService, pendingDeletion } from './classify.ts';
import { maxValueBytes, secretProblems } from './rules.ts';
import { type AwsSession, openSession } from './session.ts';
import { fitTagKey, fitTags } from './tags.ts';
import { testSecretsManager } from './trials.ts';

/** The most ListSecrets gives: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
const pageSize = 100;
/** How long AWS keeps a deleted secret recoverable, in days: the most it allows. */
const recoveryWindowDays = 30;

/**
 * The secrets of one account and region. No value is ever read: nothing here can.
 * @param credential the connection's, not trusted to be one until parsed
 * @throws Failure `invalid` if settings, region or credential cannot be used; nothing is sent yet
 */
export function openSecretsManager(
  settings: AwsSettings,
  credential: unknown,
  region: string,
  deps: CloudDeps,
): Target {
  const session = openSession(settings, credential, region, deps);
  const trail = listingTrail(`The list of secrets in ${region}`);

  return {
    capabilities: { markers: true, idempotentWrites: true, tags: true, maxValueBytes },
    validate: secretProblems,
    inspect: inspector(session),

    async overviewPage(next, signal) {
      const token = trail.link(next);
      const page = await session.call({ action: 'secretsmanager:ListSecrets' }, signal, (options) =>
        session.secrets.send(
          new ListSecretsCommand({
            MaxResults: pageSize,
            IncludePlannedDeletion: true,
            ...(token === undefined ? {} : { NextToken: token }),
          }),
          options,
        ),
      );
      const items = (page.SecretList ?? []).flatMap(({ Name, SecretVersionsToStages, ...rest }) =>
        Name === undefined
          ? []
          : [{ name: Name, state: stateOf(Name, region, { ...rest, VersionIdsToStages: SecretVersionsToStages }) }],
      );
      return trail.page(next, items, page.NextToken);
    },

    write: (request, signal) =>
      request.mode === 'create' ? create(session, request, signal) : update(session, request, signal),

    async tag({ name, id = name }, { set, remove }, signal) {
      const fitted = fitTags(set, product.tagNamespace);
      const gone = [...new Set(remove.map(fitTagKey))].filter((key) => key !== '' && !Object.hasOwn(fitted, key));
      if (Object.keys(fitted).length > 0) {
        await session.call({ action: 'secretsmanager:TagResource', name }, signal, (options) =>
          session.secrets.send(new TagResourceCommand({ SecretId: id, Tags: asTags(fitted) }), options),
        );
      }
      if (gone.length > 0) {
        await session.call({ action: 'secretsmanager:UntagResource', name }, signal, (options) =>
          session.secrets.send(new UntagResourceCommand({ SecretId: id, TagKeys: gone }), options),
        );
      }
    },

    async remove({ name, id = name }, signal) {
      try {
        await session.call({ action: 'secretsmanager:DeleteSecret', name }, signal, (options) =>
          session.secrets.send(
            new DeleteSecretCommand({ SecretId: id, RecoveryWindowInDays: recoveryWindowDays }),
            options,
          ),
        );
      } catch (error) {
        // Already on its way out, perhaps by an earlier try whose reply was lost.
        if (!(error instanceof Failure) || error.detail.code !== 'target-pending-deletion') throw error;
      }
    },

    test: (prefix, signal) => testSecretsManager(session, prefix, signal),
    close: () => session.close(),
  };
}

async function create(session: AwsSession, request: WriteRequest, signal: AbortSignal): Promise<Written> {
  const { name, value, tags, idempotencyKey } = request;
  const reply = await session.call({ action: 'secretsmanager:CreateSecret', name }, signal, (options) =>
    session.secrets.send(
      new CreateSecretCommand({
        Name: name,
        SecretString: value,
        ClientRequestToken: idempotencyKey,
        Tags: asTags(fitTags(tags, product.tagNamespace)),
      }),
      options,
    ),
  );
  // The reply has no stages. It need not: CreateSecret "automatically attaches the staging label AWSCURRENT" to the
  // version it makes (API reference), and succeeds only if it made the secret with this very version.
  return writtenAs(session, request, reply.ARN, reply.VersionId, reply.VersionId === idempotencyKey);
}

async function update(session: AwsSession, request: WriteRequest, signal: AbortSignal): Promise<Written> {
  const { name, id = name, value, idempotencyKey } = request;
  const reply = await session.call({ action: 'secretsmanager:PutSecretValue', name }, signal, (options) =>
    session.secrets.send(
      new PutSecretValueCommand({ SecretId: id, SecretString: value, ClientRequestToken: idempotencyKey }),
      options,
    ),
  );
  const current = reply.VersionId === idempotencyKey && (reply.VersionStages ?? []).includes('AWSCURRENT');
  return writtenAs(session, request, reply.ARN, reply.VersionId, current);
}

function writtenAs(
  { region }: AwsSession,
  { name }: WriteRequest,
  id: string | undefined,
  version: string | undefined,
  confirmed: boolean,
): Written {
  if (id !== undefined && version !== undefined) return { id, version, confirmed };
  throw new Failure({
    kind: 'network',
    code: 'reply-incomplete',
    sentence: `AWS accepted the write of ${name} in ${region}, but its answer was incomplete.`,
    fix: 'Nothing to do: the app repeats the write, which makes no second version.',
  });
}

/**
 * Looks at one secret. Where the credential may not, that is remembered for the rest of the name's folder (up to its last
 * slash), so that a thousand records under a write-only policy do not cost a thousand refusals.
 */
function inspector(session: AwsSession): Target['inspect'] {
  const closedFolders = new Set<string>();
  const unreadable: TargetState = { kind: 'unreadable', missing: 'secretsmanager:DescribeSecret' };
  return async (name, signal) => {
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    if (closedFolders.has(folder)) return unreadable;
    try {
      const reply = await session.call({ action: 'secretsmanager:DescribeSecret', name }, signal, (options) =>
        session.secrets.send(new DescribeSecretCommand({ SecretId: name }), options),
      );
      return stateOf(name, session.region, reply);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.detail.code === 'target-missing') return { kind: 'absent' };
      if (error.kind !== 'denied') throw error;
      // An explicit deny may be about this one name, and a name outside any folder has no neighbours to speak for.
      if (error.detail.code === 'aws-denied' && folder !== '') closedFolders.add(folder);
      return unreadable;
    }
  };
}

/** What DescribeSecret and ListSecrets both tell of a secret. */
interface Described {
  readonly ARN?: string | undefined;
  readonly Tags?: Tag[] | undefined;
  readonly DeletedDate?: Date | undefined;
  readonly OwningService?: string | undefined;
  readonly PrimaryRegion?: string | undefined;
  readonly VersionIdsToStages?: Record<string, string[]> | undefined;
}

function stateOf(name: string, region: string, secret: Described): TargetState {
  const subject = `${name} in ${region}`;
  const closed = ({ code, sentence, fix }: ReturnType<typeof pendingDeletion>): TargetState => ({
    kind: 'closed',
    code,
    why: sentence,
    fix,
  });
  if (secret.DeletedDate) return closed(pendingDeletion(subject));
  if (secret.OwningService) return closed(managedByService(subject));
  if (secret.PrimaryRegion && secret.PrimaryRegion !== region) {
    return {
      kind: 'closed',
      code: 'target-replica',
      why: `The secret ${subject} is a replica, which cannot be written; its original is in ${secret.PrimaryRegion}.`,
      fix: `Point the record at the region ${secret.PrimaryRegion}, or choose another target name.`,
    };
  }
  const stages = Object.entries(secret.VersionIdsToStages ?? {});
  const owner = secret.Tags?.find(({ Key }) => Key === ownerTag(product.tagNamespace))?.Value;
  return {
    kind: 'present',
    id: secret.ARN ?? name,
    version: stages.find(([, labels]) => labels.includes('AWSCURRENT'))?.[0] ?? null,
    ownerRecordId: owner ?? null,
  };
}

function asTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
