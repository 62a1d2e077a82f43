import { useDebouncedValue } from '@mantine/hooks';
import type { OperationFailure } from '../../bridge/call.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { scheduleOf, type TypedSchedule, typedProblem } from './typed.ts';

/** Long enough not to ask at every key, short enough to seem immediate; milliseconds. */
const pause = 250;

interface SchedulePreview {
  /** Why it can't be used, in words; null if it can, or if nobody knows yet. */
  readonly problem: string | null;
  /** Whether what is typed now has not been judged yet. */
  readonly checking: boolean;
  readonly words: string;
  /** Milliseconds since the epoch. */
  readonly next: readonly number[];
  readonly failure: OperationFailure | null;
  retry(): void;
}

/** What main makes of a schedule as typed: its words, its next runs, or what is wrong with it. */
export function useSchedulePreview(typed: TypedSchedule): SchedulePreview {
  const key = JSON.stringify(scheduleOf(typed));
  const [settled] = useDebouncedValue(typed, pause);
  const settledKey = JSON.stringify(scheduleOf(settled));
  const ownProblem = typedProblem(typed);
  const asked = typedProblem(settled) === undefined;
  const answer = useOperation(
    'schedule.preview',
    { schedule: scheduleOf(settled) },
    { key: settledKey, enabled: asked, keepPrevious: true, fresh: true },
  );
  const current = key === settledKey && asked && !answer.isPlaceholderData && !answer.isFetching;
  const known = ownProblem === undefined && asked ? answer.data : undefined;
  return {
    problem: ownProblem ?? known?.problem ?? null,
    checking: ownProblem === undefined && !current && answer.error === null,
    words: known?.words ?? '',
    next: known?.next ?? [],
    failure: ownProblem === undefined ? answer.error : null,
    retry: () => void answer.refetch(),
  };
}
