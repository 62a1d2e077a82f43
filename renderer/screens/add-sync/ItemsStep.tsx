import { Button, Group, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type MouseEvent, useMemo, useState } from 'react';
import type { RecordView, SourceItemView } from '../../../preload/contract/views.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { Callout } from '../../components/Callout.tsx';
import { Chips } from '../../components/Chips.tsx';
import { Failure } from '../../components/Failure.tsx';
import { plural } from '../../components/format.ts';
import { Loading } from '../../components/Loading.tsx';
import { extendTo, toggle, toggleAll } from '../../components/selection.ts';
import { bundleOf, kindLooks } from '../../components/services.ts';
import { useNow } from '../../components/useNow.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import { type Certificates, cannotBeCopied } from './certificates.ts';
import { type Draft, type Item, itemKey, notSelectable, picksKey, picksOf } from './draft.ts';
import { ItemRow } from './ItemRow.tsx';
import { fieldId, type Problem } from './problems.ts';
import { text } from './text.ts';

type Kind = Item['kind'];
const kinds: readonly Kind[] = ['secret', 'certificate'];

interface Props {
  readonly draft: Draft;
  /** What is ticked and can be copied. */
  readonly items: readonly Item[];
  readonly certificates: Certificates;
  readonly records: readonly RecordView[];
  readonly problem: Problem | undefined;
  change(changed: Partial<Draft>): void;
}

/** Which of the vault's secrets and certificates to mirror. Nothing but names, dates and public parts is read for this. */
export function ItemsStep({ draft, items, certificates, records, problem, change }: Props) {
  const { connectionId, vault } = draft;
  const answer = useOperation('source.items', { connectionId, vault }, { fresh: true });
  const [search, setSearch] = useState('');
  const [chosenKind, setKind] = useState<Kind>();
  const [visited, setVisited] = useState<string>();
  const now = useNow();
  const picks = picksOf(draft);
  const all = answer.data?.items ?? noItems;
  // A certificate's own secret is copied with the certificate.
  const offered = useMemo(() => all.filter(({ managed }) => !managed), [all]);
  const counts = { secret: 0, certificate: 0 };
  for (const { kind } of offered) counts[kind] += 1;
  const kind = chosenKind ?? (counts.secret === 0 && counts.certificate > 0 ? 'certificate' : 'secret');
  const shown = useMemo(() => {
    const words = search.toLowerCase().trim();
    return offered
      .filter((item) => item.kind === kind && item.name.toLowerCase().includes(words))
      .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }, [offered, kind, search]);
  const reasonOf = (item: SourceItemView) =>
    notSelectable(item) ?? (item.kind === 'certificate' ? cannotBeCopied(certificates.get(item.name)) : undefined);
  const selectable = shown.filter((item) => reasonOf(item) === undefined).map(itemKey);
  const tabStop = visited !== undefined && selectable.includes(visited) ? visited : selectable[0];
  const synced = useMemo(
    () =>
      new Set(
        records
          .filter((record) => record.sourceConnectionId === connectionId && record.sourceVault === vault)
          .flatMap((record) => [
            itemKey({ kind: record.sourceKind, name: record.sourceName }),
            ...bundleOf(record).map(({ name }) => itemKey({ kind: 'secret', name })),
          ]),
      ),
    [records, connectionId, vault],
  );

  if (answer.isFetching) {
    return <Loading words={text.itemsLoading} />;
  }
  if (answer.error) return <Failure failure={answer.error} onRetry={() => void answer.refetch()} />;

  const refused = answer.data?.refused ?? [];
  const managed = all.length - offered.length;
  const pick = (selection: typeof picks) => change({ picks: { ...draft.picks, [picksKey(draft)]: selection } });
  const tick = (item: SourceItemView, event: MouseEvent) =>
    pick(event.shiftKey ? extendTo(picks, itemKey(item), selectable) : toggle(picks, itemKey(item)));

  return (
    <>
      <Group gap="sm">
        <Chips
          label={text.kinds}
          chips={kinds.map((each) => ({ key: each, word: kindLooks[each].many, count: counts[each] }))}
          picked={kind}
          onPick={(picked) => setKind(picked)}
        />
        <TextInput
          size="xs"
          w={240}
          id={fieldId('items')}
          aria-label={text.find[kind]}
          placeholder={text.find[kind]}
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          error={problem?.field === 'items'}
        />
        <Button variant="default" disabled={selectable.length === 0} onClick={() => pick(toggleAll(picks, selectable))}>
          {text.selectAll}
        </Button>
        <Text c="dimmed" ml="auto" className="numbers" aria-live="polite">
          {selectedWords(items)}
        </Text>
      </Group>
      {refused.map((each) => (
        <Callout key={each.kind} tone="doubt" title={`${kindLooks[each.kind].many}: ${each.sentence}`}>
          {each.fix !== '' && <Text>{each.fix}</Text>}
          <Button variant="default" mt="xs" onClick={() => void answer.refetch()}>
            {text.again}
          </Button>
        </Callout>
      ))}
      <FailedDetails certificates={certificates} />
      {shown.length === 0 ? (
        <Text c="dimmed">{nothingWords(kind, search, refused)}</Text>
      ) : (
        <VirtualList
          key={kind}
          items={shown}
          rowHeight={kind === 'certificate' ? 54 : 42}
          label={kindLooks[kind].many}
          keyOf={(item) => itemKey(item)}
          render={(item) => (
            <ItemRow
              item={item}
              certificate={item.kind === 'certificate' ? certificates.get(item.name) : undefined}
              reason={reasonOf(item)}
              ticked={picks.ids.has(itemKey(item))}
              synced={synced.has(itemKey(item))}
              now={now}
              tabStop={itemKey(item) === tabStop}
              onFocus={() => setVisited(itemKey(item))}
              onTick={(event) => tick(item, event)}
            />
          )}
        />
      )}
      {kind === 'secret' && managed > 0 && (
        <Group gap="sm">
          <Text c="dimmed">
            {plural(managed, 'secret')} {managed === 1 ? text.managed : text.managedMany}
          </Text>
          <Button variant="default" onClick={() => setKind('certificate')}>
            {text.showCertificates}
          </Button>
        </Group>
      )}
    </>
  );
}

const noItems: readonly SourceItemView[] = [];

/** `3 secrets and 1 certificate selected` */
function selectedWords(items: readonly Item[]): string {
  const words = kinds.flatMap((kind) => {
    const number = items.filter((item) => item.kind === kind).length;
    return number === 0 ? [] : [plural(number, kindLooks[kind].word.toLowerCase())];
  });
  return words.length === 0 ? text.nothingSelected : `${words.join(' and ')} selected`;
}

/** Why a list is empty; nothing where it was refused, which has been said. */
function nothingWords(kind: Kind, search: string, refused: readonly { readonly kind: Kind }[]): string {
  if (search.trim() !== '') return text.noneFound;
  return refused.some((each) => each.kind === kind) ? '' : text.none[kind];
}

/** Certificates whose details were refused can't be told from those that can't be copied: one may ask again. */
function FailedDetails({ certificates }: { readonly certificates: Certificates }) {
  const failed = [...certificates.values()].filter(({ failure }) => failure !== null);
  if (failed.length === 0) return null;
  return (
    <Callout tone="doubt" title={text.detailsFailed}>
      <Text>{failed[0]?.failure?.view.sentence}</Text>
      <Button
        variant="default"
        mt="xs"
        onClick={() => {
          for (const { retry } of failed) retry();
        }}
      >
        {text.again}
      </Button>
    </Callout>
  );
}
