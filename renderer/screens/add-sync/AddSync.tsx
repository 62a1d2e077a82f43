import { Button, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { usePlace } from '../../app/place.tsx';
import { useSync } from '../../app/useSync.ts';
import { useCommand, useOperation } from '../../bridge/hooks.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Empty } from '../../components/Empty.tsx';
import { plural } from '../../components/format.ts';
import { cannotBeCopied, refusedBy, useCertificates } from './certificates.ts';
import { type Draft, emptyDraft, type Item, newRecords, pickedItems, picksOf, servicesFor } from './draft.ts';
import { ItemsStep } from './ItemsStep.tsx';
import { fieldId, problemOf } from './problems.ts';
import { ReviewStep } from './ReviewStep.tsx';
import { SourceStep } from './SourceStep.tsx';
import { placeOf, TargetStep } from './TargetStep.tsx';
import { text } from './text.ts';
import { useNames } from './useNames.ts';
import './AddSync.css';

const PlanDialog = lazy(() => import('../plan/PlanDialog.tsx'));

const itemsStep = 1;
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
  const targets = useMemo(
    () => connections?.filter(({ settings }) => settings.provider !== 'azure') ?? [],
    [connections],
  );
  const typed = useMemo<Draft>(() => {
    const only = targets.length === 1 ? targets[0] : undefined;
    return {
      ...emptyDraft,
      // Where there is nothing to choose, nobody is asked.
      connectionId: azure.length === 1 ? (azure[0]?.id ?? '') : '',
      targetConnectionId: only?.id ?? '',
      region: only ? placeOf(only.settings) : '',
      ...changed,
    };
  }, [azure, targets, changed]);

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
  const problem = problemOf(step, draft, { items, refusals, answer: names.current ? names.answer : undefined });
  const checking =
    problem === undefined &&
    ((step === itemsStep && [...certificates.values()].some(({ details, failure }) => !details && !failure)) ||
      (step === targetStep && !names.current && names.failure === null));
  const toCreate = useMemo(() => newRecords(draft, items, names.answer?.names ?? []), [draft, items, names.answer]);

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
      // A name that was free when it was looked at may be what is refused: the names are looked at again.
      create.mutate({ records: toCreate }, { onError: names.retry });
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
            onConnect={(provider) => begin({ kind: 'connection', provider, editing: undefined })}
          />
        )}
        {step === reviewStep && (
          <ReviewStep
            draft={draft}
            sourceConnection={azure.find(({ id }) => id === draft.connectionId)?.name ?? ''}
            targetConnection={targets.find(({ id }) => id === draft.targetConnectionId)?.name ?? ''}
            records={toCreate}
            failure={create.error}
          />
        )}
      </section>
      <div className="wizard-foot">
        <Text role="alert" size="sm" c="var(--mantine-color-error)" mr="auto">
          {shownProblem?.sentence}
        </Text>
        <Button variant="default" flex="none" onClick={step === 0 ? close : () => goTo(step - 1)}>
          {step === 0 ? text.cancel : text.back}
        </Button>
        <Button flex="none" loading={checking || create.isPending} onClick={next}>
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
  const focusable = element?.matches('input, textarea, button')
    ? element
    : (element?.querySelector('[aria-invalid="true"]') ?? element?.querySelector('input, select, button, [tabindex]'));
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
