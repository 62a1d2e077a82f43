import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { Chips } from '../../components/Chips.tsx';
import { statusLooks } from '../../components/looks.ts';
import { kindLooks, services } from '../../components/services.ts';
import { type Filter, kindFilters, type Shown, serviceFilters, statusFilters } from './shown.ts';
import { text } from './text.ts';

interface SearchBoxProps {
  readonly search: string;
  onSearch(search: string): void;
}

export function SearchBox({ search, onSearch }: SearchBoxProps) {
  return (
    <TextInput
      type="search"
      size="xs"
      flex="1 1 140px"
      maw={280}
      aria-label={text.search}
      placeholder={text.searchHint}
      leftSection={<IconSearch size={14} aria-hidden="true" />}
      rightSection={
        search === '' ? null : <CloseButton size="xs" aria-label={text.clearSearch} onClick={() => onSearch('')} />
      }
      value={search}
      onChange={(event) => onSearch(event.currentTarget.value)}
    />
  );
}

interface FilterChipsProps {
  readonly filter: Filter;
  readonly counts: Shown['counts'];
  /** Kinds and services that any record has, whatever is searched for or filtered. */
  readonly present: ReadonlySet<string>;
  onFilter(filter: Filter): void;
}

/** What to see of the list: by status, and where there is more than one, by kind and by service. */
export function FilterChips({ filter, counts, present, onFilter }: FilterChipsProps) {
  // These two are no statuses, so they are only offered where there is some.
  const statuses = statusFilters.filter(
    (each) => (each !== 'paused' && each !== 'waiting') || counts.status[each] > 0 || filter.status === each,
  );
  const kinds = kindFilters.filter((each) => each === 'all' || present.has(each));
  const offered = serviceFilters.filter((each) => each === 'all' || present.has(each));
  return (
    <div className="filter-chips">
      <Chips
        label={text.filters}
        chips={statuses.map((key) => ({
          key,
          word: key === 'all' || key === 'paused' || key === 'waiting' ? text[key] : statusLooks[key].word,
          count: counts.status[key],
        }))}
        picked={filter.status}
        onPick={(status) => onFilter({ ...filter, status })}
      />
      {kinds.length > 2 && (
        <Chips
          label={text.kindFilters}
          chips={kinds.map((key) => ({
            key,
            word: key === 'all' ? text.allKinds : kindLooks[key].many,
            count: counts.kind[key],
          }))}
          picked={filter.kind}
          onPick={(kind) => onFilter({ ...filter, kind })}
        />
      )}
      {offered.length > 2 && (
        <Chips
          label={text.serviceFilters}
          chips={offered.map((key) => ({
            key,
            word: key === 'all' ? text.allServices : services[key].short,
            count: counts.service[key],
          }))}
          picked={filter.service}
          onPick={(service) => onFilter({ ...filter, service })}
        />
      )}
    </div>
  );
}
