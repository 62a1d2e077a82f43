export const recordStatuses = ['synced', 'pending', 'syncing', 'failed', 'unknown'] as const;
type RecordStatus = (typeof recordStatuses)[number];

/** How one attempt at one record ended, as History shows it. */
export const attemptOutcomes = [
  'synced',
  'unchanged',
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
      return 'synced';
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
