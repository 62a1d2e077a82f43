import axe from 'axe-core';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Input } from '../../preload/contract/operations.ts';
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

/** Mirrors what has records of a person's already. */
function ruleFor(connections: { azure: string; aws: string }): Input<'rules.save'>['rule'] {
  const { enabled, options, shape, schedule, syncOnChange, copyTags, conflictPolicy, deletionPolicy } = newRecord(
    connections,
    { vault: '', name: '' },
  );
  return {
    ...{ name: 'Mirror', enabled, options, shape, schedule, syncOnChange, copyTags, conflictPolicy, deletionPolicy },
    sourceConnectionId: connections.azure,
    sourceVault: 'kv-production',
    filter: { kind: 'secret', names: ['*-url'], tags: [], contentType: '' },
    targetConnectionId: connections.aws,
    targetService: 'secretsmanager',
    targetRegion: 'us-east-1',
    template: 'certifyclouds/{name}',
    limit: 100,
  };
}

describe('by keyboard and for a screen reader', () => {
  const profile = newProfile();
  let clouds: Clouds;
  let app: DesktopApp;
  let page: Page;
  let connections: Awaited<ReturnType<typeof connectSample>>;

  beforeAll(async () => {
    clouds = await startClouds();
    const sample = await seedSample(clouds);
    app = await launchDesktop({ profile });
    page = app.page;
    connections = await connectSample(app, clouds, sample);
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

  it('selects all, syncs all, opens a record in conflict and decides about it', async () => {
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
    await pressUntilFocused('Tab', 'Overwrite target');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Overwrite target: 1 record?' }).waitFor();
    await pressUntilFocused('Tab', 'Overwrite target');
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

  it('has something that waits for a decision', async () => {
    clouds.aws.putOutside('us-east-1', 'certifyclouds/redis-url', 'changed by hand');
    await page.getByRole('button', { name: 'Sync Now', exact: true }).click();
    await page.getByText('1 record waits for your decision').waitFor();
  });

  it('has a rule that could not do all of it, and a check that found something', async () => {
    await app.ask('rules.save', { rule: ruleFor(connections) });
    const ofRule = async () => (await app.ask('records.list', {})).filter(({ ruleId }) => ruleId !== null);
    await expect
      .poll(async () => (await ofRule()).every(({ status }) => status === 'synced'), { timeout: 15_000 })
      .toBe(true);
    await app.ask('checks.start', { values: false });
    await expect
      .poll(async () => (await app.ask('checks.list', { limit: 1 }))[0]?.endedAt ?? null, { timeout: 15_000 })
      .not.toBeNull();
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
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: /^Decide…/ }).click();
    await dialog.getByRole('checkbox').first().waitFor();
    await look('what waits for a decision');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await dialog.getByRole('region', { name: 'Planned steps' }).waitFor();
    await look('plan');
    await page.keyboard.press('Escape');
    await page.getByRole('checkbox', { name: 'Select all shown' }).check();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await dialog.getByRole('switch', { name: 'Change the schedule' }).click();
    await dialog.getByLabel('Schedule', { exact: true }).selectOption('cron');
    await dialog.getByRole('button', { name: 'Weekdays at 02:00' }).click();
    await dialog.getByText('Next runs').waitFor();
    await look('edit records');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Clear selection' }).click();
    await page.getByRole('row').filter({ hasText: 'api-key' }).first().click();
    for (const tab of ['Overview', 'Plan', 'Settings', 'History']) {
      await page.getByRole('tab', { name: tab }).click();
      await look(tab);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Add Sync' }).click();
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
    await dialog.getByText('Next runs').waitFor();
    await look('add sync: schedule');
    await next();
    await dialog.getByText('to be created').waitFor();
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
    await navigation.getByRole('button', { name: 'Discovery' }).click();
    await page.getByRole('button', { name: 'Scan now: kv-production' }).waitFor();
    await look('discovery');
    await navigation.getByRole('button', { name: 'Rules' }).click();
    await page.getByText('No longer matches').or(page.getByText('a person made')).first().waitFor();
    await look('rules');
    await page.getByRole('button', { name: 'Remove Mirror' }).click();
    await look('remove a rule');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Edit Mirror' }).click();
    await dialog
      .getByText('Matches and their targets')
      .or(dialog.getByText(/^Matches \d/))
      .first()
      .waitFor();
    await look('edit a rule');
    await dialog.getByLabel('Name', { exact: true }).fill('');
    await dialog.getByRole('button', { name: /^Save/ }).click();
    await dialog.getByText('Give the rule a name.').first().waitFor();
    await look('a rule that is refused');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    await navigation.getByRole('button', { name: 'Checks' }).click();
    await page.getByRole('region', { name: 'What was found' }).waitFor();
    await look('checks');
    await navigation.getByRole('button', { name: 'Audit trail' }).click();
    await page.getByRole('button', { name: 'Verify chain' }).click();
    await page.getByText('The audit trail is whole').waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    await look('audit trail');
    await page.keyboard.press('Escape');
    await navigation.getByRole('button', { name: 'Exclusions' }).click();
    await page.getByRole('button', { name: 'Add pattern' }).click();
    await page.getByLabel('Pattern 1').fill('nothing known');
    await page.getByText('Begin with name:').waitFor();
    await look('exclusions');
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await navigation.getByRole('button', { name: 'Sync settings' }).click();
    await look('settings');
    await navigation.getByRole('button', { name: 'Network' }).click();
    await look('network settings');
    await navigation.getByText('Sync', { exact: true }).first().click();
    expect(Object.fromEntries([...found].filter(([, list]) => list.length > 0))).toEqual({});
  });
});
