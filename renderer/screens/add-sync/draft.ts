import type { Input } from '../../../preload/contract/operations.ts';
import type {
  ConnectionView,
  RecordView,
  ShapeView,
  SourceItemView,
  TargetServiceView,
} from '../../../preload/contract/views.ts';
import { keepableDeletion } from '../../components/choices.ts';
import { nothingSelected, type Selection } from '../../components/selection.ts';
import { serviceIds, services } from '../../components/services.ts';
import { scheduleOf, type TypedSchedule, typedOf } from '../schedule/typed.ts';
import { bundleNameOf, partsOf } from './bundle.ts';
import { optionsOf, plainOptions, type TypedOptions } from './options.ts';
import { text } from './text.ts';

export const namingRules = ['prefix', 'keep', 'vault', 'custom'] as const;
type NamingRule = (typeof namingRules)[number];

export const secretForms = ['whole', 'base64', 'json-key', 'json-object'] as const;
export const certificateForms = ['pem', 'pfx'] as const;

/** Everything chosen in the wizard so far. Steps only ever add to it, so that going back loses nothing. */
export interface Draft {
  readonly connectionId: string;
  readonly vault: string;
  /** What is ticked in each vault that was looked at, by `picksKey`; each by `itemKey`. */
  readonly picks: Readonly<Record<string, Selection>>;
  readonly targetConnectionId: string;
  readonly service: TargetServiceView;
  readonly region: string;
  readonly secretForm: (typeof secretForms)[number];
  readonly certificateForm: (typeof certificateForms)[number];
  /** One key to a line. */
  readonly jsonKeys: string;
  readonly objectKey: string;
  /** Whether several secrets that become JSON objects go into one, in one target. */
  readonly together: boolean;
  /** The one target is named after this; '' for its first secret. */
  readonly bundleName: string;
  /** Keys in the one object as typed, by the secret's name. A secret that isn't here has its name for a key. */
  readonly bundleKeys: ReadonlyMap<string, string>;
  readonly options: TypedOptions;
  readonly rule: NamingRule;
  readonly custom: string;
  readonly copyTags: boolean;
  readonly conflictPolicy: RecordView['conflictPolicy'];
  readonly deletionPolicy: RecordView['deletionPolicy'];
  readonly schedule: TypedSchedule;
  readonly syncOnChange: boolean;
}

export const emptyDraft: Draft = {
  connectionId: '',
  vault: '',
  picks: {},
  targetConnectionId: '',
  service: 'secretsmanager',
  region: '',
  secretForm: 'whole',
  certificateForm: 'pem',
  jsonKeys: '',
  objectKey: '',
  together: false,
  bundleName: '',
  bundleKeys: new Map(),
  options: plainOptions,
  rule: 'prefix',
  custom: '',
  copyTags: false,
  conflictPolicy: 'default',
  deletionPolicy: 'default',
  schedule: typedOf({ kind: 'every', hours: 6 }),
  syncOnChange: false,
};

/** The region or location that a connection begins with. */
export function placeOf(settings: ConnectionView['settings']): string {
  if (settings.provider === 'azure') return '';
  return settings.provider === 'aws' ? settings.region : settings.location;
}

/** Where there is nothing to choose, nobody is asked: the one connection of a kind is taken. */
export function onlyChoices(
  azure: readonly ConnectionView[],
  targets: readonly ConnectionView[],
): Pick<Draft, 'connectionId' | 'targetConnectionId' | 'region'> {
  const [source] = azure.length === 1 ? azure : [];
  const [target] = targets.length === 1 ? targets : [];
  return {
    connectionId: source?.id ?? '',
    targetConnectionId: target?.id ?? '',
    region: target ? placeOf(target.settings) : '',
  };
}

type Picks = Pick<Draft, 'connectionId' | 'vault' | 'picks'>;
/** A secret or certificate of the vault. */
export type Item = Pick<SourceItemView, 'kind' | 'name'>;

export function picksKey(draft: Pick<Draft, 'connectionId' | 'vault'>): string {
  return `${draft.connectionId}/${draft.vault}`;
}

export function picksOf(draft: Picks): Selection {
  return draft.picks[picksKey(draft)] ?? nothingSelected;
}

export function itemKey({ kind, name }: Item): string {
  return `${kind}/${name}`;
}

/** What is ticked, in alphabetical order. */
export function pickedItems(draft: Picks): Item[] {
  return [...picksOf(draft).ids]
    .map((key): Item => {
      const [kind, name = ''] = key.split('/');
      return { kind: kind === 'certificate' ? 'certificate' : 'secret', name };
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** The ticks of this vault without these items. */
export function leftOut(draft: Picks, items: readonly Item[]): Pick<Draft, 'picks'> {
  const ids = new Set(picksOf(draft).ids);
  for (const item of items) ids.delete(itemKey(item));
  return { picks: { ...draft.picks, [picksKey(draft)]: { ids, anchor: undefined } } };
}

/** Why an item can't be chosen, as far as the vault's list tells; undefined if it can. */
export function notSelectable(item: SourceItemView): string | undefined {
  return item.enabled ? undefined : text.disabled[item.kind];
}

/** The provider's services that can take all of these: a secret never goes to one that keeps certificates only. */
export function servicesFor(provider: 'aws' | 'gcp', items: readonly Item[]): TargetServiceView[] {
  const fits = serviceIds.filter((service) => {
    const { provider: its, keeps } = services[service];
    return its === provider && (keeps === 'secrets' || items.every(({ kind }) => kind === 'certificate'));
  });
  // What was made for certificates comes first for them.
  return fits.sort(
    (a, b) => Number(services[b].keeps === 'certificates') - Number(services[a].keeps === 'certificates'),
  );
}

/**
 * The naming rule as a template, such as `certifyclouds/{name}`.
 * @param key of a JSON secret, where each key has a target of its own; '' where not
 */
export function templateOf(
  { rule, custom, service }: Pick<Draft, 'rule' | 'custom' | 'service'>,
  defaultPrefix: string,
  key = '',
): string {
  const own = key === '' ? '' : `/${key}`;
  if (rule === 'custom') return `${custom}${own}`;
  const made = { keep: '{name}', prefix: `${defaultPrefix}{name}`, vault: '{vault}/{name}' }[rule] + own;
  // Parameter Store wants a slash in front of a name that has levels.
  return service === 'parameterstore' && made.includes('/') ? `/${made}` : made;
}

/** What the records' forms depend on. */
export type FormDraft = Pick<
  Draft,
  'service' | 'secretForm' | 'certificateForm' | 'jsonKeys' | 'objectKey' | 'together' | 'bundleName' | 'bundleKeys'
>;

/** One record to create, but for its target's name. */
interface Wanted extends Item {
  /** What the target is named after: where the rule says {name}. */
  readonly nameAfter: string;
  /** Of the JSON secret that is split by key; '' where it isn't. */
  readonly key: string;
  readonly shape: ShapeView;
}

/** Keys of a JSON secret as typed, each once. */
export function jsonKeysOf(draft: Pick<Draft, 'jsonKeys'>): string[] {
  return [...new Set(draft.jsonKeys.split('\n').map((key) => key.trim()))].filter((key) => key !== '');
}

/** The records that these items become: one each, one for each key of a JSON secret, or one for all secrets together. */
export function wantedRecords(draft: FormDraft, items: readonly Item[]): Wanted[] {
  const keys = jsonKeysOf(draft);
  const parts = partsOf(draft, items);
  const one = (item: Item, shape: ShapeView, key = ''): Wanted => ({ ...item, nameAfter: item.name, key, shape });
  return items.flatMap((item): Wanted[] => {
    if (item.kind === 'certificate') {
      const whole = services[draft.service].keeps === 'certificates';
      return [one(item, { kind: whole ? 'whole' : draft.certificateForm })];
    }
    switch (draft.secretForm) {
      case 'json-key':
        return keys.map((key) => one(item, { kind: 'json-key', key }, key));
      case 'json-object': {
        const [first, ...more] = parts;
        if (!first) return [one(item, { kind: 'json-object', key: draft.objectKey.trim() })];
        // The rest are in the first one's record.
        if (item.name !== first.name) return [];
        const bundle = one(item, { kind: 'json-object', key: first.key, more });
        return [{ ...bundle, nameAfter: bundleNameOf(draft, parts) }];
      }
      default:
        return [one(item, { kind: draft.secretForm })];
    }
  });
}

/** A name the rule gives for one record, with what is wrong with it. */
interface Named {
  /** What it was named after. */
  readonly name: string;
  readonly key: string;
  readonly targetName: string;
  readonly problems: readonly string[];
}
export interface NamesAnswer {
  readonly templateProblem: string | null;
  readonly names: readonly Named[];
}

export type NewRecord = Input<'records.create'>['records'][number];

/** The records to create. Those whose name isn't known yet are left out. */
export function newRecords(draft: Draft, items: readonly Item[], names: readonly Named[]): NewRecord[] {
  const options = optionsOf(draft.service, draft.region, draft.options);
  if ('field' in options) return [];
  const named = new Map(names.map(({ name, key, targetName }) => [`${name}\n${key}`, targetName]));
  return wantedRecords(draft, items).flatMap(({ kind, name, nameAfter, key, shape: form }) => {
    const targetName = named.get(`${nameAfter}\n${key}`);
    if (targetName === undefined) return [];
    return [
      {
        sourceConnectionId: draft.connectionId,
        sourceKind: kind,
        sourceVault: draft.vault,
        sourceName: name,
        targetConnectionId: draft.targetConnectionId,
        targetService: draft.service,
        targetRegion: draft.region,
        targetName,
        shape: form,
        options: options.options,
        schedule: scheduleOf(draft.schedule),
        enabled: true,
        syncOnChange: draft.syncOnChange,
        copyTags: draft.copyTags,
        conflictPolicy: draft.conflictPolicy,
        deletionPolicy: keepableDeletion(draft.service, draft.deletionPolicy),
      },
    ];
  });
}
