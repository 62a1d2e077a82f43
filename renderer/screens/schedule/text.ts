/** What the schedule builder says. */
export const text = {
  rhythms: {
    manual: 'Manual: only when I press Sync Now',
    '1': 'Every hour',
    '6': 'Every 6 hours',
    '24': 'Every 24 hours',
    cron: 'Cron expression',
  },
  expression: 'Cron expression',
  expressionHint: 'Minute, hour, day of the month, month, day of the week.',
  timeZone: 'Time zone',
  noTimeZone: 'No time zone has that in its name.',
  examples: 'Examples',
  exampleChips: [
    ['0 2 * * 1-5', 'Weekdays at 02:00'],
    ['*/15 * * * *', 'Every 15 minutes'],
    ['0 6 1 * *', 'First of the month'],
  ],
  checking: 'Working out the next runs…',
  next: 'Next runs, by this computer’s clock',
} as const;
