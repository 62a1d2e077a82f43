import { Autocomplete, Button, Group, Text } from '@mantine/core';
import type { ConnectionView, TargetServiceView } from '../../../preload/contract/views.ts';
import { usePlace } from '../../app/place.tsx';
import { Choose } from '../../components/Choose.tsx';
import { awsRegions, gcpLocations } from '../../components/regions.ts';
import { placeWords, providerLooks, services } from '../../components/services.ts';
import { type Draft, type Item, placeOf, servicesFor } from './draft.ts';
import { text } from './text.ts';

type Place = Pick<Draft, 'targetConnectionId' | 'service' | 'region'>;
type PlaceField = 'targetConnection' | 'service' | 'region';

interface Props {
  readonly draft: Place;
  /** What has to fit into the service. */
  readonly items: readonly Item[];
  /** Of AWS and GCP. */
  readonly connections: readonly ConnectionView[];
  /** Of the field's element, for the focus to go to. */
  idOf(field: PlaceField): string;
  error(field: PlaceField): string | null;
  change(changed: Partial<Place>): void;
}

/** A connection, a service that it has, and a region or location. */
export function TargetPlace({ draft, items, connections, idOf, error, change }: Props) {
  const { targetConnectionId, service, region } = draft;
  const { provider } = services[service];
  return (
    <>
      <Choose
        id={idOf('targetConnection')}
        label={text.targetConnection}
        value={targetConnectionId}
        error={error('targetConnection')}
        choices={[
          ...(targetConnectionId === '' ? [{ value: '', label: text.choose }] : []),
          ...connections.map(({ id, name, settings }) => ({
            value: id,
            label: `${name} (${providerLooks[settings.provider].word})`,
          })),
        ]}
        onChoose={(chosen) => {
          const settings = connections.find(({ id }) => id === chosen)?.settings;
          change({ targetConnectionId: chosen, region: settings ? placeOf(settings) : region });
        }}
      />
      {targetConnectionId !== '' && (
        <Group grow align="flex-start" gap="sm">
          <Choose<TargetServiceView>
            id={idOf('service')}
            label={text.service}
            value={service}
            error={error('service')}
            choices={servicesFor(provider, items).map((value) => ({ value, label: services[value].title }))}
            onChoose={(chosen) => change({ service: chosen })}
          />
          <Autocomplete
            id={idOf('region')}
            label={placeWords[provider]}
            data={provider === 'aws' ? awsRegions : gcpLocations}
            maxDropdownHeight={220}
            value={region}
            onChange={(typed) => change({ region: typed.trim() })}
            error={error('region')}
            {...(service === 'acm' && region !== 'us-east-1' ? { description: text.cloudFront } : {})}
            inputWrapperOrder={['label', 'input', 'error', 'description']}
          />
        </Group>
      )}
    </>
  );
}

interface NoTargetProps {
  /** Of the first button, for the focus to go to. */
  readonly id: string;
}

/** What stands there while no connection could be a target: the way to one. */
export function NoTarget({ id }: NoTargetProps) {
  const { begin } = usePlace();
  return (
    <Group>
      <Text>{text.noTarget}</Text>
      <Button id={id} onClick={() => begin({ kind: 'connection', provider: 'aws', editing: undefined })}>
        {text.connectAws}
      </Button>
      <Button onClick={() => begin({ kind: 'connection', provider: 'gcp', editing: undefined })}>
        {text.connectGcp}
      </Button>
    </Group>
  );
}
