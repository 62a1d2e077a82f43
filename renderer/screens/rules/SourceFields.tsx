import { Autocomplete, Button, Group, Text, Textarea, TextInput } from '@mantine/core';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import { usePlace } from '../../app/place.tsx';
import { useOperation } from '../../bridge/hooks.ts';
import { Choose } from '../../components/Choose.tsx';
import { Failure } from '../../components/Failure.tsx';
import { kindLooks } from '../../components/services.ts';
import { text as wizard } from '../add-sync/text.ts';
import { type RuleField, ruleFieldId, type TypedRule } from './draft.ts';
import { text } from './text.ts';

interface Props {
  readonly typed: TypedRule;
  /** Of Azure. */
  readonly connections: readonly ConnectionView[];
  error(field: RuleField): string | null;
  change(changed: Partial<TypedRule>): void;
}

const unspelled = { spellCheck: false, autoComplete: 'off' };
const mono = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };
const below = ['label', 'input', 'error', 'description'] as ('label' | 'input' | 'error' | 'description')[];

/** Which vault, and what in it. */
export function SourceFields({ typed, connections, error, change }: Props) {
  const { begin } = usePlace();
  if (connections.length === 0) {
    return (
      <Group>
        <Text>{wizard.noAzure}</Text>
        <Button
          id={ruleFieldId('sourceConnection')}
          onClick={() => begin({ kind: 'connection', provider: 'azure', editing: undefined })}
        >
          {wizard.connectAzure}
        </Button>
      </Group>
    );
  }
  return (
    <>
      <Group grow align="flex-start" gap="sm">
        <Choose
          id={ruleFieldId('sourceConnection')}
          label={wizard.connection}
          value={typed.connectionId}
          error={error('sourceConnection')}
          choices={[
            ...(typed.connectionId === '' ? [{ value: '', label: wizard.choose }] : []),
            ...connections.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChoose={(connectionId) => change({ connectionId, vault: '' })}
        />
        <Choose
          label={text.kind}
          value={typed.kind}
          choices={(['secret', 'certificate'] as const).map((value) => ({ value, label: kindLooks[value].many }))}
          onChoose={(kind) => change({ kind })}
        />
      </Group>
      {typed.connectionId !== '' && (
        <Vault
          key={typed.connectionId}
          connectionId={typed.connectionId}
          vault={typed.vault}
          error={error('vault')}
          onType={(vault) => change({ vault })}
        />
      )}
      <TextInput
        id={ruleFieldId('names')}
        label={text.names}
        description={text.namesHint}
        inputWrapperOrder={below}
        styles={mono}
        value={typed.names}
        error={error('names')}
        onChange={(event) => change({ names: event.currentTarget.value })}
        {...unspelled}
      />
      <Textarea
        id={ruleFieldId('tags')}
        label={text.tags}
        description={text.tagsHint}
        inputWrapperOrder={below}
        styles={mono}
        rows={2}
        value={typed.tags}
        error={error('tags')}
        onChange={(event) => change({ tags: event.currentTarget.value })}
        {...unspelled}
      />
      <TextInput
        id={ruleFieldId('contentType')}
        label={text.contentType}
        description={text.contentTypeHint}
        inputWrapperOrder={below}
        styles={mono}
        value={typed.contentType}
        error={error('contentType')}
        onChange={(event) => change({ contentType: event.currentTarget.value })}
        {...unspelled}
      />
    </>
  );
}

interface VaultProps {
  readonly connectionId: string;
  readonly vault: string;
  readonly error: string | null;
  onType(vault: string): void;
}

/** Typed or chosen: a connection may read a vault that it can't list. */
function Vault({ connectionId, vault, error, onType }: VaultProps) {
  const answer = useOperation('source.vaults', { connectionId }, { fresh: true });
  return (
    <>
      <Autocomplete
        id={ruleFieldId('vault')}
        label={wizard.vault}
        data={answer.data?.vaults.map(({ name }) => name) ?? []}
        limit={100}
        maxDropdownHeight={220}
        value={vault}
        error={error}
        description={answer.isFetching ? wizard.vaultsLoading : ''}
        inputWrapperOrder={below}
        onChange={(typed) => onType(typed.trim())}
        {...unspelled}
      />
      <Failure failure={answer.error} onRetry={() => void answer.refetch()} />
    </>
  );
}
