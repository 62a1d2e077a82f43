import { Button, Group, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import type { Input } from '../../../preload/contract/operations.ts';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand, useOperation } from '../../bridge/hooks.ts';
import { Asking } from '../../components/Asking.tsx';
import { Callout } from '../../components/Callout.tsx';
import { Choose } from '../../components/Choose.tsx';
import { conflictChoices, deletionChoicesFor, deletionWords } from '../../components/choices.ts';
import { Failure } from '../../components/Failure.tsx';
import { bundleOf, services, sourceWords, tagsWords } from '../../components/services.ts';
import { changeWords } from '../schedule/changeWords.ts';
import { ScheduleField } from '../schedule/ScheduleField.tsx';
import { isSame, scheduleOf, type TypedSchedule, typedOf } from '../schedule/typed.ts';
import { useSchedulePreview } from '../schedule/useSchedulePreview.ts';
import { text } from './text.ts';

interface Props {
  readonly record: RecordView;
  onRepoint(): void;
}

/** How one record is kept up to date. Every choice is saved as it is made; a schedule, once it is typed. */
export function Settings({ record, onRepoint }: Props) {
  const update = useCommand('records.update');
  const scanMinutes = useOperation('settings.get', {}).data?.scanMinutes;
  const { say } = useMessages();
  const change = (changed: Input<'records.update'>['change'], onSaved?: () => void) =>
    update.mutate(
      { ids: [record.id], change: changed },
      {
        onSuccess: () => {
          say('good', `${sourceWords(record)} changed`);
          onSaved?.();
        },
      },
    );
  const targets = [record.targetService];
  return (
    <Stack gap="lg">
      {record.rule !== null && (
        <Callout tone="busy" title={`${text.fromRule} ${record.rule}`}>
          {text.fromRuleHint}
        </Callout>
      )}
      <Failure failure={update.error} />
      <Asking busy={update.isPending && update.variables.change.deletionPolicy !== undefined} />
      <Schedule record={record} saving={update.isPending} save={change} />
      <Switch
        label={text.enabled}
        description={text.enabledHint}
        checked={record.enabled}
        disabled={update.isPending}
        onChange={(event) => change({ enabled: event.currentTarget.checked })}
      />
      <Switch
        label={text.syncOnChange}
        description={changeWords(scanMinutes)}
        checked={record.syncOnChange}
        disabled={update.isPending}
        onChange={(event) => change({ syncOnChange: event.currentTarget.checked })}
      />
      <Choose
        label={text.conflict}
        value={record.conflictPolicy}
        choices={conflictChoices}
        disabled={update.isPending}
        onChoose={(conflictPolicy) => change({ conflictPolicy })}
      />
      <Choose
        label={text.deletion}
        value={record.deletionPolicy}
        choices={deletionChoicesFor(targets)}
        description={deletionWords(targets)}
        disabled={update.isPending}
        onChoose={(deletionPolicy) => change({ deletionPolicy })}
      />
      <Switch
        label={text.copyTags}
        description={tagsWords(services[record.targetService].provider, bundleOf(record))}
        checked={record.copyTags}
        disabled={update.isPending}
        onChange={(event) => change({ copyTags: event.currentTarget.checked })}
      />
      <div>
        <Button variant="default" onClick={onRepoint}>
          {text.repoint}
        </Button>
        <Text size="xs" c="dimmed" mt={4}>
          {text.repointHint}
        </Text>
      </div>
    </Stack>
  );
}

interface ScheduleProps {
  readonly record: RecordView;
  readonly saving: boolean;
  save(change: Input<'records.update'>['change'], onSaved: () => void): void;
}

function Schedule({ record, saving, save }: ScheduleProps) {
  const saved = typedOf(record.schedule);
  const [typed, setTyped] = useState<TypedSchedule>();
  const shown = typed ?? saved;
  const { problem, checking } = useSchedulePreview(shown);
  const changed = !isSame(shown, saved);
  return (
    <Stack gap="xs">
      <ScheduleField label={text.schedule} value={shown} disabled={saving} onChange={setTyped} />
      {changed && (
        <Group gap="xs">
          <Button
            loading={saving}
            disabled={problem !== null || checking}
            onClick={() => save({ schedule: scheduleOf(shown) }, () => setTyped(undefined))}
          >
            {text.saveSchedule}
          </Button>
          <Button variant="default" disabled={saving} onClick={() => setTyped(undefined)}>
            {text.discard}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
