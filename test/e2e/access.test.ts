import axe from 'axe-core';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { connectGcp, connectSample, newRecord } from '../support/connect.ts';
import { type DesktopApp, launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';

/** What of the page breaks WCAG 2.2 A or AA, as far as a machine can tell. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: runner } = window as unknown as { axe: typeof axe };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const results = await runner.run(document, { runOnly: { type: 'tag', values: tags } });
    return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}

describe('by keyboard and for a screen reader', () => {
  const profile = newProfile();
  let clouds: Clouds;
  let app: DesktopApp;
  let page: Page;

  beforeAll(async () => {
    clouds = await startClouds();
    const sample = await seedSample(clouds);
    app = await launchDesktop({ profile });
    page = app.page;
    const connections = await connectSample(app, clouds, sample);
    await connectGcp(app, clouds, sample);
    const names = ['api-key', 'database-url', 'redis-url'];
    clouds.aws.putOutside('us-east-1', 'certifyclouds/redis-url', 'made by hand');
    await app.ask('records.create', {
      records: names.map((name) => newRecord(connections, { vault: 'kv-production', name })),
    });
  });
  afterAll(async () => {
    await app.quit();
    await clouds.close();
    removeProfile(profile);
  });

  const status = async (name: string) =>
    (await app.ask('records.list', {})).find(({ sourceName }) => sourceName === name)?.status;
  const focusTable = async () => {
    await page.getByRole('grid', { name: 'Sync records' }).focus();
    await page.keyboard.press('Home');
  };
  const pressUntilFocused = async (key: string, name: string | RegExp) => {
    for (let n = 0; n < 60; n++) {
      const focused = await page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
      );
      if (
        focused !== null &&
        focused !== undefined &&
        (typeof name === 'string' ? focused.trim() === name : name.test(focused))
      )
        return;
      await page.keyboard.press(key);
    }
    throw new Error(`${name} can't be reached with ${key}`);
  };

  it('selects a record and syncs it', async () => {
    await focusTable();
    await page.keyboard.press('Space');
    await pressUntilFocused('Shift+Tab', 'Sync Now');
    await page.keyboard.press('Enter');
    await expect.poll(() => status('api-key'), { timeout: 15_000 }).toBe('synced');
    expect(await status('database-url')).toBe('pending');
  });

  it('selects all, syncs all, opens a record in conflict and takes it over', async () => {
    await focusTable();
    await page.keyboard.press('Control+A');
    await pressUntilFocused('Shift+Tab', 'Sync Now');
    await page.keyboard.press('Enter');
    await expect.poll(() => status('redis-url'), { timeout: 15_000 }).toBe('failed');
    await focusTable();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: /redis-url/ });
    await drawer.waitFor();
    await pressUntilFocused('Tab', 'Take over');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Replace what the target holds now?' }).waitFor();
    await pressUntilFocused('Tab', 'Take over');
    await page.keyboard.press('Enter');
    await expect.poll(() => status('redis-url'), { timeout: 15_000 }).toBe('synced');
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
  });

  it('would find a violation', async () => {
    await page.evaluate(() => {
      const button = document.createElement('button');
      button.id = 'planted';
      document.querySelector('main')?.append(button);
    });
    expect(await violations(page)).toEqual([expect.stringContaining('button-name')]);
    await page.evaluate(() => document.querySelector('#planted')?.remove());
  });

  it.each(['light', 'dark'] as const)('has no violation on any screen in %s', async (theme) => {
    await app.ask('settings.set', { theme });
    await page.waitForFunction((wanted) => document.documentElement.dataset['mantineColorScheme'] === wanted, theme);
    const navigation = page.getByRole('navigation', { name: 'Main' });
    const found = new Map<string, string[]>();
    const look = async (name: string) => {
      await page.waitForTimeout(400);
      found.set(name, await violations(page));
    };
    await look('sync');
    await page.getByRole('row').filter({ hasText: 'api-key' }).first().click();
    for (const tab of ['Overview', 'Plan', 'History']) {
      await page.getByRole('tab', { name: tab }).click();
      await look(tab);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Add Sync' }).click();
    const dialog = page.getByRole('dialog');
    const next = () => dialog.getByRole('button', { name: 'Next' }).click();
    await look('add sync');
    await dialog.getByText('kv-certificates').click();
    await next();
    await dialog.getByRole('checkbox', { name: /^signing-contoso-example/ }).click();
    await dialog.getByText('EC-P521').waitFor();
    await look('add sync: certificates');
    await next();
    await dialog.getByLabel('Target connection').selectOption({ label: 'Contoso GCP (GCP)' });
    await dialog.getByText(/GCP Certificate Manager cannot take/).waitFor();
    await look('add sync: a target that refuses');
    await dialog.getByLabel('Service', { exact: true }).selectOption({ label: 'GCP Secret Manager' });
    await dialog.getByText('Every name can be used.').waitFor();
    await look('add sync: target');
    await next();
    await look('add sync: review');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Discard' }).click();
    await navigation.getByText('Connections').click();
    await look('connections');
    for (const provider of ['Azure', 'AWS', 'GCP']) {
      await page
        .getByRole('button', { name: `Configure ${provider}` })
        .filter({ visible: true })
        .click();
      await look(`configure ${provider}`);
      await dialog.getByRole('tab', { name: 'Permissions' }).click();
      await look(`permissions of ${provider}`);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    }
    await page.getByRole('button', { name: 'Remove Contoso AWS' }).click();
    await look('remove a connection');
    await page.keyboard.press('Escape');
    await navigation.getByRole('button', { name: 'Sync settings' }).click();
    await look('settings');
    await navigation.getByRole('button', { name: 'Network' }).click();
    await look('network settings');
    await navigation.getByText('Sync', { exact: true }).first().click();
    expect(Object.fromEntries([...found].filter(([, list]) => list.length > 0))).toEqual({});
  });
});
