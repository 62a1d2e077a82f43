import { Autocomplete, Button, Group, Input, Radio, Stack, Switch, Text, TextInput } from '@mantine/core';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import { Choose } from '../../components/Choose.tsx';
import { conflictChoices, scheduleChoices } from '../../components/choices.ts';
import { Failure } from '../../components/Failure.tsx';
import { serviceName } from '../../components/format.ts';
import { awsRegions } from '../../components/regions.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import { type Draft, fieldId, namingRules, type Problem, templateOf } from './draft.ts';
import { text } from './text.ts';
import type { Names } from './useNames.ts';

interface Props {
  readonly draft: Draft;
  readonly connections: readonly ConnectionView[];
  readonly defaultPrefix: string;
  readonly names: Names;
  readonly problem: Problem | undefined;
  change(changed: Partial<Draft>): void;
  onConnect(): void;
}

/** Where the copies go, what they are called and how they are kept up to date. */
export function TargetStep({ draft, connections, defaultPrefix, names, problem, change, onConnect }: Props) {
  if (connections.length === 0) {
    return (
      <Group>
        <Text>{text.noAws}</Text>
        <Button id={fieldId('targetConnection')} onClick={onConnect}>
          {text.connectAws}
        </Button>
      </Group>
    );
  }
  const error = (field: Problem['field']) => (problem?.field === field ? problem.sentence : null);
  return (
    <div className="target-columns">
      <div>
        <div id={fieldId('targetConnection')}>
          <Choose
            label={text.targetConnection}
            value={draft.targetConnectionId}
            choices={[
              ...(draft.targetConnectionId === '' ? [{ value: '', label: '' }] : []),
              ...connections.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            onChoose={(targetConnectionId) => {
              const settings = connections.find(({ id }) => id === targetConnectionId)?.settings;
              change({ targetConnectionId, region: settings?.provider === 'aws' ? settings.region : draft.region });
            }}
          />
        </div>
        <Group grow align="flex-start" gap="sm">
          <TextInput label={text.service} value={serviceName('secretsmanager')} readOnly />
          <Autocomplete
            id={fieldId('region')}
            label={text.region}
            data={awsRegions}
            maxDropdownHeight={220}
            value={draft.region}
            onChange={(region) => change({ region })}
            error={error('region')}
          />
        </Group>
        <Radio.Group
          label={text.naming}
          value={draft.rule}
          onChange={(value) => {
            const rule = namingRules.find((each) => each === value);
            if (rule) change({ rule, custom: draft.custom === '' ? `${defaultPrefix}{vault}/{name}` : draft.custom });
          }}
        >
          <Stack gap={6} mt={4}>
            {namingRules.map((rule) => (
              <Radio
                key={rule}
                size="xs"
                value={rule}
                label={
                  rule === 'custom' ? (
                    text.custom
                  ) : (
                    <span className="mono">{templateOf({ rule, custom: '' }, defaultPrefix)}</span>
                  )
                }
              />
            ))}
          </Stack>
        </Radio.Group>
        {draft.rule === 'custom' && (
          <TextInput
            id={fieldId('custom')}
            aria-label={text.custom}
            description={text.customHint}
            inputWrapperOrder={['input', 'error', 'description']}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            value={draft.custom}
            onChange={(event) => change({ custom: event.currentTarget.value })}
            error={error('custom') ?? names.answer?.templateProblem ?? null}
          />
        )}
        <Group grow align="flex-start" gap="sm">
          <Choose
            label={text.schedule}
            value={draft.schedule}
            choices={scheduleChoices}
            onChoose={(schedule) => change({ schedule })}
          />
          <Choose
            label={text.conflict}
            value={draft.conflictPolicy}
            choices={conflictChoices}
            onChoose={(conflictPolicy) => change({ conflictPolicy })}
          />
        </Group>
        <Switch
          label={text.copyTags}
          description={text.copyTagsHint}
          checked={draft.copyTags}
          onChange={(event) => change({ copyTags: event.currentTarget.checked })}
        />
      </div>
      <NamesPreview names={names} />
    </div>
  );
}

function NamesPreview({ names }: { readonly names: Names }) {
  const all = names.answer?.names ?? [];
  const wrong = all.filter((name) => name.problems.length > 0);
  // What is wrong comes first: among hundreds of good names nobody would find it.
  const ordered = wrong.length === 0 ? all : [...wrong, ...all.filter((name) => name.problems.length === 0)];
  const summary = wrong.length === 0 ? text.namesGood : `${wrong.length} of ${all.length} cannot be used as they are.`;
  return (
    <div id={fieldId('names')}>
      <Group justify="space-between">
        <Input.Label component="div">{text.names}</Input.Label>
        <Text size="xs" role="status" c={wrong.length > 0 ? 'var(--mantine-color-error)' : 'dimmed'}>
          {names.current ? summary : names.failure ? '' : text.namesChecking}
        </Text>
      </Group>
      <Failure failure={names.failure} onRetry={names.retry} />
      <VirtualList
        items={ordered}
        rowHeight={52}
        label={text.names}
        keyOf={(name) => name.name}
        render={(name) => (
          <div className="name-row">
            <span className="cut mono" title={name.targetName}>
              {name.targetName}
            </span>
            {name.problems.length > 0 ? (
              <Text size="xs" c="var(--mantine-color-error)" className="cut" title={name.problems.join(' ')}>
                {name.problems.join(' ')}
              </Text>
            ) : (
              <Text size="xs" c="dimmed" className="cut">
                from {name.name}
              </Text>
            )}
          </div>
        )}
      />
    </div>
  );
}
