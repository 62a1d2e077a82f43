import { Input, Select, Text, TextInput } from '@mantine/core';
import { useId, useMemo } from 'react';
import { Choose } from '../../components/Choose.tsx';
import { Failure } from '../../components/Failure.tsx';
import { exactly, exactlyIn } from '../../components/format.ts';
import { text } from './text.ts';
import { rhythms, type TypedSchedule, timeZones } from './typed.ts';
import { useSchedulePreview } from './useSchedulePreview.ts';
import '../../components/Chips.css';
import './ScheduleField.css';

interface Props {
  readonly label: string;
  /** Of the field that can be wrong, for the focus to go to. */
  readonly id?: string;
  readonly value: TypedSchedule;
  readonly disabled?: boolean;
  /** What having no schedule means, where that is not pressing Sync Now. */
  readonly manual?: string;
  /** Said by whoever asks, where it says more than the field knows. */
  readonly error?: string | null;
  onChange(typed: TypedSchedule): void;
}

/** Builds a schedule: one of the usual rhythms, or a cron expression in a time zone. Says at once when it would run. */
export function ScheduleField({
  label,
  id,
  value,
  disabled = false,
  manual = text.rhythms.manual,
  error = null,
  onChange,
}: Props) {
  const fallbackId = useId();
  const fieldId = id ?? fallbackId;
  const preview = useSchedulePreview(value);
  const { expression, timeZone, rhythm } = value;
  const zones = useMemo(() => timeZones([timeZone]), [timeZone]);
  const cron = rhythm === 'cron';
  // An empty field is no mistake yet: the examples say how to go on.
  const problem = error ?? (cron && expression.trim() === '' ? null : preview.problem);
  return (
    <div className="schedule">
      <Choose
        {...(cron ? {} : { id: fieldId })}
        label={label}
        value={rhythm}
        disabled={disabled}
        choices={rhythms.map((each) => ({ value: each, label: each === 'manual' ? manual : text.rhythms[each] }))}
        error={cron ? null : problem}
        onChoose={(chosen) => onChange({ ...value, rhythm: chosen })}
      />
      {cron && (
        <>
          <div className="schedule-cron">
            <TextInput
              id={fieldId}
              label={text.expression}
              description={text.expressionHint}
              inputWrapperOrder={['label', 'input', 'error', 'description']}
              spellCheck={false}
              autoComplete="off"
              maxLength={120}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              disabled={disabled}
              value={expression}
              error={problem}
              onChange={(event) => onChange({ ...value, expression: event.currentTarget.value })}
            />
            <Select
              label={text.timeZone}
              data={zones}
              searchable
              selectFirstOptionOnChange
              allowDeselect={false}
              limit={60}
              maxDropdownHeight={240}
              nothingFoundMessage={text.noTimeZone}
              disabled={disabled}
              value={timeZone}
              onChange={(chosen) => chosen !== null && onChange({ ...value, timeZone: chosen })}
            />
          </div>
          <fieldset className="chips" aria-label={text.examples}>
            {text.exampleChips.map(([example, words]) => (
              <button
                key={example}
                type="button"
                className="chip"
                aria-pressed={expression.trim() === example}
                title={example}
                disabled={disabled}
                onClick={() => onChange({ ...value, expression: example })}
              >
                {words}
              </button>
            ))}
          </fieldset>
        </>
      )}
      <Failure failure={preview.failure} onRetry={preview.retry} />
      {rhythm !== 'manual' && problem === null && <NextRuns preview={preview} cron={cron} timeZone={timeZone} />}
    </div>
  );
}

interface NextRunsProps {
  readonly preview: ReturnType<typeof useSchedulePreview>;
  readonly cron: boolean;
  readonly timeZone: string;
}

function NextRuns({ preview: { words, next, checking, problem }, cron, timeZone }: NextRunsProps) {
  if (problem !== null || (next.length === 0 && !checking)) return null;
  return (
    <div className="schedule-next" aria-busy={checking}>
      <Text size="sm" fw={550} role="status">
        {words === '' ? text.checking : words}
      </Text>
      {next.length > 0 && (
        <>
          <Input.Description>{text.next}</Input.Description>
          <ol>
            {next.map((at) => (
              <li key={at}>
                <time
                  dateTime={new Date(at).toISOString()}
                  title={cron ? exactlyIn(at, timeZone) : exactly(at)}
                  className="numbers"
                >
                  {exactly(at)}
                </time>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}
