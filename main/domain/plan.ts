import type { FailureDetail } from './failure.ts';
import { metadataOf, type SourceItem } from './item.ts';
import { sameTags } from './ownership.ts';
import type { ConflictPolicy, LedgerEntry } from './record.ts';

type PlanAction = 'create' | 'update' | 'tags-only' | 'unchanged' | 'conflict' | 'blocked';

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
  /** `name` is what is missing, of several that a record reads. */
  | { readonly kind: 'missing'; readonly name?: string }
  | { readonly kind: 'failed'; readonly failure: FailureDetail };

export interface PlanInput {
  readonly recordId: string;
  readonly source: SourceState;
  readonly target: TargetState | { readonly kind: 'failed'; readonly failure: FailureDetail };
  /** Why this source can't go to this target whatever it holds; null if nothing known speaks against it. */
  readonly refusal: { readonly code: string; readonly sentence: string; readonly fix: string } | null;
  readonly ledger: LedgerEntry | null;
  readonly policy: ConflictPolicy;
  readonly consent: string | null;
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
  /** The target that was seen, by its own identity; null where none was. A target made anew by somebody has a new one. */
  readonly targetId: string | null;
  readonly failure?: FailureDetail;
}

/** The target's state as one comparable text: its version marker, or what stands for it. A consent is such a text. */
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

/** What only a refused write can tell of a target that may not be looked at. */
export const seenByWriting = { exists: 'unreadable-exists', absent: 'unreadable-absent' } as const;

/**
 * Decides what a sync of one record would do. Pure: the same input always gives the same step.
 * The order of the questions is the safety rule: what can't be trusted is never written over.
 */
export function planStep(input: PlanInput): PlannedStep {
  const { source, target } = input;
  const step = (
    action: PlanAction,
    code: string,
    sentence: string,
    fix = '',
    failure?: FailureDetail,
  ): PlannedStep => ({
    recordId: input.recordId,
    action,
    code,
    sentence,
    fix,
    targetSeen: targetSeen(target),
    targetId: target.kind === 'present' ? target.id : target.kind === 'closed' ? (target.restorable?.id ?? null) : null,
    ...(failure ? { failure } : {}),
  });

  if (source.kind === 'failed')
    return step('blocked', source.failure.code, source.failure.sentence, source.failure.fix, source.failure);
  if (source.kind === 'missing') {
    return step(
      'blocked',
      'source-missing',
      `${source.name === undefined ? 'It' : `The secret ${source.name}`} is no longer in the vault: it was deleted, or the vault changed. The copy in the target was kept.`,
      'Recover it in Azure, point this record at something else, or delete the record.',
    );
  }
  const { kind: what } = source.item;
  if (source.item.managed) {
    return step(
      'blocked',
      'source-managed',
      `The secret ${source.item.name} belongs to a Key Vault certificate, which holds the same key under the same name.`,
      'Sync it as a certificate instead of as a secret.',
    );
  }
  if (!source.item.enabled) {
    return step(
      'blocked',
      'source-disabled',
      `The ${what} ${source.item.name} is disabled in Key Vault, so it cannot be read. The copy in the target was kept.`,
      `Enable the ${what} in Azure, or pause this record.`,
    );
  }
  if (input.refusal) return step('blocked', input.refusal.code, input.refusal.sentence, input.refusal.fix);
  if (target.kind === 'failed')
    return step('blocked', target.failure.code, target.failure.sentence, target.failure.fix, target.failure);
  if (target.kind === 'closed') {
    if (!target.restorable) return step('blocked', target.code, target.why, target.fix);
    if (input.consent === targetSeen(target))
      return step('update', 'restore', 'You agreed to take back the deletion of the target and to replace its value.');
    return step('conflict', target.code, target.why, 'Press Take over to restore it with the value from Azure.');
  }

  const disagreement = conflictIn(input);
  if (disagreement && input.consent !== targetSeen(target)) {
    if (disagreement.policyApplies && input.policy === 'overwrite') {
      return step(
        target.kind === 'absent' ? 'create' : 'update',
        disagreement.code,
        `${disagreement.sentence} Azure wins, by your conflict setting.`,
      );
    }
    const left =
      input.policy === 'skip' && disagreement.policyApplies ? ' It was left alone, by your conflict setting.' : '';
    return step('conflict', disagreement.code, `${disagreement.sentence}${left}`, disagreement.fix);
  }
  if (disagreement) {
    return step(
      target.kind === 'absent' ? 'create' : 'update',
      'agreed',
      'You agreed to replace what the target holds now.',
    );
  }
  return planAgreed(input, source.item, step);
}

/** The steps left when source and target are both ours to act on. */
function planAgreed(
  input: PlanInput,
  item: SourceItem,
  step: (action: PlanAction, code: string, sentence: string, fix?: string) => PlannedStep,
): PlannedStep {
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

/** Made by this record and never given a value: where making and filling are two calls, the app may end between them. */
function isOwnShell({ recordId, ledger, target }: Pick<PlanInput, 'recordId' | 'ledger' | 'target'>): boolean {
  return !ledger && target.kind === 'present' && target.version === null && target.ownerRecordId === recordId;
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

interface Disagreement {
  readonly code: string;
  readonly sentence: string;
  readonly fix: string;
  /** Whether Settings > Sync may decide it. A target that was never ours always needs a person. */
  readonly policyApplies: boolean;
}

function conflictIn({ recordId, target, ledger }: PlanInput): Disagreement | undefined {
  if (target.kind === 'absent' && ledger) {
    return {
      code: 'target-deleted',
      sentence: 'The target was deleted outside this app.',
      fix: 'Press Take over to create it again, or delete the record if it is no longer wanted.',
      policyApplies: true,
    };
  }
  // What the last write was told is all there is to go by where nothing may be looked at.
  if (target.kind === 'unreadable' && ledger?.targetVersion === null) return targetChanged;
  if (target.kind !== 'present') return undefined;
  if (target.ownerRecordId !== null && target.ownerRecordId !== recordId) {
    return {
      code: 'target-owned-by-other',
      sentence: 'The target belongs to another sync record, of this app or of another installation.',
      fix: 'Choose another target name, or press Take over if this record should own it.',
      policyApplies: false,
    };
  }
  if (isOwnShell({ recordId, target, ledger })) return undefined;
  // A ledger about another target says nothing of this one, whose name it happens to have.
  const isOurs = target.ownerRecordId === recordId;
  if (!ledger || (target.id !== ledger.targetId && !isOurs)) {
    if (isOurs) {
      return {
        code: 'ledger-lost',
        sentence: 'The target is marked as this record’s own, but what was last written to it is not known.',
        fix: 'Press Take over to write it again from Azure.',
        policyApplies: true,
      };
    }
    return {
      code: 'target-unowned',
      sentence: 'A target with this name exists already and was not made by this app. Its value was not touched.',
      fix: 'Press Take over to replace its value from now on, or choose another target name.',
      policyApplies: false,
    };
  }
  if (ledger.targetVersion === null || target.version !== ledger.targetVersion) return targetChanged;
  return undefined;
}

const targetChanged: Disagreement = {
  code: 'target-changed',
  sentence: 'The target was changed outside this app since the last sync.',
  fix: 'Look at the target, then press Take over to replace it with the value from Azure, or pause the record.',
  policyApplies: true,
};
