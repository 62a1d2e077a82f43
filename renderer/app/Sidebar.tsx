import { UnstyledButton } from '@mantine/core';
import {
  type Icon,
  IconAdjustmentsHorizontal,
  IconCloudDataConnection,
  IconNetwork,
  IconRefreshDot,
} from '@tabler/icons-react';
import type { AppView } from '../../preload/contract/views.ts';
import { Logo } from '../components/Logo.tsx';
import { type Screen, usePlace } from './place.tsx';
import { text } from './text.ts';

interface Item {
  readonly screen: Screen;
  readonly icon: Icon;
  readonly title: string;
  readonly label: string;
}

const groups: readonly (readonly [title: string, items: readonly Item[]])[] = [
  [text.automation, [{ screen: 'sync', icon: IconRefreshDot, title: text.sync, label: text.sync }]],
  [
    text.settings,
    [
      { screen: 'connections', icon: IconCloudDataConnection, title: text.connections, label: text.connections },
      {
        screen: 'sync-settings',
        icon: IconAdjustmentsHorizontal,
        title: text.syncSettings,
        label: text.syncSettingsLabel,
      },
      { screen: 'network', icon: IconNetwork, title: text.network, label: text.network },
    ],
  ],
];

export function Sidebar({ app }: { readonly app: AppView | undefined }) {
  const { screen, go } = usePlace();
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
          {items.map((item) => (
            <UnstyledButton
              key={item.screen}
              className="nav-item"
              aria-label={item.label}
              aria-current={screen === item.screen ? 'page' : undefined}
              onClick={() => go(item.screen)}
            >
              <item.icon size={17} stroke={1.8} aria-hidden="true" />
              <span>{item.title}</span>
            </UnstyledButton>
          ))}
        </div>
      ))}
      {app && <div className="sidebar-foot">Version {app.version}</div>}
    </nav>
  );
}
