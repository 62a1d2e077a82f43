import { conflictIn, isOwnShell } from './conflict.ts';
import { consentTo } from './decision.ts';
import type { FailureDetail } from './failure.ts';
import { planGone } from './gone.ts';
import { metadataOf, type SourceItem } from './item.ts';
import { sameTags } from './ownership.ts';
import type { ConflictPolicy, LedgerEntry } from './record.ts';

type PlanAction =
  | 'create'
  | 'update'
  | 'tags-only'
  /** Nothing but our marks is written: the target holds the source's value already, or is left alone. */
  | 'adopt'
  | 'delete'
  | 'unchanged'
  | 'kept'
  | 'excluded'
  | 'conflict'
  | 'blocked';

/** What a target says of itself without giving its value. */
export type TargetState =
  | { readonly kind: 'absent' }
  /** The credential may not look: no conflict can be seen. `missing` is the permission that would allow it. */
  | { readonly kind: 'unreadable'; readonly missing: string }
  /** There, but not to be written by anybody now: `why` in the cloud's terms, `fix` for the person. */
  | {
      readonly kind: 'closed';
      readonly code: string;
      readonly why: string;
      readonly fix: string;
      /** It is scheduled for deletion, which can be taken back: what then is there, and since when it is scheduled (ms). */
      readonly restorable?: { readonly id: string; readonly version: string | null; readonly deletedAt: number };
    }
  | {
      readonly kind: 'present';
      readonly id: string;
      /** The marker of the current version, or null if the target has no version yet. */
      readonly version: string | null;
      /** The record id in the ownership tag, or null. */
      readonly ownerRecordId: string | null;
    };

/** What is known of a record's source: its metadata, or why there is none. */
export type SourceState =
  | { readonly kind: 'found'; readonly item: SourceItem }
  /**
   * `name` is what is missing, of several that a record reads. `certain`: a whole list of the vault that names other items lacks
   * all that the record reads, and the vault says of each that there is none. Only that may ever lead to a deletion.
   */
  | { readonly kind: 'missing'; readonly name?: string; readonly certain?: boolean }
  | { readonly kind: 'failed'; readonly failure: FailureDetail };

export interface PlanInput {
  readonly recordId: string;
  /** What the record is to copy, and how, as one comparable text. */
  readonly recordSeen: string;
  readonly source: SourceState;
  readonly target: TargetState | { readonly kind: 'failed'; readonly failure: FailureDetail };
  /** Why this source can't go to this target whatever it holds; null if nothing known speaks against it. */
  readonly refusal: { readonly code: string; readonly sentence: string; readonly fix: string } | null;
  readonly ledger: LedgerEntry | null;
  readonly policy: ConflictPolicy;
  readonly consent: string | null;
  /** See `keptPair`. */
  readonly kept: string | null;
  /** The exclusion that keeps the source out, as it was typed; null if none does. */
  readonly excludedBy: string | null;
  /** What becomes of the target once its source is gone. A service that deletes for good is never asked to. */
  readonly deletion: 'keep' | 'follow' | 'unrecoverable';
  /** The tags the record wants on its target now; see `wantedTags`. Only read when the source was found. */
  readonly wantedTags: Readonly<Record<string, string>>;
}

/** One record's next step, decided without reading any value. `sentence` and `fix` are for people, never for apply. */
export interface PlannedStep {
  readonly recordId: string;
  readonly action: PlanAction;
  readonly code: string;
  readonly sentence: string;
  readonly fix: string;
  /** What the target looked like when this was decided; apply refuses to write over anything else. See `targetSeen`. */
  readonly targetSeen: string;
  /** What the source, and what the record wants of it, looked like then; see `isAsShown`. */
  readonly sourceSeen: string;
  readonly recordSeen: string;
  /** The target that was seen, by its own identity; null where none was. A target made anew by somebody has a new one. */
  readonly targetId: string | null;
  readonly failure?: FailureDetail;
}

/** The target's state as one comparable text: its version marker, or what stands for it. A consent is made of such a text; see `consentTo`. */
export function targetSeen(target: PlanInput['target']): string {
  if (target.kind === 'closed') {
    const { code, restorable } = target;
    return restorable ? `deleted-at:${restorable.deletedAt}:${restorable.version ?? 'none'}` : `closed:${code}`;
  }
  if (target.kind !== 'present') return target.kind;
  return `version:${target.version ?? 'none'}`;
}

/** The version marker in a text of `targetSeen`, or null if it has none. */
export function markerIn(seen: string): string | null {
  const marker = seen.match(/^(?:version|deleted-at:\d+):(.*)$/s)?.[1] ?? 'none';
  return marker === 'none' ? null : marker;
}

/** Whether a text of `targetSeen` tells of a deletion that can be taken back. */
export function isDeletedState(seen: string): boolean {
  return seen.startsWith('deleted-at:');
}

/** Whether a target is not there, or on its way out. */
export function isGone(target: PlanInput['target']): boolean {
  return target.kind === 'absent' || (target.kind === 'closed' && target.restorable !== undefined);
}

/** Source and target as one text: what a person left as it is, for as long as both stay so. */
export function keptPair(source: SourceState, target: PlanInput['target']): string {
  return `${source.kind === 'found' ? source.item.updatedOn : source.kind}\n${targetSeen(target)}`;
}

function sourceSeen(source: SourceState): string {
  if (source.kind !== 'found') return source.kind;
  const { updatedOn, version } = source.item;
  return version === undefined ? `${updatedOn}` : `${updatedOn} ${version}`;
}

/**
 * Whether a step is the one that a person was shown, for the same reason and with source and target as they were then. A source's
 * version is compared where both looks were told it.
 */
export function isAsShown(shown: PlannedStep, now: PlannedStep): boolean {
  const [date, version] = shown.sourceSeen.split(' ');
  const [dateNow, versionNow] = now.sourceSeen.split(' ');
  const sameSource = date === dateNow && (version === undefined || versionNow === undefined || version === versionNow);
  const sameRecord = shown.recordSeen === now.recordSeen;
  const { action, code } = shown;
  return sameSource && sameRecord && action === now.action && code === now.code && shown.targetSeen === now.targetSeen;
}

/** What only a refused write can tell of a target that may not be looked at. */
export const seenByWriting = { exists: 'unreadable-exists', absent: 'unreadable-absent' } as const;

/** Makes one record's step. */
export type MakeStep = (
  action: PlanAction,
  code: string,
  sentence: string,
  fix?: string,
  failure?: FailureDetail,
) => PlannedStep;

/**
 * Decides what a sync of one record would do. Pure: the same input always gives the same step.
 * The order of the questions is the safety rule: what can't be trusted is never written over.
 */
export function planStep(input: PlanInput): PlannedStep {
  const { source, target } = input;
  const step: MakeStep = (action, code, sentence, fix = '', failure) => ({
    recordId: input.recordId,
    action,
    code,
    sentence,
    fix,
    targetSeen: targetSeen(target),
    sourceSeen: sourceSeen(source),
    recordSeen: input.recordSeen,
    targetId: target.kind === 'present' ? target.id : target.kind === 'closed' ? (target.restorable?.id ?? null) : null,
    ...(failure ? { failure } : {}),
  });
  const failed = (failure: FailureDetail) => step('blocked', failure.code, failure.sentence, failure.fix, failure);

  if (source.kind === 'failed') return failed(source.failure);
  if (input.excludedBy !== null) {
    return step(
      'excluded',
      'excluded',
      `The exclusion ${input.excludedBy} keeps it out. Nothing was read or written, and the target was left as it was.`,
      'Change the exclusions in Settings > Sync > Exclusions if it should be synced.',
    );
  }
  const isKept = input.kept === keptPair(source, target);
  if (source.kind === 'missing') return isKept ? kept(step) : planGone(input, source, step);
  const unfit = unfitSource(source.item) ?? input.refusal;
  if (unfit) return step('blocked', unfit.code, unfit.sentence, unfit.fix);
  if (target.kind === 'failed') return failed(target.failure);
  if (isKept) return kept(step);
  if (target.kind === 'closed') return planClosed(input, target, step);

  const disagreement = conflictIn(input);
  if (!disagreement) return planAgreed(input, source.item, step);
  const write = target.kind === 'absent' ? 'create' : 'update';
  const seen = targetSeen(target);
  if (input.consent === seen) return step(write, 'agreed', 'You agreed to replace what the target holds now.');
  if (input.consent === consentTo('adopt', seen) && target.kind === 'present' && target.version !== null)
    return step(
      'adopt',
      'adopt',
      'You chose to take the target over as it is, if it holds the value from Azure already.',
    );
  if (disagreement.policyApplies && input.policy === 'overwrite')
    return step(write, disagreement.code, `${disagreement.sentence} Azure wins, by your conflict setting.`);
  const left =
    input.policy === 'skip' && disagreement.policyApplies ? ' It was left alone, by your conflict setting.' : '';
  return step('conflict', disagreement.code, `${disagreement.sentence}${left}`, disagreement.fix);
}

function kept(step: MakeStep): PlannedStep {
  return step(
    'kept',
    'kept',
    'You chose to leave the target as it is. That holds until source or target changes.',
    'Change the secret in Azure to have it synced again, or delete the record.',
  );
}

/** Why a source can't be copied as it is. */
function unfitSource({ kind, name, managed, enabled }: SourceItem): PlanInput['refusal'] {
  if (managed) {
    return {
      code: 'source-managed',
      sentence: `The secret ${name} belongs to a Key Vault certificate, which holds the same key under the same name.`,
      fix: 'Sync it as a certificate instead of as a secret.',
    };
  }
  if (enabled) return null;
  return {
    code: 'source-disabled',
    sentence: `The ${kind} ${name} is disabled in Key Vault, so it cannot be read. The copy in the target was kept.`,
    fix: `Enable the ${kind} in Azure, or pause this record.`,
  };
}

function planClosed(input: PlanInput, target: TargetState & { kind: 'closed' }, step: MakeStep): PlannedStep {
  const { ledger, consent } = input;
  const { restorable } = target;
  if (!restorable) return step('blocked', target.code, target.why, target.fix);
  const isOurDeletion =
    ledger !== null &&
    ledger.removedAt !== null &&
    restorable.id === ledger.targetId &&
    restorable.version === ledger.targetVersion;
  if (isOurDeletion)
    return step('update', 'restore', 'The source is back, so this app takes back its deletion of the target.');
  if (consent === targetSeen(target))
    return step('update', 'restore', 'You agreed to take back the deletion of the target and to replace its value.');
  return step(
    'conflict',
    target.code,
    target.why,
    'Press Overwrite target to restore it with the value from Azure, or Keep target to leave it deleted.',
  );
}

/** The steps left when source and target are both ours to act on. */
function planAgreed(input: PlanInput, item: SourceItem, step: MakeStep): PlannedStep {
  const { ledger, target } = input;
  if (target.kind === 'unreadable') {
    // The write itself ran into what could not be seen before; the person has agreed to exactly that.
    if (input.consent === seenByWriting.exists)
      return step('update', 'agreed', 'You agreed to replace what the target holds now.');
    if (input.consent === seenByWriting.absent)
      return step('create', 'agreed', 'You agreed to create the target again.');
  }
  if (isOwnShell(input))
    return step('update', 'unfinished', 'An earlier try made the target but put no value into it yet.');
  if (!ledger) return step('create', 'new', 'The target does not exist yet.');
  if (target.kind === 'absent')
    return step('create', 'source-back', 'The source is back. Its target, which this app had removed, is made again.');
  if (sourceMoved(ledger, item))
    return step('update', 'source-changed', `The ${item.kind} has a newer version in Key Vault.`);
  if (!sameTags(ledger.tagsWritten, input.wantedTags))
    return step('tags-only', 'tags-changed', 'The value is the same; tags changed.');
  if (markRemoved(input))
    return step('tags-only', 'mark-removed', 'The tags that mark the target as ours were removed; they are put back.');
  if (target.kind === 'unreadable') {
    return step(
      'unchanged',
      'unchanged-unseen',
      'Nothing changed in Key Vault. The target cannot be looked at with this credential.',
    );
  }
  return step('unchanged', 'unchanged', 'Source and target are as the last sync left them.');
}

function markRemoved({ recordId, ledger, target }: PlanInput): boolean {
  if (target.kind !== 'present' || target.ownerRecordId !== null || !ledger) return false;
  return Object.values(ledger.tagsWritten).includes(recordId);
}

/** Whether the source has a version that the ledger does not know. A version that was told settles it; a date only may. */
function sourceMoved(ledger: LedgerEntry, item: SourceItem): boolean {
  if (item.version !== undefined) return item.version !== ledger.sourceVersion;
  if (!ledger.settled || item.updatedOn !== ledger.sourceUpdatedOn) return true;
  return metadataOf(item) !== ledger.sourceMetadata;
}

/**
 * Whether the source has to be asked which version is current before planning: its metadata moved (so perhaps only tags
 * changed), or the ledger's date proves nothing yet.
 */
export function needsVersion(ledger: LedgerEntry | null, item: SourceItem): boolean {
  if (!ledger || item.version !== undefined || !item.enabled || item.managed) return false;
  if (!ledger.settled) return true;
  return metadataOf(item) !== ledger.sourceMetadata;
}
