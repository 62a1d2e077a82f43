import { Button, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { awsSettings, type RecordView } from '../../../preload/contract/views.ts';
import { usePlace } from '../../app/place.tsx';
import { useSync } from '../../app/useSync.ts';
import { useCommand, useOperation } from '../../bridge/hooks.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Empty } from '../../components/Empty.tsx';
import { plural } from '../../components/format.ts';
import { type Draft, emptyDraft, fieldId, newRecords, picksOf, problemOf } from './draft.ts';
import { ReviewStep } from './ReviewStep.tsx';
import { SecretsStep } from './SecretsStep.tsx';
import { SourceStep } from './SourceStep.tsx';
import { TargetStep } from './TargetStep.tsx';
import { text } from './text.ts';
import { useNames } from './useNames.ts';
import './AddSync.css';

const PlanDialog = lazy(() => import('../plan/PlanDialog.tsx'));

const isRegion = (typed: string) => awsSettings.shape.region.safeParse(typed).success;
const targetStep = 2;
const reviewStep = 3;

/** From a vault to new sync records, in four steps. */
export default function AddSync() {
  const { begin, endTask } = usePlace();
  const connections = useOperation('connections.list', {}).data;
  const records = useOperation('records.list', {}).data;
  const app = useOperation('app.get', {}).data;
  const create = useCommand('records.create');
  const [step, setStep] = useState(0);
  const [changed, setChanged] = useState<Partial<Draft>>({});
  const [refused, setRefused] = useState(false);
  const [leaving, setLeaving] = useState(false);

  const azure = useMemo(
    () => connections?.filter(({ settings }) => settings.provider === 'azure') ?? [],
    [connections],
  );
  const aws = useMemo(() => connections?.filter(({ settings }) => settings.provider === 'aws') ?? [], [connections]);
  const draft = useMemo<Draft>(() => {
    const onlyAws = aws.length === 1 ? aws[0] : undefined;
    return {
      ...emptyDraft,
      // Where there is nothing to choose, nobody is asked.
      connectionId: azure.length === 1 ? (azure[0]?.id ?? '') : '',
      targetConnectionId: onlyAws?.id ?? '',
      region: onlyAws?.settings.provider === 'aws' ? onlyAws.settings.region : '',
      ...changed,
    };
  }, [azure, aws, changed]);
  const names = useNames(draft, app?.defaultPrefix ?? '', step >= targetStep);
  const problem = problemOf(step, draft, names.answer, isRegion);
  const checking = step === targetStep && problem === undefined && !names.current && names.failure === null;
  const toCreate = useMemo(
    () => newRecords(draft, new Map(names.answer?.names.map((name) => [name.name, name.targetName]))),
    [draft, names.answer],
  );

  const change = (more: Partial<Draft>) => {
    setRefused(false);
    setChanged((known) => ({ ...known, ...more }));
  };
  const goTo = (to: number) => {
    setRefused(false);
    create.reset();
    setStep(to);
  };
  const next = () => {
    if (problem) {
      setRefused(true);
      focusField(fieldId(problem.field));
    } else if (step < reviewStep) {
      goTo(step + 1);
    } else {
      create.mutate({ records: toCreate });
    }
  };
  const close = () => {
    if (picksOf(draft).ids.size > 0 && !create.data) setLeaving(true);
    else endTask();
  };

  if (create.data) return <Created records={create.data} onClose={endTask} />;
  const shownProblem = refused ? problem : undefined;
  return (
    <Dialog title={text.title} width={1000} height={760} closesOutside={false} onClose={close}>
      <ol className="wizard-steps">
        {text.steps.map((title, index) => (
          <li key={title}>
            <button
              type="button"
              className="wizard-step"
              aria-current={index === step ? 'step' : undefined}
              disabled={index > step}
              onClick={() => goTo(index)}
            >
              <span aria-hidden="true">{index + 1}</span>
              {title}
            </button>
          </li>
        ))}
      </ol>
      <section
        key={step}
        ref={step === 0 ? undefined : focusAtOnce}
        className="wizard-body"
        aria-label={`Step ${step + 1} of ${text.steps.length}: ${text.steps[step]}`}
        tabIndex={-1}
      >
        {step === 0 && (
          <SourceStep
            draft={draft}
            connections={azure}
            problem={shownProblem}
            change={change}
            onConnect={() => begin({ kind: 'connection', provider: 'azure', editing: undefined })}
          />
        )}
        {step === 1 && <SecretsStep draft={draft} records={records ?? []} problem={shownProblem} change={change} />}
        {step === targetStep && (
          <TargetStep
            draft={draft}
            connections={aws}
            defaultPrefix={app?.defaultPrefix ?? ''}
            names={names}
            problem={shownProblem}
            change={change}
            onConnect={() => begin({ kind: 'connection', provider: 'aws', editing: undefined })}
          />
        )}
        {step === reviewStep && (
          <ReviewStep
            draft={draft}
            sourceConnection={azure.find(({ id }) => id === draft.connectionId)?.name ?? ''}
            targetConnection={aws.find(({ id }) => id === draft.targetConnectionId)?.name ?? ''}
            records={toCreate}
            failure={create.error}
          />
        )}
      </section>
      <div className="wizard-foot">
        <Text role="alert" size="sm" c="var(--mantine-color-error)" mr="auto">
          {shownProblem?.sentence}
        </Text>
        <Button variant="default" onClick={step === 0 ? close : () => goTo(step - 1)}>
          {step === 0 ? text.cancel : text.back}
        </Button>
        <Button loading={checking || create.isPending} onClick={next}>
          {step === reviewStep ? `Create ${plural(toCreate.length, 'record')}` : text.next}
        </Button>
      </div>
      {leaving && (
        <Confirm
          title={text.discardTitle}
          act={text.discard}
          danger
          cancel={text.keep}
          onConfirm={endTask}
          onClose={() => setLeaving(false)}
        >
          <Text size="sm">{text.discardBody}</Text>
        </Confirm>
      )}
    </Dialog>
  );
}

/** Brings a screen reader, and the next Tab, to a step that has just been shown. */
function focusAtOnce(step: HTMLElement | null): void {
  step?.focus();
}

/** Puts the focus on a field, or on the first thing in it that takes it. */
function focusField(id: string): void {
  const element = document.getElementById(id);
  const focusable = element?.matches('input, button')
    ? element
    : element?.querySelector('input, select, button, [tabindex]');
  if (focusable instanceof HTMLElement) focusable.focus();
}

function Created({ records, onClose }: { readonly records: readonly RecordView[]; onClose(): void }) {
  const { sync, starting } = useSync();
  const [previewing, setPreviewing] = useState(false);
  const ids = records.map((record) => record.id);
  if (previewing) {
    return (
      <Suspense>
        <PlanDialog ids={ids} records={records} onClose={onClose} />
      </Suspense>
    );
  }
  return (
    <Dialog title={text.title} width={520} onClose={onClose}>
      <Empty icon={IconCircleCheck} title={`${plural(records.length, 'record')} created`} sentence={text.created}>
        <div style={{ display: 'flex', gap: 8, marginTop: 12 }}>
          <Button variant="default" onClick={onClose}>
            {text.done}
          </Button>
          <Button variant="default" loading={starting} onClick={() => sync(ids, onClose)}>
            {text.syncNow}
          </Button>
          <Button data-autofocus onClick={() => setPreviewing(true)}>
            {text.preview}
          </Button>
        </div>
      </Empty>
    </Dialog>
  );
}
