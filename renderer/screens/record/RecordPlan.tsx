import { Button, Group, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useApply } from '../../app/useApply.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { actionLooks } from '../../components/looks.ts';
import { Tag } from '../../components/Tag.tsx';
import { NotApplied } from '../plan/NotApplied.tsx';
import { isWriting } from '../plan/plan.ts';
import { text } from './text.ts';

interface Props {
  readonly recordId: string;
  /** The plan is being applied: how that goes is told elsewhere. */
  onApplied(): void;
}

/** What a sync of this record would do now, and why; it can be done exactly so. */
export function RecordPlan({ recordId, onApplied }: Props) {
  const plan = useOperation('sync.plan', { ids: [recordId] }, { fresh: true });
  const { apply, applying, failure, reset } = useApply(onApplied);
  if (plan.isFetching) {
    return <Loading words={text.planLoading} />;
  }
  const lookAgain = () => {
    reset();
    void plan.refetch();
  };
  const { planId, steps = [] } = plan.data ?? {};
  return (
    <Stack gap="sm">
      <Text c="dimmed">{text.planPromise}</Text>
      <Failure failure={plan.error} onRetry={lookAgain} />
      {failure && <NotApplied failure={failure} onLookAgain={lookAgain} />}
      {steps.map((step) => (
        <section key={step.recordId} className="record-state">
          <div>
            <Tag look={actionLooks[step.action]} />
          </div>
          <Text>{step.sentence}</Text>
          {step.fix !== '' && <Text c="dimmed">{step.fix}</Text>}
        </section>
      ))}
      <Group gap="xs">
        {planId !== undefined && steps.some(({ action }) => isWriting(action)) && (
          <Button loading={applying} onClick={() => apply(planId)}>
            {text.apply}
          </Button>
        )}
        <Button
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden="true" />}
          disabled={applying}
          onClick={lookAgain}
        >
          {text.planAgain}
        </Button>
      </Group>
    </Stack>
  );
}
