import { Button, Loader, Text, Title } from '@mantine/core';
import { IconFilterOff, IconPlus } from '@tabler/icons-react';
import { lazy, Suspense, useDeferredValue, useMemo, useState } from 'react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { usePlace } from '../../app/place.tsx';
import { useSync } from '../../app/useSync.ts';
import { useCommand } from '../../bridge/hooks.ts';
import { useRecords } from '../../bridge/records.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { plural } from '../../components/format.ts';
import { nothingSelected, toggleAll } from '../../components/selection.ts';
import { providerLooks } from '../../components/services.ts';
import { Waiting } from '../conflicts/Waiting.tsx';
import { inOrder, useColumns } from './columns.ts';
import { FilterChips, SearchBox } from './Filters.tsx';
import { FirstSteps } from './FirstSteps.tsx';
import { RecordHead } from './RecordHead.tsx';
import { RecordTable } from './RecordTable.tsx';
import { RemoveRecords } from './RemoveRecords.tsx';
import { everything, shownRecords } from './shown.ts';
import { Toolbar } from './Toolbar.tsx';
import { text } from './text.ts';

const RecordDrawer = lazy(() => import('../record/RecordDrawer.tsx'));
const PlanDialog = lazy(() => import('../plan/PlanDialog.tsx'));
const ConflictsDialog = lazy(() => import('../conflicts/ConflictsDialog.tsx'));
const EditRecords = lazy(() => import('./EditRecords.tsx'));

const providers = ['azure', 'aws', 'gcp'] as const;

/** Automation > Sync: what is mirrored where, how it stands, and everything one can do with it. */
export function SyncScreen() {
  const { begin } = usePlace();
  const records = useRecords();
  return (
    <>
      <div className="screen-head">
        <Title order={1}>{text.title}</Title>
        {records.data && records.data.length > 0 && (
          <Text c="dimmed" className="numbers">
            {plural(records.data.length, 'record')}
          </Text>
        )}
        <div style={{ display: 'flex', gap: 6, marginInlineStart: 'auto' }}>
          {providers.map((provider) => {
            const { icon: ProviderIcon } = providerLooks[provider];
            return (
              <Button
                key={provider}
                variant="default"
                leftSection={<ProviderIcon size={15} aria-hidden="true" />}
                onClick={() => begin({ kind: 'connection', provider, editing: undefined })}
              >
                {text.configure[provider]}
              </Button>
            );
          })}
          <Button
            variant="light"
            leftSection={<IconPlus size={15} aria-hidden="true" />}
            onClick={() => begin({ kind: 'add-sync' })}
          >
            {text.addSync}
          </Button>
        </div>
      </div>
      {records.error && (
        <div style={{ padding: '0 20px 8px' }}>
          {records.data && <Text>{text.stale}</Text>}
          <Failure failure={records.error} onRetry={() => void records.refetch()} />
        </div>
      )}
      {records.data === undefined ? (
        records.error ? null : (
          <div
            role="status"
            style={{ display: 'grid', flex: 1, placeContent: 'center', justifyItems: 'center', gap: 10 }}
          >
            <Loader size="sm" />
            <Text c="dimmed">{text.loading}</Text>
          </div>
        )
      ) : records.data.length === 0 ? (
        <FirstSteps />
      ) : (
        <Records all={records.data} />
      )}
    </>
  );
}

function Records({ all }: { readonly all: readonly RecordView[] }) {
  const [search, setSearch] = useState('');
  const [filter, setFilter] = useState(everything);
  const [selection, setSelection] = useState(nothingSelected);
  const [openId, setOpenId] = useState<string>();
  const [planned, setPlanned] = useState<{ readonly ids: readonly string[] | undefined }>();
  const [deciding, setDeciding] = useState<'conflicts' | 'deletions'>();
  const [editing, setEditing] = useState<readonly RecordView[]>();
  const [removing, setRemoving] = useState<readonly RecordView[]>();
  const { sync, starting } = useSync();
  const update = useCommand('records.update');
  const check = useCommand('checks.start');
  const { go } = usePlace();
  const { say, sayFailure } = useMessages();

  // Typing stays quick while the list follows a moment later.
  const searched = useDeferredValue(search);
  const columns = useColumns();
  const { sorting } = columns.state;
  // Ordered before it is filtered: ordering takes longest and changes least often.
  const ordered = useMemo(() => inOrder(all, sorting), [all, sorting]);
  const shown = useMemo(() => shownRecords(ordered, searched, filter), [ordered, searched, filter]);
  const present = useMemo(
    () => new Set<string>(all.flatMap(({ sourceKind, targetService }) => [sourceKind, targetService])),
    [all],
  );
  // What is ticked but filtered away is not acted on: nobody can see that it would be.
  const selected = useMemo(
    () => (selection.ids.size === 0 ? [] : shown.records.filter((record) => selection.ids.has(record.id))),
    [shown, selection],
  );
  const isEverything = selected.length === 0 && shown.records.length === all.length;
  const inScope = () => (selected.length > 0 ? selected : shown.records).map((record) => record.id);

  const setEnabled = (enabled: boolean) => {
    const ids = selected.map((record) => record.id);
    update.mutate(
      { ids, change: { enabled } },
      {
        onSuccess: () => say('good', `${plural(ids.length, 'record')} ${enabled ? 'resumed' : 'paused'}`),
        onError: (failure) => sayFailure('Nothing was changed', failure),
      },
    );
  };

  const startCheck = () =>
    check.mutate(
      { ids: selected.map(({ id }) => id), values: false },
      {
        onSuccess: () => {
          say('good', text.checkStarted, plural(selected.length, 'record'));
          go('checks');
        },
        onError: (failure) => sayFailure(text.checkNotStarted, failure),
      },
    );

  return (
    <>
      <Waiting records={all} onDecide={setDeciding} />
      <div className="screen-head" style={{ paddingBlock: '0 8px' }}>
        <SearchBox search={search} onSearch={setSearch} />
        <Toolbar
          selected={selected.length}
          shown={shown.records.length}
          starting={starting}
          actions={{
            sync: () => sync(inScope()),
            preview: () => setPlanned({ ids: isEverything ? undefined : inScope() }),
            setEnabled,
            edit: () => setEditing(selected),
            check: startCheck,
            remove: () => setRemoving(selected),
            clear: () => setSelection(nothingSelected),
          }}
        />
      </div>
      <FilterChips filter={filter} counts={shown.counts} present={present} onFilter={setFilter} />
      {shown.records.length === 0 ? (
        <Empty icon={IconFilterOff} title={text.nothingMatches} sentence={text.nothingMatchesHint}>
          <Button
            variant="default"
            onClick={() => {
              setSearch('');
              setFilter(everything);
            }}
          >
            {text.showAll}
          </Button>
        </Empty>
      ) : (
        <RecordTable
          records={shown.records}
          selection={selection}
          onSelect={setSelection}
          onOpen={setOpenId}
          head={
            <RecordHead
              columns={columns}
              ticked={selected.length === 0 ? 'none' : selected.length < shown.records.length ? 'some' : 'all'}
              onTickAll={() =>
                setSelection((known) =>
                  toggleAll(
                    known,
                    shown.records.map(({ id }) => id),
                  ),
                )
              }
            />
          }
        />
      )}
      <Suspense>
        {openId !== undefined && (
          <RecordDrawer
            recordId={openId}
            known={all.find((record) => record.id === openId)}
            onClose={() => setOpenId(undefined)}
          />
        )}
        {planned && <PlanDialog ids={planned.ids} records={all} onClose={() => setPlanned(undefined)} />}
        {deciding && <ConflictsDialog records={all} first={deciding} onClose={() => setDeciding(undefined)} />}
        {editing && <EditRecords records={editing} onClose={() => setEditing(undefined)} />}
      </Suspense>
      {removing && <RemoveRecords records={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}
