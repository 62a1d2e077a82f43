import { renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { conflictPolicies, deletionPolicies } from '../domain/record.ts';
import { freeName, makePrivateDirectory, timeStamp } from './disk.ts';
import { namingDiskErrors } from './failures.ts';
import type { Notice } from './ports.ts';
import { schedule } from './rows.ts';

const schema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  conflictPolicy: z.enum(conflictPolicies).default('alert'),
  deletionPolicy: z.enum(deletionPolicies).default('keep'),
  exclusions: z.array(z.string()).default([]),
  /** Minutes between two looks at the vaults in use; 0 looks only when asked. */
  scanMinutes: z.int().min(0).max(1440).default(5),
  /** Days that history is kept; 0 keeps it for good. */
  historyDays: z.int().min(0).max(3650).default(365),
  checkSchedule: schedule.default({ kind: 'manual' }),
  /** When that schedule was chosen (ms): the first check is counted from it. */
  checkScheduleSetAt: z.int().nonnegative().default(0),
  checkValues: z.boolean().default(false),
  /** When old history was last forgotten and the store copied (ms). */
  maintainedAt: z.int().nonnegative().default(0),
  /** Records worked on at a time. */
  concurrency: z.int().min(1).max(64).default(32),
  /** How this computer reaches the internet; a CA bundle is public data, a proxy with a password is not taken. */
  network: z
    .object({ proxy: z.string(), noProxy: z.string(), caBundle: z.string() })
    .default({ proxy: '', noProxy: '', caBundle: '' }),
  /** Where the window was, in screen pixels; null until it was moved. */
  windowBounds: z
    .object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive(), maximized: z.boolean() })
    .nullable()
    .default(null),
  /** No scheduled syncs until resumed. */
  paused: z.boolean().default(false),
  dismissedNotices: z.array(z.string()).default([]),
});

export type PreferenceValues = Readonly<z.infer<typeof schema>>;

/** What applies until a person chooses otherwise. */
export function defaultPreferences(): PreferenceValues {
  return schema.parse({});
}

/** Settings and window state: nothing secret. */
export interface Preferences {
  get(): PreferenceValues;
  /** Kept whole or not at all. Throws if a value is not allowed, or a Failure that says what the disk said. */
  set(change: Partial<PreferenceValues>): void;
}

/**
 * Opens `preferences.json` in a folder, which is made private. A file that can't be understood is put aside, never deleted,
 * and the defaults apply, but for the pause: without its exclusions nothing may be synced by itself.
 *
 * Runs where `electron` can be imported, since electron-store does so.
 * @param now milliseconds since the epoch
 */
export async function openPreferences(
  directory: string,
  now: () => number,
): Promise<{ readonly preferences: Preferences; readonly notices: Notice[] }> {
  const { default: ElectronStore } = await import('electron-store');
  const open = () => {
    const kept = new ElectronStore({
      cwd: directory,
      name: 'preferences',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
    });
    return { kept, values: schema.parse(kept.store) };
  };
  return namingDiskErrors('opening the preferences', () => {
    makePrivateDirectory(directory);
    const file = join(directory, 'preferences.json');
    const { opened, notices } = openOrPutAside(open, file, now);
    const { kept } = opened;
    let { values }: { values: PreferenceValues } = opened;
    if (notices.length > 0) {
      kept.set('paused', true);
      values = { ...values, paused: true };
    }
    const preferences: Preferences = {
      get: () => values,
      set: (change) => {
        const next = schema.parse({ ...values, ...change });
        namingDiskErrors('saving the preferences', () => kept.set(next));
        values = next;
      },
    };
    return { preferences, notices };
  });
}

function openOrPutAside<T>(open: () => T, file: string, now: () => number): { opened: T; notices: Notice[] } {
  try {
    return { opened: open(), notices: [] };
  } catch (error) {
    // Not JSON, or not by the schema. Anything else comes from the disk, and is no reason to move the file away.
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
  }
  const directory = dirname(file);
  const aside = freeName(directory, `preferences.json.damaged-${timeStamp(now())}`);
  renameSync(file, join(directory, aside));
  const notice: Notice = {
    id: `preferences-reset-${aside}`,
    level: 'warning',
    sentence: `The preferences could not be read, so the defaults apply, without any exclusions, and schedules are paused. The file was kept as ${aside}.`,
    fix: 'Check Settings > Sync, above all the exclusions and what becomes of deleted sources. Then press Resume.',
  };
  return { opened: open(), notices: [notice] };
}
