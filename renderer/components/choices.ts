import type { RecordView } from '../../preload/contract/views.ts';
import { services } from './services.ts';

/** The words of what was chosen. */
export function labelOf<V extends string>(
  choices: readonly { readonly value: V; readonly label: string }[],
  value: V,
): string | undefined {
  return choices.find((choice) => choice.value === value)?.label;
}

/** What to do when the target was changed outside the app. */
export const conflictChoices: readonly { readonly value: RecordView['conflictPolicy']; readonly label: string }[] = [
  { value: 'default', label: 'As in Settings > Sync' },
  { value: 'overwrite', label: 'Overwrite: Azure wins' },
  { value: 'skip', label: 'Skip: leave the target' },
  { value: 'alert', label: 'Alert: pause until I decide' },
];

/** What becomes of the copy when its source is deleted. */
const deletionChoices: readonly { readonly value: RecordView['deletionPolicy']; readonly label: string }[] = [
  { value: 'default', label: 'As in Settings > Sync' },
  { value: 'keep', label: 'Keep the copy' },
  { value: 'follow', label: 'Follow: delete the copy, recoverably' },
];

/** The choices that these services can keep: a copy that could not be taken back is never deleted. */
export function deletionChoicesFor(targets: readonly RecordView['targetService'][]): typeof deletionChoices {
  const recoverable = targets.every((target) => services[target].recoverable !== undefined);
  return recoverable ? deletionChoices : deletionChoices.filter(({ value }) => value !== 'follow');
}

/** A policy as a service can keep it: following is not taken along to one where no copy could be taken back. */
export function keepableDeletion(
  target: RecordView['targetService'],
  policy: RecordView['deletionPolicy'],
): RecordView['deletionPolicy'] {
  return policy === 'follow' && services[target].recoverable === undefined ? 'default' : policy;
}

/** What following a deletion means, or why it is not offered. */
export function deletionWords(targets: readonly RecordView['targetService'][]): string {
  const ways = new Set(targets.map((target) => services[target].recoverable ?? noWay));
  return ways.has(noWay) ? noWay : [...ways].join(' ');
}
const noWay = 'A deletion in ACM, Parameter Store or Certificate Manager can’t be taken back: those copies are kept.';
