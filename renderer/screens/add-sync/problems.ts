import { shape, targetRegions } from '../../../preload/contract/views.ts';
import { services } from '../../components/services.ts';
import { keyProblems, partsOf, tooManyParts, wrongKey } from './bundle.ts';
import { type Draft, type Item, jsonKeysOf, type NamesAnswer, wantedRecords } from './draft.ts';
import { type OptionField, optionsOf } from './options.ts';
import { text } from './text.ts';

/** Fields of the wizard that can be wrong; each is the id of the element to go to. */
export type Field =
  | 'connection'
  | 'vault'
  | 'items'
  | 'targetConnection'
  | 'service'
  | 'region'
  | 'jsonKeys'
  | 'objectKey'
  | 'together'
  | 'bundleKeys'
  | OptionField
  | 'custom'
  | 'names'
  | 'schedule';

export interface Problem {
  readonly field: Field;
  readonly sentence: string;
}

export function fieldId(field: Field): string {
  return `add-sync-${field}`;
}

/** What the steps know beside the draft. */
export interface Known {
  /** What is ticked and can be copied. */
  readonly items: readonly Item[];
  /** What speaks against the chosen service, for certificates among the items. */
  readonly refusals: readonly { readonly sentence: string }[];
  /** For the names as they are now; undefined if there is no answer yet. */
  readonly answer: NamesAnswer | undefined;
  /** What is wrong with the schedule, in words. */
  readonly schedule: string | null;
}

/** As many as main takes at once. */
const mostRecords = 10_000;

/**
 * The first thing that stands in the way of leaving a step.
 * @param step from 0, in the order of `text.steps`
 */
export function problemOf(step: number, draft: Draft, known: Known): Problem | undefined {
  const { problems } = text;
  if (step === 0) {
    if (draft.connectionId === '') return { field: 'connection', sentence: problems.connection };
    if (draft.vault === '') return { field: 'vault', sentence: problems.vault };
  }
  if (step === 1 && known.items.length === 0) return { field: 'items', sentence: problems.items };
  if (step === 2) return targetProblem(draft, known) ?? namesProblem(draft, known);
  if (step === 3 && known.schedule !== null) return { field: 'schedule', sentence: known.schedule };
  return undefined;
}

function targetProblem(draft: Draft, { items, refusals }: Known): Problem | undefined {
  const { problems } = text;
  if (draft.targetConnectionId === '') return { field: 'targetConnection', sentence: problems.targetConnection };
  const [refusal] = refusals;
  if (refusal) return { field: 'service', sentence: refusal.sentence };
  const { provider } = services[draft.service];
  if (!targetRegions[provider].safeParse(draft.region).success)
    return { field: 'region', sentence: problems.region[provider] };
  if (items.some(({ kind }) => kind === 'secret')) {
    if (draft.secretForm === 'json-key' && jsonKeysOf(draft).length === 0)
      return { field: 'jsonKeys', sentence: problems.jsonKeys };
    const parts = partsOf(draft, items);
    const tooMany = tooManyParts(parts);
    if (tooMany !== undefined) return { field: 'together', sentence: tooMany };
    for (const [name, sentence] of keyProblems(parts)) return { field: 'bundleKeys', sentence: `${name}: ${sentence}` };
    for (const wanted of wantedRecords(draft, items)) {
      const parsed = shape.safeParse(wanted.shape);
      if (!parsed.success && 'key' in wanted.shape) {
        const field = draft.secretForm === 'json-key' ? 'jsonKeys' : 'objectKey';
        return { field, sentence: wrongKey(wanted.shape.key) };
      }
    }
  }
  const options = optionsOf(draft.service, draft.region, draft.options);
  return 'field' in options ? options : undefined;
}

function namesProblem(draft: Draft, { items, answer }: Known): Problem | undefined {
  if (draft.rule === 'custom' && draft.custom.trim() === '') return { field: 'custom', sentence: text.problems.custom };
  if (wantedRecords(draft, items).length > mostRecords) return { field: 'names', sentence: text.problems.tooMany };
  if (answer?.templateProblem)
    return { field: draft.rule === 'custom' ? 'custom' : 'names', sentence: answer.templateProblem };
  const wrong = answer?.names.filter((name) => name.problems.length > 0) ?? [];
  const first = wrong[0]?.problems[0];
  if (first === undefined) return undefined;
  const more = wrong.length > 1 ? ` And ${wrong.length - 1} more.` : '';
  return { field: 'names', sentence: `${first}${more}` };
}

/** What main says about single records, by their index in the list that was sent. */
export function recordProblems(
  fields: readonly { readonly path: string; readonly sentence: string }[] = [],
): ReadonlyMap<number, string> {
  const problems = new Map<number, string>();
  for (const { path, sentence } of fields) {
    const index = /^records\.(\d+)\./.exec(path)?.[1];
    if (index === undefined) continue;
    const known = problems.get(Number(index));
    problems.set(Number(index), known === undefined ? sentence : `${known} ${sentence}`);
  }
  return problems;
}
