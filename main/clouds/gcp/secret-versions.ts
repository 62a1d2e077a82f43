import type { protos } from '@google-cloud/secret-manager';
import { Failure } from '../../domain/failure.ts';
import { allPages } from '../listing.ts';
import type { SecretPlace } from './secret-calls.ts';

export type SecretVersion = protos.google.cloud.secretmanager.v1.ISecretVersion;

/** A version's number, from 1, out of its resource name; undefined if it has none. */
export function versionNumber({ name }: SecretVersion): number | undefined {
  const digits = name?.match(/\/versions\/([1-9]\d{0,9})$/)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The marker of a version that is the newest of its secret: `7@2026-11-24T10:00:00.123Z`, and `… disabled` where it cannot be
 * read. The time tells a secret apart from one of the same name that was made anew: that one counts from 1 again.
 * @returns undefined if the service left out what it is made of
 */
export function markerOfVersion(version: SecretVersion): string | undefined {
  const number = versionNumber(version);
  const { createTime, state } = version;
  if (number === undefined || !createTime?.seconds) return undefined;
  const time = new Date(Number(createTime.seconds) * 1000 + Math.floor((createTime.nanos ?? 0) / 1e6)).toISOString();
  return `${number}@${time}${state === 'ENABLED' ? '' : ` ${String(state).toLowerCase()}`}`;
}

/** The number in a marker, or 0 for none: the next version made has the number after it. */
export function numberInMarker(marker: string | null): number {
  return Number(marker?.match(/^\d+/)?.[0] ?? 0);
}

/**
 * The newest version, as the service tells it without the value. `latest` is the one created last, whatever its state.
 * @returns undefined if the secret has none, or there is no such secret
 */
export async function latestVersion(
  { session, client, parent }: SecretPlace,
  name: string,
  signal: AbortSignal,
): Promise<SecretVersion | undefined> {
  try {
    const [version] = await session.call(session.about('secretmanager.versions.get', name), signal, () =>
      client.getSecretVersion({ name: `${parent}/secrets/${name}/versions/latest` }),
    );
    return version;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return undefined;
    throw error;
  }
}

/** All versions that still hold a value, newest first. */
export async function liveVersions(
  { session, client, parent }: SecretPlace,
  name: string,
  signal: AbortSignal,
): Promise<SecretVersion[]> {
  const all = await allPages(`The list of versions of ${name}`, async (pageToken) => {
    const [items, , reply] = await session.call(session.about('secretmanager.versions.list', name), signal, () =>
      client.listSecretVersions(
        { parent: `${parent}/secrets/${name}`, pageSize: 1000, ...(pageToken ? { pageToken } : {}) },
        { autoPaginate: false },
      ),
    );
    return { items, token: reply?.nextPageToken ?? undefined };
  });
  return all
    .filter(({ state }) => state !== 'DESTROYED')
    .sort((a, b) => (versionNumber(b) ?? 0) - (versionNumber(a) ?? 0));
}

/** Only as it was seen: one that somebody enabled or disabled again meanwhile is left alone. @returns it afterwards */
export async function disableVersion(
  { session, client }: SecretPlace,
  secret: string,
  version: SecretVersion,
  signal: AbortSignal,
): Promise<SecretVersion> {
  const [disabled] = await session.call(session.about('secretmanager.versions.disable', secret, true), signal, () =>
    client.disableSecretVersion(guarded(version)),
  );
  return disabled;
}

/** Only as it was seen. */
export async function enableVersion(
  { session, client }: SecretPlace,
  secret: string,
  version: SecretVersion,
  signal: AbortSignal,
): Promise<void> {
  await session.call(session.about('secretmanager.versions.enable', secret, true), signal, () =>
    client.enableSecretVersion(guarded(version)),
  );
}

/** For good, and only as it was seen. */
export async function destroyVersion(
  { session, client }: SecretPlace,
  secret: string,
  version: SecretVersion,
  signal: AbortSignal,
): Promise<void> {
  await session.call(session.about('secretmanager.versions.destroy', secret, true), signal, () =>
    client.destroySecretVersion(guarded(version)),
  );
}

function guarded({ name, etag }: SecretVersion): { name: string; etag: string } {
  return { name: name ?? '', etag: etag ?? '' };
}

/** Numbers as the first and last of each unbroken series, as notes on a secret keep them. */
type Series = readonly (readonly [number, number])[];

export function seriesOf(numbers: readonly number[]): [number, number][] {
  const series: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = series.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else series.push([number, number]);
  }
  return series;
}

export function inSeries(series: Series, number: number | undefined): boolean {
  return number !== undefined && series.some(([first, last]) => number >= first && number <= last);
}
