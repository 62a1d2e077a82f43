import { join } from 'node:path';
import type { Page } from 'playwright';
import type { Clouds } from '../clouds/start.ts';
import type { DesktopApp } from '../support/desktop.ts';

const sizes = { small: { width: 1280, height: 800 }, large: { width: 1920, height: 1080 } } as const;

/**
 * Visits every screen and takes its picture, light and dark, in a small and a large window. Leaves the app on its list of
 * records, in the theme it had.
 * @param folder where the pictures go; must exist
 * @returns the files
 */
export async function takePictures(app: DesktopApp, clouds: Clouds, folder: string): Promise<string[]> {
  const { page } = app;
  const files: string[] = [];
  const { theme } = await app.ask('settings.get', {});
  // What was said in passing would stand before what is shown.
  for (const notice of await page.getByRole('alert').all()) await notice.getByRole('button').click();
  for (const look of ['light', 'dark'] as const) {
    await app.ask('settings.set', { theme: look });
    await page.waitForFunction((wanted) => document.documentElement.dataset['mantineColorScheme'] === wanted, look);
    for (const [size, { width, height }] of Object.entries(sizes)) {
      await resize(app, width, height);
      const take = async (name: string) => {
        const file = join(folder, `${name}-${look}-${size}.png`);
        // Until what was just opened has stopped moving.
        await page.waitForTimeout(400);
        await page.screenshot({ path: file });
        files.push(file);
      };
      await visit(page, clouds, take);
    }
  }
  await app.ask('settings.set', { theme });
  await resize(app, sizes.small.width, sizes.small.height);
  return files;
}

async function resize({ electron, page }: DesktopApp, width: number, height: number): Promise<void> {
  await electron.evaluate(
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
    { width, height },
  );
  await page.waitForFunction((size) => innerWidth === size.width && innerHeight === size.height, { width, height });
}

async function visit(page: Page, clouds: Clouds, take: (name: string) => Promise<void>): Promise<void> {
  const navigation = page.getByRole('navigation', { name: 'Main' });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await navigation.getByText('Sync', { exact: true }).first().click();
  await take('sync');

  await page.getByRole('row').filter({ hasText: 'database-url' }).first().click();
  for (const tab of ['Overview', 'Plan', 'History']) {
    await page.getByRole('tab', { name: tab }).click();
    await take(`record-${tab.toLowerCase()}`);
  }
  await page.keyboard.press('Escape');

  await button('Preview').click();
  await page.getByRole('dialog').getByText('Everything is up to date').waitFor();
  await take('preview');
  await page.keyboard.press('Escape');

  await addSync(page, clouds, take);

  await navigation.getByText('Connections').click();
  await page.getByText('Contoso AWS').filter({ visible: true }).first().waitFor();
  await take('connections');
  for (const [name, title] of [
    ['azure', 'Configure Azure'],
    ['aws', 'Configure AWS'],
    ['gcp', 'Configure GCP'],
  ] as const) {
    await button(title).filter({ visible: true }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await take(`connect-${name}`);
    if (name !== 'azure') {
      for (const service of await dialog.getByRole('group', { name: 'Services' }).getByRole('checkbox').all())
        await service.check();
    }
    await dialog.getByRole('tab', { name: 'Permissions' }).click();
    await take(`connect-${name}-permissions`);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  }
  await removal(page, take);
  await navigation.getByRole('button', { name: 'Sync settings' }).click();
  await take('settings');
  await navigation.getByRole('button', { name: 'Network' }).click();
  await take('settings-network');
  await navigation.getByText('Sync', { exact: true }).first().click();
}

/** Walks the wizard to its last page and leaves it without creating anything. */
async function addSync(page: Page, clouds: Clouds, take: (name: string) => Promise<void>): Promise<void> {
  clouds.azure.vault('kv-production').set('new-partner-key', 'made for the picture');
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
  await take('add-sync-review');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Discard' }).click();
}

/** Asks to remove a connection that records use, and thinks better of it. */
async function removal(page: Page, take: (name: string) => Promise<void>): Promise<void> {
  await page.getByRole('button', { name: 'Remove Contoso GCP' }).click();
  await page.getByRole('dialog', { name: 'Remove Contoso GCP?' }).waitFor();
  await take('remove-connection');
  await page.keyboard.press('Escape');
}
