import { Cron, CronPattern } from 'croner';

/**
 * When cron expressions fire, by the wall clock of a time zone. Two kinds of expression differ at the edges of daylight saving
 * (the distinction is Vixie cron's, made by the hour field alone):
 *
 * - An hour field without `*` names times of the day. Each runs once: one that the clock jumps over runs at the moment it jumps,
 *   one that comes twice runs the first time.
 * - An hour field with `*` goes on in elapsed time: what the clock jumps over is left out, what comes twice runs twice.
 */

const minute = 60_000;
const day = 24 * 60 * minute;
const namedHours = (expression: string) => !expression.trim().split(/\s+/)[1]?.includes('*');

/**
 * Five fields of a cron expression, taken apart. @throws {Error} if they can't be read
 * @returns whether each minute of the hour and each hour of the day is one that it fires at
 */
export function cronTimes(expression: string): { readonly minutes: boolean[]; readonly hours: boolean[] } {
  const { minute: minutes, hour: hours } = new CronPattern(expression, 'UTC', { mode: '5-part' });
  return { minutes: minutes.map((set) => set === 1), hours: hours.map((set) => set === 1) };
}

/**
 * The first time after `from` (both in milliseconds since the epoch) at which a cron expression fires, or null if it never does.
 * @throws {Error} if expression or time zone can't be read
 */
export function nextCronTime(expression: string, timeZone: string, from: number): number | null {
  if (!namedHours(expression)) return cronIn(expression, timeZone).nextRun(new Date(from))?.getTime() ?? null;
  // croner leaves out a named time in a gap that ends at midnight (Nuuk's does), so its times of the day are found in UTC, which
  // has no gaps, and put into the zone here.
  const cron = cronIn(expression, 'UTC');
  let wall = from + offsetAt(timeZone, from);
  for (;;) {
    const next = cron.nextRun(new Date(wall))?.getTime();
    if (next === undefined) return null;
    wall = next;
    const at = firstInstantOf(wall, timeZone);
    // Of an hour that comes twice, the second round was told in the first.
    if (at > from) return at;
  }
}

function cronIn(expression: string, timezone: string): Cron {
  return new Cron(expression, { timezone, mode: '5-part', paused: true });
}

/** When a wall clock first shows a time (given as if it were UTC), or jumps over it. */
function firstInstantOf(wall: number, timeZone: string): number {
  const before = offsetAt(timeZone, wall - day);
  const after = offsetAt(timeZone, wall + day);
  for (const offset of [before, after]) if (offsetAt(timeZone, wall - offset) === offset) return wall - offset;
  // Jumped over, so the offset grows in between: to the minute, since no zone changes at another time.
  let [low, high] = [wall - after, wall - before];
  while (high - low > minute) {
    const middle = low + Math.floor((high - low) / 2 / minute) * minute;
    if (offsetAt(timeZone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** How far a zone's wall clock is ahead of UTC at an instant, in milliseconds. */
function offsetAt(timeZone: string, at: number): number {
  const clock = clocks.get(timeZone) ?? wallClock(timeZone);
  clocks.set(timeZone, clock);
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const whole = Math.floor(at / 1_000) * 1_000;
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - whole;
}

function wallClock(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
