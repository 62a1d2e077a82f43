import { Autocomplete, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand, useConnections, useOperation } from '../../bridge/hooks.ts';
import { Choose } from '../../components/Choose.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Failure } from '../../components/Failure.tsx';
import { text } from './text.ts';

interface Props {
  readonly record: Pick<
    RecordView,
    'id' | 'sourceKind' | 'sourceConnectionId' | 'sourceVault' | 'sourceName' | 'targetName'
  >;
  onClose(): void;
}

/** Points a record at another source of the same kind; its target and history stay. */
export default function Repoint({ record, onClose }: Props) {
  const { repointing: words } = text;
  const { azure: connections } = useConnections();
  const [connectionId, setConnectionId] = useState(record.sourceConnectionId);
  const [vault, setVault] = useState(record.sourceVault);
  const [name, setName] = useState('');
  const [refused, setRefused] = useState(false);
  const vaults = useOperation('source.vaults', { connectionId }, { fresh: true });
  const known = vaults.data?.vaults.some((each) => each.name === vault) ?? false;
  const items = useOperation('source.items', { connectionId, vault }, { fresh: true, enabled: known });
  const repoint = useCommand('records.repoint');
  const { say } = useMessages();

  const vaultNames = vaults.data?.vaults.map((each) => each.name) ?? [];
  const names =
    items.data?.items
      .filter(({ kind, managed, enabled }) => kind === record.sourceKind && enabled && !managed)
      .map((item) => item.name) ?? [];
  const problem = problemOf();
  const shown = refused ? problem : undefined;

  function problemOf(): { readonly field: 'vault' | 'name'; readonly sentence: string } | undefined {
    if (!known) return { field: 'vault', sentence: words.noVault };
    if (!names.includes(name)) return { field: 'name', sentence: words.noName[record.sourceKind] };
    if (isNow(name)) return { field: 'name', sentence: words.same };
    return undefined;
  }
  function isNow(chosen: string): boolean {
    return connectionId === record.sourceConnectionId && vault === record.sourceVault && chosen === record.sourceName;
  }
  const submit = () => {
    if (problem) {
      setRefused(true);
      document.getElementById(`repoint-${problem.field}`)?.focus();
      return;
    }
    repoint.mutate(
      { id: record.id, sourceConnectionId: connectionId, sourceVault: vault, sourceName: name },
      {
        onSuccess: () => {
          say('good', `${record.targetName} ${words.done} ${vault} / ${name}`, words.doneHint);
          onClose();
        },
      },
    );
  };

  return (
    <Dialog title={words.title} width={520} closesOutside={false} onClose={onClose}>
      <Stack gap="sm">
        <Text>
          {record.sourceVault} / {record.sourceName} → <span className="mono">{record.targetName}</span>
        </Text>
        <Text c="dimmed">{words.hint}</Text>
        {connections.length > 1 && (
          <Choose
            label={words.connection}
            value={connectionId}
            choices={connections.map((each) => ({ value: each.id, label: each.name }))}
            onChoose={(chosen) => {
              setConnectionId(chosen);
              setName('');
            }}
          />
        )}
        <Autocomplete
          id="repoint-vault"
          label={words.vault}
          data={vaultNames}
          limit={100}
          maxDropdownHeight={220}
          value={vault}
          onChange={(typed) => {
            setVault(typed.trim());
            setName('');
          }}
          error={shown?.field === 'vault' ? shown.sentence : null}
          description={vaults.isFetching ? words.loading : ''}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
        />
        <Failure failure={vaults.error} onRetry={() => void vaults.refetch()} />
        <Autocomplete
          id="repoint-name"
          label={words.name[record.sourceKind]}
          data={names}
          limit={100}
          maxDropdownHeight={220}
          disabled={!known}
          value={name}
          onChange={(typed) => setName(typed.trim())}
          error={shown?.field === 'name' ? shown.sentence : null}
          description={items.isFetching ? words.loading : ''}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
        />
        <Failure failure={items.error} onRetry={() => void items.refetch()} />
        {items.data?.refused
          .filter(({ kind }) => kind === record.sourceKind)
          .map(({ kind, sentence, fix }) => (
            <Text key={kind} c="var(--mantine-color-error)">
              {sentence} {fix}
            </Text>
          ))}
        <Failure failure={repoint.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button loading={repoint.isPending} disabled={vaults.isFetching || items.isFetching} onClick={submit}>
            {words.act}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
