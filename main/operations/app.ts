import type { Handlers, OperationDeps } from './deps.ts';

type AppOperations = 'app.get' | 'lock.open' | 'lock.startOver' | 'notices.dismiss';

/** Operations on the app itself: its state, the credential store and notices. */
export function appHandlers(deps: OperationDeps): Handlers<AppOperations> {
  return {
    'app.get': () => ({
      ...deps.product,
      lock: deps.lock.view(),
      paused: deps.preferences.get().paused,
      waiting: deps.store.records.countWaiting(),
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
  };
}
