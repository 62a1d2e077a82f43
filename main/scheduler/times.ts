import type { Schedule } from '../domain/schedule.ts';
import { nextCronTime } from './cron.ts';

const hour = 3_600_000;
const jitterShare = 1 / 20;
const cronJitterMs = 60_000;
const remembered = 200;

/**
 * When a record runs next by itself, jitter included; null for a paused or manual one, and for a schedule that can't be read
 * (`scheduleProblem` says what is wrong with it, and so do its words).
 *
 * An interval counts in elapsed time from `now`, so daylight saving does not touch it and runs missed in sleep are not made up
 * one by one. Jitter pulls it forward by up to a twentieth. A cron time is never pulled forward: it is put off by up to a
 * twentieth of the gap to the following one, 60 s at most. The heartbeat comes once a minute, so jitter decides which beat a
 * record starts with: records of one hourly schedule spread over three or four beats, those of one cron time over two.
 * @param now milliseconds since the epoch
 * @param jitter 0 ≤ x < 1
 */
export function nextRun(
  record: { readonly enabled: boolean; readonly schedule: Schedule },
  now: number,
  jitter: number,
): number | null {
  const { enabled, schedule } = record;
  if (!enabled || schedule.kind === 'manual') return null;
  if (schedule.kind === 'every') {
    const interval = schedule.hours * hour;
    return Math.round(now + interval - interval * jitterShare * jitter);
  }
  const { next, following } = cronTimesAround(schedule, now);
  if (next === null) return null;
  const most = following === null ? cronJitterMs : Math.min(cronJitterMs, (following - next) * jitterShare);
  return Math.round(next + most * jitter);
}

/** The next times at which a schedule fires after `from`, without jitter; none for one that is manual or can't be read. */
export function occurrences(schedule: Schedule, from: number, count: number): number[] {
  if (schedule.kind === 'manual') return [];
  if (schedule.kind === 'every')
    return Array.from({ length: count }, (_, at) => from + (at + 1) * schedule.hours * hour);
  const times: number[] = [];
  for (let at = cronTimeAfter(schedule, from); at !== null && times.length < count; at = cronTimeAfter(schedule, at))
    times.push(at);
  return times;
}

type CronSchedule = Extract<Schedule, { kind: 'cron' }>;

interface Around {
  /** For every instant from this one on and before `next`, `next` is the next time. */
  readonly from: number;
  readonly next: number | null;
  readonly following: number | null;
}

/** Thousands of records share a schedule: what was found for one holds for the others until that time has come. */
const found = new Map<string, Around>();

function cronTimesAround(schedule: CronSchedule, now: number): Around {
  const key = `${schedule.timeZone}\n${schedule.expression}`;
  const known = found.get(key);
  if (known && known.from <= now && (known.next === null || now < known.next)) return known;
  const next = cronTimeAfter(schedule, now);
  const around = { from: now, next, following: next === null ? null : cronTimeAfter(schedule, next) };
  if (found.size >= remembered) found.clear();
  found.set(key, around);
  return around;
}

function cronTimeAfter({ expression, timeZone }: CronSchedule, from: number): number | null {
  try {
    return nextCronTime(expression, timeZone, from);
  } catch {
    // Refused wherever it is typed; one that was kept can stop being readable, as when a time zone is given up.
    return null;
  }
}
