export const scheduleHours = [1, 6, 24] as const;
export type Schedule =
  | { readonly kind: 'manual' }
  | { readonly kind: 'every'; readonly hours: (typeof scheduleHours)[number] };

const hour = 3_600_000;

/**
 * When a record runs next, or null for a manual one. Intervals count in elapsed time, so daylight saving does not touch
 * them; a run missed while the machine slept is due at once and only once, since the next is counted from `now`.
 * @param now milliseconds since the epoch
 * @param jitter 0..1, spreads records that share an interval over its last twentieth
 */
export function nextRunAt(schedule: Schedule, now: number, jitter: number): number | null {
  if (schedule.kind === 'manual') return null;
  const interval = schedule.hours * hour;
  return Math.round(now + interval - interval * 0.05 * jitter);
}

/** When a record runs next by itself: never while it is paused. See `nextRunAt` for the rest. */
export function nextRunOf(
  record: { readonly enabled: boolean; readonly schedule: Schedule },
  now: number,
  jitter: number,
): number | null {
  return record.enabled ? nextRunAt(record.schedule, now, jitter) : null;
}
