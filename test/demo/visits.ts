import type { Page } from 'playwright';
import { go, typeRule } from './steps.ts';

type Take = (name: string) => Promise<void>;

/** Visits every screen, and takes its picture once there is something to see. Leaves the app as it was. */
export async function visit(page: Page, take: Take): Promise<void> {
  await sync(page, take);
  await addSync(page, take);
  await discovery(page, take);
  await rules(page, take);
  await go(page, 'Checks');
  await page.getByText('Want a look').first().waitFor();
  await take('checks');
  await go(page, 'Audit trail');
  await page.getByRole('button', { name: 'Verify chain' }).click();
  await page.getByText('The audit trail is whole').waitFor();
  await take('audit');
  await connections(page, take);
  await settings(page, take);
  await go(page, 'Sync');
}

async function sync(page: Page, take: Take): Promise<void> {
  const dialog = page.getByRole('dialog');
  await go(page, 'Sync');
  await page.getByRole('button', { name: /^Decide… 2 records wait/ }).waitFor();
  await take('sync');

  await page.getByRole('row').filter({ hasText: 'database-url' }).first().click();
  for (const tab of ['Overview', 'Plan', 'Settings', 'History']) {
    await page.getByRole('tab', { name: tab }).click();
    await take(`record-${tab.toLowerCase()}`);
  }
  await leave(page);

  await page.getByRole('button', { name: 'Preview', exact: true }).click();
  await dialog.getByText('2 targets to be updated').waitFor();
  await take('preview');
  await leave(page);

  await page.getByRole('button', { name: /^Decide… 2 records wait/ }).click();
  await dialog.getByRole('button', { name: 'Tick all shown' }).click();
  await dialog.getByRole('button', { name: 'Overwrite target' }).waitFor();
  await take('conflicts');
  await leave(page);
}

/** Walks the wizard to its last page and leaves it without creating anything. */
async function addSync(page: Page, take: Take): Promise<void> {
  await page.getByRole('button', { name: 'Add Sync' }).click();
  const dialog = page.getByRole('dialog');
  const next = () => dialog.getByRole('button', { name: 'Next' }).click();
  const chip = (name: string) => dialog.getByRole('group', { name: 'Kind' }).getByText(name).click();
  await dialog.getByText('kv-production').click();
  await take('add-sync-source');
  await next();
  await dialog.getByText('new-partner-key').click();
  await take('add-sync-secrets');
  await chip('Certificates');
  await dialog.getByText('www-contoso-example').click();
  await dialog.getByText('RSA-2048').waitFor();
  await take('add-sync-certificates');
  await next();
  for (const [name, label] of [
    ['aws', 'Contoso AWS (AWS)'],
    ['gcp', 'Contoso GCP (GCP)'],
  ] as const) {
    await dialog.getByLabel('Target connection').selectOption({ label });
    await dialog.getByText('Every name can be used.').waitFor();
    await take(`add-sync-target-${name}`);
  }
  await next();
  await dialog.getByLabel('Schedule', { exact: true }).selectOption('cron');
  await dialog.getByRole('button', { name: 'Weekdays at 02:00' }).click();
  await dialog.getByText('Next runs').waitFor();
  await take('add-sync-schedule');
  await next();
  await dialog.getByText('to be created').waitFor();
  await take('add-sync-review');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Discard' }).click();
  await dialog.first().waitFor({ state: 'hidden' });
}

async function discovery(page: Page, take: Take): Promise<void> {
  await go(page, 'Discovery');
  await page.getByRole('navigation', { name: 'Vaults' }).getByText('kv-production').click();
  await page
    .getByRole('region', { name: 'Secrets and certificates of kv-production' })
    .getByText('database-url', { exact: true })
    .first()
    .waitFor();
  await take('discovery');
}

async function rules(page: Page, take: Take): Promise<void> {
  await go(page, 'Rules');
  await page.getByText('Production addresses').first().waitFor();
  await take('rules');
  const dialog = await typeRule(page, { name: 'Staging databases', vault: 'kv-staging', names: 'database-*, *-key' });
  await take('rule-editor');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Discard', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function connections(page: Page, take: Take): Promise<void> {
  await go(page, 'Connections');
  await page.getByText('Contoso AWS').filter({ visible: true }).first().waitFor();
  await take('connections');
  for (const [name, title] of [
    ['azure', 'Configure Azure'],
    ['aws', 'Configure AWS'],
    ['gcp', 'Configure GCP'],
  ] as const) {
    await page.getByRole('button', { name: title, exact: true }).filter({ visible: true }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await take(`connect-${name}`);
    if (name !== 'azure') {
      for (const service of await dialog.getByRole('group', { name: 'Services' }).getByRole('checkbox').all())
        await service.check();
    }
    await dialog.getByRole('tab', { name: 'Permissions' }).click();
    await take(`connect-${name}-permissions`);
    await leave(page);
  }
  // Asks to remove a connection that records use, and thinks better of it.
  await page.getByRole('button', { name: 'Remove Contoso GCP' }).click();
  await page.getByRole('dialog', { name: 'Remove Contoso GCP?' }).waitFor();
  await take('remove-connection');
  await leave(page);
}

async function settings(page: Page, take: Take): Promise<void> {
  await go(page, 'Sync settings');
  await take('settings');
  await go(page, 'Exclusions');
  for (const [index, pattern] of ['name:*-local', 'tag:no-sync=true'].entries()) {
    await page.getByRole('button', { name: 'Add pattern' }).click();
    await page.getByLabel(`Pattern ${index + 1}`).fill(pattern);
  }
  await page.getByText(/are excluded\.$/).waitFor();
  await page.getByText('Looking what it matches…').first().waitFor({ state: 'hidden' });
  await take('exclusions');
  await page.getByRole('button', { name: 'Discard changes' }).click();
  await go(page, 'Network');
  await take('settings-network');
}

/** Closes what is open. */
async function leave(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}
