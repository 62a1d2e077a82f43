import { Group, Loader, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { awsSettings } from '../../../preload/contract/views.ts';
import type { Provider } from '../../app/place.tsx';
import { useOperation } from '../../bridge/hooks.ts';
import { Copy } from '../../components/Copy.tsx';
import { Failure } from '../../components/Failure.tsx';
import { text } from './text.ts';

interface Props {
  readonly provider: Provider;
  readonly defaultPrefix: string;
  /** As typed; only used once it is a region. */
  readonly region: string;
}

/** The least this app must be allowed, as text to copy into the cloud's own console. */
export function Permissions({ provider, defaultPrefix, region }: Props) {
  const [prefix, setPrefix] = useState(defaultPrefix);
  const [settled] = useDebouncedValue(prefix, 250);
  const isRegion = awsSettings.shape.region.safeParse(region).success;
  const policy = useOperation(
    'connections.policy',
    { provider, prefix: settled, ...(provider === 'aws' && isRegion ? { region } : {}) },
    { keepPrevious: true },
  );
  return (
    <Stack gap="md">
      {provider === 'aws' && (
        <TextInput
          label={text.prefix}
          description={text.prefixHint}
          spellCheck={false}
          value={prefix}
          onChange={(event) => setPrefix(event.currentTarget.value)}
        />
      )}
      <Failure failure={policy.error} onRetry={() => void policy.refetch()} />
      {policy.isPending && (
        <Group role="status" gap="xs">
          <Loader size="xs" />
          <Text c="dimmed">{text.policyLoading}</Text>
        </Group>
      )}
      {policy.data?.map((part) => (
        <section key={part.title} aria-label={part.title}>
          <Group gap={4} justify="space-between" wrap="nowrap">
            <Title order={3}>{part.title}</Title>
            <Copy text={part.text} what={part.title} />
          </Group>
          <Text size="sm" c="dimmed" mb={6}>
            {part.explanation}
          </Text>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part of the page that scrolls must be reachable by keyboard */}
          <pre className="policy" tabIndex={0}>
            {part.text}
          </pre>
        </section>
      ))}
    </Stack>
  );
}
