import {
  CreateSecretCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import type { AwsSettings } from '../../domain/connection.ts';
import { Failure } from '../../domain/failure.ts';
import type { CloudDeps } from '../call.ts';
import { targetChanged } from '../failures.ts';
import { listingTrail } from '../listing.ts';
import type { Target, TargetRef, WriteRequest, Written } from '../ports.ts';
import { awsNameProblems } from './names.ts';
import { type Content, secretValueProblems, storable } from './rules.ts';
import {
  keyNotChanged,
  missingReplicas,
  notReplicated,
  overwroteUnseen,
  replicasFailed,
  sameKey,
  writeUnseen,
} from './secret-extras.ts';
import { type Described, type SecretLooks, secretHolds, secretLooks, secretState } from './secret-look.ts';
import { removeSecret, restoreSecret } from './secret-removal.ts';
import { testSecretsManager } from './secret-trials.ts';
import { type AwsSession, openSession } from './session.ts';
import { asTags, tagChange } from './tags.ts';

type Session = AwsSession<SecretsManagerClient>;

/** The most ListSecrets gives: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
const pageSize = 100;

/**
 * The secrets of one account and region. A value is read only by `holds`.
 * @param credential the connection's, not trusted to be one until parsed
 * @throws Failure `invalid` if settings, region or credential cannot be used; nothing is sent yet
 */
export function openSecretsManager(
  settings: AwsSettings,
  credential: unknown,
  region: string,
  deps: CloudDeps,
): Target {
  const session = openSession(settings, credential, region, deps, (config, place) => {
    const client = new SecretsManagerClient(config);
    return { client, url: client.config.endpointProvider(place).url };
  });
  const looks = secretLooks(session);
  const trail = listingTrail(`The list of secrets in ${region}`);

  return {
    capabilities: { idempotentWrites: true, recoverableRemoval: true },
    validate: (name, payload, options = {}) => [
      ...awsNameProblems.secretsmanager(name),
      ...(payload ? secretValueProblems(payload, options, region) : []),
    ],

    async inspect({ name }, signal) {
      const described = await looks.describe(name, signal);
      if (described === 'unreadable') return { kind: 'unreadable', missing: 'secretsmanager:DescribeSecret' };
      return described ? secretState(name, region, described) : { kind: 'absent' };
    },

    async overviewPage(next, signal) {
      const token = trail.link(next);
      const page = await session.call({ action: 'secretsmanager:ListSecrets' }, signal, (options) =>
        session.client.send(
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
          : [{ name: Name, state: secretState(Name, region, { ...rest, VersionIdsToStages: SecretVersionsToStages }) }],
      );
      return trail.page(next, items, page.NextToken);
    },

    write: (request, signal) =>
      request.mode === 'create' ? create(session, looks, request, signal) : update(session, looks, request, signal),
    markerOf: ({ idempotencyKey }) => idempotencyKey,
    holds: ({ name, id = name }, matches, signal) => secretHolds(session, { name, id }, matches, signal),

    async tag({ name, id = name }, change, signal) {
      const { set, remove } = tagChange(change);
      if (set.length > 0) {
        await session.call({ action: 'secretsmanager:TagResource', name }, signal, (options) =>
          session.client.send(new TagResourceCommand({ SecretId: id, Tags: set }), options),
        );
      }
      if (remove.length > 0) {
        await session.call({ action: 'secretsmanager:UntagResource', name }, signal, (options) =>
          session.client.send(new UntagResourceCommand({ SecretId: id, TagKeys: remove }), options),
        );
      }
    },

    restore: (target, signal) => restoreSecret(session, looks, target, signal),
    remove: (target, seen, signal) => removeSecret(session, looks, target, seen, signal),
    test: (prefix, signal) => testSecretsManager(session, prefix, signal),
    close: () => session.close(),
  };
}

async function create(
  session: Session,
  looks: SecretLooks,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<Written> {
  const { name, payload, tags, idempotencyKey, options: wanted } = request;
  const value = fieldOf(storable(payload));
  const replicas = wanted.replicaRegions ?? [];
  const reply = await session.call({ action: 'secretsmanager:CreateSecret', name }, signal, (options) =>
    session.client.send(
      new CreateSecretCommand({
        Name: name,
        ...value,
        ClientRequestToken: idempotencyKey,
        Tags: asTags(tags),
        ...(wanted.kmsKeyId === undefined ? {} : { KmsKeyId: wanted.kmsKeyId }),
        // Each under AWS's own key of that region: a KMS key belongs to one region.
        ...(replicas.length === 0 ? {} : { AddReplicaRegions: replicas.map((Region) => ({ Region })) }),
      }),
      options,
    ),
  );
  // The reply has no stages. It need not: CreateSecret "automatically attaches the staging label AWSCURRENT" to the
  // version it makes (API reference), and succeeds only if it made the secret with this very version.
  const confirmed = reply.VersionId === idempotencyKey;
  const warning =
    replicas.length === 0
      ? undefined
      : await lookAfter(async () => {
          const made = await looks.describe(name, signal);
          return made === undefined || made === 'unreadable' ? undefined : replicasFailed(name, made);
        });
  return writtenAs(session, request, reply, confirmed, warning);
}

async function update(
  session: Session,
  looks: SecretLooks,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<Written> {
  const { name, id = name, payload, idempotencyKey, replaces, options: wanted } = request;
  const value = fieldOf(storable(payload));
  // PutSecretValue takes no condition, and reading the value took its time since the engine looked. What was seen then is
  // replaced by no one who cannot look again.
  const seen = replaces === null ? undefined : await looks.ask(name, signal);
  if (seen) refuseChanged(name, session.region, seen, request);
  const keyWarning = seen && (await changeKey(session, request, seen, signal));
  const reply = await session.call({ action: 'secretsmanager:PutSecretValue', name }, signal, (options) =>
    session.client.send(
      new PutSecretValueCommand({ SecretId: id, ...value, ClientRequestToken: idempotencyKey }),
      options,
    ),
  );
  const current = reply.VersionId === idempotencyKey && (reply.VersionStages ?? []).includes('AWSCURRENT');
  // Where the secret may not be looked at, its replicas are those it was created with.
  const missing = seen ? missingReplicas(seen, wanted.replicaRegions ?? []) : [];
  const replicaWarning = missing.length === 0 ? undefined : await replicate(session, request, missing, signal);
  const warning =
    seen &&
    (await lookAfter(async () => {
      const made = await looks.ask(name, signal);
      if (!made) return undefined;
      return overwroteUnseen(made, request) ?? (missing.length === 0 ? undefined : replicasFailed(name, made));
    }));
  const first = warning?.code === 'overwrote-unseen' ? warning : (keyWarning ?? replicaWarning ?? warning);
  return writtenAs(session, request, reply, current, first);
}

function refuseChanged(name: string, region: string, seen: Described, request: WriteRequest): void {
  const state = secretState(name, region, seen);
  // AWS may call one deleted still that was just restored: what is in it counts then, too.
  const found = state.kind === 'closed' ? state.restorable : state.kind === 'present' ? state : undefined;
  // Another's state of being managed or a replica, and one that was made anew, are told by the write itself.
  if (!found || (request.id !== undefined && found.id !== request.id)) return;
  if (found.version === request.replaces || found.version === request.idempotencyKey) return;
  throw targetChanged(`secret ${name} in ${region}`);
}

/** Before the value, so that it is encrypted with the new key already. One that cannot be had leaves the old one. */
async function changeKey(
  session: Session,
  { name, id = name, options: { kmsKeyId } }: WriteRequest,
  seen: Described,
  signal: AbortSignal,
): Promise<Written['warning']> {
  if (kmsKeyId === undefined || sameKey(seen.KmsKeyId, kmsKeyId)) return undefined;
  try {
    await session.call({ action: 'secretsmanager:UpdateSecret', name }, signal, (options) =>
      session.client.send(new UpdateSecretCommand({ SecretId: id, KmsKeyId: kmsKeyId }), options),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure) || (error.kind !== 'denied' && error.kind !== 'invalid')) throw error;
    return keyNotChanged(error);
  }
}

/** After the value: it is written, whatever becomes of its replicas. */
async function replicate(
  session: Session,
  { name, id = name }: TargetRef,
  missing: readonly string[],
  signal: AbortSignal,
): Promise<Written['warning']> {
  try {
    await session.call({ action: 'secretsmanager:ReplicateSecretToRegions', name }, signal, (options) =>
      session.client.send(
        new ReplicateSecretToRegionsCommand({ SecretId: id, AddReplicaRegions: missing.map((Region) => ({ Region })) }),
        options,
      ),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return notReplicated(missing, error);
  }
}

/**
 * A look at what was written and cannot fail any more. Of replicas AWS answers before it has made them: what it says right
 * after that is mostly the end, and the next write looks again.
 */
async function lookAfter(look: () => Promise<Written['warning']>): Promise<Written['warning']> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return writeUnseen(error);
  }
}

function fieldOf(content: Content): { SecretString: string } | { SecretBinary: Uint8Array } {
  return content.kind === 'text' ? { SecretString: content.text } : { SecretBinary: content.bytes };
}

function writtenAs(
  { region }: Session,
  { name }: WriteRequest,
  { ARN: id, VersionId: version }: { readonly ARN?: string | undefined; readonly VersionId?: string | undefined },
  confirmed: boolean,
  warning: Written['warning'],
): Written {
  if (id !== undefined && version !== undefined) return { id, version, confirmed, ...(warning ? { warning } : {}) };
  throw new Failure({
    kind: 'network',
    code: 'reply-incomplete',
    sentence: `AWS accepted the write of ${name} in ${region}, but its answer was incomplete.`,
    fix: 'Nothing to do: the app repeats the write, which makes no second version.',
  });
}
