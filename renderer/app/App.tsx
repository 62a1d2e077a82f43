import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { createQueryClient, follow } from '../bridge/follow.ts';
import { useOperation } from '../bridge/hooks.ts';
import { OpenDialogsProvider } from '../components/openDialogs.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { MessagesProvider, useMessages } from './messages.tsx';
import { PlaceProvider } from './place.tsx';
import { runNumbers } from './runs.ts';
import { Shell } from './Shell.tsx';
import { text } from './text.ts';
import { cssVariables, theme } from './theme.ts';

export function App() {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <Themed>
        <ErrorBoundary>
          <MessagesProvider>
            <Following client={client} />
            <OpenDialogsProvider>
              <PlaceProvider>
                <Shell />
              </PlaceProvider>
            </OpenDialogsProvider>
          </MessagesProvider>
        </ErrorBoundary>
      </Themed>
    </QueryClientProvider>
  );
}

/** The theme chosen in the settings; the system's until they are read. */
function Themed({ children }: { readonly children: ReactNode }) {
  const chosen = useOperation('settings.get', {}).data?.theme ?? 'system';
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={noManager}
      defaultColorScheme="auto"
      {...(chosen === 'system' ? {} : { forceColorScheme: chosen })}
    >
      <aside aria-label="Messages">
        <Notifications position="bottom-left" limit={3} containerWidth={380} withinPortal={false} />
      </aside>
      {children}
    </MantineProvider>
  );
}

/** The choice is kept by main with the other settings, not in this window's storage. */
const noManager = {
  get: () => 'auto' as const,
  set: () => {},
  subscribe: () => {},
  unsubscribe: () => {},
  clear: () => {},
};

/** Ties the window to main's events for as long as it is open. */
function Following({ client }: { readonly client: ReturnType<typeof createQueryClient> }) {
  const { say } = useMessages();
  useEffect(
    () =>
      follow(client, (run) => {
        const numbers = runNumbers(run);
        if (run.attention > 0) say('bad', text.finishedWithProblems, `${numbers}. ${text.findProblems}`, 'sync');
        else if (run.phase === 'cancelled') say('info', text.cancelled, numbers, 'sync');
        else if (run.trigger === 'user') say('good', text.finished, numbers, 'sync');
      }),
    [client, say],
  );
  return null;
}
