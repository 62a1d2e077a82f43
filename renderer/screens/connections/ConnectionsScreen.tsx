import { Button, Group, Loader, Text, Title } from '@mantine/core';
import { IconBrandAws, IconBrandAzure, IconCloudDataConnection } from '@tabler/icons-react';
import { type Provider, usePlace } from '../../app/place.tsx';
import { useOperation } from '../../bridge/hooks.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { useNow } from '../../components/useNow.ts';
import { ConnectionCard } from './ConnectionCard.tsx';
import { text } from './text.ts';
import './connections.css';

/** Settings > Connections. */
export default function ConnectionsScreen() {
  const { begin } = usePlace();
  const connections = useOperation('connections.list', {});
  const now = useNow();
  const create = (provider: Provider) => begin({ kind: 'connection', provider, editing: undefined });
  return (
    <>
      <div className="screen-head">
        <div>
          <Title order={1}>{text.title}</Title>
          <Text c="dimmed">{text.hint}</Text>
        </div>
        <Group gap={6} ml="auto">
          <Button
            variant="default"
            leftSection={<IconBrandAzure size={15} aria-hidden="true" />}
            onClick={() => create('azure')}
          >
            {text.connectAzure}
          </Button>
          <Button
            variant="default"
            leftSection={<IconBrandAws size={15} aria-hidden="true" />}
            onClick={() => create('aws')}
          >
            {text.connectAws}
          </Button>
        </Group>
      </div>
      <div className="screen-body">
        <Failure failure={connections.error} onRetry={() => void connections.refetch()} />
        {connections.isPending && (
          <Group role="status" gap="xs">
            <Loader size="xs" />
            <Text c="dimmed">{text.loading}</Text>
          </Group>
        )}
        {connections.data?.length === 0 && (
          <Empty icon={IconCloudDataConnection} title={text.empty} sentence={text.emptyHint} />
        )}
        <ul
          aria-label={text.list}
          style={{ display: 'flex', flexDirection: 'column', gap: 10, listStyle: 'none', margin: 0, padding: 0 }}
        >
          {connections.data?.map((connection) => (
            <ConnectionCard key={connection.id} connection={connection} now={now} />
          ))}
        </ul>
      </div>
    </>
  );
}
