import { Loader, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Output } from '../../../preload/contract/operations.ts';
import type { OperationFailure } from '../../bridge/call.ts';
import { conflictChoices, deletionChoicesFor, labelOf } from '../../components/choices.ts';
import { Facts } from '../../components/Facts.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Parts } from '../../components/Parts.tsx';
import { bundleOf, optionFacts, services, shapeWords } from '../../components/services.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import { PlanList } from '../plan/PlanList.tsx';
import { StepRow } from '../plan/StepRow.tsx';
import { useSchedulePreview } from '../schedule/useSchedulePreview.ts';
import type { Draft, NewRecord } from './draft.ts';
import { recordProblems } from './problems.ts';
import { text } from './text.ts';

interface Props {
  readonly draft: Draft;
  readonly sourceConnection: string;
  readonly targetConnection: string;
  readonly records: readonly NewRecord[];
  /** What the first sync of these records would do. */
  readonly plan: UseQueryResult<Output<'records.preview'>, OperationFailure>;
  /** Why they were not created. */
  readonly failure: OperationFailure | null;
}

/** All that will be created, and the plan of its first sync, before any of it exists. */
export function ReviewStep({ draft, sourceConnection, targetConnection, records, plan, failure }: Props) {
  const { words } = useSchedulePreview(draft.schedule);
  const refusal = failure ?? plan.error;
  const steps = useMemo(
    () =>
      records.flatMap((record, index) => {
        const step = plan.data?.[index];
        return step ? [{ ...step, key: String(index), about: record }] : [];
      }),
    [records, plan.data],
  );
  const parts = records.flatMap(bundleOf);
  const [first] = records;
  return (
    <>
      <Failure failure={refusal} {...(failure ? {} : { onRetry: () => void plan.refetch() })} />
      <div className="review-facts">
        <Facts
          rows={[
            [text.from, `${draft.vault}, ${sourceConnection}`],
            [text.to, `${services[draft.service].title}, ${draft.region}, ${targetConnection}`],
            ...(parts.length > 0 ? [[text.keys, <Parts key="keys" parts={parts} />] as const] : []),
            ...(first && first.shape.kind !== 'whole' && parts.length === 0
              ? [[text.form, shapeWords(first.shape)] as const]
              : []),
            ...optionFacts(first?.options ?? {}),
            [text.schedule, `${words}${draft.syncOnChange ? text.andOnChange : ''}`],
            [text.conflict, labelOf(conflictChoices, draft.conflictPolicy)],
            [text.deletion, labelOf(deletionChoicesFor([draft.service]), first?.deletionPolicy ?? 'default')],
            [text.copyTags, draft.copyTags ? 'Yes' : 'No'],
          ]}
        />
      </div>
      {plan.isFetching ? (
        <Stack role="status" align="center" justify="center" flex={1} gap="xs">
          <Loader size="sm" />
          <Text c="dimmed">{text.planLoading}</Text>
        </Stack>
      ) : refusal ? (
        <Refused records={records} failure={refusal} />
      ) : (
        <>
          <PlanList steps={steps} />
          <Text c="dimmed">{text.planPromise}</Text>
        </>
      )}
    </>
  );
}

/** The records that main refused, each with why. */
function Refused({ records, failure }: { readonly records: readonly NewRecord[]; readonly failure: OperationFailure }) {
  const rows = useMemo(() => {
    const problems = recordProblems(failure.view.fields);
    return records.flatMap((record, index) => {
      const problem = problems.get(index);
      return problem === undefined ? [] : [{ record, problem, key: String(index) }];
    });
  }, [records, failure]);
  if (rows.length === 0) return null;
  return (
    <VirtualList
      items={rows}
      rowHeight={54}
      label={text.refusedRecords}
      keyOf={({ key }) => key}
      render={({ record, problem }) => (
        <StepRow tag={<span className="choice-wrong">{text.refusedRecord}</span>} about={record} reason={problem} />
      )}
    />
  );
}
