import { Button, Group, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import type { Input } from '../../../preload/contract/operations.ts';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand, useOperation } from '../../bridge/hooks.ts';
import { Asking } from '../../components/Asking.tsx';
import { Choose } from '../../components/Choose.tsx';
import { conflictChoices, deletionChoicesFor, deletionWords } from '../../components/choices.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { Failure } from '../../components/Failure.tsx';
import { plural } from '../../components/format.ts';
import { changeWords } from '../schedule/changeWords.ts';
import { ScheduleField } from '../schedule/ScheduleField.tsx';
import { scheduleOf, type TypedSchedule, typedOf } from '../schedule/typed.ts';
import { useSchedulePreview } from '../schedule/useSchedulePreview.ts';
import { text } from './text.ts';

interface Props {
  readonly records: readonly RecordView[];
  onClose(): void;
}

type Change = Input<'records.update'>['change'];
const scheduleId = 'edit-schedule';
const asItIs = { value: 'as-it-is', label: text.editing.asItIs } as const;
const onOff = [asItIs, { value: 'on', label: text.editing.on }, { value: 'off', label: text.editing.off }] as const;
type OnOff = (typeof onOff)[number]['value'];

interface Picked {
  readonly enabled: OnOff;
  readonly onChange: OnOff;
  readonly copyTags: OnOff;
  readonly conflictPolicy: RecordView['conflictPolicy'] | 'as-it-is';
  readonly deletionPolicy: RecordView['deletionPolicy'] | 'as-it-is';
}
const nothingPicked: Picked = {
  enabled: 'as-it-is',
  onChange: 'as-it-is',
  copyTags: 'as-it-is',
  conflictPolicy: 'as-it-is',
  deletionPolicy: 'as-it-is',
};

/** Changes settings of several records at once; what isn't chosen stays as each record has it. */
export default function EditRecords({ records, onClose }: Props) {
  const { editing: words } = text;
  const update = useCommand('records.update');
  const { say } = useMessages();
  const scanMinutes = useOperation('settings.get', {}).data?.scanMinutes;
  const [scheduled, setScheduled] = useState(false);
  const [typed, setTyped] = useState<TypedSchedule>(() => typedOf(records[0]?.schedule ?? { kind: 'manual' }));
  const [picked, setPicked] = useState<Picked>(nothingPicked);
  const { enabled, onChange, copyTags, conflictPolicy, deletionPolicy } = picked;
  const pick = (more: Partial<Picked>) => setPicked((known) => ({ ...known, ...more }));
  const [refused, setRefused] = useState(false);
  const { problem, checking } = useSchedulePreview(typed);

  const change: Change = {
    ...(scheduled ? { schedule: scheduleOf(typed) } : {}),
    ...(enabled === 'as-it-is' ? {} : { enabled: enabled === 'on' }),
    ...(onChange === 'as-it-is' ? {} : { syncOnChange: onChange === 'on' }),
    ...(copyTags === 'as-it-is' ? {} : { copyTags: copyTags === 'on' }),
    ...(conflictPolicy === 'as-it-is' ? {} : { conflictPolicy }),
    ...(deletionPolicy === 'as-it-is' ? {} : { deletionPolicy }),
  };
  const targets = [...new Set(records.map(({ targetService }) => targetService))];
  const ofRules = records.filter(({ ruleId }) => ruleId !== null).length;
  const submit = () => {
    if (scheduled && problem !== null) {
      setRefused(true);
      document.getElementById(scheduleId)?.focus();
      return;
    }
    update.mutate(
      { ids: records.map(({ id }) => id), change },
      {
        onSuccess: () => {
          say('good', `${plural(records.length, 'record')} changed`);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      title={`${words.title} ${plural(records.length, 'record')}`}
      width={640}
      closesOutside={false}
      onClose={onClose}
    >
      <Stack gap="md">
        <Text c="dimmed">{words.hint}</Text>
        {ofRules > 0 && <Text c="dimmed">{`${plural(ofRules, 'record was', 'records were')} ${words.ofRules}`}</Text>}
        <Switch
          label={words.changeSchedule}
          checked={scheduled}
          onChange={(event) => setScheduled(event.currentTarget.checked)}
        />
        {scheduled && (
          <ScheduleField
            label={words.schedule}
            id={scheduleId}
            value={typed}
            error={refused ? problem : null}
            onChange={setTyped}
          />
        )}
        <Group grow align="flex-start" gap="sm">
          <Choose
            label={words.enabled}
            value={enabled}
            choices={onOff}
            onChoose={(chosen) => pick({ enabled: chosen })}
          />
          <Choose
            label={words.copyTags}
            value={copyTags}
            choices={onOff}
            onChoose={(chosen) => pick({ copyTags: chosen })}
          />
        </Group>
        <Choose
          label={words.syncOnChange}
          value={onChange}
          choices={onOff}
          description={changeWords(scanMinutes)}
          onChoose={(chosen) => pick({ onChange: chosen })}
        />
        <Group grow align="flex-start" gap="sm">
          <Choose
            label={words.conflict}
            value={conflictPolicy}
            choices={[asItIs, ...conflictChoices]}
            onChoose={(chosen) => pick({ conflictPolicy: chosen })}
          />
          <Choose
            label={words.deletion}
            value={deletionPolicy}
            choices={[asItIs, ...deletionChoicesFor(targets)]}
            description={deletionWords(targets)}
            onChoose={(chosen) => pick({ deletionPolicy: chosen })}
          />
        </Group>
        <Failure failure={update.error} />
        <Asking busy={update.isPending} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button
            loading={update.isPending || (scheduled && checking)}
            disabled={Object.keys(change).length === 0}
            onClick={submit}
          >
            {words.save}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
