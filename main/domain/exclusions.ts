import type { SourceItem } from './item.ts';

/** What a person wrote to keep items out, taken apart. */
export interface Exclusion {
  /** As written, e.g. `name:*-local`. */
  readonly pattern: string;
  readonly field: 'name' | 'vault' | 'tag';
  /** Of a tag: its key; the glob is for its value. */
  readonly key?: string;
  readonly glob: string;
}

/**
 * Takes one pattern apart: `name:*-local`, `vault:kv-dev`, `tag:no-sync=true`, or `tag:no-sync` for any value. In a glob `*`
 * stands for any characters and `?` for one.
 * @returns the pattern, or what is wrong with it in words
 */
export function parseExclusion(pattern: string): Exclusion | { readonly problem: string } {
  const [, field, rest = ''] = pattern.trim().match(/^(name|vault|tag):(.*)$/s) ?? [];
  if (field !== 'name' && field !== 'vault' && field !== 'tag')
    return { problem: 'Begin with name:, vault: or tag:, for example name:*-local.' };
  const glob = rest.trim();
  if (glob === '') return { problem: `Type what to exclude after ${field}:` };
  if (field !== 'tag') return { pattern: pattern.trim(), field, glob };
  const [key = '', ...value] = glob.split('=');
  if (key.trim() === '') return { problem: 'Type the tag’s name, for example tag:no-sync=true.' };
  return { pattern: pattern.trim(), field, key: key.trim(), glob: value.length > 0 ? value.join('=').trim() : '*' };
}

/** The exclusions among these patterns that can be read; the others exclude nothing, and are refused where they are typed. */
export function exclusionsIn(patterns: readonly string[]): Exclusion[] {
  return patterns.map(parseExclusion).filter((one): one is Exclusion => !('problem' in one));
}

/** The first exclusion that keeps an item out, or undefined. */
export function excludedBy(
  exclusions: readonly Exclusion[],
  item: Pick<SourceItem, 'vault' | 'name' | 'tags'>,
): Exclusion | undefined {
  return exclusions.find(({ field, key, glob }) => {
    if (field === 'tag') return matchesTag(item.tags, key ?? '', glob);
    return matchesGlob(glob, item[field]);
  });
}

/** Whether an item has a tag whose value matches; Azure compares the names of tags without regard to case. */
export function matchesTag(tags: Readonly<Record<string, string>>, key: string, glob: string): boolean {
  const wanted = key.toLowerCase();
  return Object.entries(tags).some(([name, value]) => name.toLowerCase() === wanted && matchesGlob(glob, value));
}

/** Whether a glob matches a whole text, without regard to case: Azure compares names so. Takes time in proportion to both lengths. */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = [...glob.toLowerCase()];
  const letters = [...text.toLowerCase()];
  let at = 0;
  let star = -1;
  let resume = 0;
  let index = 0;
  while (index < letters.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = index;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === letters[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      // The last star takes one letter more.
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
