import { Button, Group, Loader, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type MouseEvent, useMemo, useState } from 'react';
import type { RecordView, SourceItemView } from '../../../preload/contract/views.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';
import { count, plural } from '../../components/format.ts';
import { extendTo, toggle, toggleAll } from '../../components/selection.ts';
import { useNow } from '../../components/useNow.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import { type Draft, fieldId, notSelectable, type Problem, picksKey, picksOf } from './draft.ts';
import { text } from './text.ts';

interface Props {
  readonly draft: Draft;
  readonly records: readonly RecordView[];
  readonly problem: Problem | undefined;
  change(changed: Partial<Draft>): void;
}

/** Which of the vault's secrets to mirror. Only names and dates are read for this. */
export function SecretsStep({ draft, records, problem, change }: Props) {
  const answer = useOperation('source.items', { connectionId: draft.connectionId, vault: draft.vault });
  const [search, setSearch] = useState('');
  const now = useNow();
  const picks = picksOf(draft);
  const shown = useMemo(() => {
    const words = search.toLowerCase().trim();
    return (answer.data ?? [])
      .filter((item) => item.name.toLowerCase().includes(words))
      .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }, [answer.data, search]);
  const selectable = useMemo(
    () => shown.filter((item) => notSelectable(item) === undefined).map((item) => item.name),
    [shown],
  );
  const synced = useMemo(
    () =>
      new Set(
        records
          .filter((record) => record.sourceConnectionId === draft.connectionId && record.sourceVault === draft.vault)
          .map((record) => record.sourceName),
      ),
    [records, draft.connectionId, draft.vault],
  );

  if (answer.isFetching) {
    return (
      <Group role="status" gap="xs">
        <Loader size="xs" />
        <Text c="dimmed">{text.secretsLoading}</Text>
      </Group>
    );
  }
  if (answer.error) return <Failure failure={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data?.length === 0) return <Text c="dimmed">{text.noSecrets}</Text>;

  const pick = (selection: typeof picks) => change({ picks: { ...draft.picks, [picksKey(draft)]: selection } });
  const tick = (item: SourceItemView, event: MouseEvent) =>
    pick(event.shiftKey ? extendTo(picks, item.name, selectable) : toggle(picks, item.name));

  return (
    <>
      <Group gap="sm">
        <TextInput
          size="xs"
          w={280}
          id={fieldId('secrets')}
          aria-label={text.findSecret}
          placeholder={text.findSecret}
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          error={problem?.field === 'secrets'}
        />
        <Button variant="default" disabled={selectable.length === 0} onClick={() => pick(toggleAll(picks, selectable))}>
          {text.selectAll}
        </Button>
        <Text c="dimmed" ml="auto" className="numbers" aria-live="polite">
          {count(picks.ids.size)} of {plural(answer.data?.length ?? 0, 'secret')} selected
        </Text>
      </Group>
      <VirtualList
        items={shown}
        rowHeight={42}
        label={text.secrets}
        keyOf={(item) => item.name}
        render={(item) => {
          const reason = notSelectable(item);
          const notes = [
            reason,
            item.expiresOn !== null && item.expiresOn < now ? text.expired : undefined,
            synced.has(item.name) ? text.alreadySynced : undefined,
          ].filter((note) => note !== undefined);
          return (
            <label className="choice-row">
              <input
                type="checkbox"
                readOnly
                disabled={reason !== undefined}
                checked={picks.ids.has(item.name)}
                onClick={(event) => tick(item, event)}
                aria-label={notes.length > 0 ? `${item.name}, ${notes.join(', ')}` : item.name}
              />
              <span className="cut">{item.name}</span>
              <span className="choice-note cut">{notes.length > 0 ? notes.join(' · ') : (item.contentType ?? '')}</span>
            </label>
          );
        }}
      />
    </>
  );
}
