import { ActionIcon, Button, Text, Title, Tooltip } from '@mantine/core';
import { IconBrandAws, IconBrandAzure, IconPencil, IconPlugConnected, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { usePlace } from '../../app/place.tsx';
import { useCommand, useConnectionTest } from '../../bridge/hooks.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { age, exactly, plural } from '../../components/format.ts';
import { TestSteps } from './TestSteps.tsx';
import { text } from './text.ts';

interface Props {
  readonly connection: ConnectionView;
  readonly now: number;
}

/** One connection: what it reaches, with which credential and for how many records. */
export function ConnectionCard({ connection, now }: Props) {
  const { begin } = usePlace();
  const test = useConnectionTest();
  const [removing, setRemoving] = useState(false);
  const { name, settings, credentialHint, credentialSavedAt } = connection;
  const Mark = settings.provider === 'azure' ? IconBrandAzure : IconBrandAws;
  const reaches =
    settings.provider === 'azure'
      ? `${text.tenant} ${settings.tenantId} · ${text.clouds[settings.cloud]}`
      : [settings.region, settings.endpoint].filter(Boolean).join(' · ');
  const saved = credentialSavedAt === null ? '' : `, saved ${age(credentialSavedAt, now)}`;
  const tested = test.running || test.steps.length > 0 || test.failure !== undefined;

  return (
    <li className="panel connection">
      <div className="connection-head">
        <div className="connection-mark">
          <Mark size={22} stroke={1.6} aria-hidden="true" />
        </div>
        <div style={{ flex: 1, minWidth: 200 }}>
          <Title order={2} className="cut">
            {name}
          </Title>
          <Text c="dimmed" className="cut" title={reaches}>
            {text.providers[settings.provider]} · {reaches}
          </Text>
        </div>
        <div style={{ minWidth: 170 }}>
          {credentialHint === '' ? (
            <Text c="var(--bad-ink)">{text.noCredential}</Text>
          ) : (
            <Text className="cut" {...(credentialSavedAt === null ? {} : { title: exactly(credentialSavedAt) })}>
              <span className="mono">{credentialHint}</span>
              <span style={{ color: 'var(--quiet)' }}>{saved}</span>
            </Text>
          )}
          <Text c="dimmed">{plural(connection.records, 'record')}</Text>
        </div>
        <Button
          variant="default"
          leftSection={<IconPlugConnected size={15} aria-hidden="true" />}
          aria-label={`${text.test}: ${name}`}
          loading={test.running}
          onClick={() => test.start({ connectionId: connection.id })}
        >
          {text.test}
        </Button>
        <Button
          variant="default"
          leftSection={<IconPencil size={14} aria-hidden="true" />}
          aria-label={`${text.edit} ${name}`}
          onClick={() => begin({ kind: 'connection', provider: settings.provider, editing: connection })}
        >
          {text.edit}
        </Button>
        <Tooltip label={text.remove}>
          <ActionIcon aria-label={`${text.remove} ${name}`} onClick={() => setRemoving(true)}>
            <IconTrash size={16} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      </div>
      {tested && <TestSteps test={test} />}
      {removing && <RemoveConnection connection={connection} onClose={() => setRemoving(false)} />}
    </li>
  );
}

function RemoveConnection({ connection, onClose }: { readonly connection: ConnectionView; onClose(): void }) {
  const remove = useCommand('connections.remove');
  const { say } = useMessages();
  const { records } = connection;
  return (
    <Confirm
      title={`Remove ${connection.name}?`}
      act={text.remove}
      possible={records === 0}
      danger
      busy={remove.isPending}
      failure={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(
          { id: connection.id },
          {
            onSuccess: () => {
              say('info', `${connection.name} removed`);
              onClose();
            },
          },
        )
      }
    >
      <Text>
        {records === 0 ? text.removeFree : `${plural(records, 'record uses', 'records use')} ${text.removeUsed}`}
      </Text>
    </Confirm>
  );
}
