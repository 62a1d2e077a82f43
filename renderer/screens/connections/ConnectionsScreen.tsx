import { Button, Group, Text, Title } from '@mantine/core';
import { IconCloudDataConnection } from '@tabler/icons-react';
import { useState } from 'react';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import { usePlace } from '../../app/place.tsx';
import { useOperation } from '../../bridge/hooks.ts';
import { useRecords } from '../../bridge/records.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { providerLooks } from '../../components/services.ts';
import { useNow } from '../../components/useNow.ts';
import { ConnectionCard } from './ConnectionCard.tsx';
import { RemoveConnection } from './RemoveConnection.tsx';
import { servicesToTest } from './servicesUsed.ts';
import { text } from './text.ts';
import './connections.css';

/** Settings > Connections. */
export default function ConnectionsScreen() {
  const { begin } = usePlace();
  const connections = useOperation('connections.list', {});
  const now = useNow();
  const records = useRecords().data ?? [];
  const meters = useOperation('connections.importMeters', {});
  // Here and not in the card, which goes as soon as the connection is gone.
  const [removing, setRemoving] = useState<ConnectionView>();
  return (
    <>
      <div className="screen-head">
        <div>
          <Title order={1}>{text.title}</Title>
          <Text c="dimmed">{text.hint}</Text>
        </div>
        <Group gap={6} ml="auto">
          {(['azure', 'aws', 'gcp'] as const).map((provider) => {
            const Mark = providerLooks[provider].icon;
            return (
              <Button
                key={provider}
                variant="default"
                leftSection={<Mark size={15} aria-hidden="true" />}
                onClick={() => begin({ kind: 'connection', provider, editing: undefined })}
              >
                {text.connect[provider]}
              </Button>
            );
          })}
        </Group>
      </div>
      <div className="screen-body">
        <Failure failure={connections.error} onRetry={() => void connections.refetch()} />
        <Failure failure={meters.error} onRetry={() => void meters.refetch()} />
        {connections.isPending && <Loading words={text.loading} />}
        {connections.data?.length === 0 && (
          <Empty icon={IconCloudDataConnection} title={text.empty} sentence={text.emptyHint} />
        )}
        <ul
          aria-label={text.list}
          style={{ display: 'flex', flexDirection: 'column', gap: 10, listStyle: 'none', margin: 0, padding: 0 }}
        >
          {connections.data?.map((connection) => (
            <ConnectionCard
              key={connection.id}
              connection={connection}
              services={servicesToTest(connection.settings.provider, connection.id, records)}
              meters={meters.data?.filter(({ connectionId }) => connectionId === connection.id) ?? []}
              now={now}
              onRemove={() => setRemoving(connection)}
            />
          ))}
        </ul>
      </div>
      {removing && <RemoveConnection connection={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}
