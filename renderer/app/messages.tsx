import { notifications } from '@mantine/notifications';
import { createContext, type ReactNode, use, useCallback, useMemo, useRef, useState } from 'react';
import type { OperationFailure } from '../bridge/call.ts';
import { text } from './text.ts';

type MessageLevel = 'good' | 'info' | 'bad';

interface Message {
  readonly id: number;
  readonly at: number;
  readonly level: MessageLevel;
  readonly title: string;
  readonly detail: string;
}

interface Messages {
  /** Newest first. */
  readonly recent: readonly Message[];
  readonly unread: number;
  /**
   * Shows a message for a while, and keeps it in the list of recent messages.
   * @param about what it takes the place of, while that is still shown: of many syncs only the latest is told
   */
  say(level: MessageLevel, title: string, detail?: string, about?: string): void;
  /** Says that something the person asked for was refused: cause, fix and reference. */
  sayFailure(title: string, failure: OperationFailure): void;
  markRead(): void;
}

const MessagesContext = createContext<Messages | undefined>(undefined);

const kept = 50;
const colors: Readonly<Record<MessageLevel, string>> = { good: 'green', info: 'petrol', bad: 'red' };

export function MessagesProvider({ children }: { readonly children: ReactNode }) {
  const [recent, setRecent] = useState<readonly Message[]>([]);
  const [readUpTo, setReadUpTo] = useState(0);
  const shown = useRef(new Map<string, string>());

  const say = useCallback((level: MessageLevel, title: string, detail = '', about = '') => {
    setRecent((known) => {
      const message = { id: (known[0]?.id ?? 0) + 1, at: Date.now(), level, title, detail };
      return [message, ...known].slice(0, kept);
    });
    const before = shown.current.get(about);
    if (before !== undefined) notifications.hide(before);
    const id = notifications.show({
      title,
      message: detail,
      color: colors[level],
      closeButtonProps: { 'aria-label': text.dismiss },
      autoClose: level === 'bad' ? 12_000 : 5_000,
    });
    if (about !== '') shown.current.set(about, id);
  }, []);

  const sayFailure = useCallback(
    (title: string, { view }: OperationFailure) => {
      if (view.kind === 'cancelled') return;
      const reference = view.reference === '' ? '' : ` (Reference ${view.reference})`;
      say('bad', title, `${view.sentence} ${view.fix}${reference}`);
    },
    [say],
  );

  const messages = useMemo<Messages>(() => {
    const newest = recent[0]?.id ?? 0;
    return {
      recent,
      unread: recent.filter((message) => message.id > readUpTo).length,
      say,
      sayFailure,
      markRead: () => setReadUpTo(newest),
    };
  }, [recent, readUpTo, say, sayFailure]);

  return <MessagesContext value={messages}>{children}</MessagesContext>;
}

export function useMessages(): Messages {
  const messages = use(MessagesContext);
  if (!messages) throw new Error('useMessages outside MessagesProvider');
  return messages;
}
