// @ts-check
// What the npm scripts run: node test/runtime/task.mjs <task> [arguments]
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { findElectron, launchArguments } from './electron.mjs';
import { ensureModules } from './modules.mjs';
import { packageApp } from './package.mjs';
import { exclusively, mustRun, Problem, packageCommand, root, run } from './process.mjs';
import { runInSession } from './session.mjs';
import { ensureSystem } from './system.mjs';

/** Every task takes the arguments after its name and ends with an exit code. @type {Record<string, (args: string[]) => Promise<number>>} */
const tasks = {
  async start(args) {
    const { DISPLAY, WAYLAND_DISPLAY } = process.env;
    if (process.platform === 'linux' && !(DISPLAY || WAYLAND_DISPLAY)) {
      throw new Problem('There is no display to open the app on. `npm run demo -- --exit` runs it without one.');
    }
    const { executable } = await prepare({ session: false });
    await build();
    return run(executable, appArguments(args));
  },

  /** The app, built and started again whenever a source changes, until it is quit. */
  async dev(args) {
    const { executable } = await prepare({ session: false });
    for (;;) {
      const change = watchSources();
      try {
        const built = await runPackage('electron-vite', buildArguments);
        if (built > 128) return built;
        if (built === 0) {
          const code = await run(executable, appArguments(args), { abort: change.signal });
          if (!change.signal.aborted) return code;
        } else if (!change.signal.aborted) await once(change.signal, 'abort');
      } finally {
        change.abort();
      }
    }
  },

  async demo(args) {
    const { executable } = await prepare({ session: true });
    await build();
    const env = { ...process.env, ELECTRON_EXECUTABLE: executable };
    return runInSession(process.execPath, ['--import', 'tsx', 'test/demo/demo.ts', ...args], {
      env,
      ownScreen: args.includes('--exit'),
    });
  },

  async test(args) {
    const { executable } = await prepare({ session: true });
    await typecheck();
    await lint();
    await build();
    const env = { ...process.env, ELECTRON_EXECUTABLE: executable };
    return runInSession(process.execPath, [packageCommand('vitest'), 'run', ...args], { env, ownScreen: true });
  },

  /** The suites against servers that nobody here wrote. */
  async 'test:peers'(args) {
    await exclusively(lockName, ensureModules);
    return run(process.execPath, ['--import', 'tsx', 'test/peers/run.ts', ...args]);
  },

  /** The app's promises in figures, against the stand-in clouds; see test/bench/main.ts for the arguments. */
  async bench(args) {
    await exclusively(lockName, ensureModules);
    return run(process.execPath, ['--no-warnings', '--import', 'tsx', 'test/bench/main.ts', ...args]);
  },

  /** Any command in the session that tests run in. */
  async session([program = '', ...args]) {
    const { executable } = await prepare({ session: true });
    return runInSession(program, args, { env: { ...process.env, ELECTRON_EXECUTABLE: executable }, ownScreen: true });
  },

  async clouds(args) {
    await exclusively(lockName, ensureModules);
    return run(process.execPath, ['--import', 'tsx', 'test/clouds/main.ts', ...args]);
  },

  async build() {
    await exclusively(lockName, ensureModules);
    await build();
    return 0;
  },

  async typecheck() {
    await exclusively(lockName, ensureModules);
    await typecheck();
    return 0;
  },

  async lint() {
    await exclusively(lockName, ensureModules);
    await lint();
    return 0;
  },

  async package() {
    const electron = await prepare({ session: true });
    await build();
    await packageApp(electron, 'release');
    return 0;
  },
};

/** One checkout's preparations, told apart from another's. */
const lockName = `certifyclouds-sync-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`;

/**
 * @param {{ session: boolean }} needs as of `ensureSystem`
 * @returns {Promise<import('./electron.mjs').Electron>}
 */
function prepare(needs) {
  return exclusively(lockName, async () => {
    await ensureModules();
    await ensureSystem(needs);
    return findElectron();
  });
}

/** @param {string} name of a package whose command it is @param {string[]} args */
function runPackage(name, args) {
  return run(process.execPath, [packageCommand(name), ...args]);
}

/** @param {string[]} args for the app */
function appArguments(args) {
  return [...launchArguments(), root, ...args];
}

/** @returns {AbortController} that the first change to a source aborts; aborting it ends the watching */
function watchSources() {
  const change = new AbortController();
  for (const room of ['main', 'preload', 'renderer'])
    watch(join(root, room), { recursive: true, signal: change.signal }, () => change.abort());
  return change;
}

const buildArguments = ['build', '--logLevel', 'warn'];

async function build() {
  await mustRun('The build', process.execPath, [packageCommand('electron-vite'), ...buildArguments]);
}

async function typecheck() {
  for (const project of ['main', 'preload', 'renderer', 'test']) {
    await mustRun(`The type check of ${project}`, process.execPath, [
      packageCommand('typescript', 'tsc'),
      '-p',
      project,
    ]);
  }
}

async function lint() {
  await mustRun('Biome', process.execPath, [packageCommand('@biomejs/biome', 'biome'), 'check']);
}

// npm doesn't pass on a signal that was sent to it alone; when it is gone, we are to stop as well.
const parent = process.ppid;
const watching = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watching);
  process.kill(process.pid, 'SIGTERM');
}, 500).unref();

try {
  // Set by editors built on Electron in their terminals; ours would start as a plain Node.
  Reflect.deleteProperty(process.env, 'ELECTRON_RUN_AS_NODE');
  const [name = '', ...args] = process.argv.slice(2);
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task === undefined) throw new Problem(`Usage: node test/runtime/task.mjs ${Object.keys(tasks).join('|')}`, 2);
  process.exitCode = await task(args);
} catch (error) {
  const problem = error instanceof Problem ? error : undefined;
  process.stderr.write(`${problem ? problem.message : error instanceof Error ? error.stack : error}\n`);
  process.exitCode = problem ? problem.exitCode : 1;
}
