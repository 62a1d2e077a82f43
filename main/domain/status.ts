export const recordStatuses = ['synced', 'pending', 'syncing', 'failed', 'unknown'] as const;
type RecordStatus = (typeof recordStatuses)[number];

/** How one attempt at one record ended, as History shows it. */
export const attemptOutcomes = [
  'synced',
  'unchanged',
  /** The target was removed, as its source was: it can be taken back. */
  'deleted',
  /** A person chose to leave the target as it is, though it differs. */
  'kept',
  'excluded',
  'failed',
  'conflict',
  'blocked',
  'unconfirmed',
  'interrupted',
  'cancelled',
] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** Why a record has its status, and what to do. */
export interface StatusDetail {
  readonly status: RecordStatus;
  readonly code: string;
  readonly sentence: string;
  readonly fix: string;
}

/** The status an attempt leaves behind. "Synced" only ever follows a confirmed write or a proven "unchanged". */
export function statusAfter(outcome: AttemptOutcome): RecordStatus {
  switch (outcome) {
    case 'synced':
    case 'unchanged':
    case 'deleted':
      return 'synced';
    case 'kept':
    case 'excluded':
      return 'unknown';
    case 'failed':
    case 'conflict':
    case 'blocked':
      return 'failed';
    case 'unconfirmed':
      return 'unknown';
    case 'interrupted':
    case 'cancelled':
      return 'pending';
  }
}
