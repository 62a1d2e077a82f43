import { UnstyledButton } from '@mantine/core';
import {
  type Icon,
  IconAdjustmentsHorizontal,
  IconCloudDataConnection,
  IconFilterOff,
  IconListSearch,
  IconNetwork,
  IconRefreshDot,
  IconRoute,
  IconShieldCheck,
  IconTimeline,
} from '@tabler/icons-react';
import type { AppView } from '../../preload/contract/views.ts';
import { count, plural } from '../components/format.ts';
import { Logo } from '../components/Logo.tsx';
import { type Screen, usePlace } from './place.tsx';
import { text } from './text.ts';

interface Item {
  readonly screen: Screen;
  readonly icon: Icon;
  readonly title: string;
  readonly label: string;
  /** Belongs to the item above it. */
  readonly inner?: boolean;
}

const item = (screen: Screen, icon: Icon, title: string, label = title): Item => ({ screen, icon, title, label });

const groups: readonly (readonly [title: string, items: readonly Item[]])[] = [
  [
    text.automation,
    [
      item('sync', IconRefreshDot, text.sync),
      item('discovery', IconListSearch, text.discovery),
      item('rules', IconRoute, text.rules),
      item('checks', IconShieldCheck, text.checks),
    ],
  ],
  [text.records, [item('audit', IconTimeline, text.audit)]],
  [
    text.settings,
    [
      item('connections', IconCloudDataConnection, text.connections),
      item('sync-settings', IconAdjustmentsHorizontal, text.syncSettings, text.syncSettingsLabel),
      { ...item('exclusions', IconFilterOff, text.exclusions), inner: true },
      item('network', IconNetwork, text.network),
    ],
  ],
];

export function Sidebar({ app }: { readonly app: AppView | undefined }) {
  const { screen, go } = usePlace();
  const waiting = app ? app.waiting.conflicts + app.waiting.deletions : 0;
  return (
    <nav className="sidebar" aria-label={text.navigation}>
      <div className="brand">
        <Logo />
        <span>{app?.name}</span>
      </div>
      {groups.map(([title, items]) => (
        // biome-ignore lint/a11y/useSemanticElements: these are links in a navigation, not fields of a form
        <div key={title} role="group" aria-label={title} className="nav-group">
          <p className="nav-title" aria-hidden="true">
            {title}
          </p>
          {items.map((item) => {
            const waits = item.screen === 'sync' ? waiting : 0;
            return (
              <UnstyledButton
                key={item.screen}
                className={item.inner ? 'nav-item nav-inner' : 'nav-item'}
                aria-label={waits > 0 ? `${item.label} ${plural(waits, text.waits.one, text.waits.many)}` : item.label}
                aria-current={screen === item.screen ? 'page' : undefined}
                onClick={() => go(item.screen)}
              >
                <item.icon size={17} stroke={1.8} aria-hidden="true" />
                <span>{item.title}</span>{' '}
                {waits > 0 && (
                  <b className="nav-count" aria-hidden="true">
                    {count(waits)}
                  </b>
                )}
              </UnstyledButton>
            );
          })}
        </div>
      ))}
      {app && <div className="sidebar-foot">Version {app.version}</div>}
    </nav>
  );
}
