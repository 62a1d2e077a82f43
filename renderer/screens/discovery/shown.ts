import type { DiscoveredItem } from '../../../preload/contract/watch.ts';

export const itemFilters = [
  'all',
  'unmanaged',
  'excluded',
  'new',
  'changed',
  'disabled',
  'expired',
  'deleted',
] as const;
export type ItemFilter = (typeof itemFilters)[number];

/** Whether an item is among those that a filter shows. */
function belongs({ state, excludedBy, managed, records }: DiscoveredItem, filter: ItemFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'excluded':
      return excludedBy !== null;
    case 'unmanaged':
      return records.length === 0 && state !== 'deleted' && !managed;
    default:
      return state === filter;
  }
}

/** What to show of the items that are known, and how many each filter would show of what the search finds. */
export function shownItems(
  items: readonly DiscoveredItem[],
  search: string,
  filter: ItemFilter,
): { readonly shown: readonly DiscoveredItem[]; readonly counts: Readonly<Record<ItemFilter, number>> } {
  const wanted = search.trim().toLowerCase();
  const found = wanted === '' ? items : items.filter(({ name }) => name.toLowerCase().includes(wanted));
  const counts = Object.fromEntries(
    itemFilters.map((each) => [each, found.filter((item) => belongs(item, each)).length]),
  ) as Record<ItemFilter, number>;
  return { shown: found.filter((item) => belongs(item, filter)), counts };
}
