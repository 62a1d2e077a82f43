import { Button, Group, Text, Title, VisuallyHidden } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useState } from 'react';
import type { CheckRowView, CheckVerdictView, CheckView } from '../../../preload/contract/watch.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { useCheckRows } from '../../bridge/watch.ts';
import { Chips } from '../../components/Chips.tsx';
import { ExportMenu } from '../../components/ExportMenu.tsx';
import { Failure } from '../../components/Failure.tsx';
import { count, exactly } from '../../components/format.ts';
import { Loading } from '../../components/Loading.tsx';
import { ShowMore } from '../../components/ShowMore.tsx';
import { Tag } from '../../components/Tag.tsx';
import { VirtualList } from '../../components/VirtualList.tsx';
import { verdictLook } from './looks.ts';
import { text, verdictWords } from './text.ts';

const well: readonly CheckVerdictView[] = ['same-value', 'same-version', 'left-out'];

type Picked = 'all' | 'attention' | CheckVerdictView;

/** Where something is not as it should be there is more to read. */
function rowHeight({ verdict }: CheckRowView): number {
  return well.includes(verdict) ? 76 : 112;
}

/** What one check found, row by row, and a report of it. */
export function CheckDetails({ check }: { readonly check: CheckView }) {
  const present = verdictsIn(check);
  const [picked, setPicked] = useState<Picked>(check.attention > 0 ? 'attention' : 'all');
  const rows = useCheckRows(check.id, verdictsOf(picked, present));
  const cancel = useCommand('checks.cancel');
  const { sayFailure } = useMessages();
  const found = rows.data?.pages.flat() ?? [];
  const title = exactly(check.startedAt);
  return (
    <section className="beside-details" aria-label={title}>
      <Group gap="xs">
        <Title order={2}>{title}</Title>
        <Group gap={6} ml="auto">
          {check.endedAt === null ? (
            <Button
              variant="default"
              leftSection={<IconPlayerStop size={14} aria-hidden="true" />}
              loading={cancel.isPending}
              onClick={() =>
                cancel.mutate({ id: check.id }, { onError: (failure) => sayFailure(text.notCancelled, failure) })
              }
            >
              {text.cancel}
            </Button>
          ) : (
            <Export id={check.id} />
          )}
        </Group>
      </Group>
      <VisuallyHidden role="status">{spoken(check)}</VisuallyHidden>
      {check.endedAt !== null && check.cancelled && <Text c="dimmed">{text.cancelled}</Text>}
      <Chips<Picked>
        label={text.rows}
        chips={[
          { key: 'all', word: text.all, count: check.done },
          ...(check.attention > 0 || picked === 'attention'
            ? [{ key: 'attention' as const, word: text.attention, count: check.attention }]
            : []),
          ...present.map((verdict) => ({
            key: verdict,
            word: verdictWords[verdict],
            count: check.counts[verdict] ?? 0,
          })),
        ]}
        picked={picked}
        onPick={setPicked}
      />
      <Failure failure={rows.error} onRetry={() => void rows.refetch()} />
      {rows.isPending && <Loading words={text.rowsLoading} />}
      {rows.data && found.length === 0 && <Text c="dimmed">{text.noRows}</Text>}
      {found.length > 0 && (
        <VirtualList
          // Rows of other heights.
          key={picked}
          items={found}
          rowHeight={rowHeight}
          label={text.rows}
          keyOf={(row) => String(row.id)}
          render={(row) => <Row row={row} />}
        />
      )}
      <ShowMore pages={rows} word={text.more} />
    </section>
  );
}

function verdictsIn({ counts }: CheckView): CheckVerdictView[] {
  return (Object.keys(verdictWords) as CheckVerdictView[]).filter((verdict) => (counts[verdict] ?? 0) > 0);
}

function verdictsOf(picked: Picked, present: readonly CheckVerdictView[]): readonly CheckVerdictView[] | undefined {
  if (picked === 'all') return undefined;
  return picked === 'attention' ? present.filter((verdict) => !well.includes(verdict)) : [picked];
}

/** Said once at the end, not at every step. */
function spoken({ endedAt, attention, done }: CheckView): string {
  if (endedAt === null) return '';
  return attention > 0 ? text.wrong(count(attention), count(done)) : text.well(count(done));
}

function Export({ id }: { readonly id: string }) {
  const save = useCommand('checks.export');
  const { say, sayFailure } = useMessages();
  return (
    <ExportMenu
      word={text.export}
      formats={text.formats}
      busy={save.isPending}
      onPick={(format) =>
        save.mutate(
          { id, format },
          {
            onSuccess: ({ path }) => path !== null && say('good', text.exported, path),
            onError: (failure) => sayFailure(text.notExported, failure),
          },
        )
      }
    />
  );
}

function Row({ row }: { readonly row: CheckRowView }) {
  const method = row.method === 'value' ? text.byValue : row.method === 'marker' ? text.byMarker : '';
  return (
    <div className="check-row">
      <div className="check-verdict">
        <Tag look={verdictLook(row.verdict)} />
        <Text size="xs" c="dimmed">
          {method}
        </Text>
      </div>
      <div className="check-what">
        <span className="cut" title={`${row.source} → ${row.target}`}>
          <bdi>{row.source}</bdi> → <bdi>{row.target}</bdi>
        </span>
        <Text
          size="xs"
          c="dimmed"
          className={well.includes(row.verdict) ? 'cut' : 'check-sentence'}
          title={`${row.sentence} ${row.fix}`}
        >
          {row.sentence} {row.fix}
        </Text>
        <Text size="xs" c="dimmed" className="cut mono" title={versionsOf(row)}>
          {versionsOf(row)}
        </Text>
      </div>
    </div>
  );
}

function versionsOf({ targetConnection, targetRegion, sourceVersion, targetVersion }: CheckRowView): string {
  const place = `${targetConnection}, ${targetRegion}`;
  return `${place} · ${text.sourceVersion} ${sourceVersion ?? '—'} · ${text.targetVersion} ${targetVersion ?? '—'}`;
}
