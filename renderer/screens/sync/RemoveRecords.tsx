import { Text } from '@mantine/core';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { plural } from '../../components/format.ts';
import { sourceWords } from '../../components/services.ts';
import { text } from './text.ts';

interface Props {
  readonly records: readonly RecordView[];
  onClose(): void;
}

/** Asks before records are forgotten; what is in clouds stays. */
export function RemoveRecords({ records, onClose }: Props) {
  const remove = useCommand('records.remove');
  const { say } = useMessages();
  const named = 5;
  return (
    <Confirm
      title={`Delete ${plural(records.length, 'record')}?`}
      act={text.remove}
      danger
      busy={remove.isPending}
      failure={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(
          { ids: records.map((record) => record.id) },
          {
            onSuccess: () => {
              say('good', `${plural(records.length, 'record')} deleted`, text.removed);
              onClose();
            },
          },
        )
      }
    >
      <Text size="sm">{text.removeBody}</Text>
      <ul style={{ margin: '8px 0 0', paddingInlineStart: 18 }}>
        {records.slice(0, named).map((record) => (
          <li key={record.id} style={{ overflowWrap: 'anywhere' }}>
            {record.sourceVault}/{sourceWords(record)} → {record.targetName}
          </li>
        ))}
        {records.length > named && <li>…and {plural(records.length - named, 'more', 'more')}</li>}
      </ul>
    </Confirm>
  );
}
