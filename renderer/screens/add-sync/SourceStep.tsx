import { Button, Group, Input, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { Callout } from '../../components/Callout.tsx';
import { Choose } from '../../components/Choose.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import type { Draft } from './draft.ts';
import { fieldId, type Problem } from './problems.ts';
import { text } from './text.ts';

interface Props {
  readonly draft: Draft;
  readonly connections: readonly ConnectionView[];
  readonly problem: Problem | undefined;
  change(changed: Partial<Draft>): void;
  onConnect(): void;
}

/** Where the secrets are: an Azure connection and one of its vaults. */
export function SourceStep({ draft, connections, problem, change, onConnect }: Props) {
  if (connections.length === 0) {
    return (
      <Group>
        <Text>{text.noAzure}</Text>
        <Button id={fieldId('connection')} onClick={onConnect}>
          {text.connectAzure}
        </Button>
      </Group>
    );
  }
  return (
    <>
      <div id={fieldId('connection')} style={{ maxWidth: 420 }}>
        <Choose
          label={text.connection}
          value={draft.connectionId}
          choices={[
            ...(draft.connectionId === '' ? [{ value: '', label: text.choose }] : []),
            ...connections.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChoose={(connectionId) => change({ connectionId, vault: '' })}
        />
      </div>
      {draft.connectionId !== '' && (
        <Vaults
          key={draft.connectionId}
          connectionId={draft.connectionId}
          chosen={draft.vault}
          problem={problem}
          choose={(vault) => change({ vault })}
        />
      )}
    </>
  );
}

interface VaultsProps {
  readonly connectionId: string;
  readonly chosen: string;
  readonly problem: Problem | undefined;
  choose(vault: string): void;
}

/** A list this short needs no search. */
const fewVaults = 8;

function Vaults({ connectionId, chosen, problem, choose }: VaultsProps) {
  const answer = useOperation('source.vaults', { connectionId }, { fresh: true });
  const [search, setSearch] = useState('');
  if (answer.isFetching) {
    return <Loading words={text.vaultsLoading} />;
  }
  if (answer.error) return <Failure failure={answer.error} onRetry={() => void answer.refetch()} />;
  const { vaults = [], refused = [] } = answer.data ?? {};
  const shown = vaults.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <>
      {vaults.length === 0 ? (
        <Callout tone="doubt" title={text.noVaults}>
          <Text>{text.noVaultsHint}</Text>
          <Button variant="default" mt="xs" onClick={() => void answer.refetch()}>
            {text.again}
          </Button>
        </Callout>
      ) : (
        <div>
          <Input.Label component="div" id="vault-label">
            {text.vault}
          </Input.Label>
          {vaults.length > fewVaults && (
            <TextInput
              size="xs"
              mb={6}
              maw={420}
              aria-label={text.findVault}
              placeholder={text.findVault}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          )}
          <fieldset className="vault-list" id={fieldId('vault')} aria-labelledby="vault-label" tabIndex={-1}>
            {shown.map((vault) => (
              <label key={vault.uri} className="choice-row">
                <input
                  type="radio"
                  name="vault"
                  checked={vault.name === chosen}
                  onChange={() => choose(vault.name)}
                  aria-label={vault.name}
                />
                <span className="cut">{vault.name}</span>
                <span className="choice-note cut">{vault.subscription}</span>
              </label>
            ))}
          </fieldset>
          {problem?.field === 'vault' && (
            <Text size="xs" c="var(--mantine-color-error)" mt={4}>
              {problem.sentence}
            </Text>
          )}
        </div>
      )}
      {refused.length > 0 && (
        <Callout tone="doubt" title={text.refused}>
          <ul>
            {refused.map((each) => (
              <li key={each.subscription}>
                <b>{each.subscription}</b>: {each.sentence}
              </li>
            ))}
          </ul>
        </Callout>
      )}
    </>
  );
}
