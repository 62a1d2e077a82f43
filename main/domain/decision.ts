import type { ConflictPolicy, DeletionPolicy, SyncRecord } from './record.ts';

/** The ways out of a conflict that a person has. */
type Choice = 'overwrite' | 'keep' | 'adopt' | 'unlink' | 'delete';

/** Begins what is seen of a target whose deletion a person is asked about. */
const deletion = 'delete:';

/** What a person is asked about when the brake stopped a deletion: removing the target in this state. */
export function deletionOf(targetSeen: string): string {
  return `${deletion}${targetSeen}`;
}

/** Whether what a person is asked about is a deletion that the brake stopped. @param conflictSeen null if they are asked nothing */
export function asksDeletion(conflictSeen: string | null): conflictSeen is string {
  return conflictSeen?.startsWith(deletion) === true;
}

/** The target state in what a person is asked about. */
export function stateIn(conflictSeen: string): string {
  return asksDeletion(conflictSeen) ? conflictSeen.slice(deletion.length) : conflictSeen;
}

/**
 * The text of a consent: good for one choice and one target state.
 * @param seen what the person was asked about: a record's `conflictSeen`
 */
export function consentTo(choice: 'overwrite' | 'adopt' | 'delete', seen: string): string {
  const state = stateIn(seen);
  if (choice === 'overwrite') return state;
  return choice === 'adopt' ? `adopt:${state}` : deletionOf(state);
}

/**
 * The decisions that can be made about a record that waits for a person.
 * @param code why it waits
 * @param seen what the person is asked about: its `conflictSeen`
 */
export function choicesFor(code: string, seen: string): Choice[] {
  // Only a state that can be recognised again can be left alone, and only a value can be taken over.
  const keep: Choice[] = seen.startsWith('unreadable') ? [] : ['keep'];
  if (code === 'delete-brake') return ['delete', ...keep, 'unlink'];
  if (code === 'delete-changed') return [...keep, 'unlink'];
  const adopt: Choice[] = seen.startsWith('version:') && seen !== 'version:none' ? ['adopt'] : [];
  return ['overwrite', ...keep, ...adopt, 'unlink'];
}

/**
 * Whether a record waits for a person, so that neither its schedule nor a change of its source starts it.
 * @param policy the one that counts for the record; see `conflictPolicyOf`
 */
export function isHeld({ conflictSeen }: { readonly conflictSeen: string | null }, policy: ConflictPolicy): boolean {
  return asksDeletion(conflictSeen) || (conflictSeen !== null && policy === 'alert');
}

/** The conflict policy that counts for a record. @param settings what Settings > Sync says */
export function conflictPolicyOf(
  record: Pick<SyncRecord, 'conflictPolicy'>,
  settings: { readonly conflictPolicy: ConflictPolicy },
): ConflictPolicy {
  return record.conflictPolicy === 'default' ? settings.conflictPolicy : record.conflictPolicy;
}

/** The deletion policy that counts for a record. @param settings what Settings > Sync says */
export function deletionPolicyOf(
  record: Pick<SyncRecord, 'deletionPolicy'>,
  settings: { readonly deletionPolicy: DeletionPolicy },
): DeletionPolicy {
  return record.deletionPolicy === 'default' ? settings.deletionPolicy : record.deletionPolicy;
}
