import { product } from '../../product.ts';

/**
 * Parameter Store has no idempotency token, but keeps a description with each version, which is written together with the
 * value. So it says which write made this version: a version whose description speaks of another one was made by somebody else.
 */
interface WriteMark {
  /** Which write it was; see `idempotencyKey` in the engine. */
  readonly key: string;
  /** The version that this write was to make; null if it was not known: the parameter could not be looked at. */
  readonly version: number | null;
  /** The record whose write it was, in case the tags can't be read. */
  readonly recordId: string | null;
  /** The value is Base64, of bytes. */
  readonly base64: boolean;
}

/** The description of a version: a sentence for people, and the mark for us. AWS allows 1,024 characters. */
export function describeWrite({ key, version, recordId, base64 }: WriteMark): string {
  const record = recordId === null ? '' : ` for record ${recordId}`;
  const made = version === null ? '' : ` as version ${version}`;
  const encoded = base64 ? ' The value is Base64.' : '';
  return `Kept up to date by ${product.name}${record}; change it in Azure.${encoded} Write ${key}${made}.`;
}

/** @returns undefined if no write of ours left this description */
export function writeMark(description: string | undefined): WriteMark | undefined {
  const found = description?.match(/ Write ([0-9a-f-]{32,64})(?: as version (\d{1,15}))?\.$/);
  if (!found || description === undefined) return undefined;
  const [, key = '', version] = found;
  return {
    key,
    version: version === undefined ? null : Number(version),
    recordId: description.match(/ for record (\S{1,256}); /)?.[1] ?? null,
    base64: description.includes(' The value is Base64. '),
  };
}

/**
 * A version as a marker: its number, and which write of ours made it, as far as the description tells. The number alone could
 * be anybody's.
 */
export function markerOf(version: number, mark: WriteMark | undefined): string {
  return `${version}#${mark?.version === version ? mark.key : ''}`;
}

/** The marker that the next write will make; undefined if the marker it replaces is none of ours. */
export function nextMarker(replaces: string, key: string): string | undefined {
  const version = replaces.match(/^(\d{1,15})#/)?.[1];
  return version === undefined ? undefined : `${Number(version) + 1}#${key}`;
}
