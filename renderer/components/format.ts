const numbers = new Intl.NumberFormat('en');
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** `10000` → `10,000` */
export function count(value: number): string {
  return numbers.format(value);
}

/** `(1, 'record')` → `1 record`, `(2, 'record')` → `2 records` */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const minute = 60_000;
const units = [
  ['day', 24 * 60 * minute],
  ['hour', 60 * minute],
  ['minute', minute],
] as const;

/** A moment as seen from `now`, both in milliseconds since the epoch: `5 minutes ago`, `in 2 hours`, `just now`. */
export function fromNow(at: number, now: number): string {
  const distance = at - now;
  // A run in 5 h 58 min is `in 6 hours`; one 1 h 59 min ago was an hour ago, until it was two.
  const whole = distance > 0 ? Math.round : Math.trunc;
  for (const [unit, length] of units) {
    if (Math.abs(distance) >= length) return relative.format(whole(distance / length), unit);
  }
  return distance > 0 ? 'in under a minute' : 'just now';
}

/** A moment in the person's own date format, to the second. */
export function exactly(at: number): string {
  return exact.format(at);
}

/** A moment by the wall clock of a time zone (an IANA name), with the zone's offset then: for those who must be sure. */
export function exactlyIn(at: number, timeZone: string): string {
  return `${new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long', timeZone }).format(at)}, ${timeZone}`;
}

/** `850` → `850 ms`, `1250` → `1.2 s`, `65000` → `1 min 5 s` */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${count(milliseconds)} ms`;
  if (milliseconds < minute) return `${(Math.floor(milliseconds / 100) / 10).toFixed(1)} s`;
  return `${Math.floor(milliseconds / minute)} min ${Math.floor((milliseconds % minute) / 1_000)} s`;
}

/** When a thing was stored, in whole days: `today`, `12 days ago`. */
export function age(since: number, now: number): string {
  const days = Math.floor((now - since) / (24 * 60 * minute));
  return days < 1 ? 'today' : `${plural(days, 'day')} ago`;
}

/** When something ends, seen from `now`: `Expires in 60 days`, `Expired 3 days ago`. */
export function expiryWords(at: number, now: number): string {
  return `${at > now ? 'Expires' : 'Expired'} ${fromNow(at, now)}`;
}
