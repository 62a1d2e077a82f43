import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useSync } from '../../app/useSync.ts';
import { Copy } from '../../components/Copy.tsx';
import { conflictChoices, deletionChoicesFor, labelOf } from '../../components/choices.ts';
import { Facts } from '../../components/Facts.tsx';
import { exactly, plural } from '../../components/format.ts';
import { KindIcon } from '../../components/KindIcon.tsx';
import { heldLook, statusLooks } from '../../components/looks.ts';
import { Parts } from '../../components/Parts.tsx';
import { bundleOf, optionFacts, placeWords, services, shapeWords, sourceWords } from '../../components/services.ts';
import { Tag } from '../../components/Tag.tsx';
import { useNow } from '../../components/useNow.ts';
import { When } from '../../components/When.tsx';
import { Choices } from '../conflicts/Choices.tsx';
import { text as conflictText } from '../conflicts/text.ts';
import { seenWords, writtenWords } from '../conflicts/waiting.ts';
import { CertificateFacts } from './CertificateFacts.tsx';
import { text } from './text.ts';
import './RecordDrawer.css';

interface Props {
  readonly record: RecordView;
  onRepoint(): void;
  /** The record was forgotten. */
  onGone(): void;
}

/** How a record stands, what can be done about it, and all that is known of it. */
export function Overview({ record, onRepoint, onGone }: Props) {
  const { sync, starting } = useSync();
  const now = useNow();
  const { facts } = text;
  const { provider, title, keeps } = services[record.targetService];
  const parts = bundleOf(record);
  const idWord = facts.targetId[record.targetService];
  const syncing = record.status === 'syncing';
  return (
    <Stack gap="lg">
      <section className="record-state" aria-label={text.state}>
        <Group gap={6}>
          <Tag look={statusLooks[record.status]} />
          {record.held && <Tag look={heldLook} />}
        </Group>
        <div role="status">
          <Text>{record.sentence}</Text>
          {/* While a sync is at it, the fix is for a state that may be over. */}
          {record.fix !== '' && !syncing && <Text c="dimmed">{record.fix}</Text>}
        </div>
        <Group gap="xs">
          <Button
            leftSection={<IconRefresh size={14} aria-hidden="true" />}
            loading={starting}
            disabled={syncing}
            onClick={() => sync([record.id])}
          >
            {text.syncNow}
          </Button>
          {record.code === 'source-missing' && (
            <Button variant="default" onClick={onRepoint}>
              {text.repoint}
            </Button>
          )}
        </Group>
      </section>
      {record.choices.length > 0 && !syncing && <Decisions record={record} onGone={onGone} />}
      <Facts
        rows={[
          [
            facts.source,
            <span key="source" className="record-source">
              <KindIcon kind={record.sourceKind} />
              {record.sourceVault} / {sourceWords(record)}
            </span>,
          ],
          [facts.sourceConnection, record.sourceConnection],
          [facts.target, record.targetName],
          [facts.service, title],
          [placeWords[provider], record.targetRegion],
          [facts.targetConnection[provider], record.targetConnection],
          ...(keeps === 'secrets' ? [[facts.form, shapeWords(record.shape)] as const] : []),
          ...(parts.length > 0 ? [[facts.keys, <Parts key="keys" parts={parts} />] as const] : []),
          ...optionFacts(record.options),
          [idWord, <Copied key="id" value={record.targetId} what={idWord} />],
          [
            facts.sourceVersion,
            <Copied
              key="source"
              value={record.sourceVersion}
              what="source version"
              // One of each secret: far too long to be read.
              {...(parts.length > 0 ? { shown: plural(parts.length, 'version') } : {})}
            />,
          ],
          [facts.targetVersion, <Copied key="target" value={record.targetVersion} what="target version" />],
          [facts.written, <When key="written" at={record.writtenAt} now={now} past never={text.notYet} />],
          [facts.lastRun, <When key="last" at={record.lastRunAt} now={now} past never={text.notYet} />],
          [facts.nextRun, <NextRun key="next" record={record} now={now} />],
          [facts.schedule, record.enabled ? record.scheduleWords : text.paused],
          [facts.onChange, record.syncOnChange ? text.yes : text.no],
          [facts.conflict, labelOf(conflictChoices, record.conflictPolicy)],
          [facts.deletion, labelOf(deletionChoicesFor([record.targetService]), record.deletionPolicy)],
          ...(record.rule === null ? [] : [[facts.rule, record.rule] as const]),
          [facts.created, exactly(record.createdAt)],
        ]}
      />
      {record.sourceKind === 'certificate' && <CertificateFacts record={record} />}
    </Stack>
  );
}

interface CopiedProps {
  readonly value: string | null;
  readonly what: string;
  /** In its place. */
  readonly shown?: string;
}

function Copied({ value, what, shown }: CopiedProps) {
  if (value === null) return text.notYet;
  return (
    <>
      {shown ?? <span className="mono">{value}</span>}
      <Copy text={value} what={what} />
    </>
  );
}

interface NextRunProps {
  readonly record: RecordView;
  readonly now: number;
}

function NextRun({ record: { held, enabled, nextRunAt }, now }: NextRunProps) {
  if (held) return text.waits;
  const at = enabled ? nextRunAt : null;
  return (
    <>
      <When at={at} now={now} />
      {at !== null && <span className="quiet">· {exactly(at)}</span>}
    </>
  );
}

function Decisions({ record, onGone }: { readonly record: RecordView; onGone(): void }) {
  return (
    <section className="record-state" aria-label={text.decisions}>
      <Title order={3}>{text.decisions}</Title>
      {record.conflictSeen !== null && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {writtenWords(record)}. {conflictText.now}: {seenWords(record.conflictSeen)}.
        </Text>
      )}
      <Choices records={[record]} onDecided={(choice) => choice === 'unlink' && onGone()} />
    </section>
  );
}
