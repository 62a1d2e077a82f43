import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { serviceFacts, targetServices } from '../../main/domain/service.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { connectAll } from '../support/connect.ts';
import { type DesktopApp, launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';
import { holdingOf } from '../support/holdings.ts';
import { takePictures } from './pictures.ts';
import { auditProof, changeProof, driftProof, ruleProof, valuesProof } from './proofs.ts';
import { arrived, chainWords, sampleRecords } from './records.ts';
import { stopwatch } from './steps.ts';

/**
 * The app on stand-in clouds: starts them, opens the app on a throw-away profile, connects it, syncs the sample's secrets and
 * certificates to all five services, compares what arrived with what was sent, syncs again, which writes nothing, shows what
 * proofs.ts has to show, and takes a picture of each screen. With `--exit`, or where nobody sees the window, it ends by itself;
 * otherwise the window stays until it is closed.
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
    const complaints: string[] = [];
    app.page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    try {
      return await show(app, clouds, sample);
    } catch (error) {
      for (const complaint of complaints) say(`demo: the window complained: ${complaint}`);
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
  const connections = await connectAll(app, clouds, sample);
  for (const [provider, connectionId] of Object.entries(connections)) {
    const services = targetServices.filter((service) => serviceFacts[service].provider === provider);
    const tried = services.length > 0 ? { services } : {};
    const steps = await app.ask('connections.test', { testId: crypto.randomUUID(), connectionId, ...tried });
    const passed = steps.filter(({ outcome }) => outcome === 'passed').length;
    say(
      `demo: ${provider} connection: ${passed} of ${steps.length} steps passed (${[...new Set(steps.map(({ title }) => title))].join(', ')})`,
    );
    if (passed < steps.length) return 1;
  }
  // Only Scan now is to look at the vaults: what it finds is told below.
  await app.ask('settings.set', { scanMinutes: 0 });
  const records = await app.ask('records.create', { records: await sampleRecords(app, connections) });

  await page.getByRole('grid', { name: 'Sync records' }).waitFor();
  const seconds = stopwatch();
  await page.getByRole('button', { name: 'Sync Now' }).click();
  await page.getByText('Last sync finished').waitFor({ timeout: 120_000 });
  const took = seconds();
  const after = await app.ask('records.list', {});
  const synced = after.filter(({ status }) => status === 'synced');
  for (const { sourceVault, sourceName, targetService, sentence } of after.filter(
    ({ status }) => status !== 'synced',
  )) {
    say(`demo: ${sourceVault}/${sourceName} to ${targetService}: ${sentence}`);
  }
  const wrong = after.filter((record) => !arrived(clouds, sample, record));
  for (const { targetName, targetService } of wrong)
    say(`demo: ${targetService} ${targetName} does not hold what it should`);
  say(
    `demo: ${records.length - wrong.length} of ${records.length} targets hold exactly what Azure does; the sync took ${took} s`,
  );
  for (const { targetService, targetName, sourceKind, shape } of after) {
    if (sourceKind === 'certificate' && shape.kind === 'whole')
      say(
        `demo: ${serviceFacts[targetService].title} ${targetName}: ${chainWords(clouds, sample, targetService, targetName)}`,
      );
  }

  const again = await secondSync(app, clouds, sample);
  say(
    `demo: second sync: ${again.unchanged} unchanged, ${again.reads} values read, ${again.writes} requests that write`,
  );

  let isProved = true;
  for (const prove of [ruleProof, changeProof, driftProof, valuesProof, auditProof]) {
    const { line, good } = await prove(app, clouds, sample);
    say(`demo: ${good ? '' : 'NOT as it should be: '}${line}`);
    isProved &&= good;
  }

  const shown = await takePictures(app, clouds, sample, pictures);
  say(`demo: ${shown.length} pictures in ${pictures}`);
  const failed = records.length - synced.length + wrong.length;
  const each = targetServices.map(
    (service) => `${service} ${synced.filter(({ targetService }) => targetService === service).length}`,
  );
  say(`demo: ${records.length} records, ${synced.length} synced, ${failed} failed; ${each.join(', ')}`);
  if (!endsItself) {
    say('demo: the window stays open; close it or press Ctrl-C to end');
    await page.waitForEvent('close', { timeout: 0 });
  }
  return failed === 0 && again.reads + again.writes === 0 && isProved ? 0 : 1;
}

/** Syncs everything once more: nothing changed. */
async function secondSync(app: DesktopApp, clouds: Clouds, sample: Sample) {
  clouds.desk.clearArrivals();
  const ids = (await app.ask('records.list', {})).map(({ id }) => id);
  const { id } = await app.ask('sync.start', { ids });
  for (;;) {
    const run = (await app.ask('runs.list', { limit: 5 })).find((one) => one.id === id);
    if (run && run.endedAt !== null) {
      const writing = targetServices.map((service) => holdingOf(clouds, sample, service).writing);
      const writes = clouds.desk.arrivals().filter(({ name }) => writing.some((pattern) => pattern.test(name))).length;
      const reads = clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret' }).length;
      return { unchanged: run.unchanged, reads, writes };
    }
    await app.page.waitForTimeout(100);
  }
}

process.exitCode = await demo();
