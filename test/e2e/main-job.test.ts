import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { findForms, findInFolder, newCanary } from '../support/canary.ts';
import { type DesktopApp, launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';

const vault = 'kv-production';
const region = 'us-east-1';
const pictures = join(import.meta.dirname, '..', '..', 'test-output', 'e2e');

/** The main job as a person does it: through the window alone, from the first start to a second sync. */
describe('the main job, through the window', () => {
  const canary = newCanary();
  const profile = newProfile();
  let clouds: Clouds;
  let sample: Sample;
  let app: DesktopApp;
  let page: Page;
  let dialog: Locator;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    clouds = await startClouds();
    sample = await seedSample(clouds);
    clouds.azure.vault(vault).set('canary', canary);
    app = await launchDesktop({ profile });
    page = app.page;
    dialog = page.getByRole('dialog');
    await recordIpc(app);
  });
  afterAll(async () => {
    await clouds.close();
    removeProfile(profile);
  });

  const button = (name: string, within: Page | Locator = page) => within.getByRole('button', { name, exact: true });
  const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`) });
  // The connection test asks for a name that does not exist; only what was answered gave a value away.
  const valueReads = () => clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret', status: 200 });
  const awsWrites = () =>
    clouds.desk.arrivals({ cloud: 'aws' }).filter(({ name }) => /Create|Put|Update|Tag|Delete/.test(name));
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  const syncNow = async () => {
    const before = (await app.ask('runs.list', { limit: 100 })).length;
    await button('Sync Now').click();
    await expect
      .poll(async () => (await app.ask('runs.list', { limit: 100 })).filter(({ endedAt }) => endedAt !== null).length, {
        timeout: 30_000,
      })
      .toBe(before + 1);
  };

  it('says what to do first', async () => {
    await page.getByText('Nothing is mirrored yet').waitFor();
    await picture('first-start');
    expect(await button('Add Sync').last().isDisabled()).toBe(true);
  });

  it('connects Azure, testing each step', async () => {
    await button('Connect Azure').click();
    await dialog.getByLabel('Name').fill('Contoso Azure');
    await dialog.getByLabel('Tenant ID').fill(sample.app.tenantId);
    await dialog.getByLabel('Client ID').fill(sample.app.clientId);
    await dialog.getByLabel('Client secret', { exact: true }).last().fill(sample.app.clientSecret);
    await button('Advanced', dialog).click();
    await dialog.getByLabel('Azure cloud').selectOption('custom');
    await dialog.getByLabel('Sign-in endpoint').fill(clouds.azure.loginUrl);
    await dialog.getByLabel('Resource Manager endpoint').fill(clouds.azure.armUrl);
    await dialog.getByLabel('CA bundle (PEM)').fill(clouds.caPem);
    await testAndSave('connect-azure', 6);
  });

  it('connects AWS, testing each step', async () => {
    await button('Connect AWS').click();
    await dialog.getByLabel('Name').first().fill('Contoso AWS');
    await dialog.getByLabel('Access key ID').fill(sample.fullKey.accessKeyId);
    await dialog.getByLabel('Secret access key').fill(sample.fullKey.secretAccessKey);
    await dialog.getByLabel('Region').fill(region);
    await page.keyboard.press('Tab');
    await button('Advanced', dialog).click();
    await dialog.getByLabel('Endpoint').fill(clouds.aws.url);
    await dialog.getByLabel('CA bundle (PEM)').fill(clouds.caPem);
    await testAndSave('connect-aws', 7);
  });

  async function testAndSave(name: string, steps: number): Promise<void> {
    await button('Test connection', dialog).click();
    const list = dialog.getByRole('list', { name: 'Test steps' });
    await expect.poll(() => list.getByRole('listitem').count(), { timeout: 20_000 }).toBe(steps);
    expect(
      await list
        .getByRole('listitem')
        .filter({ hasText: /failed|skipped/i })
        .count(),
    ).toBe(0);
    await picture(name);
    await button('Save', dialog).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  it('adds a sync for chosen secrets', async () => {
    await button('Add Sync').last().click();
    await dialog.getByText(vault, { exact: true }).click();
    await button('Next', dialog).click();
    for (const name of ['legacy-ftp-password', 'www-contoso-example']) {
      await dialog.getByLabel('Find a secret').fill(name);
      // Its name goes on to say why it can't be chosen.
      await dialog.getByRole('checkbox', { name: new RegExp(`^${name}, .+`), disabled: true }).waitFor();
    }
    for (const name of ['api-key', 'canary', 'feature-flags']) {
      await dialog.getByLabel('Find a secret').fill(name);
      await dialog.getByRole('checkbox', { name, exact: true }).click();
    }
    await button('Next', dialog).click();
    await dialog.getByText('Every name can be used.').waitFor();
    await button('Next', dialog).click();
    await dialog.getByText('certifyclouds/canary').waitFor();
    await picture('add-sync-review');
    await button('Create 3 records', dialog).click();
    await button('Done', dialog).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await app.ask('records.list', {})).toHaveLength(3);
    expect(awsWrites().filter(({ status }) => status < 300)).toEqual([]);
  });

  it('shows the plan before anything is written', async () => {
    await button('Preview').click();
    await dialog.getByText('The target does not exist yet.').first().waitFor();
    await picture('preview');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(valueReads()).toEqual([]);
    expect(clouds.aws.secretNames(region)).toEqual([]);
  });

  it('syncs them, byte for byte', async () => {
    await syncNow();
    for (const name of ['api-key', 'canary', 'feature-flags']) {
      await row(name).getByText('Synced').waitFor();
      const { versions } = clouds.azure.vault(vault).find(name);
      expect(clouds.aws.secretValue(region, `certifyclouds/${name}`) === versions.at(-1)?.value).toBe(true);
    }
    await picture('synced');
  });

  it('tells each attempt in the history', async () => {
    await row('canary').click();
    await dialog.getByRole('tab', { name: 'History' }).click();
    const history = dialog.getByRole('table', { name: 'History' });
    await history.getByRole('row').nth(1).waitFor();
    const text = await history.getByRole('row').nth(1).innerText();
    expect(text).toContain('Synced');
    expect(text).toMatch(/\d+\s?(ms|s)/);
    await picture('history');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  it('reads no value and writes nothing when nothing changed', async () => {
    clouds.desk.clearArrivals();
    await syncNow();
    expect(valueReads()).toEqual([]);
    expect(awsWrites()).toEqual([]);
    expect(clouds.desk.arrivals({ cloud: 'keyvault' }).length).toBeGreaterThan(0);
  });

  it('writes only what changed', async () => {
    clouds.azure.vault(vault).set('api-key', 'a new value');
    clouds.desk.clearArrivals();
    await syncNow();
    expect(clouds.aws.secretValue(region, 'certifyclouds/api-key') === 'a new value').toBe(true);
    expect(valueReads().map(({ resource }) => resource)).toEqual([`${vault}/api-key`]);
    expect(awsWrites().map(({ resource }) => resource)).toEqual(['certifyclouds/api-key']);
    expect(clouds.aws.secret(region, 'certifyclouds/canary')?.versions).toHaveLength(1);
  });

  it('keeps values and credentials to itself', async () => {
    const secrets = [canary, sample.app.clientSecret, sample.fullKey.secretAccessKey];
    const ipc = Buffer.from(await app.electron.evaluate(() => JSON.stringify(Reflect.get(globalThis, 'recordedIpc'))));
    expect(ipc.length).toBeGreaterThan(10_000);
    const heap = await heapOf(page);
    expect(heap.length).toBeGreaterThan(1_000_000);
    await app.quit();
    for (const [index, secret] of secrets.entries()) {
      expect(findForms(secret, ipc), `secret ${index} in IPC`).toEqual([]);
      expect(findForms(secret, Buffer.from(app.output())), `secret ${index} in output`).toEqual([]);
      expect(findInFolder(secret, profile), `secret ${index} in the profile`).toEqual([]);
    }
    expect(findForms(canary, heap), 'in the window’s memory').toEqual([]);
    expect(clouds.aws.secretValue(region, 'certifyclouds/canary') === canary).toBe(true);
  });
});

/** Notes every answer and event that leaves main for the window. */
async function recordIpc({ electron }: DesktopApp): Promise<void> {
  await electron.evaluate(({ ipcMain, webContents }) => {
    const recorded: string[] = [];
    Reflect.set(globalThis, 'recordedIpc', recorded);
    const handlers = Reflect.get(ipcMain, '_invokeHandlers') as Map<string, (...given: unknown[]) => Promise<unknown>>;
    const handle = handlers.get('operation');
    if (!handle) throw new Error('the IPC door is not open');
    handlers.set('operation', async (...given) => {
      const answer = await handle(...given);
      recorded.push(JSON.stringify(answer));
      return answer;
    });
    for (const contents of webContents.getAllWebContents()) {
      const send = contents.send.bind(contents);
      contents.send = (channel, ...given) => {
        recorded.push(JSON.stringify(given));
        send(channel, ...given);
      };
    }
  });
}

async function heapOf(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return Buffer.from(chunks.join(''));
}
