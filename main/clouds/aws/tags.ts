/** Limits and characters: https://docs.aws.amazon.com/secretsmanager/latest/userguide/managing-secrets_tagging.html */
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
