import { createPrivateKey } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIssuer, type IssuedCertificate } from '../clouds/kernel/certificate-chain.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { findForms, findInFolder, keyCanaries, newCanary } from '../support/canary.ts';
import { type DesktopApp, launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';
import { chainText, holdingOf } from '../support/holdings.ts';
import { heapOf, recordedIpc, recordIpc } from '../support/leaks.ts';

const vault = 'kv-production';
const region = 'us-east-1';
const pictures = join(import.meta.dirname, '..', '..', 'test-output', 'e2e');

/** The main job as a person does it: through the window alone, from the first start to a second sync. */
describe('the main job, through the window', () => {
  const canary = newCanary();
  const profile = newProfile();
  let clouds: Clouds;
  let sample: Sample;
  let issued: IssuedCertificate;
  let app: DesktopApp;
  let page: Page;
  let dialog: Locator;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    clouds = await startClouds();
    sample = await seedSample(clouds);
    clouds.azure.vault(vault).set('canary', canary);
    issued = await (await createIssuer('RSA-2048')).issue({ commonName: 'shop.contoso.example' });
    clouds.azure.vault(vault).certificates.set('shop-contoso-example', { pfxBase64: issued.pfxBase64() });
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
    await testAndSave('connect-azure');
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
    await testAndSave('connect-aws');
  });

  it('connects GCP with the key file as Google gave it, testing each step', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByText('Sync', { exact: true }).first().click();
    await button('Configure GCP').filter({ visible: true }).click();
    await dialog.getByLabel('Name').first().fill('Contoso GCP');
    const chosen = page.waitForEvent('filechooser');
    await button('Choose file… with the key', dialog).click();
    const choose = await chosen;
    const file = (text: string) => ({ name: 'key.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    await choose.setFiles(file('{"type": "authorized_user"}'));
    await dialog.getByText('That is a file of the type').waitFor();
    await choose.setFiles(file(sample.gcp.full.keyFile));
    // Whose it is is shown, and nothing else of it.
    await dialog.getByText(sample.gcp.full.email).waitFor();
    expect(await dialog.getByLabel('Project ID').inputValue()).toBe(sample.gcp.projectId);
    expect(await dialog.innerHTML()).not.toContain('PRIVATE KEY');
    await button('Advanced', dialog).click();
    await dialog.getByLabel('Endpoint').fill(clouds.gcp.url);
    await dialog.getByLabel('CA bundle (PEM)').fill(clouds.caPem);
    await testAndSave('connect-gcp');
  });

  async function testAndSave(name: string): Promise<void> {
    await button('Test connection', dialog).click();
    await button('Test again', dialog).waitFor();
    const steps = dialog.getByRole('list', { name: /^Test steps/ }).getByRole('listitem');
    expect(await steps.count()).toBeGreaterThan(5);
    expect(await steps.filter({ hasText: /failed|skipped/i }).count()).toBe(0);
    await picture(name);
    await button('Save', dialog).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Walks the wizard to its end; what is chosen on the way is for `choose`. */
  async function addSync(to: {
    readonly names: readonly string[];
    readonly kind?: 'Secrets' | 'Certificates';
    readonly connection: string;
    readonly service?: string;
    readonly picture: string;
    choose?(): Promise<void>;
  }): Promise<void> {
    const { names, kind = 'Secrets', connection, service } = to;
    await button('Add Sync').last().click();
    await dialog.getByText(vault, { exact: true }).click();
    await button('Next', dialog).click();
    const kinds = dialog.getByRole('group', { name: 'Kind' });
    await kinds.getByRole('button', { name: new RegExp(`^${kind}`) }).click();
    await to.choose?.();
    for (const name of names) {
      await dialog.getByLabel(/^Find a/).fill(name);
      await dialog.getByRole('checkbox', { name: new RegExp(`^${name}(,|$)`) }).click();
    }
    await button('Next', dialog).click();
    await dialog.getByLabel('Target connection').selectOption({ label: connection });
    if (service !== undefined) await dialog.getByLabel('Service', { exact: true }).selectOption({ label: service });
    await dialog.getByText('Every name can be used.').waitFor();
    await button('Next', dialog).click();
    await dialog.getByText('Next runs').waitFor();
    await button('Next', dialog).click();
    // The first plan, before anything exists.
    await dialog.getByText(new RegExp(`certifyclouds.?${names[0]}`)).waitFor();
    await dialog.getByText('The target does not exist yet.').first().waitFor();
    await picture(to.picture);
    await button(`Create ${names.length} ${names.length === 1 ? 'record' : 'records'}`, dialog).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  it('adds a sync for chosen secrets', async () => {
    await addSync({
      names: ['api-key', 'canary', 'feature-flags'],
      connection: 'Contoso AWS (AWS)',
      picture: 'add-sync-review',
      async choose() {
        await dialog.getByLabel('Find a secret').fill('legacy-ftp-password');
        // Its name goes on to say why it can't be chosen.
        await dialog.getByRole('checkbox', { name: /^legacy-ftp-password, .+/, disabled: true }).waitFor();
        // A certificate's own secret is copied with the certificate.
        await dialog.getByLabel('Find a secret').fill('www-contoso-example');
        await dialog.getByText('Nothing here has that in its name.').waitFor();
      },
    });
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

  it.each([
    ['parameterstore', 'Contoso AWS (AWS)', 'AWS Parameter Store', 'Parameter Store', 'redis-url'],
    ['acm', 'Contoso AWS (AWS)', 'AWS Certificate Manager', 'ACM', 'shop-contoso-example'],
    ['secretmanager', 'Contoso GCP (GCP)', 'GCP Secret Manager', 'GCP Secret Manager', 'redis-url'],
    [
      'certificatemanager',
      'Contoso GCP (GCP)',
      'GCP Certificate Manager',
      'GCP Certificate Manager',
      'shop-contoso-example',
    ],
  ] as const)('brings what was chosen to %s as well', async (service, connection, title, shownAs, name) => {
    const isCertificate = service === 'acm' || service === 'certificatemanager';
    const kind = isCertificate ? 'Certificates' : 'Secrets';
    await addSync({ names: [name], kind, connection, service: title, picture: `add-sync-${service}` });
    // Sync Now is about what the table shows.
    await row(name).filter({ hasText: shownAs }).waitFor();
    await syncNow();
    const record = (await app.ask('records.list', {})).find(({ targetService }) => targetService === service);
    expect(record).toMatchObject({ status: 'synced', sourceName: name });
    const wanted = isCertificate
      ? chainText([issued.leaf, issued.intermediate])
      : clouds.azure.vault(vault).find(name).versions.at(-1)?.value;
    const held = holdingOf(clouds, sample, service).content(record?.targetName ?? '');
    expect(held?.toString('utf8') === wanted).toBe(true);
  });

  it('shows a certificate with its expiry, and where it went', async () => {
    await page.getByRole('row').filter({ hasText: 'shop-contoso-example' }).filter({ hasText: 'ACM' }).click();
    await dialog
      .getByText(/arn:aws:acm:us-east-1/)
      .first()
      .waitFor();
    await picture('certificate');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  it('changes how the clouds are reached only if the person agrees in a dialog of the system', async () => {
    const answer = (response: 0 | 1) =>
      app.electron.evaluate(({ dialog: system }, chosen) => {
        const asked: string[] = [];
        Reflect.set(globalThis, 'askedBySystem', asked);
        system.showMessageBox = async (...given: unknown[]) => {
          asked.push(JSON.stringify(given));
          return { response: chosen, checkboxChecked: false };
        };
      }, response);
    const asked = () => app.electron.evaluate(() => Reflect.get(globalThis, 'askedBySystem') as string[]);
    const network = async () => (await app.ask('settings.get', {})).network;
    await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Network' }).click();
    const form = page.getByRole('form', { name: 'Network' });

    await answer(0);
    await form.getByLabel('CA bundle (PEM)').fill(clouds.caPem);
    await form.getByRole('button', { name: 'Save network settings' }).click();
    await form.getByText('It was not confirmed, so nothing was changed.').waitFor();
    expect(await asked()).toHaveLength(1);
    expect((await network()).caBundle).toBe('');

    await answer(1);
    await form.getByRole('button', { name: 'Save network settings' }).click();
    await expect.poll(async () => (await network()).caBundle).toBe(clouds.caPem.trim());
    await picture('network');
    // What leads away from a proxy or an authority again needs no word.
    await answer(0);
    await form.getByLabel('CA bundle (PEM)').fill('');
    await form.getByRole('button', { name: 'Save network settings' }).click();
    await expect.poll(async () => (await network()).caBundle).toBe('');
    expect(await asked()).toEqual([]);
  });

  it('removes a connection with its records, and lists the copies left behind', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByText('Connections').click();
    await button('Remove Contoso GCP').click();
    await button('Remove with its records', dialog).click();
    const left = page.getByRole('dialog', { name: 'Copies that stay in the targets' });
    await left.getByText('certifyclouds_redis-url').first().waitFor();
    await left.getByText('certifyclouds-shop-contoso-example').first().waitFor();
    await picture('orphans');
    await button('Done', left).click();
    const services = (await app.ask('records.list', {})).map(({ targetService }) => targetService);
    expect(new Set(services)).toEqual(new Set(['secretsmanager', 'parameterstore', 'acm']));
    expect((await app.ask('connections.list', {})).map(({ name }) => name)).not.toContain('Contoso GCP');
    // The copies themselves stay.
    expect(holdingOf(clouds, sample, 'secretmanager').content('certifyclouds_redis-url')).toBeDefined();
  });

  it('keeps values and credentials to itself', async () => {
    const gcpKey = createPrivateKey(JSON.parse(sample.gcp.full.keyFile).private_key);
    const values = [canary, ...keyCanaries(issued.privateKey)];
    const credentials = [sample.app.clientSecret, sample.fullKey.secretAccessKey, ...keyCanaries(gcpKey)];
    const ipc = await recordedIpc(app);
    expect(ipc.length).toBeGreaterThan(10_000);
    const heap = await heapOf(page);
    expect(heap.length).toBeGreaterThan(1_000_000);
    await app.quit();
    for (const [index, secret] of [...values, ...credentials].entries()) {
      expect(findForms(secret, ipc), `secret ${index} in IPC`).toEqual([]);
      expect(findForms(secret, Buffer.from(app.output())), `secret ${index} in output`).toEqual([]);
      expect(findInFolder(secret, profile), `secret ${index} in the profile`).toEqual([]);
    }
    for (const [index, value] of values.entries())
      expect(findForms(value, heap), `value ${index} in the window’s memory`).toEqual([]);
    expect(clouds.aws.secretValue(region, 'certifyclouds/canary') === canary).toBe(true);
  });
});
