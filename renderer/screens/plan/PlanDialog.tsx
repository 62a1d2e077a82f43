import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useId, useMemo, useState } from 'react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useApply } from '../../app/useApply.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { Callout } from '../../components/Callout.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Failure } from '../../components/Failure.tsx';
import { plural } from '../../components/format.ts';
import { Applied } from './Applied.tsx';
import { NotApplied } from './NotApplied.tsx';
import { PlanList } from './PlanList.tsx';
import { type Action, countActions, isWriting, type ShownStep, writes } from './plan.ts';
import { text } from './text.ts';

interface Props {
  /** Undefined for every record there is. */
  readonly ids: readonly string[] | undefined;
  /** For their names. */
  readonly records: readonly RecordView[];
  /** Said above the plan. */
  readonly note?: string;
  onClose(): void;
}

/** What a sync of these records would do and why, before anything is written; then it is applied as it was shown. */
export default function PlanDialog({ ids: asked, records, note, onClose }: Props) {
  const [{ ids, round }, setWhat] = useState({ ids: asked, round: 0 });
  const plan = useOperation('sync.plan', ids ? { ids: [...ids] } : {}, { key: `${useId()} ${round}`, fresh: true });
  const [left, setLeft] = useState<ReadonlySet<Action>>(noActions);
  const { apply, applying, run, failure, reset } = useApply();
  const byId = useMemo(() => new Map(records.map((record) => [record.id, record])), [records]);
  const steps = useMemo(
    () =>
      (plan.data?.steps ?? []).map(
        ({ recordId, ...step }): ShownStep => ({ ...step, key: recordId, about: byId.get(recordId) }),
      ),
    [plan.data, byId],
  );
  const writing = writes(countActions(steps));
  const toApply = steps.filter(({ action }) => isWriting(action) && !left.has(action));
  const lookAgain = () => {
    reset();
    void plan.refetch();
  };

  if (run) {
    return (
      <Applied
        started={run}
        records={steps.flatMap(({ key }) => byId.get(key) ?? [])}
        onLookAgain={(changed) => {
          setWhat({ ids: changed, round: round + 1 });
          reset();
        }}
        onClose={onClose}
      />
    );
  }
  const what = ids ? plural(ids.length, 'record') : text.everything;
  return (
    <Dialog title={`${text.title}: ${what}`} width={960} height={680} onClose={onClose}>
      {note !== undefined && <Callout tone="doubt" title={note} />}
      <Text c="dimmed">{text.promise}</Text>
      {plan.isFetching ? (
        <Stack role="status" align="center" justify="center" flex={1} gap="xs">
          <Loader size="sm" />
          <Text c="dimmed">{text.loading}</Text>
        </Stack>
      ) : (
        <>
          <Failure failure={plan.error} onRetry={lookAgain} />
          {failure && <NotApplied failure={failure} onLookAgain={lookAgain} />}
          {plan.data && <PlanList steps={steps} left={left} onLeave={setLeft} />}
          {plan.data && <Text role="status">{summary(steps.length, writing, toApply.length)}</Text>}
        </>
      )}
      <Group justify="flex-end" gap="xs">
        <Button
          variant="default"
          mr="auto"
          disabled={plan.isFetching}
          leftSection={<IconRefresh size={14} aria-hidden="true" />}
          onClick={lookAgain}
        >
          {text.again}
        </Button>
        <Button variant="default" onClick={onClose}>
          {text.close}
        </Button>
        <Button
          loading={applying}
          disabled={!plan.data || plan.isFetching || toApply.length === 0}
          onClick={() =>
            plan.data &&
            // What is left alone anyway is told again too, unless something was taken out on purpose.
            apply(plan.data.planId, toApply.length === writing ? undefined : toApply.map(({ key }) => key))
          }
        >
          {toApply.length === 0 ? text.apply : `${text.apply} ${plural(toApply.length, 'change')}`}
        </Button>
      </Group>
    </Dialog>
  );
}

const noActions: ReadonlySet<Action> = new Set();

function summary(all: number, writing: number, toApply: number): string {
  if (all === 0) return text.nothingPlanned;
  if (writing === 0) return text.nothingToDo;
  return toApply === 0 ? text.nothingPicked : '';
}
