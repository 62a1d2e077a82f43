import { Button, Progress, Text, VisuallyHidden } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import type { RunView } from '../../preload/contract/views.ts';
import { useCommand, useRuns } from '../bridge/hooks.ts';
import { count } from '../components/format.ts';
import { useNow } from '../components/useNow.ts';
import { When } from '../components/When.tsx';
import { useMessages } from './messages.tsx';
import { progressOf, runNumbers, spokenProgress } from './runs.ts';
import { text } from './text.ts';

/** How far the sync is, how fast, and the way to stop it; how the last one went when none is on. */
export function RunProgress() {
  const runs = useRuns();
  // Main sends runs several times a second while one is on, so the clock need not be watched here.
  const progress = progressOf(runs, Date.now());
  const last = runs.find((run) => run.endedAt !== null);
  return (
    <div className="run-progress">
      <VisuallyHidden role="status" aria-live="polite">
        {spokenProgress(progress)}
      </VisuallyHidden>
      {progress && <Running progress={progress} />}
      {!progress && last && <LastRun run={last} />}
    </div>
  );
}

function Running({ progress }: { readonly progress: NonNullable<ReturnType<typeof progressOf>> }) {
  const cancel = useCommand('sync.cancel');
  const { sayFailure } = useMessages();
  const { total, done, rate, scanning } = progress;
  const words = scanning ? text.scanning : `${count(done)} of ${count(total)}`;
  const stop = () => {
    for (const runId of progress.runIds) {
      cancel.mutate({ runId }, { onError: (failure) => sayFailure(text.notCancelled, failure) });
    }
  };
  return (
    <>
      <Text size="sm" fw={550} className="numbers" style={{ flex: 'none' }}>
        {words}
      </Text>
      <Progress.Root size="sm" flex={1} maw={320} miw={40}>
        <Progress.Section
          value={scanning || total === 0 ? 100 : (done / total) * 100}
          animated={scanning}
          striped={scanning}
          aria-label="Sync progress"
        />
      </Progress.Root>
      {rate !== null && (
        <Text size="sm" c="dimmed" className="numbers" style={{ flex: 'none' }}>
          {rate >= 10 ? count(Math.round(rate)) : rate.toFixed(1)} / s
        </Text>
      )}
      <span className="run-counts">{runNumbers(progress)}</span>
      <Button
        variant="default"
        flex="none"
        aria-label={text.cancelRunLabel}
        leftSection={<IconPlayerStop size={14} aria-hidden="true" />}
        loading={cancel.isPending}
        onClick={stop}
      >
        {text.cancelRun}
      </Button>
    </>
  );
}

function LastRun({ run }: { readonly run: RunView }) {
  const now = useNow();
  return (
    <Text size="sm" c="dimmed" className="cut">
      {run.phase === 'cancelled' ? text.lastCancelled : text.lastRun} <When at={run.endedAt} now={now} past /> ·{' '}
      {runNumbers(run)}
    </Text>
  );
}
