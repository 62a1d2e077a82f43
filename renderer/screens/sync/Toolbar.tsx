import { Button, CloseButton, Group, Text, Tooltip } from '@mantine/core';
import {
  IconEye,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconShieldCheck,
  IconTrash,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { count, plural } from '../../components/format.ts';
import { text } from './text.ts';

interface ToolbarActions {
  sync(): void;
  preview(): void;
  setEnabled(enabled: boolean): void;
  edit(): void;
  check(): void;
  remove(): void;
  clear(): void;
}

interface Props {
  /** Of those shown. */
  readonly selected: number;
  readonly shown: number;
  readonly starting: boolean;
  readonly actions: ToolbarActions;
}

/** What can be done with the selected records, or with all shown when none is selected. */
export function Toolbar({ selected, shown, starting, actions }: Props) {
  const none = selected === 0;
  const scope = none ? `all ${plural(shown, 'shown record')}` : plural(selected, 'selected record');
  return (
    <Group gap={6} ml="auto" role="toolbar" aria-label="Actions" justify="flex-end">
      {none ? null : (
        <Group gap={2} wrap="nowrap" mr={4}>
          <Text size="sm" fw={550} className="numbers" style={{ whiteSpace: 'nowrap' }}>
            {count(selected)} selected
          </Text>
          <CloseButton size="sm" aria-label={text.clear} onClick={actions.clear} />
        </Group>
      )}
      <ForSelected
        none={none}
        label={text.pause}
        icon={<IconPlayerPause size={14} />}
        run={() => actions.setEnabled(false)}
      />
      <ForSelected
        none={none}
        label={text.resume}
        icon={<IconPlayerPlay size={14} />}
        run={() => actions.setEnabled(true)}
      />
      <ForSelected none={none} label={text.edit} icon={<IconPencil size={14} />} run={actions.edit} />
      <ForSelected none={none} label={text.check} icon={<IconShieldCheck size={14} />} run={actions.check} />
      <ForSelected none={none} label={text.remove} icon={<IconTrash size={14} />} run={actions.remove} />
      <Tooltip label={`Shows what a sync of ${scope} would do. Nothing is written.`}>
        <Button
          variant="default"
          disabled={shown === 0}
          leftSection={<IconEye size={14} aria-hidden="true" />}
          onClick={actions.preview}
        >
          {text.preview}
        </Button>
      </Tooltip>
      <Tooltip label={`Syncs ${scope}`}>
        <Button
          disabled={shown === 0}
          loading={starting}
          leftSection={<IconRefresh size={14} aria-hidden="true" />}
          onClick={actions.sync}
        >
          {text.syncNow}
        </Button>
      </Tooltip>
    </Group>
  );
}

interface ForSelectedProps {
  readonly none: boolean;
  readonly label: string;
  readonly icon: ReactNode;
  run(): void;
}

/** Only for records that were picked on purpose: "all shown" would be too easy a mistake here. */
function ForSelected({ none, label, icon, run }: ForSelectedProps) {
  return (
    <Tooltip label={text.needsSelection} disabled={!none}>
      <Button variant="default" px={8} className="needs-selection" disabled={none} leftSection={icon} onClick={run}>
        {label}
      </Button>
    </Tooltip>
  );
}
