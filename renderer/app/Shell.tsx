import { Activity, lazy, Suspense } from 'react';
import { useOperation } from '../bridge/hooks.ts';
import { Failure } from '../components/Failure.tsx';
import { SyncScreen } from '../screens/sync/SyncScreen.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { Notices } from './Notices.tsx';
import { usePlace } from './place.tsx';
import { Sidebar } from './Sidebar.tsx';
import { TopBar } from './TopBar.tsx';
import './Shell.css';

const DiscoveryScreen = lazy(() => import('../screens/discovery/DiscoveryScreen.tsx'));
const RulesScreen = lazy(() => import('../screens/rules/RulesScreen.tsx'));
const ChecksScreen = lazy(() => import('../screens/checks/ChecksScreen.tsx'));
const AuditScreen = lazy(() => import('../screens/audit/AuditScreen.tsx'));
const ConnectionsScreen = lazy(() => import('../screens/connections/ConnectionsScreen.tsx'));
const SyncSettingsScreen = lazy(() => import('../screens/settings/SyncSettingsScreen.tsx'));
const ExclusionsScreen = lazy(() => import('../screens/settings/ExclusionsScreen.tsx'));
const NetworkScreen = lazy(() => import('../screens/settings/NetworkScreen.tsx'));
const AddSync = lazy(() => import('../screens/add-sync/AddSync.tsx'));
const ConnectionForm = lazy(() => import('../screens/connections/ConnectionForm.tsx'));
const LockPanel = lazy(() => import('./LockPanel.tsx'));

/** Sidebar, top bar and the screen the person is on. */
export function Shell() {
  const app = useOperation('app.get', {});
  const { screen } = usePlace();
  const lock = app.data?.lock;

  return (
    <div className="shell">
      <Sidebar app={app.data} />
      <div className="main-column">
        <TopBar app={app.data} />
        <div className="above-screen">
          {app.error && <Failure failure={app.error} onRetry={() => void app.refetch()} />}
          {lock && lock.state !== 'open' && (
            <Suspense>
              <LockPanel lock={lock} />
            </Suspense>
          )}
          <Notices notices={app.data?.notices ?? []} />
        </div>
        <main className="screen">
          <ErrorBoundary>
            {/* The list of records keeps its place, filter and selection while another screen is looked at. */}
            <Activity mode={screen === 'sync' ? 'visible' : 'hidden'}>
              <SyncScreen />
            </Activity>
          </ErrorBoundary>
          <ErrorBoundary key={screen}>
            <Suspense>
              {screen === 'discovery' && <DiscoveryScreen />}
              {screen === 'rules' && <RulesScreen />}
              {screen === 'checks' && <ChecksScreen />}
              {screen === 'audit' && <AuditScreen />}
              {screen === 'connections' && <ConnectionsScreen />}
              {screen === 'sync-settings' && <SyncSettingsScreen />}
              {screen === 'exclusions' && <ExclusionsScreen />}
              {screen === 'network' && <NetworkScreen />}
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <ErrorBoundary>
        <Tasks />
      </ErrorBoundary>
    </div>
  );
}

function Tasks() {
  const { tasks } = usePlace();
  return tasks.map((task, depth) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tasks are a pile, and a task's depth in it never changes
    <Suspense key={depth}>
      {task.kind === 'add-sync' ? <AddSync /> : <ConnectionForm provider={task.provider} editing={task.editing} />}
    </Suspense>
  ));
}
