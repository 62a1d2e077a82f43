import { occurrences, scheduleProblem, scheduleWords } from '../scheduler/index.ts';
import type { Handlers, OperationDeps } from './deps.ts';

const shownRuns = 5;

/** What a schedule being typed would mean. */
export function scheduleHandlers({ clock }: Pick<OperationDeps, 'clock'>): Handlers<'schedule.preview'> {
  return {
    'schedule.preview': ({ schedule }) => {
      const problem = scheduleProblem(schedule);
      if (problem !== null) return { problem, words: '', next: [] };
      return { problem, words: scheduleWords(schedule), next: occurrences(schedule, clock.now(), shownRuns) };
    },
  };
}
