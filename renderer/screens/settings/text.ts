/** What Settings > Sync says. */
export const text = {
  title: 'Sync settings',
  conflicts: 'Conflicts',
  conflictsHint: 'What to do when a target was changed outside this app. A record can have its own answer.',
  conflictChoices: {
    overwrite: ['Overwrite', 'Azure wins: the changed target is replaced at the next sync.'],
    skip: ['Skip', 'The changed target is left alone; the record shows the conflict.'],
    alert: ['Alert', 'You are told, and the record pauses until you decide.'],
  },
  speed: 'Speed',
  concurrency: 'Records worked on at a time',
  concurrencyHint:
    'From 1 to 64. Lower it if other tools share the same cloud quotas; throttling is handled either way.',
  concurrencyWrong: 'Type a whole number from 1 to 64.',
  appearance: 'Appearance',
  theme: 'Theme',
  themes: { system: 'System', light: 'Light', dark: 'Dark' },
} as const;
