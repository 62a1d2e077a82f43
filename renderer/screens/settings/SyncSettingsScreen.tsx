import { Input, NumberInput, Radio, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SettingsView } from '../../../preload/contract/views.ts';
import { useChangeSettings } from '../../bridge/hooks.ts';
import { Asking } from '../../components/Asking.tsx';
import { Failure } from '../../components/Failure.tsx';
import { CheckSettings } from './CheckSettings.tsx';
import { Section, SettingsPage } from './SettingsPage.tsx';
import { text } from './text.ts';

const policies = ['overwrite', 'skip', 'alert'] as const;
const themes = ['system', 'light', 'dark'] as const;
const deletions = ['keep', 'follow'] as const;

/** Settings > Sync. Every choice is saved as it is made. */
export default function SyncSettingsScreen() {
  return <SettingsPage title={text.title}>{(settings) => <Settings settings={settings} />}</SettingsPage>;
}

function Settings({ settings }: { readonly settings: SettingsView }) {
  const change = useChangeSettings();
  /** Why a setting was not changed, beside it: elsewhere it could be out of sight. */
  const failed = (setting: keyof SettingsView) => (
    <Failure failure={change.variables && setting in change.variables ? change.error : null} />
  );
  return (
    <Stack gap="md" maw={640}>
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
        {failed('conflictPolicy')}
      </Section>
      <Section title={text.deletions} hint={text.deletionsHint}>
        <Radio.Group
          aria-label={text.deletions}
          value={settings.deletionPolicy}
          onChange={(value) => {
            const deletionPolicy = deletions.find((policy) => policy === value);
            if (deletionPolicy) change.mutate({ deletionPolicy });
          }}
        >
          <Stack gap="sm">
            {deletions.map((policy) => {
              const [label, description] = text.deletionChoices[policy];
              return <Radio key={policy} value={policy} label={label} description={description} />;
            })}
          </Stack>
        </Radio.Group>
        <Text size="sm" c="dimmed" mt="sm">
          {text.brake}
        </Text>
        <Asking busy={change.isPending && change.variables.deletionPolicy === 'follow'} />
        {failed('deletionPolicy')}
      </Section>
      <Section title={text.looking}>
        <WholeNumber
          key={settings.scanMinutes}
          words={[text.scanMinutes, text.scanMinutesHint, text.scanMinutesWrong]}
          range={[0, 1440]}
          saved={settings.scanMinutes}
          save={(scanMinutes) => change.mutate({ scanMinutes })}
        />
        {failed('scanMinutes')}
      </Section>
      <CheckSettings settings={settings} />
      <Section title={text.speed}>
        <WholeNumber
          key={settings.concurrency}
          words={[text.concurrency, text.concurrencyHint, text.concurrencyWrong]}
          range={[1, 64]}
          saved={settings.concurrency}
          save={(concurrency) => change.mutate({ concurrency })}
        />
        {failed('concurrency')}
      </Section>
      <Section title={text.history}>
        <WholeNumber
          key={settings.historyDays}
          words={[text.historyDays, text.historyDaysHint, text.historyDaysWrong]}
          range={[0, 3650]}
          saved={settings.historyDays}
          save={(historyDays) => change.mutate({ historyDays })}
        />
        {failed('historyDays')}
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
        {failed('theme')}
      </Section>
    </Stack>
  );
}

interface WholeNumberProps {
  readonly words: readonly [label: string, description: string, wrong: string];
  readonly range: readonly [least: number, most: number];
  readonly saved: number;
  save(value: number): void;
}

/** Saved on leaving the field or on Enter, not at every digit typed. */
function WholeNumber({ words: [label, description, wrong], range: [min, max], saved, save }: WholeNumberProps) {
  const [typed, setTyped] = useState<string | number>(saved);
  const valid = typeof typed === 'number' && Number.isInteger(typed) && typed >= min && typed <= max;
  const finish = () => {
    if (valid && typed !== saved) save(typed);
  };
  return (
    <NumberInput
      styles={{ wrapper: { maxWidth: 140 } }}
      label={label}
      description={description}
      min={min}
      max={max}
      clampBehavior="none"
      allowDecimal={false}
      value={typed}
      onChange={setTyped}
      onBlur={finish}
      onKeyDown={(event) => event.key === 'Enter' && finish()}
      error={valid ? null : wrong}
    />
  );
}
