import { type ScheduleView, schedule as scheduleSchema } from '../../../preload/contract/views.ts';

export const rhythms = ['manual', '1', '6', '24', 'cron'] as const;
type Rhythm = (typeof rhythms)[number];

/** A schedule as it is typed. An expression stays while another rhythm is looked at. */
export interface TypedSchedule {
  readonly rhythm: Rhythm;
  readonly expression: string;
  /** An IANA name. */
  readonly timeZone: string;
}

/** The zone of this computer's clock. */
function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function typedOf(schedule: ScheduleView): TypedSchedule {
  const typed = { expression: '', timeZone: ownTimeZone() };
  switch (schedule.kind) {
    case 'manual':
      return { ...typed, rhythm: 'manual' };
    case 'every':
      return { ...typed, rhythm: `${schedule.hours}` };
    case 'cron':
      return { rhythm: 'cron', expression: schedule.expression, timeZone: schedule.timeZone };
  }
}

export function scheduleOf({ rhythm, expression, timeZone }: TypedSchedule): ScheduleView {
  switch (rhythm) {
    case 'manual':
      return { kind: 'manual' };
    case '1':
      return { kind: 'every', hours: 1 };
    case '6':
      return { kind: 'every', hours: 6 };
    case '24':
      return { kind: 'every', hours: 24 };
    case 'cron':
      return { kind: 'cron', expression: expression.trim(), timeZone };
  }
}

/** What the contract itself says against it; undefined where only main can tell. */
export function typedProblem(typed: TypedSchedule): string | undefined {
  return scheduleSchema.safeParse(scheduleOf(typed)).error?.issues[0]?.message;
}

export function isSame(a: TypedSchedule, b: TypedSchedule): boolean {
  return JSON.stringify(scheduleOf(a)) === JSON.stringify(scheduleOf(b));
}

/** Every zone to choose from; UTC and the ones in use may go by names that the system's list does not have. */
export function timeZones(inUse: readonly string[]): string[] {
  return [...new Set(['UTC', ...inUse, ...Intl.supportedValuesOf('timeZone')])].sort();
}
