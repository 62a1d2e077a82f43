import { matchesGlob, matchesTag } from './exclusions.ts';
import type { SourceItem, SourceKind } from './item.ts';
import type { Shape } from './payload.ts';
import type { ConflictPolicy, DeletionPolicy, SyncRecord, TargetOptions } from './record.ts';
import type { Schedule } from './schedule.ts';
import type { TargetService } from './service.ts';

/** "Keep this vault mirrored to that target": what it matches gets a record by itself. */
export interface Rule {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly sourceConnectionId: string;
  readonly sourceVault: string;
  readonly filter: RuleFilter;
  readonly targetConnectionId: string;
  readonly targetService: TargetService;
  readonly targetRegion: string;
  /** The naming rule, e.g. `certifyclouds/{name}`; see `targetNameFor`. */
  readonly template: string;
  readonly shape: Shape;
  readonly options: TargetOptions;
  readonly schedule: Schedule;
  readonly syncOnChange: boolean;
  readonly copyTags: boolean;
  readonly conflictPolicy: ConflictPolicy | 'default';
  readonly deletionPolicy: DeletionPolicy | 'default';
  /** More records than this it never has: beyond, it makes none and says so. A brake on a glob that matches more than was meant. */
  readonly limit: number;
  readonly createdAt: number;
}

export interface RuleFilter {
  readonly kind: SourceKind;
  /** Globs; empty matches every name. One of them has to match. */
  readonly names: readonly string[];
  /** `key` or `key=glob`; empty matches every item. All of them have to match. */
  readonly tags: readonly string[];
  /** A glob for the content type; '' matches every one. */
  readonly contentType: string;
}

/** Whether a rule wants this item. What belongs to a certificate is synced as one, never as a secret. */
export function ruleMatches(filter: RuleFilter, item: SourceItem): boolean {
  if (item.kind !== filter.kind || item.managed) return false;
  if (filter.names.length > 0 && !filter.names.some((glob) => matchesGlob(glob, item.name))) return false;
  if (filter.contentType !== '' && !matchesGlob(filter.contentType, item.contentType ?? '')) return false;
  return filter.tags.map(tagOf).every(({ key, glob }) => matchesTag(item.tags, key, glob));
}

/**
 * What is wrong with a filter as typed: a pattern that can match nothing.
 * @returns the place of each problem, e.g. `names.0`, with a sentence
 */
export function filterProblems(filter: RuleFilter): { readonly path: string; readonly sentence: string }[] {
  const names = filter.names.flatMap((glob, index) =>
    /^[0-9A-Za-z*?-]*$/.test(glob)
      ? []
      : [
          {
            path: `names.${index}`,
            sentence: `No name matches ${glob}: Key Vault’s have letters, digits and hyphens.`,
          },
        ],
  );
  const tags = filter.tags.flatMap((tag, index) =>
    tagOf(tag).key === '' ? [{ path: `tags.${index}`, sentence: 'Type the tag’s name, for example env=prod.' }] : [],
  );
  return [...names, ...tags];
}

/** `key`, or `key=glob`. */
function tagOf(tag: string): { readonly key: string; readonly glob: string } {
  const [key = '', ...value] = tag.split('=');
  return { key: key.trim(), glob: value.length > 0 ? value.join('=').trim() : '*' };
}

/** What a rule's records have in common, and follow it in when it is changed. Their targets never change. */
export function commonOf(
  rule: Rule,
): Pick<SyncRecord, 'schedule' | 'syncOnChange' | 'copyTags' | 'conflictPolicy' | 'deletionPolicy' | 'options'> {
  const { schedule, syncOnChange, copyTags, conflictPolicy, deletionPolicy, options } = rule;
  return { schedule, syncOnChange, copyTags, conflictPolicy, deletionPolicy, options };
}
