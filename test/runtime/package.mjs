// @ts-check
// Packages the built app for this system, as an unpacked application.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { launchArguments } from './electron.mjs';
import { capture, Problem, root, say } from './process.mjs';

/**
 * Packages dist/ with the Electron we have, and starts the result to see that it tells its version.
 * @param {import('./electron.mjs').Electron} electron
 * @param {string} output folder that gets a folder named after the system, such as linux-unpacked
 * @returns {Promise<{ executable: string, resources: string }>} where the executable and app.asar are
 * @throws {Problem} when the packaged app doesn't start
 */
export async function packageApp(electron, output) {
  const { build } = await import('electron-builder');
  const packed = { executable: '', resources: '' };
  await build({
    dir: true,
    publish: 'never',
    projectDir: root,
    config: {
      directories: { output },
      electronDist: electron.folder,
      electronVersion: electron.version,
      // Leaves out the app that a bare Electron shows; electron-builder does so only with those it downloads itself.
      afterPack: async ({ appOutDir, packager }) => {
        packed.resources = packager.getResourcesDir(appOutDir);
        packed.executable = executableIn(appOutDir, packager.appInfo.productFilename);
        await rm(join(packed.resources, 'default_app.asar'), { force: true });
        await rm(join(appOutDir, 'version'), { force: true });
      },
    },
  });
  const { productName, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { code, output: told } = await capture(packed.executable, [...launchArguments(), '--version']);
  if (code !== 0 || told.trim() !== `${productName} ${version}`) {
    throw new Problem(`${packed.executable} --version ended with exit code ${code} and printed: ${told}`);
  }
  say(`${told.trim()}: ${packed.executable}`);
  if (!electron.official) say(`It runs on Electron ${electron.version}, which is for tests. Don't ship it.`);
  return packed;
}

/** @param {string} folder @param {string} productName @returns {string} */
function executableIn(folder, productName) {
  /** @type {Partial<Record<NodeJS.Platform, string>>} */
  const paths = { darwin: `${productName}.app/Contents/MacOS/${productName}`, win32: `${productName}.exe` };
  return join(folder, paths[process.platform] ?? 'certifyclouds-sync');
}
