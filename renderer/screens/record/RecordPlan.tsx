import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useOperation } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';
import { actionLooks } from '../../components/looks.ts';
import { Tag } from '../../components/Tag.tsx';
import { text } from './text.ts';

/** What a sync of this record would do now, and why. */
export function RecordPlan({ recordId }: { readonly recordId: string }) {
  const plan = useOperation('sync.plan', { ids: [recordId] }, { fresh: true });
  if (plan.isFetching) {
    return (
      <Group role="status" gap="xs">
        <Loader size="xs" />
        <Text c="dimmed">{text.planLoading}</Text>
      </Group>
    );
  }
  return (
    <Stack gap="sm">
      <Text c="dimmed">{text.planPromise}</Text>
      <Failure failure={plan.error} onRetry={() => void plan.refetch()} />
      {plan.data?.map((step) => (
        <section key={step.recordId} className="record-state">
          <div>
            <Tag look={actionLooks[step.action]} />
          </div>
          <Text>{step.sentence}</Text>
          {step.fix !== '' && <Text c="dimmed">{step.fix}</Text>}
        </section>
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden="true" />}
          onClick={() => void plan.refetch()}
        >
          {text.planAgain}
        </Button>
      </div>
    </Stack>
  );
}
