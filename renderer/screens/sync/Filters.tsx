import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { Chips } from '../../components/Chips.tsx';
import { statusLooks } from '../../components/looks.ts';
import { type Shown, type StatusFilter, statusFilters } from './shown.ts';
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

interface StatusChipsProps {
  readonly filter: StatusFilter;
  readonly counts: Shown['counts'];
  onFilter(filter: StatusFilter): void;
}

export function StatusChips({ filter, counts, onFilter }: StatusChipsProps) {
  // Paused is about the schedule and not a status, so it is only offered where there is some.
  const offered = statusFilters.filter((each) => each !== 'paused' || counts.paused > 0 || filter === 'paused');
  return (
    <Chips
      label={text.filters}
      chips={offered.map((each) => ({
        key: each,
        word: each === 'all' || each === 'paused' ? text[each] : statusLooks[each].word,
        count: counts[each],
      }))}
      picked={filter}
      onPick={onFilter}
    />
  );
}
