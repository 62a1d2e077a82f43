import type { Action } from './plan.ts';

/** What the plan of a sync says. */
export const text = {
  title: 'Preview',
  everything: 'everything',
  promise:
    'This is what a sync would do now. Only names, dates and versions were looked at: no value and no private key was read, nothing was written.',
  loading: 'Comparing sources and targets…',
  all: 'All',
  filters: 'Filter by action',
  list: 'Planned steps',
  close: 'Close',
  nothingToDo: 'Everything is up to date: a sync would write nothing.',
  nothingPicked: 'Tick at least one action to apply.',
  nothingPlanned: 'There is no record to plan.',
  again: 'Look again',
  apply: 'Apply',
  include: 'Apply these',
  expired: 'This plan was not applied',
  heads: {
    create: 'to be created',
    update: 'to be updated with the current version',
    'tags-only': 'of which only the tags change',
    adopt: 'to be adopted, where the value is Azure’s already',
    delete: 'to be deleted recoverably, as in Azure',
    conflict: 'in conflict: nothing is written before a decision',
    blocked: 'that can’t be synced now',
    kept: 'left as you decided',
    excluded: 'left alone: excluded in Settings > Sync > Exclusions',
    unchanged: 'up to date',
  } satisfies Record<Action, string>,

  appliedTitle: 'Applying the plan',
  applying: 'It is done as it was shown. You can close this: it goes on.',
  applied: 'The plan was applied.',
  cancelled: 'The sync was cancelled. What was done until then stays done.',
  changedTitle: 'left alone: something else would have to be done now than the plan showed',
  changedFix: 'Nothing was written there. Press Look again to see what would be done now.',
  attention: 'Needs attention',
} as const;
