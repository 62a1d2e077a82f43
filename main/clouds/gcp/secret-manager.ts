import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import type { GcpSettings } from '../../domain/connection.ts';
import { Failure } from '../../domain/failure.ts';
import { ownerTag } from '../../domain/ownership.ts';
import type { TargetState } from '../../domain/plan.ts';
import { product } from '../../product.ts';
import type { CloudDeps } from '../call.ts';
import { brokenReply, targetChanged } from '../failures.ts';
import type { Target, WriteRequest, Written } from '../ports.ts';
import { subjectOf } from './classify.ts';
import { crc32c } from './crc32c.ts';
import { changedMarks, fitMarks } from './labels.ts';
import { gcpNameProblems } from './names.ts';
import { secretBytes, secretProblems } from './rules.ts';
import { changeSecret, getSecret, ownerOfSecret, type Secret, type SecretPlace } from './secret-calls.ts';
import { removedState, removeSecret, restoreSecret, withoutRemoval } from './secret-removal.ts';
import { endOldVersions, type Unnoted } from './secret-retention.ts';
import {
  latestVersion,
  markerOfVersion,
  numberInMarker,
  type SecretVersion,
  versionNumber,
} from './secret-versions.ts';
import { openSession } from './session.ts';
import { testSecretManager } from './trials.ts';

/**
 * The secrets of one project: its global ones, or those of one region, which are others.
 * @param credential the connection's, not trusted to be one until parsed
 * @throws Failure `invalid` if settings, location or credential cannot be used; nothing is sent yet
 */
export function openSecretManager(
  settings: GcpSettings,
  credential: unknown,
  location: string,
  deps: CloudDeps,
): Target {
  const session = openSession('secretmanager', settings, credential, location, deps);
  const client = new SecretManagerServiceClient(session.clientOptions);
  const project = `projects/${session.project}`;
  const parent = location === 'global' ? project : `${project}/locations/${location}`;
  const place: SecretPlace = { session, client, parent };
  const unnoted = new Map<string, Unnoted>();
  /** Creates that got no further yet than to make the secret. */
  const shells = new Set<string>();
  const unnotedOf = (name: string, recordId: string): Unnoted => {
    const key = JSON.stringify([name, recordId]);
    const known = unnoted.get(key) ?? { made: new Set(), disabled: new Map() };
    unnoted.set(key, known);
    return known;
  };

  return {
    // A version is added, and there is nothing to add it only once by.
    capabilities: { idempotentWrites: false, recoverableRemoval: true },
    validate: (name, payload) => [...gcpNameProblems.secretmanager(name), ...(payload ? secretProblems(payload) : [])],
    // No overview: a list of secrets tells no versions.
    inspect: ({ name }, signal) => inspect(place, name, signal),

    async write(request, signal) {
      const value = secretBytes(request.payload);
      const written =
        request.mode === 'create'
          ? await create(place, request, value, shells, signal)
          : await update(place, request, value, signal);
      const recordId = request.tags[ownerTag(product.tagNamespace)];
      if (recordId !== undefined) unnotedOf(request.name, recordId).made.add(numberInMarker(written.version));
      return written;
    },
    markerOf: () => undefined,
    holds: ({ name }, matches, signal) => holds(place, name, matches, signal),

    tag: ({ name }, change, signal) => changeMarks(place, name, change, signal),

    async prune({ name }, { keepVersions: keep }, recordId, signal) {
      if (keep !== undefined) await endOldVersions(place, name, { keep, recordId }, unnotedOf(name, recordId), signal);
    },

    // Deleting a secret is for good. Disabled versions give out nothing and can be enabled again.
    remove: (target, seen, signal) => removeSecret(place, target, seen, deps.now(), signal),
    restore: ({ name }, signal) => restoreSecret(place, name, signal),
    test: (prefix, signal) => testSecretManager(place, prefix, signal),
    close: () => session.close(),
  };
}

async function inspect(place: SecretPlace, name: string, signal: AbortSignal): Promise<TargetState> {
  try {
    // One after the other: of what is not there, the reads that a project has in a minute are better kept.
    const secret = await getSecret(place, name, signal);
    const latest = await latestVersion(place, name, signal);
    const removed = removedState(place, name, secret, latest);
    if (removed) return removed;
    const version = latest ? seen(place, latest) : null;
    return { kind: 'present', id: secret.name ?? '', version, ownerRecordId: ownerOfSecret(secret) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'not-found') return { kind: 'absent' };
    if (error.detail.code !== 'gcp-denied') throw error;
    return { kind: 'unreadable', missing: 'secretmanager.secrets.get, secretmanager.versions.get' };
  }
}

function seen({ session }: SecretPlace, version: SecretVersion): string {
  const marker = markerOfVersion(version);
  if (marker === undefined) throw brokenReply(session.about('secretmanager.versions.get').host);
  return marker;
}

async function changeMarks(
  place: SecretPlace,
  name: string,
  change: Parameters<Target['tag']>[1],
  signal: AbortSignal,
): Promise<void> {
  const secret = await getSecret(place, name, signal);
  const { labels, annotations } = changedMarks(withoutRemoval(secret), change, product.tagNamespace);
  await changeSecret(place, name, secret, { labels, annotations }, signal);
}

/** Two calls: the secret, then its value. Our own secret that an earlier try left without a value is gone on with. */
async function create(
  place: SecretPlace,
  request: WriteRequest,
  value: Uint8Array,
  shells: Set<string>,
  signal: AbortSignal,
): Promise<Written> {
  const { name, tags, idempotencyKey } = request;
  const key = JSON.stringify([name, tags[ownerTag(product.tagNamespace)], idempotencyKey]);
  // Of an earlier try's, a look tells in one call whether it is a shell still.
  const isShell = shells.has(key) && (await latestVersion(place, name, signal)) === undefined;
  if (!isShell) await createShell(place, request, signal);
  shells.add(key);
  const written = await addVersion(place, { ...request, replaces: null }, value, signal);
  shells.delete(key);
  return written;
}

async function createShell(place: SecretPlace, request: WriteRequest, signal: AbortSignal): Promise<void> {
  const { session, client, parent } = place;
  const { name, tags, options } = request;
  try {
    await session.call(session.about('secretmanager.secrets.create', name), signal, () =>
      client.createSecret({
        parent,
        secretId: name,
        secret: { ...fitMarks(tags, product.tagNamespace), ...replicationOf(session.location, options) },
      }),
    );
  } catch (error) {
    if (!(error instanceof Failure) || error.detail.code !== 'target-exists') throw error;
    const found = await inspect(place, name, signal);
    refuseClosed(found);
    const isOwnShell =
      found.kind === 'present' &&
      found.version === null &&
      found.ownerRecordId !== null &&
      found.ownerRecordId === tags[ownerTag(product.tagNamespace)];
    if (!isOwnShell) throw error;
  }
}

function refuseClosed(state: TargetState): void {
  if (state.kind !== 'closed') return;
  const { code, why: sentence, fix } = state;
  throw new Failure({ kind: 'conflict', code, sentence, fix });
}

/** Said once, at creation; a secret of a region is nowhere else. */
function replicationOf(
  location: string,
  { replicaLocations = [] }: WriteRequest['options'],
): Pick<Secret, 'replication'> {
  if (location !== 'global') return {};
  if (replicaLocations.length === 0) return { replication: { automatic: {} } };
  return { replication: { userManaged: { replicas: replicaLocations.map((one) => ({ location: one })) } } };
}

/**
 * Adds a version on top of the one it means to replace. The service has no precondition for that, so it is looked at right
 * before; what slips in between is told by the number of the version made.
 */
async function update(
  place: SecretPlace,
  request: WriteRequest,
  value: Uint8Array,
  signal: AbortSignal,
): Promise<Written> {
  const { name, replaces } = request;
  let latest: SecretVersion | undefined;
  try {
    latest = await latestVersion(place, name, signal);
  } catch (error) {
    // Who may not look agreed to that: the state is `unreadable`, and the version added tells of no other.
    if (!(error instanceof Failure) || error.detail.code !== 'gcp-denied' || replaces !== null) throw error;
    return await addVersion(place, request, value, signal, false);
  }
  const now = latest ? seen(place, latest) : null;
  if (now !== replaces) {
    // Fails with `target-missing` where there is no such secret any more.
    const removed = removedState(place, name, await getSecret(place, name, signal), latest);
    if (removed) refuseClosed(removed);
    throw targetChanged(subjectOf(place.session.about('', name)));
  }
  return await addVersion(place, request, value, signal);
}

async function addVersion(
  { session, client, parent }: SecretPlace,
  { name, replaces }: WriteRequest,
  data: Uint8Array,
  signal: AbortSignal,
  counted = true,
): Promise<Written> {
  const about = session.about('secretmanager.versions.add', name);
  const [version] = await session.call(about, signal, () =>
    client.addSecretVersion({
      parent: `${parent}/secrets/${name}`,
      // As a text: the library sends an object with the number in it as 0, and says nothing.
      payload: { data, dataCrc32c: String(crc32c(data)) },
    }),
  );
  const marker = markerOfVersion(version);
  const number = versionNumber(version);
  const id = version.name?.replace(/\/versions\/[^/]*$/, '');
  if (marker === undefined || number === undefined || !id) throw brokenReply(about.host);
  const before = numberInMarker(replaces);
  return {
    id,
    version: marker,
    // The newest version is the one created last, and this answer is about the one just created: a look at `latest` could
    // only tell what happened after.
    confirmed: version.state === 'ENABLED',
    ...(counted && number !== before + 1 ? { warning: overwroteUnseen(name, before + 1, number) } : {}),
  };
}

function overwroteUnseen(name: string, first: number, made: number): NonNullable<Written['warning']> {
  const versions = made - first === 1 ? `version ${first}` : `versions ${first} to ${made - 1}`;
  return {
    code: 'overwrote-unseen',
    sentence: `The value was written as version ${made} of ${name}, but somebody else made ${versions} at the same moment.`,
    fix: `Look at ${versions} of ${name} in the Google Cloud console: no longer current, but kept.`,
  };
}

/** Reads the newest value: the only place where one is read. */
async function holds(
  { session, client, parent }: SecretPlace,
  name: string,
  matches: (content: Uint8Array) => boolean,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const about = session.about('secretmanager.versions.access', name);
  try {
    const [{ payload }] = await session.call(about, signal, () =>
      client.accessSecretVersion({ name: `${parent}/secrets/${name}/versions/latest` }),
    );
    const data = payload?.data;
    if (!data) throw brokenReply(about.host);
    const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : data;
    const sum = payload.dataCrc32c ?? undefined;
    if (sum !== undefined && String(sum) !== String(crc32c(bytes))) throw brokenReply(about.host);
    return matches(bytes);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'not-found' || error.detail.code === 'version-ended') return false;
    if (error.detail.code === 'gcp-denied') return undefined;
    throw error;
  }
}
