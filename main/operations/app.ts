import type { SettingsView } from '../../preload/contract/views.ts';
import { authoritiesIn, confirmed } from './confirm.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { given } from './given.ts';

type AppOperations = 'app.get' | 'lock.open' | 'lock.startOver' | 'notices.dismiss' | 'settings.get' | 'settings.set';

/** Whether traffic would pass through, or be believed from, somebody else than before. */
function reachesElsewhere(before: SettingsView['network'], after: SettingsView['network']): boolean {
  const added = after.caBundle.trim() !== '' && after.caBundle !== before.caBundle;
  return added || (after.proxy !== '' && after.proxy !== before.proxy);
}

/** Who every connection will pass through and believe, for a dialog. */
function networkWords({ proxy, caBundle }: SettingsView['network']): string {
  const through = proxy === '' ? 'without a proxy' : `through the proxy ${proxy}`;
  const trusting = caBundle.trim() === '' ? '' : `, and will trust ${authoritiesIn(caBundle)}`;
  return `Every connection will be made ${through}${trusting}. Whoever runs them may be able to read what passes.`;
}

/** Operations on the app itself: its state, the credential store, notices and settings. */
export function appHandlers(deps: OperationDeps): Handlers<AppOperations> {
  const settings = () => {
    const { theme, conflictPolicy, concurrency, network } = deps.preferences.get();
    return { theme, conflictPolicy, concurrency, network };
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
    'settings.set': async (change, context) => {
      context.about(Object.keys(change).join(', '));
      if (change.network) await deps.clouds.checkNetwork(change.network);
      if (change.network && reachesElsewhere(deps.preferences.get().network, change.network))
        await confirmed(deps, networkWords(change.network), 'Change how the clouds are reached?');
      deps.preferences.set(given(change));
      deps.events.changed('settings');
      return settings();
    },
  };
}
