import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { connectSample, newRecord } from '../support/connect.ts';
import { type DesktopApp, launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';
import { takePictures } from './pictures.ts';

/**
 * The main job on stand-in clouds: starts them, opens the app on a throw-away profile, connects it, syncs every sample secret
 * that can be copied, compares what arrived with what was sent, and takes a picture of each screen. With `--exit`, or where
 * nobody sees the window, it ends by itself; otherwise the window stays until it is closed.
 */

const say = (text: string) => process.stdout.write(`${text}\n`);
const { CERTIFYCLOUDS_UNSEEN } = process.env as { CERTIFYCLOUDS_UNSEEN?: string };
const endsItself = process.argv.includes('--exit') || CERTIFYCLOUDS_UNSEEN !== undefined;
const pictures = resolve(import.meta.dirname, '..', '..', 'test-output', 'demo');

async function demo(): Promise<number> {
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  say('demo: starting the stand-in clouds');
  const clouds = await startClouds();
  const profile = newProfile();
  try {
    const sample = await seedSample(clouds);
    say('demo: opening the app');
    const app = await launchDesktop({ profile });
    try {
      return await show(app, clouds, sample);
    } catch (error) {
      const file = join(pictures, 'failed.png');
      await app.page.screenshot({ path: file });
      say(`demo: failed; what the window showed: ${file}`);
      throw error;
    } finally {
      await app.quit();
    }
  } finally {
    await clouds.close();
    removeProfile(profile);
  }
}

async function show(app: DesktopApp, clouds: Clouds, sample: Sample): Promise<number> {
  const { page } = app;
  const connections = await connectSample(app, clouds, sample);
  for (const [provider, connectionId] of Object.entries(connections)) {
    const steps = await app.ask('connections.test', { testId: crypto.randomUUID(), connectionId });
    say(`demo: ${provider} connection: ${steps.map(({ title, outcome }) => `${title} ${outcome}`).join(', ')}`);
    if (steps.some(({ outcome }) => outcome !== 'passed')) return 1;
  }
  const records = await app.ask('records.create', { records: await sampleRecords(app, connections) });

  await page.getByRole('grid', { name: 'Sync records' }).waitFor();
  const started = Date.now();
  await page.getByRole('button', { name: 'Sync Now' }).click();
  await page.getByText('Last sync finished').waitFor({ timeout: 120_000 });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const after = await app.ask('records.list', {});
  const synced = after.filter(({ status }) => status === 'synced').length;
  for (const { sourceVault, sourceName, sentence } of after.filter(({ status }) => status !== 'synced')) {
    say(`demo: ${sourceVault}/${sourceName}: ${sentence}`);
  }
  const wrong = records.filter(({ sourceVault, sourceName, targetName, targetRegion }) => {
    const { versions } = clouds.azure.vault(sourceVault).find(sourceName);
    return clouds.aws.secretValue(targetRegion, targetName) !== versions.at(-1)?.value;
  });
  say(
    `demo: ${records.length - wrong.length} of ${records.length} values are in AWS byte for byte; the sync took ${seconds} s`,
  );

  const shown = await takePictures(app, clouds, pictures);
  for (const file of shown) say(`demo: picture ${file}`);
  const failed = records.length - synced + wrong.length;
  say(`demo: ${records.length} records, ${synced} synced, ${failed} failed`);
  if (!endsItself) {
    say('demo: the window stays open; close it or press Ctrl-C to end');
    await page.waitForEvent('close', { timeout: 0 });
  }
  return failed === 0 ? 0 : 1;
}

/** A record for each secret that can be copied, named by vault so that no two meet, on schedules of all kinds. */
async function sampleRecords(app: DesktopApp, connections: { azure: string; aws: string }) {
  const schedules = [
    { kind: 'every', hours: 1 },
    { kind: 'every', hours: 6 },
    { kind: 'every', hours: 24 },
    { kind: 'manual' },
  ] as const;
  const { vaults } = await app.ask('source.vaults', { connectionId: connections.azure });
  const records = [];
  for (const [index, { name: vault }] of vaults.entries()) {
    const items = await app.ask('source.items', { connectionId: connections.azure, vault });
    const schedule = schedules[index % schedules.length] ?? { kind: 'manual' };
    for (const { name, enabled, managed } of items) {
      if (!enabled || managed) continue;
      records.push(newRecord(connections, { vault, name }, { targetName: `certifyclouds/${vault}/${name}`, schedule }));
    }
  }
  return records;
}

process.exitCode = await demo();
