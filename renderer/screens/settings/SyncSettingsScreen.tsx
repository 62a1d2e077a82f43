import { Input, NumberInput, Radio, SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import type { SettingsView } from '../../../preload/contract/views.ts';
import { useChangeSettings } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';
import { Section, SettingsPage } from './SettingsPage.tsx';
import { text } from './text.ts';

const policies = ['overwrite', 'skip', 'alert'] as const;
const themes = ['system', 'light', 'dark'] as const;
const mostAtATime = 64;

/** Settings > Sync. Every choice is saved as it is made. */
export default function SyncSettingsScreen() {
  return <SettingsPage title={text.title}>{(settings) => <Settings settings={settings} />}</SettingsPage>;
}

function Settings({ settings }: { readonly settings: SettingsView }) {
  const change = useChangeSettings();
  return (
    <Stack gap="md" maw={640}>
      <Failure failure={change.error} />
      <Section title={text.conflicts} hint={text.conflictsHint}>
        <Radio.Group
          aria-label={text.conflicts}
          value={settings.conflictPolicy}
          onChange={(value) => {
            const conflictPolicy = policies.find((policy) => policy === value);
            if (conflictPolicy) change.mutate({ conflictPolicy });
          }}
        >
          <Stack gap="sm">
            {policies.map((policy) => {
              const [label, description] = text.conflictChoices[policy];
              return <Radio key={policy} value={policy} label={label} description={description} />;
            })}
          </Stack>
        </Radio.Group>
      </Section>
      <Section title={text.speed}>
        <Concurrency
          key={settings.concurrency}
          saved={settings.concurrency}
          save={(concurrency) => change.mutate({ concurrency })}
        />
      </Section>
      <Section title={text.appearance}>
        <Input.Label component="div" id="theme-label" display="block" mb={4}>
          {text.theme}
        </Input.Label>
        <SegmentedControl
          aria-labelledby="theme-label"
          value={settings.theme}
          data={themes.map((theme) => ({ value: theme, label: text.themes[theme] }))}
          onChange={(value) => {
            const theme = themes.find((each) => each === value);
            if (theme) change.mutate({ theme });
          }}
        />
      </Section>
    </Stack>
  );
}

/** Saved on leaving the field or on Enter, not at every digit typed. */
function Concurrency({ saved, save }: { readonly saved: number; save(concurrency: number): void }) {
  const [typed, setTyped] = useState<string | number>(saved);
  const valid = typeof typed === 'number' && Number.isInteger(typed) && typed >= 1 && typed <= mostAtATime;
  const finish = () => {
    if (valid && typed !== saved) save(typed);
  };
  return (
    <NumberInput
      styles={{ wrapper: { maxWidth: 140 } }}
      label={text.concurrency}
      description={text.concurrencyHint}
      min={1}
      max={mostAtATime}
      clampBehavior="none"
      allowDecimal={false}
      value={typed}
      onChange={setTyped}
      onBlur={finish}
      onKeyDown={(event) => event.key === 'Enter' && finish()}
      error={valid ? null : text.concurrencyWrong}
    />
  );
}
