import { Button, Text } from '@mantine/core';
import { lazy, Suspense, useId, useMemo, useState } from 'react';
import { usePlace } from '../../app/place.tsx';
import { useConnections, useOperation } from '../../bridge/hooks.ts';
import { useRecords } from '../../bridge/records.ts';
import { Asking } from '../../components/Asking.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Discard } from '../../components/Discard.tsx';
import { plural } from '../../components/format.ts';
import { useSchedulePreview } from '../schedule/useSchedulePreview.ts';
import { partsOf } from './bundle.ts';
import { cannotBeCopied, refusedBy, useCertificates } from './certificates.ts';
import {
  type Draft,
  emptyDraft,
  type Item,
  newRecords,
  onlyChoices,
  pickedItems,
  picksOf,
  servicesFor,
} from './draft.ts';
import { ItemsStep } from './ItemsStep.tsx';
import { fieldId, problemOf } from './problems.ts';
import { ReviewStep } from './ReviewStep.tsx';
import { ScheduleStep } from './ScheduleStep.tsx';
import { SourceStep } from './SourceStep.tsx';
import { TargetStep } from './TargetStep.tsx';
import { text } from './text.ts';
import { useCreate } from './useCreate.ts';
import { useNames } from './useNames.ts';
import './AddSync.css';

const PlanDialog = lazy(() => import('../plan/PlanDialog.tsx'));

const itemsStep = 1;
const targetStep = 2;
const scheduleStep = 3;
const reviewStep = 4;

/** From a vault to new sync records, in five steps. */
export default function AddSync() {
  const { begin, endTask } = usePlace();
  const { azure, targets } = useConnections();
  const records = useRecords().data;
  const app = useOperation('app.get', {}).data;
  const [step, setStep] = useState(0);
  const [changed, setChanged] = useState<Partial<Draft>>({});
  const [refused, setRefused] = useState(false);
  const [leaving, setLeaving] = useState(false);
  /** Counts visits to the review: each is about what was typed until then. */
  const [visit, setVisit] = useState(0);

  const typed = useMemo<Draft>(
    () => ({ ...emptyDraft, ...onlyChoices(azure, targets), ...changed }),
    [azure, targets, changed],
  );

  const { connectionId, vault, picks } = typed;
  const picked = useMemo(() => pickedItems({ connectionId, vault, picks }), [connectionId, vault, picks]);
  const pickedCertificates = useMemo(() => namesOf(picked, 'certificate'), [picked]);
  const certificates = useCertificates(connectionId, vault, pickedCertificates);
  const items = useMemo(
    () => picked.filter(({ kind, name }) => kind === 'secret' || cannotBeCopied(certificates.get(name)) === undefined),
    [picked, certificates],
  );
  const provider = targets.find(({ id }) => id === typed.targetConnectionId)?.settings.provider;
  const draft = useMemo<Draft>(() => {
    if (provider === undefined || provider === 'azure' || items.length === 0) return typed;
    const possible = servicesFor(provider, items);
    return { ...typed, service: possible.find((each) => each === changed.service) ?? possible[0] ?? typed.service };
  }, [typed, changed.service, provider, items]);
  const refusals = refusedBy(draft.service, namesOf(items, 'certificate'), certificates);

  const names = useNames(draft, items, app?.defaultPrefix ?? '', step >= targetStep);
  const schedule = useSchedulePreview(draft.schedule);
  const problem = problemOf(step, draft, {
    items,
    refusals,
    answer: names.current ? names.answer : undefined,
    schedule: schedule.problem,
  });
  const checking =
    problem === undefined &&
    ((step === itemsStep && [...certificates.values()].some(({ details, failure }) => !details && !failure)) ||
      (step === targetStep && !names.current && names.failure === null) ||
      (step === scheduleStep && schedule.checking));
  const toCreate = useMemo(() => newRecords(draft, items, names.answer?.names ?? []), [draft, items, names.answer]);
  const plan = useOperation(
    'records.preview',
    { records: toCreate },
    { key: `${useId()} ${visit}`, fresh: true, enabled: step === reviewStep },
  );
  // A name that was free when it was looked at may be what is refused: the names are looked at again.
  const create = useCreate(endTask, names.retry);

  const change = (more: Partial<Draft>) => {
    setRefused(false);
    setChanged((known) => ({ ...known, ...more }));
  };
  const goTo = (to: number) => {
    setRefused(false);
    create.reset();
    setStep(to);
    if (to === reviewStep) setVisit((known) => known + 1);
  };
  const next = () => {
    if (problem) {
      setRefused(true);
      focusField(fieldId(problem.field));
    } else {
      goTo(step + 1);
    }
  };
  const close = () => {
    if (picksOf(draft).ids.size > 0) setLeaving(true);
    else endTask();
  };

  if (create.changed) {
    return (
      <Suspense>
        <PlanDialog
          ids={create.changed.map(({ id }) => id)}
          records={create.changed}
          note={text.planChanged}
          onClose={endTask}
        />
      </Suspense>
    );
  }
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
        onBlur={(event) => {
          // What was typed wrong is told as soon as its field is left; what wasn't typed yet, at the end.
          if (problem && wasTyped(event.target, fieldId(problem.field))) setRefused(true);
        }}
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
        {step === itemsStep && (
          <ItemsStep
            draft={draft}
            items={items}
            certificates={certificates}
            records={records ?? []}
            problem={shownProblem}
            change={change}
          />
        )}
        {step === targetStep && (
          <TargetStep
            draft={draft}
            items={items}
            connections={targets}
            refusals={refusals}
            defaultPrefix={app?.defaultPrefix ?? ''}
            names={names}
            problem={shownProblem}
            change={change}
          />
        )}
        {step === scheduleStep && (
          <ScheduleStep
            draft={draft}
            parts={partsOf(draft, items)}
            scheduleId={fieldId('schedule')}
            scheduleError={shownProblem?.field === 'schedule' ? shownProblem.sentence : null}
            change={change}
          />
        )}
        {step === reviewStep && (
          <ReviewStep
            draft={draft}
            sourceConnection={azure.find(({ id }) => id === draft.connectionId)?.name ?? ''}
            targetConnection={targets.find(({ id }) => id === draft.targetConnectionId)?.name ?? ''}
            records={toCreate}
            plan={plan}
            failure={create.failure}
          />
        )}
      </section>
      <div className="wizard-foot">
        <Text role="alert" size="sm" c="var(--mantine-color-error)" mr="auto">
          {shownProblem?.sentence}
        </Text>
        <Asking busy={create.creating} />
        <Button variant="default" flex="none" onClick={step === 0 ? close : () => goTo(step - 1)}>
          {step === 0 ? text.cancel : text.back}
        </Button>
        {step < reviewStep ? (
          <Button flex="none" loading={checking} onClick={next}>
            {text.next}
          </Button>
        ) : (
          <CreateButtons
            possible={plan.data !== undefined && !plan.isFetching && !plan.error}
            count={toCreate.length}
            busy={create.creating}
            onCreate={(syncNow) => create.create(toCreate, syncNow ? plan.data : undefined)}
          />
        )}
      </div>
      {leaving && (
        <Discard
          title={text.discardTitle}
          words={text.discardBody}
          onDiscard={endTask}
          onKeep={() => setLeaving(false)}
        />
      )}
    </Dialog>
  );
}

function namesOf(items: readonly Item[], wanted: Item['kind']): string[] {
  return items.flatMap(({ kind, name }) => (kind === wanted ? [name] : []));
}

/** Brings a screen reader, and the next Tab, to a step that has just been shown. */
function focusAtOnce(step: HTMLElement | null): void {
  step?.focus();
}

function wasTyped(target: EventTarget, id: string): boolean {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) || target.value === '')
    return false;
  return document.getElementById(id)?.contains(target) ?? false;
}

/** Puts the focus on a field, or on the first thing in it that is wrong or else takes it. */
function focusField(id: string): void {
  const element = document.getElementById(id);
  const focusable = element?.matches('input, select, textarea, button')
    ? element
    : (element?.querySelector('[aria-invalid="true"]') ?? element?.querySelector('input, select, button, [tabindex]'));
  if (focusable instanceof HTMLElement) focusable.focus();
}

interface CreateButtonsProps {
  /** The first plan has been seen. */
  readonly possible: boolean;
  readonly count: number;
  readonly busy: boolean;
  onCreate(syncNow: boolean): void;
}

function CreateButtons({ possible, count, busy, onCreate }: CreateButtonsProps) {
  return (
    <>
      <Button variant="default" flex="none" disabled={!possible || busy} onClick={() => onCreate(false)}>
        {`${text.create} ${plural(count, 'record')}`}
      </Button>
      <Button flex="none" disabled={!possible} loading={busy} onClick={() => onCreate(true)}>
        {text.createAndSync}
      </Button>
    </>
  );
}
