/** What the plan of a sync says. */
export const text = {
  title: 'Preview',
  promise:
    'This is what a sync would do now. Only names, dates and versions were looked at: no value and no private key was read, nothing was written.',
  loading: 'Comparing sources and targets…',
  all: 'All',
  filters: 'Filter by action',
  list: 'Planned steps',
  syncNow: 'Sync Now',
  close: 'Close',
  nothingToDo: 'Everything is up to date: a sync would write nothing.',
  again: 'Look again',
};
