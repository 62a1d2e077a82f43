import { createContext, type ReactNode, use, useMemo, useState } from 'react';
import type { ConnectionView } from '../../preload/contract/views.ts';

export type Screen =
  | 'sync'
  | 'discovery'
  | 'rules'
  | 'checks'
  | 'audit'
  | 'connections'
  | 'sync-settings'
  | 'exclusions'
  | 'network';
export type Provider = ConnectionView['settings']['provider'];

/** A task that is done in its own window-filling dialog, over whatever screen it was started from. */
type Task =
  | { readonly kind: 'add-sync' }
  | { readonly kind: 'connection'; readonly provider: Provider; readonly editing: ConnectionView | undefined };

interface Place {
  readonly screen: Screen;
  /** The one on top is last: a connection can be made in the middle of adding a sync. */
  readonly tasks: readonly Task[];
  go(screen: Screen): void;
  begin(task: Task): void;
  endTask(): void;
}

const PlaceContext = createContext<Place | undefined>(undefined);

/** Where in the app the person is. */
export function PlaceProvider({ children }: { readonly children: ReactNode }) {
  const [screen, go] = useState<Screen>('sync');
  const [tasks, setTasks] = useState<readonly Task[]>([]);
  const place = useMemo<Place>(
    () => ({
      screen,
      tasks,
      go,
      begin: (task) => setTasks((open) => [...open, task]),
      endTask: () => setTasks((open) => open.slice(0, -1)),
    }),
    [screen, tasks],
  );
  return <PlaceContext value={place}>{children}</PlaceContext>;
}

export function usePlace(): Place {
  const place = use(PlaceContext);
  if (!place) throw new Error('usePlace outside PlaceProvider');
  return place;
}
