import { Button, Group, Stack, Switch } from '@mantine/core';
import { useState } from 'react';
import type { SettingsView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';
import { ScheduleField } from '../schedule/ScheduleField.tsx';
import { isSame, scheduleOf, typedOf } from '../schedule/typed.ts';
import { useSchedulePreview } from '../schedule/useSchedulePreview.ts';
import { Section } from './SettingsPage.tsx';
import { text } from './text.ts';

/** When everything is checked by itself. Saved on demand: a half-typed schedule is none. */
export function CheckSettings({ settings }: { readonly settings: SettingsView }) {
  const saved = typedOf(settings.checkSchedule);
  const [schedule, setSchedule] = useState(saved);
  const [values, setValues] = useState(settings.checkValues);
  const save = useCommand('settings.set');
  const { say } = useMessages();
  const { problem, checking } = useSchedulePreview(schedule);
  const changed = !isSame(schedule, saved) || values !== settings.checkValues;
  const submit = () =>
    save.mutate(
      { checkSchedule: scheduleOf(schedule), checkValues: values },
      { onSuccess: () => say('good', text.checkSaved) },
    );
  return (
    <Section title={text.checks} hint={text.checksHint}>
      <Stack gap="sm">
        <ScheduleField label={text.checkSchedule} manual={text.checkManual} value={schedule} onChange={setSchedule} />
        <Switch
          label={text.checkValues}
          description={text.checkValuesHint}
          checked={values}
          onChange={(event) => setValues(event.currentTarget.checked)}
        />
        <Failure failure={save.error} />
        <Group gap="xs">
          <Button disabled={!changed || problem !== null || checking} loading={save.isPending} onClick={submit}>
            {text.checkSave}
          </Button>
          {changed && (
            <Button
              variant="default"
              onClick={() => {
                setSchedule(saved);
                setValues(settings.checkValues);
                save.reset();
              }}
            >
              {text.discard}
            </Button>
          )}
        </Group>
      </Stack>
    </Section>
  );
}
