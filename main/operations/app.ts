import type { Handlers, OperationDeps } from './deps.ts';
import { given } from './given.ts';

type AppOperations = 'app.get' | 'lock.open' | 'lock.startOver' | 'notices.dismiss' | 'settings.get' | 'settings.set';

/** Operations on the app itself: its state, the credential store, notices and settings. */
export function appHandlers(deps: OperationDeps): Handlers<AppOperations> {
  const settings = () => {
    const { theme, conflictPolicy, concurrency } = deps.preferences.get();
    return { theme, conflictPolicy, concurrency };
  };
  return {
    'app.get': () => ({
      ...deps.product,
      lock: deps.lock.view(),
      paused: deps.preferences.get().paused,
      notices: deps.notices.list(),
    }),
    'lock.open': async ({ passphrase }) => {
      const lock = await deps.lock.open(passphrase);
      deps.events.changed('app');
      return lock;
    },
    'lock.startOver': async () => {
      const lock = await deps.lock.startOver();
      deps.events.changed('app', 'connections');
      return lock;
    },
    'notices.dismiss': ({ id }) => {
      deps.notices.dismiss(id);
      deps.events.changed('app');
      return {};
    },
    'settings.get': settings,
    'settings.set': (change, context) => {
      context.about(Object.keys(change).join(', '));
      deps.preferences.set(given(change));
      deps.events.changed('settings');
      return settings();
    },
  };
}
