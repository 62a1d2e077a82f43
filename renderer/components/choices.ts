import type { RecordView, ScheduleView } from '../../preload/contract/views.ts';

/** Schedules as a list to choose from. */
export const scheduleChoices = [
  { value: 'manual', label: 'Manual' },
  { value: '1', label: 'Every hour' },
  { value: '6', label: 'Every 6 hours' },
  { value: '24', label: 'Every 24 hours' },
] as const;
export type ScheduleChoice = (typeof scheduleChoices)[number]['value'];

export function choiceOf(schedule: ScheduleView): ScheduleChoice {
  return schedule.kind === 'manual' ? 'manual' : `${schedule.hours}`;
}

export function scheduleOf(choice: ScheduleChoice): ScheduleView {
  switch (choice) {
    case 'manual':
      return { kind: 'manual' };
    case '1':
      return { kind: 'every', hours: 1 };
    case '6':
      return { kind: 'every', hours: 6 };
    case '24':
      return { kind: 'every', hours: 24 };
  }
}

/** What to do when the target was changed outside the app. */
export const conflictChoices: readonly { readonly value: RecordView['conflictPolicy']; readonly label: string }[] = [
  { value: 'default', label: 'As in Settings > Sync' },
  { value: 'overwrite', label: 'Overwrite: Azure wins' },
  { value: 'skip', label: 'Skip: leave the target' },
  { value: 'alert', label: 'Alert: pause until I decide' },
];
