import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useId, useMemo, useState } from 'react';
import type { PlanStepView, RecordView } from '../../../preload/contract/views.ts';
import { useSync } from '../../app/useSync.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { type Chip, Chips } from '../../components/Chips.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Failure } from '../../components/Failure.tsx';
import { plural } from '../../components/format.ts';
import { KindIcon } from '../../components/KindIcon.tsx';
import { actionLooks } from '../../components/looks.ts';
import { services, sourceWords } from '../../components/services.ts';
import { Tag } from '../../components/Tag.tsx';
import { VirtualList } from '../../components/VirtualList.tsx';
import { countActions, writes } from './plan.ts';
import { text } from './text.ts';
import './PlanDialog.css';

interface Props {
  readonly ids: readonly string[];
  /** For their names. */
  readonly records: readonly RecordView[];
  onClose(): void;
}

/** What a sync of these records would do and why, before anything is written. */
export default function PlanDialog({ ids, records, onClose }: Props) {
  const plan = useOperation('sync.plan', { ids: [...ids] }, { key: useId(), fresh: true });
  const [action, setAction] = useState<PlanStepView['action'] | 'all'>('all');
  const { sync, starting } = useSync();
  const names = useMemo(() => new Map(records.map((record) => [record.id, record])), [records]);
  const steps = plan.data ?? [];
  const counts = countActions(steps);
  const writing = writes(counts);
  const chips: Chip<PlanStepView['action'] | 'all'>[] = [
    { key: 'all', word: text.all, count: steps.length },
    ...counts.map(([key, number]) => ({ key, word: actionLooks[key].word, count: number })),
  ];
  const shown = action === 'all' ? steps : steps.filter((step) => step.action === action);

  return (
    <Dialog title={`${text.title}: ${plural(ids.length, 'record')}`} width={960} height={680} onClose={onClose}>
      <Text c="dimmed">{text.promise}</Text>
      {plan.isFetching ? (
        <Stack role="status" align="center" justify="center" flex={1} gap="xs">
          <Loader size="sm" />
          <Text c="dimmed">{text.loading}</Text>
        </Stack>
      ) : (
        <>
          <Failure failure={plan.error} onRetry={() => void plan.refetch()} />
          {plan.data && (
            <>
              <Chips label={text.filters} chips={chips} picked={action} onPick={(picked) => setAction(picked)} />
              <VirtualList
                items={shown}
                rowHeight={54}
                label={text.list}
                keyOf={(step) => step.recordId}
                render={(step) => <Step step={step} record={names.get(step.recordId)} />}
              />
              {writing === 0 && <Text>{text.nothingToDo}</Text>}
            </>
          )}
        </>
      )}
      <Group justify="flex-end" gap="xs">
        <Button
          variant="default"
          mr="auto"
          disabled={plan.isFetching}
          leftSection={<IconRefresh size={14} aria-hidden="true" />}
          onClick={() => void plan.refetch()}
        >
          {text.again}
        </Button>
        <Button variant="default" onClick={onClose}>
          {text.close}
        </Button>
        <Button loading={starting} disabled={!plan.data} onClick={() => sync(ids, onClose)}>
          {text.syncNow}
        </Button>
      </Group>
    </Dialog>
  );
}

function Step({ step, record }: { readonly step: PlanStepView; readonly record: RecordView | undefined }) {
  const reason = `${step.sentence} ${step.fix}`.trim();
  return (
    <div className="plan-step">
      <div>
        <Tag look={actionLooks[step.action]} />
      </div>
      <div>
        <div className="plan-source" title={record && sourceWords(record)}>
          {record?.sourceKind === 'certificate' && <KindIcon kind="certificate" />}
          <span className="cut">{record ? `${record.sourceVault} / ${sourceWords(record)}` : step.recordId}</span>
        </div>
        {record && (
          <div className="cut" style={{ color: 'var(--quiet)' }} title={record.targetName}>
            → {services[record.targetService].short} · {record.targetName}
          </div>
        )}
      </div>
      <Text size="sm" lineClamp={2} title={reason}>
        {reason}
      </Text>
    </div>
  );
}
