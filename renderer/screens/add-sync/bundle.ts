import { shape } from '../../../preload/contract/views.ts';
import type { Part } from '../../components/services.ts';
import type { Draft, Item } from './draft.ts';
import { text } from './text.ts';

/** As many secrets as the contract takes into one JSON object. */
const mostParts = 50;

/**
 * The secrets that go into one target together, each under its key; none where each has a target of its own.
 * @param items in the order of the object's keys
 */
export function partsOf(
  { secretForm, together, bundleKeys }: Pick<Draft, 'secretForm' | 'together' | 'bundleKeys'>,
  items: readonly Item[],
): readonly Part[] {
  const secrets = items.filter(({ kind }) => kind === 'secret');
  if (secretForm !== 'json-object' || !together || secrets.length < 2) return [];
  return secrets.map(({ name }) => ({ name, key: (bundleKeys.get(name) ?? name).trim() }));
}

/** What the parts' one target is named after. */
export function bundleNameOf({ bundleName }: Pick<Draft, 'bundleName'>, parts: readonly Part[]): string {
  const typed = bundleName.trim();
  return typed === '' ? (parts[0]?.name ?? '') : typed;
}

/** Why they can't all go into one object; undefined if they can. */
export function tooManyParts(parts: readonly Part[]): string | undefined {
  return parts.length > mostParts ? text.problems.tooManyParts : undefined;
}

/** What is wrong with the parts' keys, by the secret's name. Of two equal keys it is the second that is wrong. */
export function keyProblems(parts: readonly Part[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  const owners = new Map<string, string>();
  for (const { name, key } of parts) {
    const owner = owners.get(key);
    if (!shape.safeParse({ kind: 'json-object', key }).success) problems.set(name, wrongKey(key));
    else if (owner !== undefined) problems.set(name, `${owner} ${text.problems.sameKey}`);
    else owners.set(key, name);
  }
  return problems;
}

/** What to say of a key that the contract refuses. */
export function wrongKey(key: string): string {
  return key === '' ? text.problems.objectKey : text.problems.longKey;
}
