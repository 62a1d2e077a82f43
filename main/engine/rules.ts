import { setImmediate as breathe } from 'node:timers/promises';
import { excludedBy } from '../domain/exclusions.ts';
import type { CertificateDescription, SourceItem, SourceKind } from '../domain/item.ts';
import { targetNameFor } from '../domain/naming.ts';
import { placesOf } from '../domain/record.ts';
import { type Rule, ruleMatches } from '../domain/rule.ts';
import { serviceFacts, type TargetService } from '../domain/service.ts';
import type { RecordStore, RuleState, ScannedItem, Store } from '../store/ports.ts';
import { type CertificateProblems, certificateSentences } from './certificate-checks.ts';
import type { EngineDeps, SyncSettings } from './deps.ts';
import { type KnownRecord, type SourceIndex, sourceKey } from './source-index.ts';

/** Items matched at a time: more would keep everything else waiting. */
const stretch = 250;
/** How many matches are told one by one. */
const toldMatches = 200;

/** What targets say of names and certificates; pure. */
export interface TargetRules {
  /** The service's rules that a target name breaks. */
  nameProblems(service: TargetService, name: string): string[];
  /** A name as the service can have it. */
  fitName(service: TargetService, wanted: string, source: { vault: string; name: string }): string;
  readonly certificateProblems: CertificateProblems;
}

export interface RuleDeps extends Pick<EngineDeps, 'clock' | 'newId'> {
  readonly store: Pick<Store, 'connections' | 'records' | 'rules' | 'audit'>;
  readonly index: SourceIndex;
  readonly settings: () => Pick<SyncSettings, 'exclusions'>;
  readonly targetRules: TargetRules;
  /** Aborts when the app quits. */
  readonly stop: AbortSignal;
  /** What is known of certificates of the rule's vault, in the order asked; undefined for one that is gone. */
  readonly describe: (rule: Rule, items: readonly SourceItem[]) => Promise<(CertificateDescription | undefined)[]>;
}

/** An item that a rule matches and that has no record of this rule yet. */
interface Match {
  readonly item: SourceItem;
  readonly targetName: string;
  /** Why it gets no record; null if it gets one. */
  readonly problem: string | null;
  /** Another rule's record, or that of another source, writes its target. */
  readonly collides: boolean;
}

type PlaceOwner = ReturnType<RecordStore['places']> extends Map<string, infer Owner> ? Owner : never;

/** What a rule comes to on what its vault holds. */
export interface Examined {
  readonly matches: number;
  /** Matches that have a record of this rule. */
  readonly has: number;
  readonly fresh: readonly Match[];
  readonly refused: readonly Match[];
  /** The first matches by name, those that have a record included. */
  readonly names: readonly Match[];
  /** Items whose record this rule made, and that it no longer matches. */
  readonly left: readonly SourceItem[];
  /** Why it makes nothing at all; null if nothing speaks against it. */
  readonly stopped: RuleState['stopped'];
}

/**
 * Tells which records a rule would make. Changes nothing; asks for certificates only.
 * @param items all that is known of the rule's vault and kind
 */
export async function examineRule(rule: Rule, items: Iterable<ScannedItem>, deps: RuleDeps): Promise<Examined> {
  await deps.index.refresh();
  const own = new Map<SourceItem, KnownRecord>();
  const matching: SourceItem[] = [];
  const left: SourceItem[] = [];
  let looked = 0;
  for (const { item, deletedAt } of items) {
    if (++looked % stretch === 0) await breathe();
    if (deletedAt !== null) continue;
    const record = recordOf(rule, item, deps.index);
    if (record) own.set(item, record);
    if (ruleMatches(rule.filter, item)) matching.push(item);
    else if (record) left.push(item);
  }
  matching.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  const wanted = matching.filter((item) => !own.has(item));
  const judged = await judge(rule, wanted, deps);
  const clean = judged.filter(({ problem }) => problem === null);
  const stopped = stopOf(rule, deps.index.countOfRule(rule.id), clean.length, judged);
  const described = stopped ? judged : await withCertificates(rule, judged, deps);
  const byName = new Map(described.map((match) => [match.item.name, match]));
  const first = matching.slice(0, toldMatches);
  return {
    matches: matching.length,
    has: matching.length - wanted.length,
    fresh: described.filter(({ problem }) => problem === null),
    refused: described.filter(({ problem }) => problem !== null),
    names: first.flatMap((item) => byName.get(item.name) ?? kept(rule, item, own.get(item), deps)),
    left,
    stopped,
  };
}

/** The record that this rule made for an item. */
function recordOf(rule: Rule, { vault, kind, name }: SourceItem, index: SourceIndex): KnownRecord | undefined {
  return index
    .ofSource(rule.sourceConnectionId, vault, kind, name)
    .find((record) => record.ruleId === rule.id && record.sourceName.toLowerCase() === name.toLowerCase());
}

/** A match that has its record: what the rule says of targets now is for new ones. */
function kept(rule: Rule, item: SourceItem, record: KnownRecord | undefined, deps: RuleDeps): Match[] {
  if (!record) return [];
  const targetName = nameFor(rule, item, deps);
  const isSame =
    record.targetConnectionId === rule.targetConnectionId &&
    record.targetService === rule.targetService &&
    record.targetRegion === rule.targetRegion &&
    record.targetName === targetName;
  const { title } = serviceFacts[record.targetService];
  const problem = isSame
    ? null
    : `Its record goes on writing ${record.targetName} in ${title}, ${record.targetRegion}: the new target is for new records.`;
  return [{ item, targetName, problem, collides: false }];
}

/** What speaks against each match before a cloud is asked. */
async function judge(rule: Rule, items: readonly SourceItem[], deps: RuleDeps): Promise<Match[]> {
  const { exclusions } = deps.settings();
  const targetAccount = deps.store.connections.get(rule.targetConnectionId)?.account ?? null;
  const taken = items.length > 0 ? deps.store.records.places() : new Map<string, never>();
  const matches: Match[] = [];
  const wanted = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    if (index % stretch === stretch - 1) await breathe();
    const targetName = nameFor(rule, item, deps);
    const owner = placesOf({ ...rule, targetAccount, targetName }).flatMap((place) => taken.get(place) ?? [])[0];
    const match = { item, targetName, ...problemOf(rule, item, targetName, owner, deps, exclusions) };
    if (match.problem === null) wanted.set(targetName, (wanted.get(targetName) ?? 0) + 1);
    matches.push(match);
  }
  return matches.map((match) =>
    match.problem === null && (wanted.get(match.targetName) ?? 0) > 1
      ? {
          ...match,
          problem: `Another match would get the same target name ${match.targetName}. Neither gets a record.`,
        }
      : match,
  );
}

function problemOf(
  rule: Rule,
  item: SourceItem,
  targetName: string,
  owner: PlaceOwner | undefined,
  { index, targetRules }: RuleDeps,
  exclusions: SyncSettings['exclusions'],
): Pick<Match, 'problem' | 'collides'> {
  const excluded = excludedBy(exclusions, item);
  const told = (problem: string, collides = false) => ({ problem, collides });
  if (excluded) return told(`Excluded by ${excluded.pattern} in Settings > Sync > Exclusions.`);
  if (!item.enabled) return told('Disabled in Key Vault. It gets a record once it is enabled.');
  const [broken] = targetRules.nameProblems(rule.targetService, targetName);
  if (broken !== undefined) return told(broken);
  if (!owner) return { problem: null, collides: false };
  const key = (vault: string, kind: SourceKind, name: string) => sourceKey('', vault, kind, name);
  const isSame = key(owner.sourceVault, owner.sourceKind, owner.sourceName) === key(item.vault, item.kind, item.name);
  const byRule = (index.get(owner.id)?.ruleId ?? null) !== null;
  if (!isSame)
    return told(`The record for ${owner.sourceVault}/${owner.sourceName} writes ${targetName} already.`, true);
  if (byRule) return told(`Another rule’s record for it writes ${targetName} already.`, true);
  return told(`It has a record that a person made, which writes ${targetName} already. That one stays as it is.`);
}

function nameFor(rule: Rule, { vault, name }: SourceItem, { targetRules }: RuleDeps): string {
  const source = { vault, name };
  return targetRules.fitName(rule.targetService, targetNameFor(rule.template, source), source);
}

/** Certificates that could never arrive get no record. Asked only of those that nothing else speaks against. */
async function withCertificates(rule: Rule, matches: readonly Match[], deps: RuleDeps): Promise<Match[]> {
  const asked = matches.filter(({ item, problem }) => problem === null && item.kind === 'certificate');
  if (asked.length === 0) return [...matches];
  const described = await deps.describe(
    rule,
    asked.map(({ item }) => item),
  );
  const sentences = new Map(
    asked.map(({ item: { vault, name } }, index) => [
      name,
      certificateSentences(
        `${vault}/${name}`,
        rule.targetService,
        described[index],
        deps.targetRules.certificateProblems,
      ).join(' '),
    ]),
  );
  return matches.map((match) => ({ ...match, problem: match.problem ?? (sentences.get(match.item.name) || null) }));
}

/** @param has records it has, @param wants those it would make */
function stopOf(rule: Rule, has: number, wants: number, judged: readonly Match[]): Examined['stopped'] {
  if (wants > 0 && has + wants > rule.limit) {
    const already = has > 0 ? ` beside the ${inWords(has)} it has` : '';
    return {
      code: 'rule-limit',
      sentence: `The rule would create ${inWords(wants)} records${already}; its limit is ${inWords(rule.limit)}. It created none.`,
      fix: 'Narrow its filter, or raise its limit if that many are meant.',
    };
  }
  if (has === 0 && judged.length > 0 && judged.every(({ collides }) => collides)) {
    return {
      code: 'rule-collides',
      sentence: `Other records write all the targets that this rule would write already, so it created none. ${judged[0]?.problem ?? ''}`,
      fix: 'Choose another naming rule or target, or remove what writes there.',
    };
  }
  return null;
}

function inWords(count: number): string {
  return count.toLocaleString('en');
}
