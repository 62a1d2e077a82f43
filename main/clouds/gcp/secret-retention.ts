import { z } from 'zod';
import { product } from '../../product.ts';
import { parseJson } from './http.ts';
import { noteKey } from './labels.ts';
import { changeSecret, getSecret, ownerOfSecret, type Secret, type SecretPlace } from './secret-calls.ts';
import {
  destroyVersion,
  disableVersion,
  inSeries,
  liveVersions,
  type SecretVersion,
  seriesOf,
  versionNumber,
} from './secret-versions.ts';

/** What a record did to a secret, since the place was opened, that no note on the secret tells yet. */
export interface Unnoted {
  /** The numbers of the versions written. */
  readonly made: Set<number>;
  /** By number, the etags of versions right after they were disabled. */
  readonly disabled: Map<number, string>;
}

/** More are not disabled before others are destroyed: so the note stays small, and one run does not take for ever. */
const maxWaiting = 50;

/** The annotation in which a record notes, on the secret itself, what it may end one day. */
const versionsKey = noteKey('versions', product.tagNamespace);

const noteForm = z.strictObject({
  /** Whose note about which secret it is: see `noteOwner`. */
  of: z.string(),
  /** The versions that the record made, as the first and last of each unbroken series. */
  made: z.array(z.tuple([z.number(), z.number()])),
  /** Those of them that it disabled, and the etags they had then: with another one, somebody changed them since. */
  disabled: z.record(z.string(), z.string()),
});
type Note = z.output<typeof noteForm>;

/**
 * Ends versions that are older than the newest `keep` enabled ones, in two steps: disabled now, which can be taken back, and
 * destroyed when this is called again. Only those that this record made and nobody gave an alias, and of disabled ones only
 * those it disabled itself; never the newest, and none at all of a secret that is marked as another's.
 *
 * What it may end is noted after the fact, so whatever is lost between the two (the app is killed, somebody else changes the
 * secret) is kept for good.
 */
export async function endOldVersions(
  place: SecretPlace,
  name: string,
  { keep, recordId }: { readonly keep: number; readonly recordId: string },
  unnoted: Unnoted,
  signal: AbortSignal,
): Promise<void> {
  const secret = await getSecret(place, name, signal);
  const isOurs = ownerOfSecret(secret) === recordId;
  if (!isOurs && unnoted.made.size === 0) return;
  const of = noteOwner(secret, recordId);
  const note = readNote(secret, of);
  const versions = numbered(await liveVersions(place, name, signal));

  const isMade = (number: number) => unnoted.made.has(number) || inSeries(note.made, number);
  const isWaiting = ({ number, version: { state, etag } }: Numbered) =>
    state === 'DISABLED' && etag === (unnoted.disabled.get(number) ?? note.disabled[number]);
  const aliased = new Set(Object.values(secret.versionAliases ?? {}).map(Number));

  const old = isOurs ? beyond(versions, keep).filter(({ number }) => isMade(number) && !aliased.has(number)) : [];
  const oldestFirst = old.reverse();
  const noted = oldestFirst.filter((one) => isWaiting(one) && note.disabled[one.number] === one.version.etag);
  const room = Math.max(0, maxWaiting - versions.filter(isWaiting).length);
  const enabled = oldestFirst.filter(({ version }) => version.state === 'ENABLED').slice(0, room);

  const waiting = new Map(versions.filter(isWaiting).map(({ number, version }) => [number, version.etag ?? '']));
  for (const { number, version } of enabled) {
    const { etag } = await disableVersion(place, name, version, signal);
    unnoted.disabled.set(number, etag ?? '');
    waiting.set(number, etag ?? '');
  }
  const made = [...versions.map(({ number }) => number).filter(isMade), ...unnoted.made];
  await writeNote(place, name, secret, { of, made: seriesOf(made), disabled: Object.fromEntries(waiting) }, signal);
  unnoted.made.clear();
  unnoted.disabled.clear();
  for (const { version } of noted) await destroyVersion(place, name, version, signal);
}

interface Numbered {
  readonly number: number;
  readonly version: SecretVersion;
}

/** Without any whose number is not told: nothing is known of those. */
function numbered(versions: readonly SecretVersion[]): Numbered[] {
  return versions.flatMap((version) => {
    const number = versionNumber(version);
    return number === undefined ? [] : [{ number, version }];
  });
}

/** Those older than the newest `keep` enabled ones; the newest is never among them, whatever its state. */
function beyond([newest, ...older]: readonly Numbered[], keep: number): Numbered[] {
  let kept = newest?.version.state === 'ENABLED' ? 1 : 0;
  return older.filter(({ version: { state } }) => {
    if (kept >= keep) return true;
    if (state === 'ENABLED') kept += 1;
    return false;
  });
}

/** A note of another record, or copied onto a secret that was made anew and counts from 1 again, is not this one's. */
function noteOwner({ createTime }: Secret, recordId: string): string {
  return `${recordId}@${createTime?.seconds ?? ''}`;
}

function readNote({ annotations }: Secret, of: string): Note {
  const { data } = noteForm.safeParse(parseJson(annotations?.[versionsKey] ?? ''));
  return data?.of === of ? data : { of, made: [], disabled: {} };
}

/** One call, if the secret does not say so already. */
async function writeNote(
  place: SecretPlace,
  name: string,
  secret: Secret,
  note: Note,
  signal: AbortSignal,
): Promise<void> {
  const text = JSON.stringify(note);
  if (note.made.length === 0 || text === secret.annotations?.[versionsKey]) return;
  await changeSecret(place, name, secret, { annotations: { ...secret.annotations, [versionsKey]: text } }, signal);
}
