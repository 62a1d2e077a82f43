import { Group, Input, NumberInput, TextInput } from '@mantine/core';
import { Choose } from '../../components/Choose.tsx';
import type { Draft } from './draft.ts';
import { isReplicated, type OptionField, type TypedOptions } from './options.ts';
import { text } from './text.ts';

interface Props {
  readonly draft: Pick<Draft, 'service' | 'region' | 'options'>;
  /** Of the field's element, for the focus to go to. */
  idOf(field: OptionField): string;
  error(field: OptionField): string | null;
  change(changed: Pick<Draft, 'options'>): void;
}

type TextOption = 'kmsKeyId' | 'replicaRegions' | 'replicaLocations';

/** What the chosen service can be told about the targets it makes, with what that costs. */
export function Options({ draft, idOf, error, change }: Props) {
  const { service, region, options } = draft;
  const set = (more: Partial<TypedOptions>) => change({ options: { ...options, ...more } });
  const typed = (field: TextOption, label: string, description: string) => (
    <TextInput
      id={idOf(field)}
      label={label}
      description={description}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      spellCheck={false}
      value={options[field]}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
      error={error(field)}
    />
  );
  const choices = <V extends string>(labels: Readonly<Record<V, string>>) =>
    (Object.keys(labels) as V[]).map((value) => ({ value, label: labels[value] }));
  switch (service) {
    case 'secretsmanager':
      return (
        <Group grow align="flex-start" gap="sm">
          {typed('kmsKeyId', text.kmsKey, text.kmsKeyHint)}
          {typed('replicaRegions', text.replicaRegions, text.replicaRegionsHint)}
        </Group>
      );
    case 'parameterstore':
      return (
        <>
          <Choose
            label={text.tier}
            value={options.tier}
            choices={choices(text.tiers)}
            onChoose={(tier) => set({ tier })}
            description={text.tierHint}
          />
          {typed('kmsKeyId', text.kmsKey, text.kmsKeyHint)}
        </>
      );
    case 'secretmanager':
      return (
        <>
          {isReplicated(service, region) && (
            <Choose
              label={text.replication}
              value={options.replication}
              choices={choices(text.replications)}
              onChoose={(replication) => set({ replication })}
            />
          )}
          {isReplicated(service, region) &&
            options.replication === 'chosen' &&
            typed('replicaLocations', text.replicaLocations, text.replicaLocationsHint)}
          <Group grow align="flex-start" gap="sm">
            <Choose
              label={text.versions}
              value={options.versions}
              choices={choices(text.versionChoices)}
              onChoose={(versions) => set({ versions })}
            />
            {options.versions === 'newest' && (
              <NumberInput
                id={idOf('keepVersions')}
                label={text.keepVersions}
                min={1}
                max={1000}
                allowDecimal={false}
                value={options.keepVersions}
                onChange={(keepVersions) => set({ keepVersions })}
                error={error('keepVersions')}
              />
            )}
          </Group>
          <Input.Description mt={-7}>
            {options.versions === 'newest' && text.versionsDestroyed} {text.versionsCost}
          </Input.Description>
        </>
      );
    default:
      return null;
  }
}
