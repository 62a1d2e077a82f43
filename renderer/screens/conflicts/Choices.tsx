import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import type { RecordView, Resolution } from '../../../preload/contract/views.ts';
import { Asking } from '../../components/Asking.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { Failure } from '../../components/Failure.tsx';
import { plural } from '../../components/format.ts';
import { text } from './text.ts';
import { useResolve } from './useResolve.ts';
import { sharedChoices } from './waiting.ts';
import './conflicts.css';

/** Decisions after which something is replaced or forgotten. Before a deletion main itself asks, outside this window. */
const asked = ['overwrite', 'unlink'] as const;
const named = 5;

interface Props {
  /** About all of which the same is decided. */
  readonly records: readonly RecordView[];
  onDecided(choice: Resolution, records: readonly RecordView[]): void;
}

/** The decisions that these records have in common, each with what it does. */
export function Choices({ records, onDecided }: Props) {
  const { resolve, resolving, failure, reset } = useResolve();
  const [asking, setAsking] = useState<(typeof asked)[number]>();
  const decide = (choice: Resolution) => {
    const certain = asked.find((each) => each === choice);
    if (certain) {
      reset();
      setAsking(certain);
    } else resolve(records, choice, () => onDecided(choice, records));
  };
  return (
    <>
      {!asking && <Failure failure={failure} />}
      <Asking busy={!asking && resolving} />
      <ul className="decisions">
        {sharedChoices(records).map((choice) => (
          <li key={choice}>
            <Text size="sm" c="dimmed">
              {text.choices[choice][1]}
            </Text>
            <Button variant="default" fullWidth disabled={resolving} onClick={() => decide(choice)}>
              {text.choices[choice][0]}
            </Button>
          </li>
        ))}
      </ul>
      {asking && (
        <Confirm
          title={`${text.choices[asking][0]}: ${plural(records.length, 'record')}?`}
          act={text.choices[asking][0]}
          danger={asking !== 'overwrite'}
          busy={resolving}
          failure={failure}
          onClose={() => setAsking(undefined)}
          onConfirm={() =>
            resolve(records, asking, () => {
              setAsking(undefined);
              onDecided(asking, records);
            })
          }
        >
          <Text size="sm">{text.confirm[asking]}</Text>
          <ul style={{ margin: '8px 0 0', paddingInlineStart: 18 }}>
            {records.slice(0, named).map(({ id, targetName }) => (
              <li key={id} className="mono" style={{ overflowWrap: 'anywhere' }}>
                {targetName}
              </li>
            ))}
            {records.length > named && <li>…and {plural(records.length - named, 'more', 'more')}</li>}
          </ul>
        </Confirm>
      )}
    </>
  );
}
