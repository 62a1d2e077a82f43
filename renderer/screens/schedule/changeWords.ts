import { plural } from '../../components/format.ts';

/**
 * What sync on change means.
 * @param scanMinutes between two looks at the vaults, 0 for none by themselves; undefined while nobody knows
 */
export function changeWords(scanMinutes: number | undefined): string {
  if (scanMinutes === 0)
    return 'Scans are off in Settings > Sync: a changed source is only noticed when you press Scan now under Discovery.';
  const often = scanMinutes === 1 ? 'Every minute' : `Every ${plural(scanMinutes ?? 0, 'minute')}`;
  const every = scanMinutes === undefined ? 'On each scan' : often;
  return `${every} the app looks which sources have changed, by their dates alone, and syncs those that have.`;
}
