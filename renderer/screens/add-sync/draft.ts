import type { Input, Output } from '../../../preload/contract/operations.ts';
import type { RecordView, SourceItemView } from '../../../preload/contract/views.ts';
import { type ScheduleChoice, scheduleOf } from '../../components/choices.ts';
import { nothingSelected, type Selection } from '../../components/selection.ts';
import { text } from './text.ts';

export const namingRules = ['prefix', 'keep', 'vault', 'custom'] as const;
type NamingRule = (typeof namingRules)[number];

/** Everything chosen in the wizard so far. Steps only ever add to it, so that going back loses nothing. */
export interface Draft {
  readonly connectionId: string;
  readonly vault: string;
  /** Ticked secrets of each vault that was looked at, by `picksKey`. */
  readonly picks: Readonly<Record<string, Selection>>;
  readonly targetConnectionId: string;
  readonly region: string;
  readonly rule: NamingRule;
  readonly custom: string;
  readonly copyTags: boolean;
  readonly conflictPolicy: RecordView['conflictPolicy'];
  readonly schedule: ScheduleChoice;
}

export const emptyDraft: Draft = {
  connectionId: '',
  vault: '',
  picks: {},
  targetConnectionId: '',
  region: '',
  rule: 'prefix',
  custom: '',
  copyTags: false,
  conflictPolicy: 'default',
  schedule: '6',
};

type Picks = Pick<Draft, 'connectionId' | 'vault' | 'picks'>;

export function picksKey(draft: Picks): string {
  return `${draft.connectionId}/${draft.vault}`;
}

export function picksOf(draft: Picks): Selection {
  return draft.picks[picksKey(draft)] ?? nothingSelected;
}

/** Names of the ticked secrets in alphabetical order. */
export function pickedNames(draft: Picks): string[] {
  return [...picksOf(draft).ids].sort((a, b) => a.localeCompare(b, 'en'));
}

/** The naming rule as a template, such as `certifyclouds/{name}`. */
export function templateOf(draft: Pick<Draft, 'rule' | 'custom'>, defaultPrefix: string): string {
  switch (draft.rule) {
    case 'keep':
      return '{name}';
    case 'prefix':
      return `${defaultPrefix}{name}`;
    case 'vault':
      return '{vault}/{name}';
    case 'custom':
      return draft.custom;
  }
}

/** Why a secret can't be chosen, or undefined. */
export function notSelectable(item: SourceItemView): string | undefined {
  if (item.managed) return text.managed;
  return item.enabled ? undefined : text.disabled;
}

/** Fields of the wizard that can be wrong; each is the id of the element to go to. */
type Field = 'connection' | 'vault' | 'secrets' | 'targetConnection' | 'region' | 'custom' | 'names';

export interface Problem {
  readonly field: Field;
  readonly sentence: string;
}

export function fieldId(field: Field): string {
  return `add-sync-${field}`;
}

/**
 * The first thing that stands in the way of leaving a step.
 * @param step from 0, in the order of `text.steps`
 * @param names the answer for the names as they are now, or undefined if there is none yet
 * @param isRegion whether a text has the form of a region
 */
export function problemOf(
  step: number,
  draft: Draft,
  names: Output<'naming.preview'> | undefined,
  isRegion: (text: string) => boolean,
): Problem | undefined {
  const { problems } = text;
  if (step === 0) {
    if (draft.connectionId === '') return { field: 'connection', sentence: problems.connection };
    if (draft.vault === '') return { field: 'vault', sentence: problems.vault };
  }
  if (step === 1 && picksOf(draft).ids.size === 0) return { field: 'secrets', sentence: problems.secrets };
  if (step === 2) {
    if (draft.targetConnectionId === '') return { field: 'targetConnection', sentence: problems.targetConnection };
    if (!isRegion(draft.region)) return { field: 'region', sentence: problems.region };
    if (draft.rule === 'custom' && draft.custom.trim() === '') return { field: 'custom', sentence: problems.custom };
    if (names?.templateProblem) return { field: 'custom', sentence: names.templateProblem };
    const wrong = names?.names.filter((name) => name.problems.length > 0) ?? [];
    const first = wrong[0]?.problems[0];
    if (first !== undefined) {
      const more = wrong.length > 1 ? ` And ${wrong.length - 1} more.` : '';
      return { field: 'names', sentence: `${first}${more}` };
    }
  }
  return undefined;
}

/** The records to create. @param targetNames for each secret of the vault, by its name */
export function newRecords(draft: Draft, targetNames: ReadonlyMap<string, string>): Input<'records.create'>['records'] {
  return pickedNames(draft).flatMap((name) => {
    const targetName = targetNames.get(name);
    if (targetName === undefined) return [];
    return [
      {
        sourceConnectionId: draft.connectionId,
        sourceVault: draft.vault,
        sourceName: name,
        targetConnectionId: draft.targetConnectionId,
        targetService: 'secretsmanager' as const,
        targetRegion: draft.region,
        targetName,
        schedule: scheduleOf(draft.schedule),
        enabled: true,
        copyTags: draft.copyTags,
        conflictPolicy: draft.conflictPolicy,
      },
    ];
  });
}
