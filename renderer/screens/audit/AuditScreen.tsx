import { Button, Group, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFingerprint, IconListSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { AuditRowView, AuditVerdictView } from '../../../preload/contract/watch.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { useAuditTrail } from '../../bridge/watch.ts';
import { Callout } from '../../components/Callout.tsx';
import { Empty } from '../../components/Empty.tsx';
import { ExportMenu } from '../../components/ExportMenu.tsx';
import { Failure } from '../../components/Failure.tsx';
import { count, exactly, plural } from '../../components/format.ts';
import { Loading } from '../../components/Loading.tsx';
import { ShowMore } from '../../components/ShowMore.tsx';
import { Tag } from '../../components/Tag.tsx';
import { VirtualList } from '../../components/VirtualList.tsx';
import { Filters } from './Filters.tsx';
import { filterOf, noFilter } from './filter.ts';
import { auditLooks } from './looks.ts';
import { text } from './text.ts';
import './audit.css';

const rowHeight = 58;
const typingMs = 250;

/** Records > Audit trail: what happened, whether the trail is whole, and a copy of it. */
export default function AuditScreen() {
  const [typed, setTyped] = useState(noFilter);
  const [settled] = useDebouncedValue(typed, typingMs);
  const filter = filterOf(settled);
  const trail = useAuditTrail(filter);
  const verify = useCommand('audit.verify');
  const save = useCommand('audit.export');
  const { say, sayFailure } = useMessages();
  const rows = trail.data?.pages.flat() ?? [];
  const saveAs = (format: keyof typeof text.formats) =>
    save.mutate(
      { format, filter },
      {
        onSuccess: ({ path, rows: saved }) => path !== null && say('good', text.exported(plural(saved, 'row')), path),
        onError: (failure) => sayFailure(text.notExported, failure),
      },
    );
  return (
    <>
      <div className="screen-head">
        <div style={{ flex: 1, minWidth: 260 }}>
          <Title order={1}>{text.title}</Title>
          <Text c="dimmed">{text.hint}</Text>
        </div>
        <Group gap={6} ml="auto">
          <Button
            variant="default"
            leftSection={<IconFingerprint size={15} aria-hidden="true" />}
            loading={verify.isPending}
            onClick={() => verify.mutate({})}
          >
            {text.verify}
          </Button>
          <ExportMenu word={text.export} formats={text.formats} busy={save.isPending} onPick={saveAs} />
        </Group>
      </div>
      <div className="screen-body filled">
        <Failure failure={verify.error} />
        {verify.data && <Verdict verdict={verify.data} onDismiss={() => verify.reset()} />}
        <Filters filter={typed} onFilter={setTyped} />
        <Failure failure={trail.error} onRetry={() => void trail.refetch()} />
        {trail.isPending && <Loading words={text.loading} />}
        {trail.data && rows.length === 0 && (
          <Empty icon={IconListSearch} title={text.empty} sentence={text.emptyHint} />
        )}
        {rows.length > 0 && (
          <VirtualList
            items={rows}
            rowHeight={rowHeight}
            label={text.list}
            keyOf={(row) => String(row.id)}
            render={(row) => <Row row={row} />}
          />
        )}
        <ShowMore pages={trail} word={text.more} />
      </div>
    </>
  );
}

function Verdict({ verdict, onDismiss }: { readonly verdict: AuditVerdictView; onDismiss(): void }) {
  const { rows, firstBad } = verdict;
  if (firstBad === null)
    return <Callout tone="busy" title={text.sound(plural(rows, 'row'))} dismissLabel="Dismiss" onDismiss={onDismiss} />;
  return (
    <Callout role="alert" tone="bad" title={text.broken(count(firstBad))}>
      <Text>{text.brokenFix}</Text>
    </Callout>
  );
}

function Row({ row }: { readonly row: AuditRowView }) {
  return (
    <div className="audit-row">
      <time className="numbers" dateTime={new Date(row.at).toISOString()}>
        {exactly(row.at)}
        <Text size="xs" c="dimmed" span display="block">
          {text.actors[row.actor]}
        </Text>
      </time>
      <Tag look={auditLooks[row.outcome]} />
      <div className="audit-what">
        <span className="cut" title={`${row.action}: ${row.subject}`}>
          {row.action}
          {row.subject !== '' && (
            <>
              : <bdi>{row.subject}</bdi>
            </>
          )}
        </span>
        <Text size="xs" c="dimmed" className="cut" title={row.detail}>
          <bdi>{row.detail}</bdi>
        </Text>
      </div>
      <Text size="xs" c="dimmed" className="numbers">
        {count(row.id)}
      </Text>
    </div>
  );
}
