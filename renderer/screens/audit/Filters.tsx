import { Button, TextInput } from '@mantine/core';
import { Choose } from '../../components/Choose.tsx';
import { noFilter, type TypedFilter } from './filter.ts';
import { text } from './text.ts';

interface Props {
  readonly filter: TypedFilter;
  onFilter(filter: TypedFilter): void;
}

const actors = [
  { value: '', label: text.anyone },
  { value: 'user', label: text.actors.user },
  { value: 'schedule', label: text.actors.schedule },
  { value: 'change', label: text.actors.change },
  { value: 'recovery', label: text.actors.recovery },
] as const;

const outcomes = [
  { value: '', label: text.anyOutcome },
  { value: 'started', label: text.outcomes.started },
  { value: 'succeeded', label: text.outcomes.succeeded },
  { value: 'failed', label: text.outcomes.failed },
] as const;

/** What to see of the trail. */
export function Filters({ filter, onFilter }: Props) {
  const change = (part: Partial<TypedFilter>) => onFilter({ ...filter, ...part });
  const isSet = Object.values(filter).some((value) => value !== '');
  return (
    <search className="audit-filters" aria-label={text.filters}>
      <TextInput
        type="search"
        label={text.search}
        placeholder={text.searchHint}
        maxLength={200}
        flex="1 1 180px"
        value={filter.text}
        onChange={(event) => change({ text: event.currentTarget.value })}
      />
      <div className="audit-choices">
        <Choose label={text.who} value={filter.actor} choices={actors} onChoose={(actor) => change({ actor })} />
        <Choose
          label={text.outcome}
          value={filter.outcome}
          choices={outcomes}
          onChoose={(outcome) => change({ outcome })}
        />
        <TextInput
          type="date"
          label={text.from}
          value={filter.from}
          onChange={(event) => change({ from: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={text.to}
          value={filter.to}
          onChange={(event) => change({ to: event.currentTarget.value })}
        />
        <Button variant="default" disabled={!isSet} onClick={() => onFilter(noFilter)}>
          {text.clear}
        </Button>
      </div>
    </search>
  );
}
