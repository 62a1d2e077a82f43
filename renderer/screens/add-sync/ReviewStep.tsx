import { Text } from '@mantine/core';
import type { Input } from '../../../preload/contract/operations.ts';
import type { OperationFailure } from '../../bridge/call.ts';
import { conflictChoices, scheduleChoices } from '../../components/choices.ts';
import { Facts } from '../../components/Facts.tsx';
import { Failure } from '../../components/Failure.tsx';
import { serviceName } from '../../components/format.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import type { Draft } from './draft.ts';
import { text } from './text.ts';

interface Props {
  readonly draft: Draft;
  readonly sourceConnection: string;
  readonly targetConnection: string;
  readonly records: Input<'records.create'>['records'];
  readonly failure: OperationFailure | null;
}

/** All that will be created, before it is. */
export function ReviewStep({ draft, sourceConnection, targetConnection, records, failure }: Props) {
  const labelOf = (choices: readonly { readonly value: string; readonly label: string }[], value: string) =>
    choices.find((choice) => choice.value === value)?.label;
  return (
    <>
      <Failure failure={failure} />
      <Facts
        rows={[
          ['From', `${draft.vault}, ${sourceConnection}`],
          ['To', `${serviceName('secretsmanager')}, ${draft.region}, ${targetConnection}`],
          [text.schedule, labelOf(scheduleChoices, draft.schedule)],
          [text.conflict, labelOf(conflictChoices, draft.conflictPolicy)],
          [text.copyTags, draft.copyTags ? 'Yes' : 'No'],
        ]}
      />
      <VirtualList
        items={records}
        rowHeight={40}
        label={text.records}
        keyOf={(record) => record.sourceName}
        render={(record) => (
          <div className="choice-row" style={{ cursor: 'default' }}>
            <span className="cut" style={{ flex: 1 }}>
              {record.sourceName}
            </span>
            <span aria-hidden="true">→</span>
            <span className="cut mono" style={{ flex: 1.4 }}>
              {record.targetName}
            </span>
          </div>
        )}
      />
      <Text c="dimmed">{text.reviewHint}</Text>
    </>
  );
}
