import { Autocomplete, Button, Group, Switch, Text } from '@mantine/core';
import type { ConnectionView, TargetServiceView } from '../../../preload/contract/views.ts';
import type { Provider } from '../../app/place.tsx';
import { Callout } from '../../components/Callout.tsx';
import { Choose } from '../../components/Choose.tsx';
import { conflictChoices, scheduleChoices } from '../../components/choices.ts';
import { awsRegions, gcpLocations } from '../../components/regions.ts';
import { placeWords, providerLooks, services, tagsWords } from '../../components/services.ts';
import { partsOf } from './bundle.ts';
import type { Refusal } from './certificates.ts';
import { type Draft, type Item, leftOut, servicesFor } from './draft.ts';
import { Form } from './Form.tsx';
import { Naming } from './Naming.tsx';
import { Options } from './Options.tsx';
import { fieldId, type Problem } from './problems.ts';
import { text } from './text.ts';
import type { Names } from './useNames.ts';

interface Props {
  readonly draft: Draft;
  readonly items: readonly Item[];
  /** Of AWS and GCP. */
  readonly connections: readonly ConnectionView[];
  /** What speaks against the chosen service, a sentence for each certificate. */
  readonly refusals: readonly Refusal[];
  readonly defaultPrefix: string;
  readonly names: Names;
  readonly problem: Problem | undefined;
  change(changed: Partial<Draft>): void;
  onConnect(provider: Provider): void;
}

/** Where the copies go, in what form, what they are called and how they are kept up to date. */
export function TargetStep(props: Props) {
  const { draft, items, connections, refusals, problem, change, onConnect } = props;
  if (connections.length === 0) {
    return (
      <Group>
        <Text>{text.noTarget}</Text>
        <Button id={fieldId('targetConnection')} onClick={() => onConnect('aws')}>
          {text.connectAws}
        </Button>
        <Button onClick={() => onConnect('gcp')}>{text.connectGcp}</Button>
      </Group>
    );
  }
  const error = (field: Problem['field']) => (problem?.field === field ? problem.sentence : null);
  const { provider, title } = services[draft.service];
  const refused = new Set(refusals.map(({ name }) => name));
  // Everything else depends on where it goes.
  const chosen = draft.targetConnectionId !== '';
  return (
    <div className="target-columns">
      <div>
        <div id={fieldId('targetConnection')}>
          <Choose
            label={text.targetConnection}
            value={draft.targetConnectionId}
            choices={[
              ...(draft.targetConnectionId === '' ? [{ value: '', label: text.choose }] : []),
              ...connections.map(({ id, name, settings }) => ({
                value: id,
                label: `${name} (${providerLooks[settings.provider].word})`,
              })),
            ]}
            onChoose={(targetConnectionId) => {
              const settings = connections.find(({ id }) => id === targetConnectionId)?.settings;
              change({ targetConnectionId, region: settings ? placeOf(settings) : draft.region });
            }}
          />
        </div>
        {chosen && (
          <>
            <Group grow align="flex-start" gap="sm">
              <div id={fieldId('service')}>
                <Choose<TargetServiceView>
                  label={text.service}
                  value={draft.service}
                  choices={servicesFor(provider, items).map((value) => ({ value, label: services[value].title }))}
                  onChoose={(service) => change({ service })}
                />
              </div>
              <Autocomplete
                id={fieldId('region')}
                label={placeWords[provider]}
                data={provider === 'aws' ? awsRegions : gcpLocations}
                maxDropdownHeight={220}
                value={draft.region}
                onChange={(region) => change({ region: region.trim() })}
                error={error('region')}
                {...(draft.service === 'acm' && draft.region !== 'us-east-1' ? { description: text.cloudFront } : {})}
                inputWrapperOrder={['label', 'input', 'error', 'description']}
              />
            </Group>
            {refusals.length > 0 && (
              <Refusals
                service={title}
                refusals={refusals}
                onLeaveOut={
                  items.every(({ name }) => refused.has(name))
                    ? undefined
                    : () =>
                        change(
                          leftOut(
                            draft,
                            refusals.map(({ name }) => ({ kind: 'certificate', name })),
                          ),
                        )
                }
              />
            )}
            <Form draft={draft} items={items} error={error} change={change} />
            <Options draft={draft} error={error} change={change} />
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
              description={tagsWords(provider, partsOf(draft, items))}
              checked={draft.copyTags}
              onChange={(event) => change({ copyTags: event.currentTarget.checked })}
            />
          </>
        )}
      </div>
      {chosen && (
        <Naming
          draft={draft}
          items={items}
          defaultPrefix={props.defaultPrefix}
          names={props.names}
          customError={error('custom')}
          change={change}
        />
      )}
    </div>
  );
}

/** As many as can be read at once. */
const refusalsShown = 4;

interface RefusalsProps {
  readonly service: string;
  readonly refusals: readonly Refusal[];
  /** Undefined where nothing would be left. */
  readonly onLeaveOut: (() => void) | undefined;
}

function Refusals({ service, refusals, onLeaveOut }: RefusalsProps) {
  return (
    <Callout tone="bad" title={`${service} ${text.refusedService}`}>
      <ul>
        {refusals.slice(0, refusalsShown).map(({ sentence }) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {refusals.length > refusalsShown && <li>…and {refusals.length - refusalsShown} more.</li>}
      </ul>
      {onLeaveOut && (
        <Button variant="default" mt="xs" onClick={onLeaveOut}>
          {text.leaveOut}
        </Button>
      )}
    </Callout>
  );
}

/** The region or location that a connection begins with. */
export function placeOf(settings: ConnectionView['settings']): string {
  if (settings.provider === 'azure') return '';
  return settings.provider === 'aws' ? settings.region : settings.location;
}
