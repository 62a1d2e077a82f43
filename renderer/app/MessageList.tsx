import { Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import { useNow } from '../components/useNow.ts';
import { When } from '../components/When.tsx';
import { useMessages } from './messages.tsx';
import { text } from './text.ts';
import './MessageList.css';

const icons = { good: IconCircleCheck, info: IconInfoCircle, bad: IconAlertTriangle };

/** What was said since the window was opened, newest first, so that a toast that went away can still be read. */
export function MessageList() {
  const { recent } = useMessages();
  const now = useNow();
  if (recent.length === 0) {
    return (
      <Text size="sm" c="dimmed" p="sm">
        {text.noMessages}
      </Text>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part of the page that scrolls must be reachable by keyboard
    <ul className="message-list" aria-label={text.messages} tabIndex={0}>
      {recent.map((message) => {
        const MessageIcon = icons[message.level];
        return (
          <li key={message.id}>
            <MessageIcon size={17} className={`message-${message.level}`} aria-hidden="true" style={{ flex: 'none' }} />
            <div>
              <Text size="sm" fw={550}>
                {message.title}
              </Text>
              <Text size="sm">{message.detail}</Text>
              <Text size="xs" c="dimmed">
                <When at={message.at} now={now} past />
              </Text>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
