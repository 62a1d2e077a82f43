// @ts-check
// A private desktop session for tests and the demo: its own screen, message bus, keychain and home folder, so that
// they find the same everywhere and a person's own keychain and credentials are never touched.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endMarked, freeMark, marked } from './mark.mjs';
import { capture, Problem, run, signalGroup, stopSignals } from './process.mjs';

/**
 * @typedef {{ program: string, child: import('node:child_process').ChildProcess, exited: Promise<void>,
 *   complaint: () => string }} Helper
 * a server of the session; complaint gives the end of what it wrote to standard error
 */

const startLimitMs = 15_000;
const stopLimitMs = 3000;

/**
 * Runs a command in a private session and ends the session with it, whatever becomes of either. Only Linux lets a
 * session be made: on other systems the command runs as it is, with the person's own screen and keychain.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, ownScreen: boolean }} options ownScreen: unseen even where there is a display
 * @returns {Promise<number>} the command's exit code, as from `run`
 * @throws {Problem} when a part of the session doesn't start
 */
export async function runInSession(program, args, { env = process.env, ownScreen }) {
  if (process.platform !== 'linux') return run(program, args, { env });
  // A signal that comes while a helper starts or stops must not skip the cleaning up; `run` passes it on meanwhile.
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  for (const signal of stopSignals) process.on(signal, stop);
  const folder = await mkdtemp(join(tmpdir(), 'ccs-'));
  const mark = await freeMark();
  /** @type {Helper[]} */
  const helpers = [];
  try {
    const session = await sessionEnvironment(env, folder);
    const { DISPLAY, WAYLAND_DISPLAY } = env;
    if (ownScreen || !(DISPLAY || WAYLAND_DISPLAY)) Object.assign(session, await startScreen(folder, session, helpers));
    Object.assign(session, await startBus(folder, session, helpers));
    await startKeychain(session, helpers);
    if (stopped) return 130;
    return await run(...tied(...marked(mark, program, args)), { env: session });
  } finally {
    await endMarked(mark);
    for (const helper of helpers.reverse()) await endHelper(helper);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    for (const signal of stopSignals) process.off(signal, stop);
  }
}

/**
 * @param {NodeJS.ProcessEnv} outer
 * @param {string} folder
 * @returns {Promise<NodeJS.ProcessEnv>} with every folder a program may keep things in below ours, and nobody's
 *   credentials
 */
async function sessionEnvironment(outer, folder) {
  const personal = /^(AWS|AZURE|GOOGLE|GCLOUD|CLOUDSDK|GNOME_KEYRING)_|^SECRET_KEY$/;
  const kept = Object.entries(outer).filter(([name]) => !personal.test(name));
  const folders = {
    HOME: 'home',
    TMPDIR: 'tmp',
    XDG_CACHE_HOME: 'cache',
    XDG_CONFIG_HOME: 'config',
    XDG_DATA_HOME: 'data',
    XDG_RUNTIME_DIR: 'run',
    XDG_STATE_HOME: 'state',
  };
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...Object.fromEntries(kept), NO_AT_BRIDGE: '1' };
  for (const [name, below] of Object.entries(folders)) {
    env[name] = join(folder, below);
    await mkdir(join(folder, below), { mode: 0o700 });
  }
  // Both are looked for below folders that were just replaced.
  const { HOME = '', XAUTHORITY = join(HOME, '.Xauthority'), WAYLAND_DISPLAY, XDG_RUNTIME_DIR = '' } = outer;
  if (existsSync(XAUTHORITY)) Object.assign(env, { XAUTHORITY });
  if (WAYLAND_DISPLAY) Object.assign(env, { WAYLAND_DISPLAY: resolve(XDG_RUNTIME_DIR, WAYLAND_DISPLAY) });
  return env;
}

/**
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @param {Helper[]} helpers
 * @returns {Promise<NodeJS.ProcessEnv>} what programs find the screen by
 */
async function startScreen(folder, env, helpers) {
  const authority = join(folder, 'xauthority');
  await writeFile(authority, anyDisplayCookie(randomBytes(16)), { mode: 0o600 });
  const size = ['-screen', '0', '1920x1200x24'];
  const args = ['-displayfd', '3', ...size, '-nolisten', 'tcp', '-noreset', '-auth', authority];
  const helper = startHelper('Xvfb', args, env, helpers);
  const DISPLAY = `:${await firstLine(helper, 3)}`;
  const screen = { DISPLAY, XAUTHORITY: authority, XDG_SESSION_TYPE: 'x11', WAYLAND_DISPLAY: undefined };
  // Tells the demo that nobody sees its window, and so nobody can close it.
  return { ...screen, CERTIFYCLOUDS_UNSEEN: '1' };
}

/**
 * An X authority file with one cookie for whatever display it is used on: Xvfb picks its number after reading it.
 * The format is that of Xau(3): family, then address, display number, name and data, each with a two-byte length.
 * @param {Buffer} cookie 16 bytes
 */
function anyDisplayCookie(cookie) {
  const familyWild = Buffer.from([0xff, 0xff]);
  const counted = [Buffer.alloc(0), Buffer.alloc(0), Buffer.from('MIT-MAGIC-COOKIE-1'), cookie].flatMap((bytes) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat([familyWild, ...counted]);
}

/**
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @param {Helper[]} helpers
 * @returns {Promise<NodeJS.ProcessEnv>} what programs find the bus by
 */
async function startBus(folder, env, helpers) {
  // No folders of service files: nothing that a program asks for is started behind our back and left over.
  const config = join(folder, 'bus.conf');
  await writeFile(
    config,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${join(folder, 'bus')}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`,
  );
  const helper = startHelper('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address=3'], env, helpers);
  return { DBUS_SESSION_BUS_ADDRESS: await firstLine(helper, 3) };
}

/** @param {NodeJS.ProcessEnv} env @param {Helper[]} helpers */
async function startKeychain(env, helpers) {
  const helper = startHelper(
    'gnome-keyring-daemon',
    ['--foreground', '--unlock', '--components=secrets'],
    env,
    helpers,
  );
  // The password makes and opens the session's keyring; nobody needs it again.
  helper.child.stdin?.end(randomBytes(24).toString('hex'));
  const ask = ['--session', '--print-reply=literal', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
  const owned = ['org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
  await started(helper, async () => {
    while (!(await capture('dbus-send', [...ask, ...owned], env)).output.includes('true')) {
      if (helper.child.exitCode !== null) return;
      await sleep(50);
    }
  });
}

/**
 * @param {string} program
 * @param {string[]} args
 * @returns {[string, string[]]} the same, but ended by the kernel should we be killed ourselves
 */
function tied(program, args) {
  return ['setpriv', ['--pdeathsig', 'TERM', program, ...args]];
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {Helper[]} helpers gets the new one
 * @returns {Helper} with pipes for standard input and file descriptor 3
 */
function startHelper(program, args, env, helpers) {
  // A group of their own keeps Ctrl-C from them.
  const child = spawn(...tied(program, args), { env, stdio: ['pipe', 'ignore', 'pipe', 'pipe'], detached: true });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  /** @type {Promise<void>} */
  const exited = new Promise((resolve) => {
    child.on('error', (error) => {
      complaint = error.message;
      resolve();
    });
    child.on('exit', () => resolve());
  });
  const helper = { program, child, exited, complaint: () => complaint.trim() };
  helpers.push(helper);
  return helper;
}

/**
 * @param {Helper} helper
 * @param {number} descriptor of a pipe that it writes to when it's ready
 * @returns {Promise<string>} the first line it wrote there
 */
async function firstLine(helper, descriptor) {
  let text = '';
  await started(helper, async () => {
    const pipe = helper.child.stdio[descriptor];
    if (!pipe || !('setEncoding' in pipe)) return;
    for await (const chunk of pipe.setEncoding('utf8')) {
      text += chunk;
      if (text.includes('\n')) return;
    }
  });
  return text.trim();
}

/**
 * @param {Helper} helper
 * @param {() => Promise<void>} ready
 * @throws {Problem} with its own words, when it ends or the time does before it is ready
 */
async function started(helper, ready) {
  const late = new AbortController();
  const outcome = await Promise.race([
    ready().then(() => 'ready'),
    helper.exited.then(() => 'it ended'),
    sleep(startLimitMs, 'it took too long', { signal: late.signal }).catch(() => ''),
  ]);
  late.abort();
  if (outcome === 'ready' && helper.child.exitCode === null && helper.child.pid !== undefined) return;
  throw new Problem(`${helper.program}, which the session needs, didn't start: ${outcome}. ${helper.complaint()}`);
}

/** @param {Helper} helper */
async function endHelper({ child, exited }) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  signalGroup(child.pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child.pid ?? 0, 'SIGKILL'), stopLimitMs);
  await exited;
  clearTimeout(timer);
}
