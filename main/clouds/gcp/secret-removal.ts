import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import type { TargetState } from '../../domain/plan.ts';
import { product } from '../../product.ts';
import { targetChanged } from '../failures.ts';
import type { TargetRef } from '../ports.ts';
import { subjectOf } from './classify.ts';
import { parseJson } from './http.ts';
import { fitLabelKey, type Marks, noteKey } from './labels.ts';
import { changeSecret, getSecret, type Secret, type SecretPlace } from './secret-calls.ts';
import {
  disableVersion,
  enableVersion,
  inSeries,
  latestVersion,
  liveVersions,
  markerOfVersion,
  type SecretVersion,
  seriesOf,
  versionNumber,
} from './secret-versions.ts';

/** The label on a secret that was removed: on which day. */
const removedLabel = fitLabelKey(`${product.tagNamespace}removed`);
/** The annotation beside it, by which the removal can be taken back. */
const removedKey = noteKey('removed', product.tagNamespace);

const noteForm = z.strictObject({
  /** When the secret was made: a note copied onto one of the same name that was made anew says nothing of it. */
  of: z.string(),
  /** When it was removed, in milliseconds since the epoch. */
  at: z.number(),
  /** The versions that could be read before, as the first and last of each unbroken series. */
  versions: z.array(z.tuple([z.number(), z.number()])),
});
type Note = z.output<typeof noteForm>;

/** A secret as it is told while a removal by this app can be taken back; undefined if there is none, or others changed it since. */
export function removedState(
  { session }: SecretPlace,
  name: string,
  secret: Secret,
  latest: SecretVersion | undefined,
): TargetState | undefined {
  const note = noteOn(secret);
  if (!note || !isRemoved(note, latest)) return undefined;
  const day = new Date(note.at).toISOString().slice(0, 10);
  return {
    kind: 'closed',
    code: 'target-pending-deletion',
    why: `The ${subjectOf(session.about('', name))} was removed by this app on ${day}: its versions are disabled, and none was destroyed.`,
    fix: 'Press Overwrite target to restore it, or delete it in the Google Cloud console if nothing needs it.',
    restorable: { id: secret.name ?? '', version: readableMarker(latest), deletedAt: note.at },
  };
}

/**
 * Disables every version that can be read, the newest first: nobody reads a value any more, and all can be enabled again. Which
 * they are is noted on the secret before, with its etag as the precondition, so that a removal which was cut off is gone on with.
 * @param at now, in milliseconds since the epoch
 */
export async function removeSecret(
  place: SecretPlace,
  { name, id }: TargetRef,
  seen: string | null,
  at: number,
  signal: AbortSignal,
): Promise<void> {
  const found = await lookAt(place, name, id, signal);
  if (!found) return;
  const { secret, latest } = found;
  const known = noteOn(secret);
  const isUnderWay = known !== undefined && isRemoved(known, latest);
  const now = isUnderWay ? readableMarker(latest) : marker(latest);
  if (seen !== null && now !== seen) throw changed(place, name);
  const live = await liveVersions(place, name, signal);
  const [newest] = live;
  if (newest && latest && versionNumber(newest) !== versionNumber(latest)) throw changed(place, name);
  // What somebody enabled since the removal began is theirs.
  const enabled = live.filter(
    (one) => one.state === 'ENABLED' && (!isUnderWay || inSeries(known.versions, versionNumber(one))),
  );
  if (!isUnderWay) {
    const note: Note = {
      of: madeAt(secret),
      at,
      versions: seriesOf(enabled.flatMap((one) => versionNumber(one) ?? [])),
    };
    const labels = { ...secret.labels, [removedLabel]: new Date(at).toISOString().slice(0, 10) };
    const annotations = { ...secret.annotations, [removedKey]: JSON.stringify(note) };
    await changeSecret(place, name, secret, { labels, annotations }, signal);
  }
  for (const version of enabled) await disableVersion(place, name, version, signal);
}

/** Enables the versions that the removal disabled, and no others; the newest last, so that until then it counts as removed. */
export async function restoreSecret(place: SecretPlace, name: string, signal: AbortSignal): Promise<void> {
  const secret = await getSecret(place, name, signal);
  const note = noteOn(secret);
  if (!note) {
    // Restored already, perhaps by an earlier try whose reply was lost.
    if ((await latestVersion(place, name, signal))?.state === 'ENABLED') return;
    throw changed(place, name);
  }
  const ours = (await liveVersions(place, name, signal)).filter((one) => inSeries(note.versions, versionNumber(one)));
  for (const version of ours.reverse()) {
    if (version.state === 'DISABLED') await enableVersion(place, name, version, signal);
  }
  await changeSecret(place, name, secret, withoutRemoval(secret), signal);
}

/** The marks of a secret without those of its removal. */
export function withoutRemoval({ labels, annotations }: Secret): Marks {
  const without = (marks: Secret['labels'], gone: string) =>
    Object.fromEntries(Object.entries(marks ?? {}).filter(([key]) => key !== gone));
  return { labels: without(labels, removedLabel), annotations: without(annotations, removedKey) };
}

async function lookAt(place: SecretPlace, name: string, id: string | undefined, signal: AbortSignal) {
  try {
    const secret = await getSecret(place, name, signal);
    return { secret, latest: await latestVersion(place, name, signal) };
  } catch (error) {
    // One that was there once has gone, by whomever.
    if (error instanceof Failure && error.kind === 'not-found' && id !== undefined) return undefined;
    throw error;
  }
}

function noteOn(secret: Secret): Note | undefined {
  const { data } = noteForm.safeParse(parseJson(secret.annotations?.[removedKey] ?? ''));
  return data?.of === madeAt(secret) ? data : undefined;
}

/** A newer version, or the newest enabled again, was somebody else's doing: then it is as good as any other secret. */
function isRemoved({ versions }: Note, latest: SecretVersion | undefined): boolean {
  if (!latest) return versions.length === 0;
  return latest.state === 'DISABLED' && inSeries(versions, versionNumber(latest));
}

function madeAt({ createTime }: Secret): string {
  return String(createTime?.seconds ?? '');
}

function marker(version: SecretVersion | undefined): string | null {
  return version ? (markerOfVersion(version) ?? null) : null;
}

/** What its marker was while it could be read, and will be again. */
function readableMarker(version: SecretVersion | undefined): string | null {
  return version ? marker({ ...version, state: 'ENABLED' }) : null;
}

function changed({ session }: SecretPlace, name: string): Failure {
  return targetChanged(subjectOf(session.about('', name)));
}
