import { Drawer, Loader, Tabs, Text } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';
import { useOpenDialog } from '../../components/openDialogs.tsx';
import { sourceWords } from '../../components/services.ts';
import { History } from './History.tsx';
import { Overview } from './Overview.tsx';
import { RecordPlan } from './RecordPlan.tsx';
import { Settings } from './Settings.tsx';
import { text } from './text.ts';

const Repoint = lazy(() => import('./Repoint.tsx'));

interface Props {
  readonly recordId: string;
  /** The record as the list knows it, shown until its own answer is there. */
  readonly known: RecordView | undefined;
  onClose(): void;
}

/** Everything about one record, beside the list it was opened from. */
export default function RecordDrawer({ recordId, known, onClose }: Props) {
  const answer = useOperation('records.get', { id: recordId });
  const record = answer.data ?? known;
  const [tab, setTab] = useState<string | null>('overview');
  const [repointing, setRepointing] = useState(false);
  useOpenDialog(onClose);
  return (
    <Drawer
      opened
      onClose={onClose}
      closeOnEscape={false}
      returnFocus={false}
      position="right"
      size={540}
      closeButtonProps={{ 'aria-label': 'Close' }}
      title={
        <div style={{ minWidth: 0 }}>
          <Text fw={650} size="md" style={{ overflowWrap: 'anywhere' }}>
            {record ? sourceWords(record) : text.gone}
          </Text>
          {record && (
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {record.sourceVault} → {record.targetName}
            </Text>
          )}
        </div>
      }
    >
      <Failure failure={answer.error} onRetry={() => void answer.refetch()} />
      {!record && !answer.error && <Loader size="sm" />}
      {record && (
        <Tabs value={tab} onChange={setTab} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="overview">{text.tabs.overview}</Tabs.Tab>
            <Tabs.Tab value="plan">{text.tabs.plan}</Tabs.Tab>
            <Tabs.Tab value="settings">{text.tabs.settings}</Tabs.Tab>
            <Tabs.Tab value="history">{text.tabs.history}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="overview">
            <Overview record={record} onRepoint={() => setRepointing(true)} onGone={onClose} />
          </Tabs.Panel>
          <Tabs.Panel value="plan">
            <RecordPlan recordId={recordId} onApplied={() => setTab('overview')} />
          </Tabs.Panel>
          <Tabs.Panel value="settings">
            <Settings record={record} onRepoint={() => setRepointing(true)} />
          </Tabs.Panel>
          <Tabs.Panel value="history">
            <History recordId={recordId} />
          </Tabs.Panel>
        </Tabs>
      )}
      {record && repointing && (
        <Suspense>
          <Repoint record={record} onClose={() => setRepointing(false)} />
        </Suspense>
      )}
    </Drawer>
  );
}
