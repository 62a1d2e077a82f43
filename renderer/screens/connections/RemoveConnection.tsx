import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionView, OrphanView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { copyText } from '../../components/copy.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { plural } from '../../components/format.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import { orphanCells, orphanList } from './orphanList.ts';
import { text } from './text.ts';

interface Props {
  readonly connection: ConnectionView;
  onClose(): void;
}

/** Asks before a connection goes, with its records if it has any; then lists what these leave behind. */
export function RemoveConnection({ connection: { id, name, records }, onClose }: Props) {
  const remove = useCommand('connections.remove');
  const { say } = useMessages();
  const orphans = remove.data?.orphans ?? [];
  if (remove.isSuccess && orphans.length > 0) return <Orphans orphans={orphans} onClose={onClose} />;
  return (
    <Confirm
      title={`Remove ${name}?`}
      act={records === 0 ? text.remove : text.removeWithRecords}
      danger
      busy={remove.isPending}
      failure={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(
          { id, withRecords: records > 0 },
          {
            onSuccess: (removed) => {
              say('info', `${name} removed`);
              if (removed.orphans.length === 0) onClose();
            },
          },
        )
      }
    >
      <Text>
        {records === 0 ? text.removeFree : `${plural(records, 'record uses', 'records use')} it. ${text.removeUsed}`}
      </Text>
    </Confirm>
  );
}

function Orphans({ orphans, onClose }: { readonly orphans: readonly OrphanView[]; onClose(): void }) {
  const [copied, setCopied] = useState<boolean>();
  const label = copied === undefined ? text.copyList : copied ? text.listCopied : text.listNotCopied;
  return (
    <Dialog title={text.orphansTitle} width={1160} height={560} closesOutside={false} onClose={onClose}>
      <Text>
        {plural(orphans.length, 'copy', 'copies')}. {text.orphansHint}
      </Text>
      <div className="orphan-row orphan-head" aria-hidden="true">
        {text.orphanColumns.map((column) => (
          <span key={column}>{column}</span>
        ))}
      </div>
      <VirtualList
        items={orphans}
        rowHeight={36}
        label={text.orphans}
        keyOf={(orphan) => `${orphan.source} ${orphanCells(orphan).join(' ')}`}
        render={(orphan) => (
          <div className="orphan-row">
            {orphanCells(orphan).map((cell, column) => (
              <span key={text.orphanColumns[column]} className="cut" title={cell}>
                {cell || '—'}
              </span>
            ))}
          </div>
        )}
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={() => setCopied(copyText(orphanList(orphans)))}>
          {label}
        </Button>
        <Button onClick={onClose} data-autofocus>
          {text.done}
        </Button>
      </Group>
    </Dialog>
  );
}
