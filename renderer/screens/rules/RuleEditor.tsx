import { Button, NumberInput, Switch, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, type ReactNode, useId, useMemo, useState } from 'react';
import type { RuleView } from '../../../preload/contract/watch.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand, useConnections } from '../../bridge/hooks.ts';
import { Asking } from '../../components/Asking.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Discard } from '../../components/Discard.tsx';
import { Failure } from '../../components/Failure.tsx';
import { plural } from '../../components/format.ts';
import { onlyChoices } from '../add-sync/draft.ts';
import { ScheduleStep } from '../add-sync/ScheduleStep.tsx';
import { useSchedulePreview } from '../schedule/useSchedulePreview.ts';
import {
  emptyRule,
  firstProblem,
  fitted,
  problemsIn,
  type RuleField,
  type RuleProblems,
  ruleFieldId,
  ruleOf,
  type TypedRule,
  typedFrom,
} from './draft.ts';
import { RulePreview } from './RulePreview.tsx';
import { SourceFields } from './SourceFields.tsx';
import { TargetFields } from './TargetFields.tsx';
import { text } from './text.ts';
import { useRulePreview } from './useRulePreview.ts';
import '../add-sync/AddSync.css';
import './rules.css';

interface Props {
  /** Undefined for a new one. */
  readonly editing: RuleView | undefined;
  readonly defaultPrefix: string;
  onClose(): void;
}

/** Makes or changes a rule, with what it would do beside it. */
export default function RuleEditor({ editing, defaultPrefix, onClose }: Props) {
  const { azure, targets } = useConnections();
  const [changed, setChanged] = useState<Partial<TypedRule>>({});
  const [refused, setRefused] = useState<RuleProblems>({});
  const [leaving, setLeaving] = useState(false);
  const save = useCommand('rules.save');
  const { say } = useMessages();

  const typed = useMemo<TypedRule>(() => {
    const begun = editing ? typedFrom(editing, defaultPrefix) : { ...emptyRule, ...onlyChoices(azure, targets) };
    return fitted({ ...begun, ...changed }, targets);
  }, [editing, defaultPrefix, changed, azure, targets]);
  const preview = useRulePreview(editing?.id, typed, defaultPrefix);
  const schedule = useSchedulePreview(typed.schedule);

  const change = (more: Partial<TypedRule>) => {
    setRefused({});
    save.reset();
    setChanged((known) => ({ ...known, ...more }));
  };
  const refuse = (problems: RuleProblems) => {
    setRefused(problems);
    const first = firstProblem(problems);
    // After the fields are drawn with what is wrong.
    if (first) setTimeout(() => document.getElementById(ruleFieldId(first[0]))?.focus());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const checked = ruleOf(typed, defaultPrefix);
    if ('problems' in checked) return refuse(checked.problems);
    if (schedule.problem !== null) return refuse({ schedule: schedule.problem });
    save.mutate(
      { ...(editing ? { id: editing.id } : {}), rule: checked.rule },
      {
        onSuccess: ({ name, enabled, records, state }) => {
          const stopped = enabled ? state?.stopped : null;
          const came = enabled ? text.savedRecords(plural(records, 'record')) : text.savedOff;
          say(stopped ? 'info' : 'good', text.saved(name), stopped ? `${stopped.sentence} ${stopped.fix}` : came);
          onClose();
        },
        onError: ({ view }) => refuse(problemsIn(view.fields)),
      },
    );
  };
  const close = () => (Object.keys(changed).length > 0 ? setLeaving(true) : onClose());
  const error = (field: RuleField) => refused[field] ?? null;
  const creates = typed.enabled && preview.current && !preview.answer?.problem ? (preview.answer?.creates ?? 0) : 0;

  return (
    <Dialog
      title={editing ? text.editTitle(editing.name) : text.addTitle}
      width={1120}
      height={840}
      closesOutside={false}
      onClose={close}
    >
      <form onSubmit={submit} noValidate style={{ display: 'contents' }}>
        <div className="target-columns rule-columns">
          <div>
            {editing && editing.records > 0 && (
              <Text c="dimmed">{text.editHint(plural(editing.records, 'record'))}</Text>
            )}
            <TextInput
              id={ruleFieldId('name')}
              label={text.name}
              data-autofocus
              autoComplete="off"
              maxLength={80}
              value={typed.name}
              error={error('name')}
              onChange={(event) => change({ name: event.currentTarget.value })}
            />
            <Switch
              label={text.enabled}
              description={text.enabledHint}
              checked={typed.enabled}
              onChange={(event) => change({ enabled: event.currentTarget.checked })}
            />
            <Part title={text.parts.source}>
              <SourceFields typed={typed} connections={azure} error={error} change={change} />
            </Part>
            <Part title={text.parts.target}>
              <TargetFields
                typed={typed}
                connections={targets}
                defaultPrefix={defaultPrefix}
                error={error}
                change={change}
              />
            </Part>
            <Part title={text.parts.when}>
              <ScheduleStep
                draft={typed}
                parts={[]}
                scheduleId={ruleFieldId('schedule')}
                scheduleError={error('schedule')}
                change={change}
              />
            </Part>
            <Part title={text.parts.limit}>
              <NumberInput
                id={ruleFieldId('limit')}
                label={text.limitLabel}
                description={text.limitHint}
                inputWrapperOrder={['label', 'input', 'error', 'description']}
                min={1}
                max={100_000}
                clampBehavior="none"
                allowDecimal={false}
                thousandSeparator=","
                styles={{ wrapper: { maxWidth: 140 } }}
                value={typed.limit}
                error={error('limit')}
                onChange={(limit) => change({ limit })}
              />
            </Part>
          </div>
          <RulePreview preview={preview} typed={typed} />
        </div>
        <Failure failure={save.error} />
        <div className="wizard-foot">
          <Text role="alert" size="sm" c="var(--mantine-color-error)" mr="auto">
            {save.error ? '' : firstProblem(refused)?.[1]}
          </Text>
          <Asking busy={save.isPending} />
          <Button variant="default" flex="none" onClick={close}>
            {text.cancel}
          </Button>
          <Button type="submit" flex="none" loading={save.isPending}>
            {creates > 0 ? text.saveAndCreate(plural(creates, 'record')) : text.save}
          </Button>
        </div>
      </form>
      {leaving && (
        <Discard
          title={text.discardTitle}
          words={text.discardBody}
          onDiscard={onClose}
          onKeep={() => setLeaving(false)}
        />
      )}
    </Dialog>
  );
}

/** Fields that belong together, under a title. */
function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section className="rule-part" aria-labelledby={id}>
      <Title order={3} id={id}>
        {title}
      </Title>
      {children}
    </section>
  );
}
