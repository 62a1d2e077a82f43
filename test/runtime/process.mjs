// @ts-check
// Running programs for the npm scripts. Only Node's own modules here: this runs before node_modules exists.
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { constants as osConstants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's folder, with a trailing separator. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A failure whose message is written for the person at the terminal; shown without a stack. */
export class Problem extends Error {
  /** @param {string} message @param {number} [exitCode] what our own process should end with */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @param {unknown} error @returns {string} the system's name of it, such as ENOENT, or nothing */
export function errorCode(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @type {NodeJS.Signals[]} */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const graceMs = 5000;
/** The child leads a process group of its own, so that what it started can be ended with it (Windows has no groups). */
const grouped = process.platform !== 'win32';

/**
 * Signals a process group; a group that is gone already is no failure (macOS says EPERM for one of zombies only).
 * @param {number} group the leader's process id
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(group, signal) {
  try {
    process.kill(grouped ? -group : group, signal);
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes(errorCode(error))) throw error;
  }
}

/**
 * @typedef {{ env?: NodeJS.ProcessEnv, timeoutMs?: number, abort?: AbortSignal, quiet?: boolean }} RunOptions
 * a program that outlives timeoutMs or meets abort is ended; of a quiet one nothing is shown unless it fails
 */

/**
 * Runs a program to its end, with its output going to ours and no input. Our own SIGINT, SIGTERM and SIGHUP are passed
 * on to it, once; to it alone, since an Electron whose helpers go first crashes. What it started and is still there five
 * seconds later, or when it ends, is killed.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>} its exit code; 128 + the signal's number when a signal ended it, or us
 * @throws {Problem} when it can't be started
 */
export async function run(program, args, { env = process.env, timeoutMs, abort, quiet = false } = {}) {
  const output = quiet ? 'pipe' : 'inherit';
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', output, output], detached: grouped });
  /** @type {Buffer[]} */
  const heldBack = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => heldBack.push(data));
  const group = child.pid;
  /** @type {NodeJS.Timeout | undefined} */
  let killing;
  /** @type {NodeJS.Signals | undefined} */
  let stoppedBy;
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    if (group === undefined || killing) return;
    stoppedBy = signal;
    child.kill(signal);
    killing = setTimeout(() => signalGroup(group, 'SIGKILL'), graceMs);
  };
  const limit = timeoutMs === undefined ? undefined : setTimeout(() => stop('SIGTERM'), timeoutMs);
  const abandon = () => stop('SIGTERM');
  abort?.addEventListener('abort', abandon);
  if (abort?.aborted) abandon();
  for (const signal of stopSignals) process.on(signal, stop);
  try {
    /** @type {[number | null, NodeJS.Signals | null]} */
    const [code, signal] = await new Promise((resolve, reject) => {
      child.on('error', (error) => reject(new Problem(`${program} can't be started: ${error.message}`)));
      child.on('exit', (...ending) => resolve(ending));
    });
    if (code !== 0) process.stderr.write(Buffer.concat(heldBack));
    const ending = stoppedBy ?? signal;
    return ending ? 128 + osConstants.signals[ending] : (code ?? 1);
  } finally {
    clearTimeout(limit);
    clearTimeout(killing);
    abort?.removeEventListener('abort', abandon);
    for (const name of stopSignals) process.off(name, stop);
    if (group !== undefined && grouped) signalGroup(group, 'SIGKILL');
  }
}

/**
 * As `run`, for a step that has to succeed.
 * @param {string} step what it was, in words for the person at the terminal
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @throws {Problem} naming the step, when the exit code isn't 0
 */
export async function mustRun(step, program, args, options) {
  const code = await run(program, args, options);
  if (code !== 0) throw new Problem(`${step} failed (exit code ${code}).`, code);
}

/**
 * Runs a short program and returns what it printed.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number, output: string }>} standard output; code 127 when there is no such program
 */
export function capture(program, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.on('error', () => resolve({ code: 127, output }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * @param {string} name of a program
 * @returns {string | undefined} its path, looked up in PATH and in the folders of system programs
 */
export function programPath(name) {
  const { PATH = '' } = process.env;
  for (const folder of [...PATH.split(delimiter), '/usr/sbin', '/sbin']) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder; the next one may have it
    }
  }
  return undefined;
}

/**
 * The script behind a package's command, to be run with our own Node: the links in node_modules/.bin differ by system.
 * @param {string} packageName
 * @param {string} [command] defaults to the package's name
 * @returns {string} path of a JavaScript file
 */
export function packageCommand(packageName, command = packageName) {
  const manifest = join(root, 'node_modules', packageName, 'package.json');
  /** @type {{ bin: string | Record<string, string> }} */
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const script = typeof bin === 'string' ? bin : bin[command];
  if (script === undefined) throw new Problem(`The package ${packageName} has no command ${command}.`);
  return join(root, 'node_modules', packageName, script);
}

/**
 * Runs one of npm's commands with the npm that started us.
 * @param {string[]} args
 * @returns {[string, string[]]} program and arguments for `run`
 */
export function npm(args) {
  const { npm_execpath: script = '' } = process.env;
  if (script.endsWith('.js')) return [process.execPath, [script, ...args]];
  return ['npm', args];
}

/**
 * Does work that two processes on this machine mustn't do at once; a second one waits. The name is a socket's, which
 * Linux and Windows free when its holder ends, however it ends; elsewhere a dead holder's file is removed.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function exclusively(name, work) {
  const file = join(tmpdir(), `${name}.sock`);
  /** @type {Partial<Record<NodeJS.Platform, string>>} */
  const kernelNames = { linux: `\0${name}`, win32: `\\\\.\\pipe\\${name}` };
  const address = kernelNames[process.platform] ?? file;
  for (let attempt = 0; ; attempt++) {
    const release = await hold(address);
    if (release) return work().finally(release);
    if (attempt === 0) say('Waiting for another process of this project to finish its preparations.');
    const ending = await new Promise((resolve) => connect(address).on('error', resolve).on('close', resolve));
    if (errorCode(ending) === 'ECONNREFUSED' && address === file) rmSync(file, { force: true });
  }
}

/**
 * @param {string} address
 * @returns {Promise<(() => void) | undefined>} what lets go of it; nothing when somebody else has it
 */
function hold(address) {
  const server = createServer();
  /** @type {Set<import('node:net').Socket>} */
  const waiting = new Set();
  server.on('connection', (socket) => waiting.add(socket.on('error', () => socket.destroy())));
  return new Promise((resolve, reject) => {
    server.on('error', (error) => (errorCode(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () =>
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      }),
    );
  });
}
