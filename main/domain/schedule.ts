export const scheduleHours = [1, 6, 24] as const;
export type Schedule =
  | { readonly kind: 'manual' }
  | { readonly kind: 'every'; readonly hours: (typeof scheduleHours)[number] }
  /** Five fields, minute first, in the time zone's own wall clock (an IANA name such as Europe/Berlin). */
  | { readonly kind: 'cron'; readonly expression: string; readonly timeZone: string };
