import cronstrue from 'cronstrue';
import type { Schedule } from '../domain/schedule.ts';
import { cronTimes, nextCronTime } from './cron.ts';

/**
 * The least minutes between two runs: as often as discovery looks at the vaults by default, so a shorter interval finds nothing
 * sooner than sync on change does, and only uses up quota.
 */
const leastMinutes = 5;
const remembered = 1_000;
const example = 'for example 0 2 * * 1-5 for weekdays at 02:00';

const fields = [
  { name: 'minute', goes: 'from 0 to 59', whole: 60 },
  { name: 'hour', goes: 'from 0 to 23', whole: 24 },
  { name: 'day', goes: 'from 1 to 31, or L for the last one' },
  { name: 'month', goes: 'from 1 to 12, or JAN to DEC' },
  { name: 'weekday', goes: 'from 0 (Sunday) to 6, or SUN to SAT' },
] as const;

/** What is wrong with a schedule, in words with an example, or null. */
export function scheduleProblem(schedule: Schedule): string | null {
  if (schedule.kind !== 'cron') return null;
  return kept(problems, schedule, () => problemOf(schedule.expression, schedule.timeZone));
}

/** A schedule in words, such as `every hour` or `at 02:00, Monday through Friday (Europe/Berlin)`. */
export function scheduleWords(schedule: Schedule): string {
  if (schedule.kind === 'manual') return 'only when asked';
  if (schedule.kind === 'every') return schedule.hours === 1 ? 'every hour' : `every ${schedule.hours} hours`;
  const { expression, timeZone } = schedule;
  return kept(words, schedule, () => `${inWords(expression) ?? `cron ${expression}`} (${timeZone})`.slice(0, 300));
}

const problems = new Map<string, string | null>();
const words = new Map<string, string>();

function kept<T>(known: Map<string, T>, schedule: { expression: string; timeZone: string }, find: () => T): T {
  const key = `${schedule.timeZone}\n${schedule.expression}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const one = find();
  if (known.size >= remembered) known.clear();
  known.set(key, one);
  return one;
}

function problemOf(expression: string, timeZone: string): string | null {
  if (!isTimeZone(timeZone))
    return `There is no time zone ${shown(timeZone)}. Choose one such as Europe/Berlin or UTC.`;
  const parts = expression.trim().split(/\s+/);
  if (expression.startsWith('@'))
    return `Shorthands such as ${shown(expression)} are not read here. Type five fields, ${example}.`;
  if (parts.length !== fields.length) {
    const more =
      parts.length > fields.length ? ' Seconds and years are not used: a sync starts on the minute at best.' : '';
    return `A cron expression has five fields (minute, hour, day, month, weekday); this one has ${parts.length}.${more} Type it like this, ${example}.`;
  }
  const bad = fields.findIndex((_, at) => !isReadable(parts[at] ?? '', at));
  const field = fields[bad];
  if (field)
    return `The ${field.name} ${shown(parts[bad] ?? '')} can’t be read: it goes ${field.goes}, with * , - and steps such as */15. Type it like this, ${example}.`;
  // From 1970 on: what never fired since then never does.
  if (nextCronTime(expression, timeZone, 0) === null)
    return `It never fires: no month of that kind has such a day. Choose a day that comes, for example 0 2 1 * * for the first of each month, or L for the last day.`;
  if (leastGap(expression) < leastMinutes)
    return `It fires more often than every ${leastMinutes} minutes, which finds nothing sooner and uses up quota. Use */${leastMinutes} * * * * at most, and sync on change for what has to be quick.`;
  return null;
}

/** Texts as they were typed, which may hold anything, cut to what a sentence can carry. */
function shown(text: string): string {
  const clean = text.replace(/[^\x21-\x7e]/g, '?');
  return `“${clean.length > 40 ? `${clean.slice(0, 40)}…` : clean}”`;
}

function isTimeZone(name: string): boolean {
  // Names only: what is told as +02:00 knows no daylight saving, and the sign is easily got wrong.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** Whether a field can be read by itself, and said in words: what only one of the two libraries knows would mean two things. */
function isReadable(part: string, at: number): boolean {
  if (!/^[0-9A-Za-z*,/#-]+$/.test(part)) return false;
  const expression = fields.map((_, other) => (other === at ? part : '*')).join(' ');
  try {
    cronTimes(expression);
  } catch {
    return false;
  }
  return inWords(expression) !== null;
}

/** The least minutes between two times on one day, or around midnight where both sides of it are named. */
function leastGap(expression: string): number {
  const { minutes, hours } = cronTimes(expression);
  const set = minutes.flatMap((fires, at) => (fires ? [at] : []));
  const gaps = set.slice(1).map((at, index) => at - (set[index] ?? 0));
  const [first = 0] = set;
  if (hours.some((fires, at) => fires && hours[(at + 1) % hours.length])) gaps.push(first + 60 - (set.at(-1) ?? 0));
  return Math.min(60, ...gaps);
}

function inWords(expression: string): string | null {
  try {
    const text = cronstrue.toString(spelledOut(expression), { use24HourTimeFormat: true });
    return text.charAt(0).toLowerCase() + text.slice(1);
  } catch {
    return null;
  }
}

/** "Every 7 minutes" is not what a step of 7 does: it begins anew with each hour. Steps that don't divide are listed. */
function spelledOut(expression: string): string {
  const parts = expression.trim().split(/\s+/);
  return parts
    .map((part, at) => {
      const field = fields[at];
      const step = Number(part.match(/^\*\/(\d+)$/)?.[1] ?? 0);
      if (!field || !('whole' in field) || step === 0 || field.whole % step === 0) return part;
      return Array.from({ length: Math.ceil(field.whole / step) }, (_, index) => index * step).join(',');
    })
    .join(' ');
}
