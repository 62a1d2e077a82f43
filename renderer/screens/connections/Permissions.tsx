import { Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { azureSettings, gcpSettings, targetRegions } from '../../../preload/contract/views.ts';
import type { Provider } from '../../app/place.tsx';
import { useOperation } from '../../bridge/hooks.ts';
import { Copy } from '../../components/Copy.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { readKeyFile } from './keyFile.ts';
import type { TargetService } from './servicesUsed.ts';
import { text } from './text.ts';
import type { Typed } from './typed.ts';

interface Props {
  readonly provider: Provider;
  readonly services: readonly TargetService[];
  readonly defaultPrefix: string;
  /** Region, project, application and service account are only used once they can be right. */
  readonly typed: Typed;
}

/** The least this app must be allowed, as text to copy into the cloud's own console. */
export function Permissions({ provider, services, defaultPrefix, typed }: Props) {
  const [prefix, setPrefix] = useState(defaultPrefix);
  const [settled] = useDebouncedValue(prefix, 250);
  const region = targetRegions.aws.safeParse(typed.aws.region.trim()).data;
  const projectId = gcpSettings.shape.projectId.safeParse(typed.gcp.projectId.trim()).data;
  const clientId = azureSettings.shape.clientId.safeParse(typed.azure.clientId.trim()).data;
  const serviceAccount = serviceAccountIn(typed.gcp);
  const policy = useOperation(
    'connections.policy',
    {
      provider,
      services: [...services],
      prefix: settled,
      ...(provider === 'aws' && region !== undefined ? { region } : {}),
      ...(provider === 'gcp' && projectId !== undefined ? { projectId } : {}),
      ...(provider === 'gcp' && serviceAccount !== undefined ? { serviceAccount } : {}),
      ...(provider === 'azure' && clientId !== undefined ? { clientId } : {}),
    },
    { keepPrevious: true },
  );
  // ACM knows no names, and Google's roles are given on the whole project.
  const named = services.some((service) => service === 'secretsmanager' || service === 'parameterstore');
  return (
    <Stack gap="md">
      {named && (
        <TextInput
          label={text.prefix}
          description={text.prefixHint}
          spellCheck={false}
          value={prefix}
          onChange={(event) => setPrefix(event.currentTarget.value)}
        />
      )}
      <Failure failure={policy.error} onRetry={() => void policy.refetch()} />
      {policy.isPending && <Loading words={text.policyLoading} />}
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

/** The account that the connection ends up as: the one gone on as, or else the key's. */
function serviceAccountIn({ signIn, impersonate, serviceAccountKey }: Typed['gcp']): string | undefined {
  if (impersonate.trim() !== '') return gcpSettings.shape.impersonate.safeParse(impersonate.trim()).data;
  if (signIn !== 'key' || serviceAccountKey === '') return undefined;
  const file = readKeyFile(serviceAccountKey);
  return 'problem' in file ? undefined : file.clientEmail;
}
