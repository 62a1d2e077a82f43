import { Group, Stack, Switch } from '@mantine/core';
import { useOperation } from '../../bridge/hooks.ts';
import { Choose } from '../../components/Choose.tsx';
import { conflictChoices, deletionChoicesFor, deletionWords, keepableDeletion } from '../../components/choices.ts';
import { type Part, services, tagsWords } from '../../components/services.ts';
import { changeWords } from '../schedule/changeWords.ts';
import { ScheduleField } from '../schedule/ScheduleField.tsx';
import type { Draft } from './draft.ts';
import { text } from './text.ts';

type Timing = 'schedule' | 'syncOnChange' | 'conflictPolicy' | 'deletionPolicy' | 'copyTags';

interface Props {
  readonly draft: Pick<Draft, Timing | 'service'>;
  /** The secrets that go into one JSON object, if any do. */
  readonly parts: readonly Part[];
  /** Of the schedule, for the focus to go to. */
  readonly scheduleId: string;
  readonly scheduleError: string | null;
  change(changed: Partial<Pick<Draft, Timing>>): void;
}

/** When the copies are brought up to date, and what happens when somebody else changed or deleted something. */
export function ScheduleStep({ draft, parts, scheduleId, scheduleError, change }: Props) {
  const scanMinutes = useOperation('settings.get', {}).data?.scanMinutes;
  const targets = [draft.service];
  return (
    <Stack gap="lg" maw={720}>
      <ScheduleField
        label={text.schedule}
        id={scheduleId}
        value={draft.schedule}
        error={scheduleError}
        onChange={(schedule) => change({ schedule })}
      />
      <Switch
        label={text.syncOnChange}
        description={changeWords(scanMinutes)}
        checked={draft.syncOnChange}
        onChange={(event) => change({ syncOnChange: event.currentTarget.checked })}
      />
      <Group grow align="flex-start" gap="sm">
        <Choose
          label={text.conflict}
          value={draft.conflictPolicy}
          choices={conflictChoices}
          onChoose={(conflictPolicy) => change({ conflictPolicy })}
        />
        <Choose
          label={text.deletion}
          value={keepableDeletion(draft.service, draft.deletionPolicy)}
          choices={deletionChoicesFor(targets)}
          description={deletionWords(targets)}
          onChoose={(deletionPolicy) => change({ deletionPolicy })}
        />
      </Group>
      <Switch
        label={text.copyTags}
        description={tagsWords(services[draft.service].provider, parts)}
        checked={draft.copyTags}
        onChange={(event) => change({ copyTags: event.currentTarget.checked })}
      />
    </Stack>
  );
}
