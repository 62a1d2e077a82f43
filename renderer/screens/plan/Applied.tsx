import { Button, Group, Progress, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { RecordView, RunView } from '../../../preload/contract/views.ts';
import { runNumbers } from '../../app/runs.ts';
import { useRuns } from '../../bridge/hooks.ts';
import { Callout } from '../../components/Callout.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { count, plural } from '../../components/format.ts';
import { statusLooks } from '../../components/looks.ts';
import { Tag } from '../../components/Tag.tsx';
import { VirtualList } from '../../components/VirtualList.tsx';
import { hasChangedPlan, leftAlone } from './plan.ts';
import { StepRow } from './StepRow.tsx';
import { text } from './text.ts';

interface Props {
  /** As it began. */
  readonly started: RunView;
  /** The plan's, as they are now. */
  readonly records: readonly RecordView[];
  onLookAgain(ids: readonly string[]): void;
  onClose(): void;
}

/** How applying a plan goes on, and what came of it. */
export function Applied({ started, records, onLookAgain, onClose }: Props) {
  const run = useRuns().find(({ id }) => id === started.id) ?? started;
  const ended = run.endedAt !== null;
  const left = ended ? leftAlone(records, run.startedAt) : [];
  const changed = left.filter(hasChangedPlan);
  return (
    <Dialog title={text.appliedTitle} width={960} {...(left.length > 0 ? { height: 620 } : {})} onClose={onClose}>
      <Text role="status">{ended ? (run.phase === 'cancelled' ? text.cancelled : text.applied) : text.applying}</Text>
      {!ended && (
        <Progress
          my="sm"
          size="sm"
          value={run.total === 0 ? 100 : (run.done / run.total) * 100}
          animated={run.phase === 'scanning'}
          aria-label={`${count(run.done)} of ${count(run.total)}`}
        />
      )}
      <Text c="dimmed" className="numbers">
        {runNumbers(run)}
      </Text>
      {changed.length > 0 && (
        <Callout tone="doubt" title={`${plural(changed.length, 'record')} ${text.changedTitle}`}>
          <Text>{text.changedFix}</Text>
          <Button
            variant="default"
            mt="xs"
            leftSection={<IconRefresh size={14} aria-hidden="true" />}
            onClick={() => onLookAgain(changed.map(({ id }) => id))}
          >
            {text.again}
          </Button>
        </Callout>
      )}
      {left.length > 0 && (
        <VirtualList
          items={left}
          rowHeight={54}
          label={text.attention}
          keyOf={(record) => record.id}
          render={(record) => (
            <StepRow
              tag={<Tag look={statusLooks[record.status]} />}
              about={record}
              reason={`${record.sentence} ${record.fix}`.trim()}
            />
          )}
        />
      )}
      <Group justify="flex-end" mt="sm">
        <Button data-autofocus onClick={onClose}>
          {text.close}
        </Button>
      </Group>
    </Dialog>
  );
}
