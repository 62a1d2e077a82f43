import { Button, Group, Stack, Switch, Text, Title } from '@mantine/core';
import { IconGitMerge, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import type { Input } from '../../../preload/contract/operations.ts';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { useSync } from '../../app/useSync.ts';
import { useCommand } from '../../bridge/hooks.ts';
import { Choose } from '../../components/Choose.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { Copy } from '../../components/Copy.tsx';
import { choiceOf, conflictChoices, scheduleChoices, scheduleOf } from '../../components/choices.ts';
import { Facts } from '../../components/Facts.tsx';
import { Failure } from '../../components/Failure.tsx';
import { exactly, plural } from '../../components/format.ts';
import { KindIcon } from '../../components/KindIcon.tsx';
import { statusLooks } from '../../components/looks.ts';
import { Parts } from '../../components/Parts.tsx';
import {
  bundleOf,
  optionFacts,
  placeWords,
  services,
  shapeWords,
  sourceWords,
  tagsWords,
} from '../../components/services.ts';
import { Tag } from '../../components/Tag.tsx';
import { useNow } from '../../components/useNow.ts';
import { When } from '../../components/When.tsx';
import { CertificateFacts } from './CertificateFacts.tsx';
import { text } from './text.ts';
import './RecordDrawer.css';

export function Overview({ record }: { readonly record: RecordView }) {
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
        <div>
          <Tag look={statusLooks[record.status]} />
        </div>
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
          {record.conflictSeen !== null && <TakeOver record={record} seen={record.conflictSeen} />}
        </Group>
      </section>
      <RecordSettings record={record} />
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
          [facts.nextRun, <When key="next" at={record.enabled ? record.nextRunAt : null} now={now} />],
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

function TakeOver({ record, seen }: { readonly record: RecordView; readonly seen: string }) {
  const takeOver = useCommand('records.takeOver');
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconGitMerge size={14} aria-hidden="true" />}
        onClick={() => setAsking(true)}
      >
        {text.takeOver}
      </Button>
      {asking && (
        <Confirm
          title={text.takeOverTitle}
          act={text.takeOver}
          busy={takeOver.isPending}
          failure={takeOver.error}
          onClose={() => setAsking(false)}
          onConfirm={() => takeOver.mutate({ id: record.id, seen }, { onSuccess: () => setAsking(false) })}
        >
          <Text size="sm">{text.takeOverBody}</Text>
          <Text size="sm" mt="xs" className="mono" style={{ overflowWrap: 'anywhere' }}>
            {record.targetName}
          </Text>
        </Confirm>
      )}
    </>
  );
}

function RecordSettings({ record }: { readonly record: RecordView }) {
  const update = useCommand('records.update');
  const { say } = useMessages();
  const change = (changed: Input<'records.update'>['change']) =>
    update.mutate(
      { ids: [record.id], change: changed },
      { onSuccess: () => say('good', `${sourceWords(record)} changed`) },
    );
  return (
    <section aria-label={text.settings}>
      <Stack gap="sm">
        <Title order={3}>{text.settings}</Title>
        <Group grow align="flex-start" gap="sm">
          <Choose
            label={text.schedule}
            value={choiceOf(record.schedule)}
            choices={scheduleChoices}
            disabled={update.isPending}
            onChoose={(choice) => change({ schedule: scheduleOf(choice) })}
          />
          <Choose
            label={text.conflict}
            value={record.conflictPolicy}
            choices={conflictChoices}
            disabled={update.isPending}
            onChoose={(conflictPolicy) => change({ conflictPolicy })}
          />
        </Group>
        <Group grow align="flex-start" gap="sm">
          <Switch
            label={text.enabled}
            description={text.enabledHint}
            checked={record.enabled}
            disabled={update.isPending}
            onChange={(event) => change({ enabled: event.currentTarget.checked })}
          />
          <Switch
            label={text.copyTags}
            description={tagsWords(services[record.targetService].provider, bundleOf(record))}
            checked={record.copyTags}
            disabled={update.isPending}
            onChange={(event) => change({ copyTags: event.currentTarget.checked })}
          />
        </Group>
        <Failure failure={update.error} />
      </Stack>
    </section>
  );
}
