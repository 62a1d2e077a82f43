import { Text } from '@mantine/core';
import { useMemo } from 'react';
import type { OperationFailure } from '../../bridge/call.ts';
import { conflictChoices, scheduleChoices } from '../../components/choices.ts';
import { Facts } from '../../components/Facts.tsx';
import { Failure } from '../../components/Failure.tsx';
import { KindIcon } from '../../components/KindIcon.tsx';
import { Parts } from '../../components/Parts.tsx';
import { bundleOf, optionFacts, services, shapeWords, sourceWords } from '../../components/services.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import type { Draft, NewRecord } from './draft.ts';
import { recordProblems } from './problems.ts';
import { text } from './text.ts';

interface Props {
  readonly draft: Draft;
  readonly sourceConnection: string;
  readonly targetConnection: string;
  readonly records: readonly NewRecord[];
  readonly failure: OperationFailure | null;
}

/** All that will be created, before it is. */
export function ReviewStep({ draft, sourceConnection, targetConnection, records, failure }: Props) {
  const labelOf = (choices: readonly { readonly value: string; readonly label: string }[], value: string) =>
    choices.find((choice) => choice.value === value)?.label;
  const rows = useMemo(() => {
    const problems = recordProblems(failure?.view.fields);
    const all = records.map((record, index) => ({ record, problem: problems.get(index) }));
    // What main refused comes first.
    return [...all.filter(({ problem }) => problem), ...all.filter(({ problem }) => !problem)];
  }, [records, failure]);
  const parts = records.flatMap(bundleOf);
  return (
    <>
      <Failure failure={failure} />
      <Facts
        rows={[
          [text.from, `${draft.vault}, ${sourceConnection}`],
          [text.to, `${services[draft.service].title}, ${draft.region}, ${targetConnection}`],
          ...(parts.length > 0 ? [[text.keys, <Parts key="keys" parts={parts} />] as const] : []),
          ...optionFacts(records[0]?.options ?? {}),
          [text.schedule, labelOf(scheduleChoices, draft.schedule)],
          [text.conflict, labelOf(conflictChoices, draft.conflictPolicy)],
          [text.copyTags, draft.copyTags ? 'Yes' : 'No'],
        ]}
      />
      <VirtualList
        items={rows}
        rowHeight={48}
        label={text.records}
        keyOf={({ record }) => `${record.sourceKind} ${record.sourceName} ${shapeWords(record.shape)}`}
        render={({ record, problem }) => (
          <div className="choice-row" style={{ cursor: 'default' }}>
            <KindIcon kind={record.sourceKind} />
            <span className="choice-lines" style={{ flex: 1 }}>
              <span className="cut" title={sourceWords(record)}>
                {sourceWords(record)}
              </span>
              {record.shape.kind !== 'whole' && (
                <span className="cut choice-more" title={shapeWords(record.shape)}>
                  {shapeWords(record.shape)}
                </span>
              )}
            </span>
            <span aria-hidden="true">→</span>
            <span className="choice-lines" style={{ flex: 1.4 }}>
              <span className="cut mono" title={record.targetName}>
                {record.targetName}
              </span>
              {problem !== undefined && (
                <span className="cut choice-more choice-wrong" title={problem}>
                  {problem}
                </span>
              )}
            </span>
          </div>
        )}
      />
      <Text c="dimmed">{text.reviewHint}</Text>
    </>
  );
}
