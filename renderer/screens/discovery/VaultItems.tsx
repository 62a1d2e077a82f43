import { Button, Group, Text, TextInput, Title } from '@mantine/core';
import { IconListSearch, IconRadar, IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import type { RecordView } from '../../../preload/contract/views.ts';
import type { DiscoveredItem, DiscoveredVault } from '../../../preload/contract/watch.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { useRecords } from '../../bridge/records.ts';
import { useVaultItems } from '../../bridge/watch.ts';
import { Callout } from '../../components/Callout.tsx';
import { Chips } from '../../components/Chips.tsx';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { expiryWords } from '../../components/format.ts';
import { KindIcon } from '../../components/KindIcon.tsx';
import { Loading } from '../../components/Loading.tsx';
import { statusLooks } from '../../components/looks.ts';
import { ShowMore } from '../../components/ShowMore.tsx';
import { services } from '../../components/services.ts';
import { Tag } from '../../components/Tag.tsx';
import { VirtualList } from '../../components/VirtualList.tsx';
import { When } from '../../components/When.tsx';
import { excludedLook, stateLooks } from './looks.ts';
import { type ItemFilter, itemFilters, shownItems } from './shown.ts';
import { text } from './text.ts';

const rowHeight = 54;

/** What one vault holds, as the last scans saw it. */
export function VaultItems({ vault, now }: { readonly vault: DiscoveredVault; readonly now: number }) {
  const items = useVaultItems(vault.connectionId, vault.vault);
  const records = useRecords().data;
  // A scan starts syncs: what they come to is known of the records sooner than of the items.
  const statusOf = useMemo(() => new Map(records?.map(({ id, status }) => [id, status])), [records]);
  const scan = useCommand('discovery.scan');
  const { sayFailure } = useMessages();
  const [search, setSearch] = useState('');
  const [filter, setFilter] = useState<ItemFilter>('all');
  const all = items.data?.pages.flatMap((page) => page.items) ?? [];
  const { shown, counts } = shownItems(all, search, filter);
  const scanThis = () =>
    scan.mutate(
      { vaults: [{ connectionId: vault.connectionId, vault: vault.vault }] },
      { onError: (failure) => sayFailure(text.notScanned, failure) },
    );
  return (
    <section className="beside-details" aria-label={text.items(vault.vault)}>
      <Group gap="xs">
        <Title order={2} className="cut">
          {vault.vault}
        </Title>
        <TextInput
          type="search"
          size="xs"
          maw={240}
          ml="auto"
          aria-label={text.search}
          placeholder={text.search}
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Button
          variant="default"
          size="xs"
          aria-label={text.scanVault(vault.vault)}
          leftSection={<IconRadar size={14} aria-hidden="true" />}
          loading={scan.isPending || vault.scanning}
          onClick={scanThis}
        >
          {text.scan}
        </Button>
      </Group>
      {vault.scans.map(
        ({ kind, failure }) =>
          failure && (
            <Callout key={kind} tone="bad" title={failure.sentence}>
              {failure.fix}
            </Callout>
          ),
      )}
      <Chips<ItemFilter>
        label={text.filters}
        chips={itemFilters
          .filter((key) => key === 'all' || counts[key] > 0 || key === filter)
          .map((key) => ({ key, word: wordOf(key), count: counts[key] }))}
        picked={filter}
        onPick={setFilter}
      />
      <Failure failure={items.error} onRetry={() => void items.refetch()} />
      {items.isPending && <Loading words={text.itemsLoading} />}
      {items.data && all.length === 0 && (
        <Empty icon={IconListSearch} title={text.itemsEmpty} sentence={text.itemsEmptyHint} />
      )}
      {all.length > 0 && shown.length === 0 && <Text c="dimmed">{text.noMatch}</Text>}
      {shown.length > 0 && (
        <VirtualList
          items={shown}
          rowHeight={rowHeight}
          label={text.items(vault.vault)}
          keyOf={({ kind, name }) => `${kind}/${name}`}
          render={(item) => <Row item={item} statusOf={statusOf} now={now} />}
        />
      )}
      <ShowMore pages={items} word={text.more} />
    </section>
  );
}

function wordOf(filter: ItemFilter): string {
  if (filter === 'all' || filter === 'excluded' || filter === 'unmanaged') return text[filter];
  return text.states[filter];
}

interface RowProps {
  readonly item: DiscoveredItem;
  /** Of each record, by its id. */
  readonly statusOf: ReadonlyMap<string, RecordView['status']>;
  readonly now: number;
}

function Row({ item, statusOf, now }: RowProps) {
  const { kind, name, state, excludedBy, records, managed } = item;
  return (
    <div className="item-row">
      <KindIcon kind={kind} />
      <div className="item-name">
        <span className="cut" title={name}>
          {name}
        </span>
        <Text size="xs" c="dimmed" className="cut">
          <Dates item={item} now={now} />
        </Text>
      </div>
      <div className="item-records">
        {excludedBy !== null && (
          <Text size="xs" c="dimmed" className="cut" title={text.excludedBy(excludedBy)}>
            {text.excludedBy(excludedBy)}
          </Text>
        )}
        {records.map((record) => (
          <Text key={record.id} size="xs" className="cut" title={record.targetName}>
            {statusLooks[statusOf.get(record.id) ?? record.status].word}: {services[record.targetService].short},{' '}
            <bdi className="mono">{record.targetName}</bdi>
          </Text>
        ))}
        {records.length === 0 && excludedBy === null && (
          <Text size="xs" c="dimmed">
            {managed ? text.managed : text.noRecord}
          </Text>
        )}
      </div>
      <Tag look={excludedBy === null ? stateLooks[state] : excludedLook} />
    </div>
  );
}

function Dates({ item, now }: { readonly item: DiscoveredItem; readonly now: number }) {
  if (item.deletedAt !== null)
    return (
      <>
        {text.deletedAt} <When at={item.deletedAt} now={now} past />
      </>
    );
  return (
    <>
      {text.changedAt} <When at={item.updatedOn} now={now} past />
      {item.expiresOn !== null && ` · ${expiryWords(item.expiresOn, now)}`}
    </>
  );
}
