import type { Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { connectSample } from '../support/connect.ts';
import { type DesktopApp, launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';

const vault = 'kv-production';
const region = 'us-east-1';
const patient = { timeout: 15_000 };

/** A vault that is kept mirrored by itself, and proof that it is, through the window. */
describe('rules, scans, checks and the audit trail, through the window', () => {
  const profile = newProfile();
  let clouds: Clouds;
  let app: DesktopApp;
  let page: Page;
  let dialog: Locator;

  beforeAll(async () => {
    clouds = await startClouds();
    const sample = await seedSample(clouds);
    for (const name of ['watched-one', 'watched-two']) clouds.azure.vault(vault).set(name, `value of ${name}`);
    app = await launchDesktop({ profile });
    page = app.page;
    dialog = page.getByRole('dialog');
    await connectSample(app, clouds, sample);
  });
  afterAll(async () => {
    await app.quit();
    await clouds.close();
    removeProfile(profile);
  });

  // What one of these leaves open when it fails is not to be another's failure.
  afterEach(async () => {
    if ((await dialog.count()) === 0) return;
    await page.keyboard.press('Escape');
    const discard = button('Discard', dialog);
    await discard.or(page.locator('body:not(:has([role="dialog"]))')).waitFor();
    if (await discard.isVisible()) await discard.click();
    await dialog.first().waitFor({ state: 'hidden' });
  });

  const button = (name: string, within: Page | Locator = page) => within.getByRole('button', { name, exact: true });
  const go = (name: string) => button(name, page.getByRole('navigation', { name: 'Main' })).click();
  const field = (label: string) => dialog.getByLabel(label, { exact: true });
  const card = () => page.getByRole('list', { name: 'Rules' }).getByRole('listitem').filter({ hasText: 'Watched' });
  const valueIn = (name: string) => clouds.aws.secretValue(region, `certifyclouds/${name}`);
  const sources = async () => (await app.ask('records.list', {})).map(({ sourceName }) => sourceName).sort();
  const status = async (name: string) =>
    (await app.ask('records.list', {})).find(({ sourceName }) => sourceName === name)?.status;
  const hasFocus = (element: Locator) => element.evaluate((each) => each === document.activeElement);
  /** What the person answers in dialogs of the system from now on: 0 is no. */
  const answer = (response: 0 | 1) =>
    app.electron.evaluate(({ dialog: system }, chosen) => {
      system.showMessageBox = async () => ({ response: chosen, checkboxChecked: false });
    }, response);

  it('shows what a rule would do before it is saved, and loses nothing of one that is refused', async () => {
    await go('Rules');
    await page.getByText('No rule yet').waitFor();
    await button('Add rule').click();
    await button('Save rule', dialog).click();
    await dialog.getByText('Give the rule a name.').first().waitFor();
    await expect.poll(() => hasFocus(field('Name'))).toBe(true);
    await field('Name').fill('Watched');
    await field('Vault').fill(vault);
    await field('Names').fill('watched_*');
    await field('Target connection').selectOption({ label: 'Contoso AWS (AWS)' });
    await button('Save rule', dialog).click();
    await expect.poll(() => hasFocus(field('Names')), patient).toBe(true);
    expect(await field('Names').getAttribute('aria-invalid')).toBe('true');
    expect(await field('Vault').inputValue()).toBe(vault);
    await field('Names').fill('watched-*');
    await field('The most records it may have').fill('1');
    await dialog.getByText('its limit is 1').waitFor();
    await button('Save rule', dialog).click();
    await dialog.getByText('The rule was not saved.').waitFor();
    expect(await app.ask('rules.list', {})).toEqual([]);
    expect(await sources()).toEqual([]);
    await field('The most records it may have').fill('10');
    await dialog.getByText('Saving creates 2 records now and starts their first sync.').waitFor();
    expect(await dialog.getByRole('region', { name: 'Matches and their targets' }).innerText()).toContain(
      'certifyclouds/watched-two',
    );
  });

  it('makes the records that it showed, and syncs them', async () => {
    await button('Add rule').click();
    await field('Name').fill('Watched');
    await field('Vault').fill(vault);
    await field('Names').fill('watched-*');
    await field('Target connection').selectOption({ label: 'Contoso AWS (AWS)' });
    await button('Save and create 2 records', dialog).click();
    await dialog.waitFor({ state: 'hidden' });
    await card().getByText('2 records').waitFor();
    expect(await sources()).toEqual(['watched-one', 'watched-two']);
    for (const name of ['watched-one', 'watched-two'])
      await expect.poll(() => valueIn(name), patient).toBe(`value of ${name}`);
    await expect.poll(() => status('watched-two'), patient).toBe('synced');
  });

  it('agrees to deletions outside the window, or not at all', async () => {
    await button('Edit Watched', card()).click();
    await field('If the source is deleted').selectOption('follow');
    await answer(0);
    await button('Save rule', dialog).click();
    await dialog.getByText('It was not confirmed').waitFor();
    expect(await field('If the source is deleted').inputValue()).toBe('follow');
    expect((await app.ask('rules.list', {}))[0]?.deletionPolicy).toBe('default');
    await answer(1);
    await button('Save rule', dialog).click();
    await dialog.waitFor({ state: 'hidden' });
    await card().getByText('deletions follow').waitFor();
    expect((await app.ask('records.list', {})).map(({ deletionPolicy }) => deletionPolicy)).toEqual([
      'follow',
      'follow',
    ]);
  });

  it('brings what is new and what changed to the targets with one scan', async () => {
    // Key Vault tells changes by the second.
    await page.waitForTimeout(1_100);
    clouds.azure.vault(vault).set('watched-one', 'a later value');
    clouds.azure.vault(vault).set('watched-three', 'new here');
    await go('Discovery');
    await button('Scan now').click();
    await expect.poll(() => valueIn('watched-one'), patient).toBe('a later value');
    await expect.poll(() => valueIn('watched-three'), patient).toBe('new here');
    await page.getByRole('navigation', { name: 'Vaults' }).getByText(vault).click();
    const items = page.getByRole('region', { name: `Secrets and certificates of ${vault}` });
    await items.getByLabel('Search names').fill('watched-three');
    await items.getByText('Synced: Secrets Manager').waitFor();
    await expect.poll(() => status('watched-three'), patient).toBe('synced');
  });

  it('finds with a check what somebody else changed', async () => {
    clouds.aws.putOutside(region, 'certifyclouds/watched-two', 'another hand');
    await go('Checks');
    await button('Check now').click();
    const found = page.getByRole('region', { name: 'What was found' });
    await found.getByText(`${vault}/watched-two`).waitFor();
    await page.getByRole('button', { name: /^Want a look 1/ }).click();
    expect(await found.getByRole('listitem').count()).toBe(1);
    await found.getByText('Changed', { exact: true }).waitFor();
    expect(valueIn('watched-two')).toBe('another hand');
  });

  it('lists a record whose source is gone until it is deleted, and leaves its copy', async () => {
    const ids = (await app.ask('records.list', {}))
      .filter(({ sourceName }) => sourceName === 'watched-two')
      .map(({ id }) => id);
    await app.ask('records.update', { ids, change: { deletionPolicy: 'keep' } });
    clouds.azure.vault(vault).remove('watched-two');
    await go('Discovery');
    await button('Scan now').click();
    const orphans = page.getByRole('region', { name: 'Records whose source is gone' });
    await orphans.getByText('watched-two').first().waitFor();
    await button('Delete record…', orphans).click();
    await button('Delete record', dialog).click();
    await orphans.waitFor({ state: 'hidden' });
    expect(await sources()).toEqual(['watched-one', 'watched-three']);
    expect(valueIn('watched-two')).toBe('another hand');
    await go('Rules');
    await card().getByText('2 records').waitFor();
  });

  it('excludes what a pattern matches once it is saved, and says before what that is', async () => {
    await go('Exclusions');
    await button('Add pattern').click();
    await expect.poll(() => hasFocus(page.getByLabel('Pattern 1'))).toBe(true);
    await page.getByLabel('Pattern 1').fill('watched');
    await page.getByText('Begin with name:').waitFor();
    await button('Save exclusions').click();
    expect((await app.ask('settings.get', {})).exclusions).toEqual([]);
    await page.getByLabel('Pattern 1').fill('name:watched-three');
    await page.getByText(/Matches 1 item .* and 1 record\./).waitFor();
    await button('Save exclusions').click();
    await page.getByText('Exclusions saved').first().waitFor();
    expect((await app.ask('settings.get', {})).exclusions).toEqual(['name:watched-three']);
    expect(valueIn('watched-three')).toBe('new here');
  });

  it('is turned off and removed with its records, and leaves the targets alone', async () => {
    await go('Rules');
    await page.getByRole('switch', { name: 'Watched is on' }).press('Space');
    await card().getByText('Off', { exact: true }).waitFor();
    expect((await app.ask('rules.list', {}))[0]).toMatchObject({ enabled: false, records: 2 });
    await button('Remove Watched', card()).click();
    await dialog.getByText('The rule has 2 records. What becomes of them?').waitFor();
    await dialog.getByRole('radio', { name: 'Delete the records too' }).click();
    await button('Remove rule', dialog).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('No rule yet').waitFor();
    expect(await sources()).toEqual([]);
    expect(['watched-one', 'watched-two', 'watched-three'].map(valueIn)).toEqual([
      'a later value',
      'another hand',
      'new here',
    ]);
  });

  it('has it all in an audit trail that is whole', async () => {
    await go('Audit trail');
    await button('Verify chain').click();
    await page.getByText('The audit trail is whole').waitFor();
    await page.getByRole('searchbox', { name: 'Search', exact: true }).fill('remove a rule');
    const trail = page.getByRole('region', { name: 'Audit trail, newest first' });
    await trail.getByText('Watched; its records go with it').first().waitFor();
    await expect.poll(() => trail.getByRole('listitem').count(), patient).toBeLessThanOrEqual(2);
    await button('Clear filters').click();
    await expect.poll(() => trail.getByRole('listitem').count(), patient).toBeGreaterThan(5);
  });
});
