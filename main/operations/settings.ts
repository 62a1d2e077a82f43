import type { Input, Output } from '../../preload/contract/operations.ts';
import type { SettingsView } from '../../preload/contract/views.ts';
import { authoritiesIn, confirmed, confirmFollowing } from './confirm.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { exclusionProblems } from './exclusions.ts';
import { given } from './given.ts';
import { countNextRuns, waitsForPerson } from './next-runs.ts';
import { refuse, scheduleProblems } from './record-checks.ts';

/** Operations on Settings. */
export function settingsHandlers(deps: OperationDeps): Handlers<'settings.get' | 'settings.set'> {
  const { preferences, store, clock } = deps;

  return {
    'settings.get': () => settingsOf(preferences.get()),
    'settings.set': async (change, context) => {
      context.about(Object.keys(change).join(', '));
      refuse([
        ...exclusionProblems(change.exclusions ?? []),
        ...(change.checkSchedule ? scheduleProblems(change.checkSchedule, 'checkSchedule') : []),
      ]);
      if (change.network) await deps.clouds.checkNetwork(change.network);
      const before = preferences.get();
      if (change.network && reachesElsewhere(before.network, change.network))
        await confirmed(deps, networkWords(change.network), 'Change how the clouds are reached?');
      if (change.deletionPolicy === 'follow' && before.deletionPolicy !== 'follow')
        await confirmFollowing(deps, `All records without a setting of their own (of ${store.records.count()})`);
      const newSchedule = change.checkSchedule && !sameSchedule(change.checkSchedule, before.checkSchedule);
      preferences.set({ ...given(change), ...(newSchedule ? { checkScheduleSetAt: clock.now() } : {}) });
      deps.events.changed('settings');
      await countThoseLetGo(before);
      return settingsOf(preferences.get());
    },
  };

  /** Records that waited for a person, and by what was changed no longer have to, run by themselves again; and the reverse. */
  async function countThoseLetGo(before: SettingsView): Promise<void> {
    const after = preferences.get();
    if (after.conflictPolicy === before.conflictPolicy && after.deletionPolicy === before.deletionPolicy) return;
    await countNextRuns(
      deps,
      store.records.idsWhere({}),
      (row) => row.conflictSeen !== null && waitsForPerson(row, before) !== waitsForPerson(row, after),
    );
    deps.events.changed('records', 'app');
  }
}

function settingsOf(values: SettingsView): Output<'settings.get'> {
  const { theme, conflictPolicy, deletionPolicy, exclusions, scanMinutes, historyDays } = values;
  const { checkSchedule, checkValues, concurrency, network } = values;
  return {
    ...{ theme, conflictPolicy, deletionPolicy, exclusions, scanMinutes, historyDays },
    ...{ checkSchedule, checkValues, concurrency, network },
  };
}

type CheckSchedule = NonNullable<Input<'settings.set'>['checkSchedule']>;

function sameSchedule(one: CheckSchedule, other: CheckSchedule): boolean {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}

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
