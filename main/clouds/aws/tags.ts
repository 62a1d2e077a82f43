import { product } from '../../product.ts';

/** The same in all three services. Limits and characters: https://docs.aws.amazon.com/secretsmanager/latest/userguide/managing-secrets_tagging.html */
const maxTags = 50;
const maxKeyLength = 128;
const maxValueLength = 256;
const foreign = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;

/**
 * A tag key as AWS takes it: foreign characters become `_`, the reserved prefix `aws:` becomes `aws_`, the rest is cut at
 * 128 characters. The same key always gives the same result, so that a tag can be found again to remove it.
 * @returns '' if nothing is left of the key
 */
export function fitTagKey(key: string): string {
  return cut(key.replace(foreign, '_').replace(/^(aws):/i, '$1_'), maxKeyLength).trim();
}

/**
 * Any tags as AWS takes them, at most 50. Where two keys become the same, or there are too many, tags in our own namespace
 * come first, then the order of the original keys decides.
 * @param namespace prefix of the keys that mark a target as ours
 */
export function fitTags(tags: Readonly<Record<string, string>>, namespace: string): Record<string, string> {
  const ours = (key: string) => (key.startsWith(namespace) ? 0 : 1);
  const keys = Object.keys(tags).sort((a, b) => ours(a) - ours(b) || (a < b ? -1 : 1));
  const fitted = new Map<string, string>();
  for (const key of keys) {
    const fit = fitTagKey(key);
    if (fit === '' || fitted.has(fit) || fitted.size === maxTags) continue;
    fitted.set(fit, cut((tags[key] ?? '').replace(foreign, '_'), maxValueLength));
  }
  return Object.fromEntries(fitted);
}

/** Cut by characters as people and AWS count them, never through the middle of one. */
function cut(text: string, length: number): string {
  return Array.from(text).slice(0, length).join('');
}

/** Tags that say what a target holds, in words of this adapter; kept like the marks of ownership. */
export const markTags = {
  /** ACM: the target's name, which ACM itself does not know. */
  name: `${product.tagNamespace}name`,
  /** Parameter Store: how the value's text stands for bytes; there only if it does. */
  encoding: `${product.tagNamespace}encoding`,
} as const;
type Mark = (typeof markTags)[keyof typeof markTags];

/** Tags as the SDKs have them. */
export interface AwsTag {
  readonly Key: string;
  readonly Value: string;
}

/**
 * A record's tags as a service takes them; see `fitTags`. What this adapter marks for itself is not a record's to set, however
 * it came into its tags.
 * @param marks the adapter's own, to go with them
 */
export function asTags(tags: Readonly<Record<string, string>>, marks: Partial<Record<Mark, string>> = {}): AwsTag[] {
  const theirs = Object.entries(tags).filter(([key]) => !isMark(fitTagKey(key)));
  const fitted = fitTags({ ...Object.fromEntries(theirs), ...marks }, product.tagNamespace);
  return Object.entries(fitted).map(([Key, Value]) => ({ Key, Value }));
}

/** What a change of a record's tags comes to: a key that is set is not removed as well, and a mark never is. See `asTags`. */
export function tagChange(
  change: { readonly set: Readonly<Record<string, string>>; readonly remove: readonly string[] },
  marks: Partial<Record<Mark, string>> = {},
): { set: AwsTag[]; remove: string[] } {
  const set = asTags(change.set, marks);
  const kept = new Set(['', ...set.map(({ Key }) => Key)]);
  return { set, remove: [...new Set(change.remove.map(fitTagKey))].filter((key) => !kept.has(key) && !isMark(key)) };
}

function isMark(key: string): boolean {
  return Object.values<string>(markTags).includes(key);
}

/** @returns undefined if there is no such tag */
export function tagValue(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
  key: string,
): string | undefined {
  return tags?.find(({ Key }) => Key === key)?.Value;
}
