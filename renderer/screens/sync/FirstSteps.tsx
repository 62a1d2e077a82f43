import { Button, Group, Stack, Text } from '@mantine/core';
import { IconBrandAws, IconBrandAzure, IconCircleCheck, IconCloudShare, IconPlus } from '@tabler/icons-react';
import { usePlace } from '../../app/place.tsx';
import { useOperation } from '../../bridge/hooks.ts';
import { Empty } from '../../components/Empty.tsx';
import { text } from './text.ts';

/** What to do before there is any record: connect both clouds, then add the first sync. */
export function FirstSteps() {
  const { begin } = usePlace();
  const providers = new Set(useOperation('connections.list', {}).data?.map(({ settings }) => settings.provider));
  const connected = [providers.has('azure'), providers.has('aws')] as const;
  const steps = [
    {
      title: text.steps.azure,
      hint: text.steps.azureHint,
      done: connected[0],
      icon: IconBrandAzure,
      start: () => begin({ kind: 'connection', provider: 'azure', editing: undefined }),
    },
    {
      title: text.steps.aws,
      hint: text.steps.awsHint,
      done: connected[1],
      icon: IconBrandAws,
      start: () => begin({ kind: 'connection', provider: 'aws', editing: undefined }),
    },
    {
      title: text.steps.add,
      hint: text.steps.addHint,
      done: false,
      icon: IconPlus,
      start: () => begin({ kind: 'add-sync' }),
    },
  ];
  const next = steps.findIndex((step) => !step.done);
  return (
    <Empty icon={IconCloudShare} title={text.empty} sentence={text.emptyHint}>
      <Stack component="ol" gap={6} mt="md" p={0} w="min(440px, 100%)" style={{ listStyle: 'none' }}>
        {steps.map((step, index) => (
          <Group component="li" key={step.title} className="panel" gap="sm" p="sm" wrap="nowrap" ta="start">
            {step.done ? (
              <IconCircleCheck size={20} color="var(--good-ink)" aria-label="Done" />
            ) : (
              <step.icon size={20} stroke={1.7} aria-hidden="true" />
            )}
            <div style={{ flex: 1 }}>
              <Text fw={550}>{step.title}</Text>
              <Text size="xs" c="dimmed">
                {step.hint}
              </Text>
            </div>
            {!step.done && (
              <Button
                variant={index === next ? 'filled' : 'default'}
                disabled={index === 2 && next !== 2}
                onClick={step.start}
              >
                {step.title}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Empty>
  );
}
