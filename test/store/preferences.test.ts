import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { defaultPreferences, openPreferences } from '../../main/store/preferences.ts';
import { epoch, temporaryFolder } from './builders.ts';

beforeAll(() => {
  // electron-store imports `electron`. Outside Electron that is the npm package, which would download the runtime unless
  // told where it is; it is never run here.
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= '/nonexistent';
});

const defaults = {
  theme: 'system',
  conflictPolicy: 'alert',
  deletionPolicy: 'keep',
  exclusions: [],
  scanMinutes: 5,
  historyDays: 365,
  checkSchedule: { kind: 'manual' },
  checkValues: false,
  concurrency: 32,
  network: { proxy: '', noProxy: '', caBundle: '' },
  windowBounds: null,
  paused: false,
  checkScheduleSetAt: 0,
  maintainedAt: 0,
  dismissedNotices: [],
};
const now = () => epoch;

test('begin with the defaults, and write nothing', async () => {
  const folder = temporaryFolder();
  const { preferences, notices } = await openPreferences(folder, now);
  expect(preferences.get()).toEqual(defaults);
  expect(defaultPreferences()).toEqual(defaults);
  expect(notices).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('keep what is set, for their owner alone', async () => {
  const folder = temporaryFolder();
  const { preferences } = await openPreferences(folder, now);
  const windowBounds = { x: -5, y: 0, width: 900, height: 700, maximized: false };
  preferences.set({ theme: 'dark', paused: true });
  preferences.set({ windowBounds, dismissedNotices: ['a'] });
  const expected = { ...defaults, theme: 'dark', paused: true, windowBounds, dismissedNotices: ['a'] };
  expect(preferences.get()).toEqual(expected);
  expect((await openPreferences(folder, now)).preferences.get()).toEqual(expected);
  expect(statSync(join(folder, 'preferences.json')).mode & 0o777).toBe(0o600);
});

test('keep what Settings > Sync says', async () => {
  const folder = temporaryFolder();
  const { preferences } = await openPreferences(folder, now);
  const change = {
    deletionPolicy: 'follow',
    exclusions: ['name:*-local', 'tag:no-sync=true'],
    scanMinutes: 0,
    historyDays: 30,
    checkSchedule: { kind: 'cron', expression: '0 6 * * 1', timeZone: 'Europe/Berlin' },
    checkValues: true,
  } as const;
  preferences.set({ ...change, exclusions: [...change.exclusions] });
  expect((await openPreferences(folder, now)).preferences.get()).toEqual({ ...defaults, ...change });
  for (const wrong of [{ scanMinutes: -1 }, { historyDays: 1.5 }, { deletionPolicy: 'remove' as 'follow' }]) {
    expect(() => preferences.set(wrong)).toThrow();
  }
  expect((await openPreferences(folder, now)).preferences.get()).toEqual({ ...defaults, ...change });
});

test('refuse a value that is not allowed, and stay as they were', async () => {
  const folder = temporaryFolder();
  const { preferences } = await openPreferences(folder, now);
  preferences.set({ concurrency: 4 });
  expect(() => preferences.set({ concurrency: 0 })).toThrow();
  expect(() => preferences.set({ theme: 'pink' as 'dark' })).toThrow();
  expect(preferences.get().concurrency).toBe(4);
  expect((await openPreferences(folder, now)).preferences.get().concurrency).toBe(4);
});

test('keep what a newer version of the app added', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'preferences.json');
  writeFileSync(file, JSON.stringify({ theme: 'light', novelty: [1] }));
  const { preferences } = await openPreferences(folder, now);
  preferences.set({ paused: true });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ theme: 'light', novelty: [1], paused: true });
});

test.each([
  ['cut short', '{ "theme": "da'],
  ['not JSON', '\u0000\u0001\u0002'],
  ['with values that are not allowed', '{ "theme": "dark", "concurrency": 1000000 }'],
])('that are %s are kept aside, and the defaults apply, without syncs by themselves', async (_, text) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'preferences.json'), text);
  const { preferences, notices } = await openPreferences(folder, now);
  const aside = 'preferences.json.damaged-20260102T030405000Z';
  expect(preferences.get()).toEqual({ ...defaults, paused: true });
  expect(notices).toMatchObject([{ id: `preferences-reset-${aside}`, level: 'warning' }]);
  expect((await openPreferences(folder, now)).preferences.get().paused).toBe(true);
  expect(readFileSync(join(folder, aside), 'utf8')).toBe(text);
  preferences.set({ theme: 'light' });
  expect((await openPreferences(folder, now)).notices).toEqual([]);
  expect(existsSync(join(folder, aside))).toBe(true);
});

test('name the cause if the disk refuses them', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  await expect(openPreferences(join(folder, 'file', 'inside'), now)).rejects.toMatchObject({
    detail: { kind: 'denied', code: 'disk-denied' },
  });
});
