import type { TargetService } from './service.ts';

/** What a check found of one record. The first three are well; the rest want a look. */
export const checkVerdicts = [
  /** The target's value was read and is the source's: its keyed fingerprint is the same. */
  'same-value',
  /** The target's version is the one that was written from the source's current version. */
  'same-version',
  /** Left out on purpose: excluded, or kept by a person. */
  'left-out',
  /** The source has a newer version than the target. */
  'behind',
  /** The target was changed outside the app, or its value is another. */
  'changed',
  /** The target is gone, or on its way out. */
  'missing',
  /** The tags by which the target is known as this record's were removed. */
  'mark-removed',
  'source-missing',
  /** Nothing was ever written for this record. */
  'never-synced',
  /** The credential may not look, so nothing is known. */
  'unknown',
  /** It could not be checked: the reason is told. */
  'failed',
] as const;
export type CheckVerdict = (typeof checkVerdicts)[number];

/** What was found of one record, with the evidence. Never a value, nor anything made of one. */
export interface CheckRow {
  readonly recordId: string;
  readonly source: string;
  readonly target: string;
  readonly targetService: TargetService;
  readonly targetRegion: string;
  readonly targetConnection: string;
  readonly verdict: CheckVerdict;
  readonly code: string;
  readonly sentence: string;
  readonly fix: string;
  /** By what it was told: both values were read, or only the target's version marker was. */
  readonly method: 'value' | 'marker' | 'none';
  readonly sourceVersion: string | null;
  readonly targetVersion: string | null;
  readonly targetId: string | null;
  readonly checkedAt: number;
}

/** One check of many records: drift check, or DR test where values were compared. */
export interface Check {
  readonly id: string;
  readonly trigger: 'user' | 'schedule';
  /** Whether values were to be compared too, where both may be read. */
  readonly values: boolean;
  readonly startedAt: number;
  /** Null while it goes on. */
  readonly endedAt: number | null;
  readonly cancelled: boolean;
  readonly total: number;
  /** How many records got each verdict so far. */
  readonly counts: Readonly<Partial<Record<CheckVerdict, number>>>;
}

/** Whether a verdict says that the copy is right. */
export function isWell(verdict: CheckVerdict): boolean {
  return verdict === 'same-value' || verdict === 'same-version' || verdict === 'left-out';
}
