import { Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconCloud, IconCloudShare, IconPlus } from '@tabler/icons-react';
import { type Provider, usePlace } from '../../app/place.tsx';
import { useOperation } from '../../bridge/hooks.ts';
import { Empty } from '../../components/Empty.tsx';
import { providerLooks } from '../../components/services.ts';
import { text } from './text.ts';

/** What to do before there is any record: connect Azure and a target, then add the first sync. */
export function FirstSteps() {
  const { begin } = usePlace();
  const providers = new Set(useOperation('connections.list', {}).data?.map(({ settings }) => settings.provider));
  const connect = (provider: Provider) => begin({ kind: 'connection', provider, editing: undefined });
  const azure = providers.has('azure');
  const target = providers.has('aws') || providers.has('gcp');
  const { steps: words } = text;
  const steps = [
    {
      title: words.azure,
      hint: words.azureHint,
      done: azure,
      icon: providerLooks.azure.icon,
      buttons: [{ word: words.azure, label: words.azure, start: () => connect('azure') }],
    },
    {
      title: words.target,
      hint: words.targetHint,
      done: target,
      icon: IconCloud,
      buttons: [
        { word: providerLooks.aws.word, label: words.aws, start: () => connect('aws') },
        { word: providerLooks.gcp.word, label: words.gcp, start: () => connect('gcp') },
      ],
    },
    {
      title: words.add,
      hint: words.addHint,
      done: false,
      icon: IconPlus,
      buttons: [{ word: words.add, label: words.add, start: () => begin({ kind: 'add-sync' }) }],
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
            {!step.done &&
              step.buttons.map(({ word, label, start }) => (
                <Button
                  key={label}
                  variant={index === next ? 'filled' : 'default'}
                  disabled={index === 2 && next !== 2}
                  aria-label={label}
                  onClick={start}
                >
                  {word}
                </Button>
              ))}
          </Group>
        ))}
      </Stack>
    </Empty>
  );
}
