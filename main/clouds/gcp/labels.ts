import { createHash } from 'node:crypto';
import { ownerTag } from '../../domain/ownership.ts';

/** https://cloud.google.com/resource-manager/docs/labels-overview#requirements */
const maxLabels = 64;
const maxLabelLength = 63;
const maxLabelBytes = 128;
const labelKey = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]*$/u;
const labelValue = /^[\p{Ll}\p{Lo}\p{N}_-]*$/u;
/** All annotations of a secret together may have 16 KiB (Secret.annotations in the API); a quarter is for our own notes. */
const maxAnnotationBytes = 12 * 1024;

/** Tags as GCP keeps them. */
export interface Marks {
  readonly labels: Readonly<Record<string, string>>;
  /** What does not fit a label, in full: Secret Manager's annotations. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** The label that says which record owns a target, as `ownerTag` does elsewhere. */
export function ownerLabel(namespace: string): string {
  return fitLabelKey(ownerTag(namespace));
}

/**
 * Any tags as GCP takes them. One that is a label as it is becomes that label. Any other becomes a label of a similar form,
 * so that it can be searched for, and an annotation with its true key and value. The same tags always give the same marks.
 * Where two labels would have the same key, those in our own namespace come first, then those that fit as they are.
 * @param namespace prefix of the keys that mark a target as ours
 */
export function fitMarks(tags: Readonly<Record<string, string>>, namespace: string): Marks {
  const rank = (key: string) => (key.startsWith(namespace) ? 0 : isLabel(key, tags[key] ?? '') ? 1 : 2);
  const keys = Object.keys(tags).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const labels = new Map<string, string>();
  const annotations = new Map<string, string>();
  let annotationBytes = 0;
  for (const key of keys) {
    const value = tags[key] ?? '';
    const fit = fitLabelKey(key);
    if (fit !== '' && !labels.has(fit) && labels.size < maxLabels) labels.set(fit, fitLabelValue(value));
    if (isLabel(key, value) || (key === ownerTag(namespace) && labelValue.test(value))) continue;
    const name = annotationKey(key, namespace);
    const original = JSON.stringify({ [key]: value });
    annotationBytes += Buffer.byteLength(name) + Buffer.byteLength(original);
    if (annotationBytes <= maxAnnotationBytes) annotations.set(name, original);
  }
  return { labels: Object.fromEntries(labels), annotations: Object.fromEntries(annotations) };
}

/**
 * Marks after a change of tags; every other label and annotation stays.
 * @param change.set all of our tags that the target has from now on, beside those removed
 */
export function changedMarks(
  before: Marks,
  change: { readonly set: Readonly<Record<string, string>>; readonly remove: readonly string[] },
  namespace: string,
): Marks {
  const fitted = fitMarks(change.set, namespace);
  const gone = [...change.remove, ...Object.keys(change.set)];
  const kept = (held: Readonly<Record<string, string>>, ours: (key: string) => string, keys: readonly string[]) => {
    const removed = new Set(keys.map(ours));
    return Object.fromEntries(Object.entries(held).filter(([key]) => !removed.has(key)));
  };
  return {
    labels: { ...kept(before.labels, fitLabelKey, change.remove), ...fitted.labels },
    // A tag that fits a label now may have needed an annotation before.
    annotations: { ...kept(before.annotations, (key) => annotationKey(key, namespace), gone), ...fitted.annotations },
  };
}

/**
 * What does not fit a label, as words for a service that has a description and no annotations: e.g.
 * `certifyclouds:source=kv-prod/www; Cost Center=R&D 42`.
 */
export function unfitInWords(tags: Readonly<Record<string, string>>, namespace: string): string {
  const unfit = Object.entries(tags).filter(([key, value]) => key !== ownerTag(namespace) && !isLabel(key, value));
  return unfit.map(([key, value]) => `${key}=${value}`).join('; ');
}

function isLabel(key: string, value: string): boolean {
  return fitLabelKey(key) === key && fitLabelValue(value) === value;
}

/** A key as labels may have it. @returns '' if nothing is left of it */
export function fitLabelKey(key: string): string {
  if (labelKey.test(key) && cut(key) === key) return key;
  const mild = slug(key).replace(/^[-_]+/, '');
  if (mild === '') return '';
  return cut(labelKey.test(mild) ? mild : `t-${mild}`);
}

function fitLabelValue(value: string): string {
  return labelValue.test(value) && cut(value) === value ? value : cut(slug(value));
}

function slug(text: string): string {
  return text.toLowerCase().replace(/[^\p{Ll}\p{Lo}\p{N}_-]+/gu, '-');
}

/** At most 63 characters and 128 bytes, never through the middle of a character. */
function cut(text: string): string {
  let fitted = '';
  for (const character of Array.from(text).slice(0, maxLabelLength)) {
    if (Buffer.byteLength(fitted + character) > maxLabelBytes) break;
    fitted += character;
  }
  return fitted;
}

/** An annotation's key has few characters to choose from: a hash tells tags apart, the annotation's value tells which it is. */
function annotationKey(key: string, namespace: string): string {
  const hash = createHash('sha256').update(key, 'utf8').digest('hex').slice(0, 16);
  return noteKey(`tag-${hash}`, namespace);
}

/** The key of an annotation of ours. @param what lower-case letters, digits and hyphens */
export function noteKey(what: string, namespace: string): string {
  return `${slug(namespace).replace(/-+$/, '')}.${what}`;
}
