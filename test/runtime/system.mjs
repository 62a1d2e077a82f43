// @ts-check
// What Electron, a screen and a keychain need from a Linux system, and how to get it on Debian and its relatives.
import { access } from 'node:fs/promises';
import { capture, mustRun, Problem, programPath, say } from './process.mjs';

/**
 * @typedef {{ package: string, library?: string, program?: string, file?: string }} Need
 * a Debian package and what of it has to be there: a shared library, a program, or a file
 */

/** What an Electron window and keytar link against or load at run time. @type {Need[]} */
const electronNeeds = [
  { package: 'libgtk-3-0', library: 'libgtk-3.so.0' },
  { package: 'libnss3', library: 'libnss3.so' },
  { package: 'libasound2', library: 'libasound.so.2' },
  { package: 'libgbm1', library: 'libgbm.so.1' },
  { package: 'libxss1', library: 'libXss.so.1' },
  { package: 'libxtst6', library: 'libXtst.so.6' },
  { package: 'libnotify4', library: 'libnotify.so.4' },
  { package: 'libsecret-1-0', library: 'libsecret-1.so.0' },
];

/**
 * A screen without a monitor, a session bus and a keychain, letters for the screenshots, and what tests make certificates with.
 * @type {Need[]}
 */
const sessionNeeds = [
  { package: 'util-linux', program: 'prlimit' },
  { package: 'util-linux', program: 'setpriv' },
  { package: 'xvfb', program: 'Xvfb' },
  { package: 'dbus', program: 'dbus-daemon' },
  { package: 'dbus', program: 'dbus-send' },
  { package: 'gnome-keyring', program: 'gnome-keyring-daemon' },
  { package: 'openssl', program: 'openssl' },
  { package: 'fonts-noto-core', file: '/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf' },
  { package: 'fonts-noto-mono', file: '/usr/share/fonts/truetype/noto/NotoSansMono-Regular.ttf' },
];

/** What unpacking the fallback runtime needs. @type {Need[]} */
export const unpackNeeds = [{ package: 'unzip', program: 'unzip' }];

/**
 * Makes sure that a Linux system has what is needed: installs it through apt when we are root. Other systems bring it
 * all along.
 * @param {{ session: boolean }} options whether a private screen and keychain are wanted, or only a window
 * @throws {Problem} with the command to run, when we can't install
 */
export async function ensureSystem({ session }) {
  if (process.platform !== 'linux') return;
  await ensureNeeds(session ? [...electronNeeds, ...sessionNeeds] : electronNeeds);
}

/** @param {Need[]} needs @throws {Problem} as `ensureSystem` */
export async function ensureNeeds(needs) {
  const missing = await missingNeeds(needs);
  if (missing.length === 0) return;
  const things = missing.map((need) => need.library ?? need.program ?? need.file).join(', ');
  if (programPath('apt-get') === undefined) {
    throw new Problem(`This system lacks ${things}. Install what provides them and run the command again.`);
  }
  const root = process.getuid?.() === 0;
  // Package names change between releases; only an updated index knows this one's.
  if (root) await mustRun('apt-get update', 'apt-get', ['update'], aptOptions);
  const names = await Promise.all([...new Set(missing.map((need) => need.package))].map(packageName));
  const install = ['install', '-y', '--no-install-recommends', ...names];
  if (!root) {
    throw new Problem(
      `This system lacks ${things}. Run this and then the command again:\n  sudo apt-get update && sudo apt-get ${install.join(' ')}`,
    );
  }
  say(`Installing ${names.join(' ')}`);
  await mustRun('apt-get install', 'apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...install], aptOptions);
  const still = await missingNeeds(missing);
  if (still.length > 0) {
    throw new Problem(
      `apt-get installed ${names.join(' ')}, but not: ${still.map((need) => need.package).join(', ')}.`,
    );
  }
}

const aptOptions = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 15 * 60_000, quiet: true };

/** @param {Need[]} needs @returns {Promise<Need[]>} those that aren't met */
async function missingNeeds(needs) {
  const ldconfig = programPath('ldconfig');
  if (ldconfig === undefined) throw new Problem('ldconfig, which lists the shared libraries of a system, is missing.');
  const { output } = await capture(ldconfig, ['-p']);
  // Lines read `libgbm.so.1 (libc6,x86-64) => /lib/…`.
  const libraries = new Set(output.split('\n').map((line) => line.trim().split(' ')[0]));
  const met = await Promise.all(
    needs.map(async ({ library, program, file }) => {
      if (library !== undefined) return libraries.has(library);
      if (program !== undefined) return programPath(program) !== undefined;
      return (
        file === undefined ||
        access(file).then(
          () => true,
          () => false,
        )
      );
    }),
  );
  return needs.filter((_, index) => !met[index]);
}

/**
 * Debian 13 and Ubuntu 24.04 renamed libraries whose time type grew: libgtk-3-0 is libgtk-3-0t64 there.
 * @param {string} name
 * @returns {Promise<string>} the name that this system's package index knows
 */
async function packageName(name) {
  if (!name.startsWith('lib')) return name;
  const { code, output } = await capture('apt-cache', ['show', '--no-all-versions', `${name}t64`]);
  return code === 0 && output !== '' ? `${name}t64` : name;
}
