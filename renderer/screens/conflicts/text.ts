import type { Resolution } from '../../../preload/contract/views.ts';

/** What is said about records that wait for a person. */
export const text = {
  banner: { one: 'waits for your decision', many: 'wait for your decision' },
  bannerHint: 'Somebody else changed a target, or it was there before. Nothing is written there until then.',
  brake: { one: 'deletion was stopped', many: 'deletions were stopped' },
  brakeHint: 'So many sources are gone that it may be a mistake. Every copy was kept.',
  decide: 'Decide…',

  title: 'Waiting for your decision',
  hint: 'Tick records, then press what is to become of them. A decision counts for the target as it was seen: if it changes again, you are asked again.',
  filters: 'Filter by reason',
  all: 'All',
  list: 'Records that wait',
  tickAll: 'Tick all shown',
  nothing: 'Nothing waits for you',
  nothingHint: 'Every conflict is decided. New ones appear on the Sync screen.',
  noTicks: 'Tick at least one record.',
  noneShared: 'These have no decision in common. Tick records of the same kind, or filter by reason above.',
  close: 'Close',

  choices: {
    overwrite: ['Overwrite target', 'Replaces what the target holds with the current version from Azure.'],
    keep: ['Keep target', 'Leaves the target as it is until source or target changes again.'],
    adopt: [
      'Adopt',
      'Takes the target over as it is, if it holds the value from Azure already; both are compared first.',
    ],
    unlink: ['Unlink', 'Forgets the record. The target stays, and is no longer marked as this app’s.'],
    delete: ['Allow deletion', 'Deletes the copy as its source was. The cloud keeps it recoverable for a while.'],
  } satisfies Record<Resolution, readonly [button: string, words: string]>,
  confirm: {
    overwrite: 'What the target holds now is replaced. If it changes again before that, nothing is written.',
    unlink: 'The app forgets the record and its schedule. The copy in the target stays as it is.',
  },
  decided: {
    overwrite: 'Azure’s current version is being written.',
    keep: 'Left as it is until source or target changes again.',
    adopt: 'Source and target are being compared.',
    unlink: 'Forgotten; what the target holds stays.',
    delete: 'The copy is being deleted, recoverably.',
  } satisfies Record<Resolution, string>,

  reasons: {
    'target-changed': 'Target changed',
    'target-unowned': 'Not made by this app',
    'target-exists': 'Not made by this app',
    'target-pending-deletion': 'Scheduled for deletion',
    'target-owned-by-other': 'Owned by another record',
    'target-deleted': 'Target deleted',
    'ledger-lost': 'Last write unknown',
    'sight-lost': 'Can’t be looked at',
    'adopt-differs': 'Value differs',
    'adopt-unseen': 'Can’t be compared',
    'delete-brake': 'Deletion stopped',
    'delete-changed': 'Source gone, target changed',
  } as Readonly<Partial<Record<string, string>>>,
  otherReason: 'Other',
  written: 'This app wrote it',
  neverWritten: 'This app has not written to it',
  now: 'Target now',
  seen: {
    absent: 'not there',
    unreadable: 'may not be looked at',
    noVersion: 'there, without a version',
    version: 'version',
    deleted: 'deleted',
    closed: 'can’t be written',
  },
} as const;
