// @ts-check
// Keeps node_modules what package-lock.json says.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { errorCode, mustRun, npm, Problem, root, run, say } from './process.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean,
 *   dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lock
 */

/**
 * Installs node_modules when it's missing or differs from package-lock.json. No package's own install script is run:
 * nothing here may depend on one. What npm has in its cache isn't asked for again: the lock holds its hash.
 * @throws {Problem} when the lock doesn't fit package.json, or the installation fails
 */
export async function ensureModules() {
  const lock = await readLock(join(root, 'package-lock.json'));
  if (lock === undefined) throw new Problem('package-lock.json is missing.');
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const locked = lock.packages[''];
  for (const kind of /** @type {const} */ (['dependencies', 'devDependencies'])) {
    if (!isDeepStrictEqual({ ...manifest[kind] }, { ...locked?.[kind] })) {
      throw new Problem(`package-lock.json doesn't fit the ${kind} of package.json. Run: npm install`);
    }
  }
  const installed = await readLock(join(root, 'node_modules', '.package-lock.json'));
  if (installed !== undefined && fits(installed, lock)) return;
  say(installed === undefined ? 'Installing node_modules' : 'Installing node_modules again: package-lock.json changed');
  const [program, args] = npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  const code = await run(program, [...args, '--prefer-offline']);
  if (code === 0) return;
  // What the cache knows of a package may be older than the version that the lock names.
  say('Once more, asking the registry for everything');
  await mustRun('npm ci', program, [...args, '--prefer-online']);
}

/**
 * @param {Lock} installed npm's own note of what it put into node_modules
 * @param {Lock} lock
 * @returns {boolean} whether they name the same packages, but for optional ones of other systems
 */
export function fits(installed, lock) {
  for (const [path, { version, integrity }] of Object.entries(installed.packages)) {
    const wanted = lock.packages[path];
    if (wanted === undefined || wanted.version !== version || wanted.integrity !== integrity) return false;
  }
  return Object.entries(lock.packages).every(
    ([path, { optional, devOptional }]) => path === '' || optional || devOptional || path in installed.packages,
  );
}

/** @param {string} path @returns {Promise<Lock | undefined>} undefined when there is no such file */
async function readLock(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
