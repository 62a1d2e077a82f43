import { Stack } from '@mantine/core';
import { NetworkSettings } from './NetworkSettings.tsx';
import { Section, SettingsPage } from './SettingsPage.tsx';
import { text } from './text.ts';

/** Settings > Network, as fixes call it. */
export default function NetworkScreen() {
  return (
    <SettingsPage title={text.network}>
      {({ network }) => (
        <Stack maw={640}>
          <Section title={text.reach} hint={text.reachHint}>
            <NetworkSettings saved={network} />
          </Section>
        </Stack>
      )}
    </SettingsPage>
  );
}
