import { type ConnectionView, targetRegions } from '../../../preload/contract/views.ts';
import { type NewRule, newRule, type RuleView } from '../../../preload/contract/watch.ts';
import { keepableDeletion } from '../../components/choices.ts';
import { services } from '../../components/services.ts';
import {
  certificateForms,
  type Draft,
  emptyDraft,
  namingRules,
  secretForms,
  servicesFor,
  templateOf,
} from '../add-sync/draft.ts';
import { type OptionField, optionsOf, typedOptions } from '../add-sync/options.ts';
import { scheduleOf, typedOf } from '../schedule/typed.ts';
import { text } from './text.ts';

type Shared =
  | 'targetConnectionId'
  | 'service'
  | 'region'
  | 'secretForm'
  | 'certificateForm'
  | 'options'
  | 'rule'
  | 'custom'
  | 'copyTags'
  | 'conflictPolicy'
  | 'deletionPolicy'
  | 'schedule'
  | 'syncOnChange';

/** A rule as typed. What another kind or service would need stays as it was typed. */
export interface TypedRule extends Pick<Draft, Shared> {
  readonly name: string;
  readonly enabled: boolean;
  readonly connectionId: string;
  readonly vault: string;
  readonly kind: NewRule['filter']['kind'];
  /** Separated by commas or spaces. */
  readonly names: string;
  /** One to a line. */
  readonly tags: string;
  readonly contentType: string;
  /** Of the JSON that a secret holds or becomes. */
  readonly key: string;
  readonly limit: number | string;
}

/** Fields that can be wrong, in the order in which they are looked at. */
export type RuleField =
  | 'name'
  | 'sourceConnection'
  | 'vault'
  | 'names'
  | 'tags'
  | 'contentType'
  | 'targetConnection'
  | 'service'
  | 'region'
  | 'form'
  | 'key'
  | OptionField
  | 'custom'
  | 'schedule'
  | 'limit';
export type RuleProblems = Readonly<Partial<Record<RuleField, string>>>;

export function ruleFieldId(field: RuleField): string {
  return `rule-${field}`;
}

/** Where the contract has each field. */
const places: readonly (readonly [path: string, field: RuleField])[] = [
  ['name', 'name'],
  ['sourceConnectionId', 'sourceConnection'],
  ['sourceVault', 'vault'],
  ['filter.names', 'names'],
  ['filter.tags', 'tags'],
  ['filter.contentType', 'contentType'],
  ['targetConnectionId', 'targetConnection'],
  ['targetService', 'service'],
  ['targetRegion', 'region'],
  ['shape.key', 'key'],
  ['shape', 'form'],
  ['options.kmsKeyId', 'kmsKeyId'],
  ['options.replicaRegions', 'replicaRegions'],
  ['options.replicaLocations', 'replicaLocations'],
  ['options.keepVersions', 'keepVersions'],
  ['template', 'custom'],
  ['schedule', 'schedule'],
  ['limit', 'limit'],
];

/** Words for what the contract refuses without words of its own. */
const wrong: RuleProblems = text.wrong;

export const emptyRule: TypedRule = {
  ...emptyDraft,
  name: '',
  enabled: true,
  kind: 'secret',
  names: '',
  tags: '',
  contentType: '',
  key: '',
  syncOnChange: true,
  limit: 500,
};

/** A rule as it is changed. @param defaultPrefix of target names, by which the usual naming rules are told */
export function typedFrom(rule: RuleView, defaultPrefix: string): TypedRule {
  const { filter, shape, template, targetService: service } = rule;
  const usual = namingRules.find(
    (each) => each !== 'custom' && templateOf({ rule: each, custom: '', service }, defaultPrefix) === template,
  );
  return {
    name: rule.name,
    enabled: rule.enabled,
    connectionId: rule.sourceConnectionId,
    vault: rule.sourceVault,
    kind: filter.kind,
    names: filter.names.join(', '),
    tags: filter.tags.join('\n'),
    contentType: filter.contentType,
    targetConnectionId: rule.targetConnectionId,
    service,
    region: rule.targetRegion,
    secretForm: secretForms.find((form) => form === shape.kind) ?? emptyRule.secretForm,
    certificateForm: certificateForms.find((form) => form === shape.kind) ?? emptyRule.certificateForm,
    key: 'key' in shape ? shape.key : '',
    options: typedOptions(rule.options),
    rule: usual ?? 'custom',
    custom: usual === undefined ? template : '',
    schedule: typedOf(rule.schedule),
    syncOnChange: rule.syncOnChange,
    copyTags: rule.copyTags,
    conflictPolicy: rule.conflictPolicy,
    deletionPolicy: rule.deletionPolicy,
    limit: rule.limit,
  };
}

/** A rule as main takes it back, unchanged. */
export function ruleAsIs(rule: RuleView): NewRule {
  const fields = Object.keys(newRule.shape) as (keyof NewRule)[];
  return newRule.parse(Object.fromEntries(fields.map((field) => [field, rule[field]])));
}

/** With a service that the target's provider has and that takes what is mirrored. */
export function fitted(typed: TypedRule, targets: readonly ConnectionView[]): TypedRule {
  const provider = targets.find(({ id }) => id === typed.targetConnectionId)?.settings.provider;
  if (provider === undefined || provider === 'azure') return typed;
  const possible = servicesFor(provider, [{ kind: typed.kind, name: '' }]);
  return { ...typed, service: possible.find((each) => each === typed.service) ?? possible[0] ?? typed.service };
}

/** The rule that is typed, or what is wrong with it as far as this window can tell. */
export function ruleOf(
  typed: TypedRule,
  defaultPrefix: string,
): { readonly rule: NewRule } | { readonly problems: RuleProblems } {
  const { service, region } = typed;
  const problems: Partial<Record<RuleField, string>> = {};
  const options = optionsOf(service, region, typed.options);
  if ('field' in options) problems[options.field] = options.sentence;
  const place = targetRegions[services[service].provider].safeParse(region);
  if (place.error) problems.region = place.error.issues[0]?.message ?? '';
  const parsed = newRule.safeParse({
    name: typed.name,
    enabled: typed.enabled,
    sourceConnectionId: typed.connectionId,
    sourceVault: typed.vault,
    filter: {
      kind: typed.kind,
      names: listOf(typed.names, /[\s,]+/),
      tags: listOf(typed.tags, /\n/),
      contentType: typed.contentType,
    },
    targetConnectionId: typed.targetConnectionId,
    targetService: service,
    targetRegion: region,
    template: templateOf(typed, defaultPrefix),
    shape: shapeOf(typed),
    options: 'options' in options ? options.options : {},
    schedule: scheduleOf(typed.schedule),
    syncOnChange: typed.syncOnChange,
    copyTags: typed.copyTags,
    conflictPolicy: typed.conflictPolicy,
    deletionPolicy: keepableDeletion(service, typed.deletionPolicy),
    limit: typed.limit,
  });
  for (const { path, message } of parsed.error?.issues ?? []) {
    const field = fieldAt(path.join('.'));
    if (field) problems[field] ??= wrong[field] ?? message;
  }
  return parsed.success && Object.keys(problems).length === 0 ? { rule: parsed.data } : { problems };
}

/**
 * What to ask a preview for: the rule without what changes nothing of it, so that typing that asks nobody.
 * @returns undefined while not enough is typed
 */
export function previewOf(typed: TypedRule, defaultPrefix: string): NewRule | undefined {
  const { schedule, syncOnChange, copyTags, conflictPolicy, deletionPolicy } = emptyRule;
  const asked = {
    ...typed,
    name: '?',
    enabled: true,
    schedule,
    syncOnChange,
    copyTags,
    conflictPolicy,
    deletionPolicy,
  };
  const checked = ruleOf(asked, defaultPrefix);
  return 'rule' in checked ? checked.rule : undefined;
}

function shapeOf({ kind, service, secretForm, certificateForm, key }: TypedRule): NewRule['shape'] {
  if (services[service].keeps === 'certificates') return { kind: 'whole' };
  if (kind === 'certificate') return { kind: certificateForm };
  return secretForm === 'json-key' || secretForm === 'json-object'
    ? { kind: secretForm, key: key.trim() }
    : { kind: secretForm };
}

/** What is between separators, each once, in the order typed. */
function listOf(typed: string, separator: RegExp): string[] {
  return [...new Set(typed.split(separator).map((part) => part.trim()))].filter((part) => part !== '');
}

/** What main says about single fields, by field. What is about none of them is left to the failure's own words. */
export function problemsIn(fields: readonly { readonly path: string; readonly sentence: string }[] = []): RuleProblems {
  const problems: Partial<Record<RuleField, string>> = {};
  for (const { path, sentence } of fields) {
    const field = fieldAt(path.replace(/^rule\./, ''));
    if (field) problems[field] ??= sentence;
  }
  return problems;
}

function fieldAt(path: string): RuleField | undefined {
  return places.find(([at]) => path === at || path.startsWith(`${at}.`))?.[1];
}

/** The field to go to, with what is wrong with it. */
export function firstProblem(problems: RuleProblems): readonly [field: RuleField, sentence: string] | undefined {
  for (const [, field] of places) {
    const sentence = problems[field];
    if (sentence !== undefined) return [field, sentence];
  }
  return undefined;
}
