import { ownerTag } from '../../main/domain/ownership.ts';
import type { TargetState } from '../../main/domain/plan.ts';
import type { TargetOptions } from '../../main/domain/record.ts';
import { product } from '../../main/product.ts';

/** One target of a memory store. */
export interface MemorySecret {
  readonly id: string;
  /** Contents by version marker, oldest first. */
  readonly versions: Map<string, Buffer>;
  /** Which record made a version; nothing for somebody else's. */
  readonly makers: Map<string, string>;
  /** Versions that give out nothing any more. */
  readonly ended: Map<string, 'disabled' | 'destroyed'>;
  /** The marker of the current version; '' while there is none. */
  current: string;
  /** How often a value was put into it. */
  writes: number;
  tags: Readonly<Record<string, string>>;
  /** What it was made with. */
  readonly options: TargetOptions;
  pendingDeletion: boolean;
  /** The versions that the product's removal disabled. */
  removed: readonly string[];
  /** How often it was scheduled for deletion. */
  deletions: number;
}

export function scheduleDeletion(secret: MemorySecret): void {
  secret.pendingDeletion = true;
  secret.deletions += 1;
}

/** Disables what can be read: as good as a deletion, and to be taken back like one. */
export function disableAll(secret: MemorySecret): void {
  const { versions, ended } = secret;
  secret.removed = [...versions.keys()].filter((version) => !ended.has(version));
  for (const version of secret.removed) ended.set(version, 'disabled');
  scheduleDeletion(secret);
}

export function takeBack(secret: MemorySecret): void {
  for (const version of secret.removed) secret.ended.delete(version);
  secret.removed = [];
  secret.pendingDeletion = false;
}

/** The marker of what it holds now; null for nothing. */
export function currentOf({ current, ended }: MemorySecret): string | null {
  if (current === '') return null;
  const end = ended.get(current);
  return end === undefined ? current : `${current} ${end}`;
}

export function stateOf(secret: MemorySecret): TargetState {
  const { id, tags, pendingDeletion, deletions, removed, current } = secret;
  if (pendingDeletion) {
    return {
      kind: 'closed',
      code: 'target-pending-deletion',
      why: 'It is scheduled for deletion.',
      fix: 'Restore it.',
      restorable: { id, version: removed.includes(current) ? current : currentOf(secret), deletedAt: deletions },
    };
  }
  return {
    kind: 'present',
    id,
    version: currentOf(secret),
    ownerRecordId: tags[ownerTag(product.tagNamespace)] ?? null,
  };
}

/**
 * In two steps: a record's versions beyond those to keep are disabled, and destroyed the next time. Never the current one, and
 * nobody else's.
 */
export function endOldVersions(
  { versions, ended, current, makers }: MemorySecret,
  keep: number,
  ownerRecordId: string,
): void {
  let kept = 1;
  for (const version of [...versions.keys()].reverse()) {
    if (version === current || ended.get(version) === 'destroyed') continue;
    if (kept < keep) kept += ended.has(version) ? 0 : 1;
    else if (makers.get(version) === ownerRecordId) ended.set(version, ended.has(version) ? 'destroyed' : 'disabled');
  }
}
