import { Button, Group, Text } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { OrphanedRecord } from '../../../preload/contract/watch.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand, useOperation } from '../../bridge/hooks.ts';
import { Callout } from '../../components/Callout.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { Failure } from '../../components/Failure.tsx';
import { services } from '../../components/services.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import { When } from '../../components/When.tsx';
import { text } from './text.ts';

const Repoint = lazy(() => import('../record/Repoint.tsx'));

const rowHeight = 46;
/** So many are seen without scrolling. */
const seenAtOnce = 4;

/** Records whose source a scan no longer finds, with the two ways on. Nothing, if there are none. */
export function Orphans({ now }: { readonly now: number }) {
  const orphans = useOperation('discovery.orphans', {});
  const [repointing, setRepointing] = useState<OrphanedRecord>();
  const [removing, setRemoving] = useState<OrphanedRecord>();
  if (orphans.error) return <Failure failure={orphans.error} onRetry={() => void orphans.refetch()} />;
  const found = orphans.data ?? [];
  return (
    <>
      {found.length > 0 && (
        <Callout tone="doubt" title={`${text.orphans} (${found.length})`}>
          <Text size="sm">{text.orphansHint}</Text>
          <div className="orphans" style={{ height: Math.min(found.length, seenAtOnce) * rowHeight + 2 }}>
            <VirtualList
              items={found}
              rowHeight={rowHeight}
              label={text.orphans}
              keyOf={({ recordId }) => recordId}
              render={(orphan) => (
                <Group gap="sm" wrap="nowrap" className="orphan">
                  <div className="item-name">
                    <span className="cut">
                      {orphan.sourceVault}/{orphan.sourceName} → {services[orphan.targetService].short},{' '}
                      <bdi className="mono">{orphan.targetName}</bdi>
                    </span>
                    <Text size="xs" c="dimmed">
                      {orphan.vaultGone ? text.vaultGone : text.sourceGone}, <When at={orphan.goneAt} now={now} past />
                    </Text>
                  </div>
                  <Button size="xs" variant="default" flex="none" onClick={() => setRepointing(orphan)}>
                    {text.repoint}
                  </Button>
                  <Button size="xs" variant="default" flex="none" onClick={() => setRemoving(orphan)}>
                    {text.remove}
                  </Button>
                </Group>
              )}
            />
          </div>
        </Callout>
      )}
      {repointing && (
        <Suspense>
          <Repoint record={{ ...repointing, id: repointing.recordId }} onClose={() => setRepointing(undefined)} />
        </Suspense>
      )}
      {removing && <Remove orphan={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}

function Remove({ orphan, onClose }: { readonly orphan: OrphanedRecord; onClose(): void }) {
  const remove = useCommand('records.remove');
  const { say } = useMessages();
  return (
    <Confirm
      title={text.removeTitle}
      act={text.removeAct}
      danger
      busy={remove.isPending}
      failure={remove.error}
      onConfirm={() =>
        remove.mutate(
          { ids: [orphan.recordId] },
          {
            onSuccess: () => {
              say('good', text.removed, orphan.targetName);
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <Text>{text.removeBody(orphan.targetName)}</Text>
    </Confirm>
  );
}
