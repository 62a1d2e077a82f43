import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RecordView } from '../../preload/contract/views.ts';
import { seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { connectSample, newRecord } from '../support/connect.ts';
import { type DesktopApp, launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';

const vault = 'kv-production';
const region = 'us-east-1';
const pictures = join(import.meta.dirname, '..', '..', 'test-output', 'e2e');
const targetOf = (name: string) => `certifyclouds/${name}`;

/** Looking before writing, and what only a person can decide, through the window. */
describe('plans and decisions, through the window', () => {
  const profile = newProfile();
  let clouds: Clouds;
  let app: DesktopApp;
  let page: Page;
  let dialog: Locator;
  let connections: Awaited<ReturnType<typeof connectSample>>;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    clouds = await startClouds();
    const sample = await seedSample(clouds);
    app = await launchDesktop({ profile });
    page = app.page;
    dialog = page.getByRole('dialog');
    connections = await connectSample(app, clouds, sample);
    await app.ask('settings.set', { conflictPolicy: 'alert' });
    for (const name of ['one', 'two', 'three', 'four']) clouds.azure.vault(vault).set(name, `value of ${name}`);
    await app.ask('records.create', {
      records: ['one', 'two', 'three', 'four'].map((name) => newRecord(connections, { vault, name })),
    });
    await row('one').waitFor();
  });
  afterAll(async () => {
    await app.quit();
    await clouds.close();
    removeProfile(profile);
  });

  // What one of these leaves open when it fails is not to be another's failure.
  afterEach(async () => {
    for (let open = 0; open < 3 && (await dialog.count()) > 0; open += 1) {
      await page.keyboard.press('Escape');
      await page.waitForTimeout(300);
    }
  });

  const button = (name: string, within: Page | Locator = page) => within.getByRole('button', { name, exact: true });
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`) });
  const valueIn = (name: string) => clouds.aws.secretValue(region, targetOf(name));
  const writes = () =>
    clouds.desk.arrivals({ cloud: 'aws' }).filter(({ name }) => /Create|Put|Update|Tag|Delete/.test(name));
  const record = async (name: string): Promise<RecordView> => {
    const found = (await app.ask('records.list', {})).find(({ sourceName }) => sourceName === name);
    if (!found) throw new Error(`no record ${name}`);
    return found;
  };
  /** What the person answers in dialogs of the system from now on: 0 is no. */
  const answer = (response: 0 | 1) =>
    app.electron.evaluate(({ dialog: system }, chosen) => {
      system.showMessageBox = async () => ({ response: chosen, checkboxChecked: false });
    }, response);
  const closed = async () => {
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  };

  it('applies the plan it showed, and only the ticked part of it', async () => {
    await button('Preview').click();
    await dialog.getByText('4 targets to be created').waitFor();
    await picture('plan');
    expect(clouds.aws.secretNames(region)).toEqual([]);
    await dialog.getByRole('checkbox', { name: /^Apply these: Create/ }).click();
    expect(await button('Apply', dialog).isDisabled()).toBe(true);
    await dialog.getByRole('checkbox', { name: /^Apply these: Create/ }).click();
    await button('Apply 4 changes', dialog).click();
    await dialog.getByText('The plan was applied.').waitFor();
    await closed();
    expect(valueIn('one')).toBe('value of one');
    await row('four').getByText('Synced').waitFor();
  });

  it('names what would have to be done otherwise than the plan showed, and writes nothing there', async () => {
    for (const name of ['one', 'two', 'three']) clouds.azure.vault(vault).set(name, `second value of ${name}`);
    await button('Preview').click();
    await dialog.getByText('3 targets to be updated').waitFor();
    // Key Vault tells changes by the second.
    await page.waitForTimeout(1_100);
    clouds.azure.vault(vault).set('one', 'third value of one');
    clouds.aws.putOutside(region, targetOf('two'), 'somebody else’s');
    await button('Apply 3 changes', dialog).click();
    await dialog.getByText('1 record left alone').waitFor();
    await picture('plan-changed');
    const left = dialog.getByRole('region', { name: 'Needs attention' }).getByRole('listitem');
    expect(await left.first().innerText()).toContain('kv-production / one');
    expect(await left.nth(1).innerText()).toContain('kv-production / two');
    expect(valueIn('one')).toBe('value of one');
    expect(valueIn('two')).toBe('somebody else’s');
    expect(valueIn('three')).toBe('second value of three');
    await button('Look again', dialog).click();
    await dialog.getByText('1 target to be updated').waitFor();
    await button('Apply 1 change', dialog).click();
    await dialog.getByText('The plan was applied.').waitFor();
    await closed();
    expect(valueIn('one')).toBe('third value of one');
  });

  it('shows what waits for a person with both sides, and does what they decide', async () => {
    for (const name of ['three', 'four']) clouds.aws.putOutside(region, targetOf(name), `value of ${name}`);
    clouds.aws.putOutside(region, targetOf('one'), 'another hand');
    for (const name of ['three', 'four', 'one']) clouds.azure.vault(vault).set(name, `value of ${name}`);
    await button('Sync Now').click();
    await expect
      .poll(async () => (await app.ask('records.list', {})).filter(({ held }) => held).length, { timeout: 15_000 })
      .toBe(4);
    await row('one').getByText('Waits for you').waitFor();
    await button('Decide… 4 records wait for your decision').click();
    const list = dialog.getByRole('region', { name: 'Records that wait' });
    await list
      .getByText(/Target now: version/)
      .first()
      .waitFor();
    expect(await list.getByText(/This app wrote it .+, version/).count()).toBe(4);
    await picture('decisions');

    const tick = (name: string) => list.getByRole('checkbox', { name: new RegExp(`/ ${name},`) }).click();
    await tick('one');
    await button('Overwrite target', dialog).click();
    await button('Overwrite target', page.getByRole('dialog', { name: 'Overwrite target: 1 record?' })).click();
    await expect.poll(() => valueIn('one'), { timeout: 15_000 }).toBe('value of one');
    await expect.poll(() => list.getByRole('listitem').count()).toBe(3);

    // What holds the value from Azure already is taken over without being written; both at once.
    await tick('three');
    await tick('four');
    clouds.desk.clearArrivals();
    await button('Adopt', dialog).click();
    await expect.poll(async () => (await record('four')).status, { timeout: 15_000 }).toBe('synced');
    expect(await record('three')).toMatchObject({ status: 'synced', held: false });
    expect(writes().filter(({ name }) => /Create|Put|Update/.test(name))).toEqual([]);

    // The last one is ticked by itself.
    await button('Keep target', dialog).click();
    await dialog.getByText('Nothing waits for you').waitFor();
    await closed();
    expect(valueIn('two')).toBe('somebody else’s');
    expect(await page.getByText('for your decision').count()).toBe(0);
  });

  it('says when a typed schedule would run, and what is wrong with one that never does', async () => {
    await row('one').first().click();
    await dialog.getByRole('tab', { name: 'Settings' }).click();
    await dialog.getByLabel('Schedule', { exact: true }).selectOption('cron');
    const field = dialog.getByLabel('Cron expression').last();
    await field.fill('0 2 30 2 *');
    await dialog.getByText(/never/i).waitFor();
    expect(await button('Save schedule', dialog).isDisabled()).toBe(true);
    expect(await field.inputValue()).toBe('0 2 30 2 *');
    await button('Weekdays at 02:00', dialog).click();
    await dialog.getByRole('combobox', { name: 'Time zone' }).or(dialog.getByLabel('Time zone')).first().fill('Lisbon');
    await page.getByRole('option', { name: 'Europe/Lisbon' }).click();
    await dialog.getByText('Next runs').waitFor();
    expect(await dialog.locator('.schedule-next time').count()).toBe(5);
    await picture('schedule');
    await button('Save schedule', dialog).click();
    await expect
      .poll(async () => (await record('one')).schedule)
      .toEqual({ kind: 'cron', expression: '0 2 * * 1-5', timeZone: 'Europe/Lisbon' });
    expect((await record('one')).nextRunAt).not.toBeNull();
    await button('Discard changes', dialog).waitFor({ state: 'hidden' });
    await closed();
  });

  it('changes several records at once, and only what was chosen', async () => {
    await page.getByRole('checkbox', { name: 'Select all shown' }).click();
    await button('Edit').click();
    expect(await button('Save', dialog).isDisabled()).toBe(true);
    await dialog.getByLabel('Sync on change').selectOption('on');
    await dialog.getByLabel('If the source is deleted').selectOption('follow');
    // Deletions are agreed to outside the window.
    await answer(0);
    await button('Save', dialog).click();
    await dialog.getByText('It was not confirmed, so nothing was changed.').waitFor();
    expect((await record('one')).syncOnChange).toBe(false);
    await answer(1);
    await button('Save', dialog).click();
    await dialog.waitFor({ state: 'hidden' });
    const all = await app.ask('records.list', {});
    expect(all.every(({ syncOnChange, deletionPolicy }) => syncOnChange && deletionPolicy === 'follow')).toBe(true);
    expect((await record('one')).schedule.kind).toBe('cron');
    expect((await record('two')).schedule.kind).toBe('manual');
    await button('Clear selection').click();
  });

  it('points a record whose source is gone at another one', async () => {
    clouds.azure.vault(vault).set('four-renamed', 'value of four');
    await app.ask('records.update', { ids: [(await record('four')).id], change: { deletionPolicy: 'keep' } });
    clouds.azure.vault(vault).remove('four');
    await app.ask('sync.start', { ids: [(await record('four')).id] });
    await expect.poll(async () => (await record('four')).code, { timeout: 15_000 }).toBe('source-missing');
    await row('four').first().click();
    await button('Point elsewhere…', dialog).first().click();
    const chooser = page.getByRole('dialog', { name: 'Point elsewhere' });
    await button('Point there', chooser).click();
    await chooser.getByText('Choose a secret of this vault.').waitFor();
    await chooser.getByLabel('Secret', { exact: true }).fill('four-renamed');
    await page.getByRole('option', { name: 'four-renamed' }).click();
    await button('Point there', chooser).click();
    await chooser.waitFor({ state: 'hidden' });
    await closed();
    expect(await record('four-renamed')).toMatchObject({ targetName: targetOf('four') });
  });

  it('lists deletions that the brake stopped, and carries them out only once they are allowed', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `gone-${index + 1}`);
    for (const name of names) clouds.azure.vault(vault).set(name, 'soon gone');
    const records = await app.ask('records.create', {
      records: names.map((name) => newRecord(connections, { vault, name })),
    });
    const ids = records.map(({ id }) => id);
    await answer(1);
    await app.ask('records.update', { ids, change: { deletionPolicy: 'follow' } });
    await app.ask('sync.start', { ids });
    await expect.poll(() => valueIn('gone-11'), { timeout: 15_000 }).toBe('soon gone');
    // All of them: a run that still has one of them would be joined by the next start.
    for (const name of names)
      await expect.poll(async () => (await record(name)).status, { timeout: 15_000 }).toBe('synced');
    for (const name of names) clouds.azure.vault(vault).remove(name);
    await app.ask('sync.start', { ids });
    await button('Decide… 11 deletions were stopped').click();
    await picture('brake');
    expect(clouds.aws.secret(region, targetOf('gone-1'))?.DeletedDate).toBeUndefined();
    await button('Tick all shown', dialog).click();
    await answer(0);
    await button('Allow deletion', dialog).click();
    await dialog.getByText('It was not confirmed, so nothing was changed.').waitFor();
    await answer(1);
    await button('Allow deletion', dialog).click();
    await dialog.getByText('Nothing waits for you').waitFor();
    await closed();
    for (const name of names)
      await expect
        .poll(() => clouds.aws.secret(region, targetOf(name))?.DeletedDate, { timeout: 15_000 })
        .toBeDefined();
    expect(await page.getByText('deletions were stopped').count()).toBe(0);
  });

  it('creates and syncs at once what the first plan showed', async () => {
    clouds.azure.vault(vault).set('five', 'value of five');
    await button('Add Sync').last().click();
    await dialog.getByText(vault, { exact: true }).click();
    await button('Next', dialog).click();
    await dialog.getByLabel('Find a secret').fill('five');
    await dialog.getByRole('checkbox', { name: /^five(,|$)/ }).click();
    await button('Next', dialog).click();
    await dialog.getByText('Every name can be used.').waitFor();
    await button('Next', dialog).click();
    await dialog.getByLabel('Schedule', { exact: true }).selectOption('cron');
    await button('Next', dialog).click();
    // Nothing was typed: the field says so and has the focus.
    await dialog.getByRole('alert').getByText('Type a cron expression').waitFor();
    expect(
      await dialog
        .getByLabel('Cron expression')
        .last()
        .evaluate((field) => field === document.activeElement),
    ).toBe(true);
    await button('Every 15 minutes', dialog).click();
    await dialog.getByText('Next runs').waitFor();
    await button('Next', dialog).click();
    await dialog.getByText('1 target to be created').waitFor();
    expect(valueIn('five')).toBeUndefined();
    expect((await app.ask('records.list', {})).some(({ sourceName }) => sourceName === 'five')).toBe(false);
    await button('Create and sync now', dialog).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => valueIn('five'), { timeout: 15_000 }).toBe('value of five');
    await row('five').getByText('Synced').waitFor();
  });
});
