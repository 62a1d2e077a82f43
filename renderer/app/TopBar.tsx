import { ActionIcon, Button, Indicator, Popover, Text, Tooltip } from '@mantine/core';
import { IconBell, IconLock, IconLockOpen, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import type { AppView } from '../../preload/contract/views.ts';
import { useCommand } from '../bridge/hooks.ts';
import { Tag } from '../components/Tag.tsx';
import { MessageList } from './MessageList.tsx';
import { useMessages } from './messages.tsx';
import { RunProgress } from './RunProgress.tsx';
import { text } from './text.ts';

export function TopBar({ app }: { readonly app: AppView | undefined }) {
  return (
    <section className="topbar" aria-label={text.status}>
      <RunProgress />
      {app && <PauseButton paused={app.paused} />}
      {app && <LockState app={app} />}
      <RecentMessages />
    </section>
  );
}

function PauseButton({ paused }: { readonly paused: boolean }) {
  const pause = useCommand('sync.pause');
  const { sayFailure } = useMessages();
  const label = paused ? text.resume : text.pause;
  const toggle = () =>
    pause.mutate({ paused: !paused }, { onError: (failure) => sayFailure(`${label}: not done`, failure) });
  if (!paused) {
    return (
      <Tooltip label={label}>
        <ActionIcon size="md" aria-label={label} loading={pause.isPending} onClick={toggle}>
          <IconPlayerPause size={17} aria-hidden="true" />
        </ActionIcon>
      </Tooltip>
    );
  }
  return (
    <>
      <Tooltip label={text.pausedHint}>
        <span>
          <Tag look={{ tone: 'doubt', icon: IconPlayerPause, word: text.paused }} />
        </span>
      </Tooltip>
      <Button
        variant="default"
        aria-label={label}
        leftSection={<IconPlayerPlay size={14} aria-hidden="true" />}
        loading={pause.isPending}
        onClick={toggle}
      >
        Resume
      </Button>
    </>
  );
}

function LockState({ app: { lock } }: { readonly app: AppView }) {
  const open = lock.state === 'open';
  const label = open ? text.unlocked : text.locked;
  const Shown = open ? IconLockOpen : IconLock;
  return (
    <Popover position="bottom-end" width={280} shadow="md">
      <Popover.Target>
        <Tooltip label={label}>
          <ActionIcon size="md" aria-label={label} {...(open ? {} : { color: 'red' })}>
            <Shown size={17} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <Text size="sm">{open && lock.keptIn ? text.keptIn[lock.keptIn] : lock.sentence}</Text>
        {lock.fix !== '' && (
          <Text size="sm" c="dimmed" mt={4}>
            {lock.fix}
          </Text>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function RecentMessages() {
  const { unread, markRead } = useMessages();
  return (
    <Popover position="bottom-end" width={380} shadow="md" onOpen={markRead}>
      <Popover.Target>
        <Tooltip label={text.messages}>
          <ActionIcon size="md" aria-label={unread > 0 ? `${text.messages}, ${unread} new` : text.messages}>
            <Indicator disabled={unread === 0} size={7} offset={2}>
              <IconBell size={17} aria-hidden="true" />
            </Indicator>
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={text.messages}>
        <MessageList />
      </Popover.Dropdown>
    </Popover>
  );
}
