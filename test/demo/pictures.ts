import { join } from 'node:path';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';
import type { DesktopApp } from '../support/desktop.ts';
import { checkNow } from './proofs.ts';
import { until } from './steps.ts';
import { visit } from './visits.ts';

const sizes = { small: { width: 1280, height: 800 }, large: { width: 1920, height: 1080 } } as const;

/**
 * Visits every screen and takes its picture, light and dark, in a small and a large window. Leaves the app on its list of
 * records, in the theme it had.
 * @param folder where the pictures go; must exist
 * @returns the files
 */
export async function takePictures(app: DesktopApp, clouds: Clouds, sample: Sample, folder: string): Promise<string[]> {
  const { page } = app;
  const files: string[] = [];
  const { theme } = await app.ask('settings.get', {});
  await stage(app, clouds, sample);
  // What was said in passing would stand before what is shown.
  for (const notice of await page.getByRole('alert').all()) await notice.getByRole('button').click();
  for (const look of ['light', 'dark'] as const) {
    await app.ask('settings.set', { theme: look });
    await page.waitForFunction((wanted) => document.documentElement.dataset['mantineColorScheme'] === wanted, look);
    for (const [size, { width, height }] of Object.entries(sizes)) {
      await resize(app, width, height);
      const take = async (name: string) => {
        const file = join(folder, `${name}-${look}-${size}.png`);
        // Until what was just opened is drawn; what moves is taken at its end.
        await page.waitForTimeout(200);
        await page.screenshot({ path: file, animations: 'disabled' });
        files.push(file);
      };
      await visit(page, take);
    }
  }
  await app.ask('settings.set', { theme });
  await resize(app, sizes.small.width, sizes.small.height);
  return files;
}

/**
 * Something to look at: two targets that somebody else changed, found by a check, so that they wait for a person, and a source
 * that has a newer value. Its records follow no change by themselves, so that it stays so.
 */
async function stage(app: DesktopApp, clouds: Clouds, sample: Sample): Promise<void> {
  await app.ask('settings.set', { scanMinutes: 5 });
  for (const name of ['redis-url', 'mail-api-key'])
    clouds.aws.putOutside(sample.region, `certifyclouds/kv-staging/${name}`, 'made for the picture');
  await checkNow(app, false);
  clouds.azure.vault('kv-staging').set('load-test-user', 'made for the picture');
  clouds.azure.vault('kv-production').set('new-partner-key', 'made for the picture');
  await app.ask('discovery.scan', {});
  const isQuiet = async () =>
    (await app.ask('discovery.vaults', {})).every(({ scanning }) => !scanning) &&
    (await app.ask('records.list', {})).every(({ status }) => status !== 'syncing');
  await until(app.page, isQuiet, (quiet) => quiet);
}

async function resize({ electron, page }: DesktopApp, width: number, height: number): Promise<void> {
  await electron.evaluate(
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
    { width, height },
  );
  await page.waitForFunction((size) => innerWidth === size.width && innerHeight === size.height, { width, height });
}
