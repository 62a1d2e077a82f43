import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import type { Answer, Bridge } from '../../preload/contract/bridge.ts';
import type { OperationName } from '../../preload/contract/names.ts';
import type { Input, Output } from '../../preload/contract/operations.ts';
import { launchArguments } from '../runtime/electron.mjs';

const root = resolve(import.meta.dirname, '..', '..');

const quitLimitMs = 20_000;

export interface DesktopApp {
  readonly electron: ElectronApplication;
  readonly page: Page;
  readonly profile: string;
  /** All that the process wrote to standard output and error so far. */
  output(): string;
  /** One operation through the window's own bridge; fails if the operation fails. */
  ask<N extends OperationName>(name: N, input: Input<N>): Promise<Output<N>>;
  /** Quits the app as its menu does. */
  quit(): Promise<void>;
  /** SIGKILL to the whole process tree: nothing gets a chance to tidy up. */
  kill(): Promise<void>;
}

interface LaunchOptions {
  readonly profile: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Without the message bus no keychain can be reached, as on a server. */
  readonly keychain?: boolean;
}

export function newProfile(): string {
  return mkdtempSync(join(tmpdir(), 'sync-profile-'));
}

export function removeProfile(profile: string): void {
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** The Electron that the test session has found; see test/runtime. */
export function electronExecutable(): string {
  const { ELECTRON_EXECUTABLE } = process.env as { ELECTRON_EXECUTABLE?: string };
  if (!ELECTRON_EXECUTABLE)
    throw new Error('ELECTRON_EXECUTABLE is not set: run this through `npm test` or `npm run session`');
  return ELECTRON_EXECUTABLE;
}

/** Starts the built app on a profile and waits for its window. Endpoints on this machine are let through. */
export async function launchDesktop({
  profile,
  args = [],
  env = {},
  keychain = true,
}: LaunchOptions): Promise<DesktopApp> {
  const { DBUS_SESSION_BUS_ADDRESS, ...withoutBus } = process.env;
  const inherited = keychain
    ? { ...withoutBus, DBUS_SESSION_BUS_ADDRESS }
    : { ...withoutBus, DBUS_SESSION_BUS_ADDRESS: 'disabled:' };
  const electron = await _electron.launch({
    executablePath: electronExecutable(),
    args: [
      ...launchArguments(),
      '--password-store=gnome-libsecret',
      `--user-data-dir=${profile}`,
      root,
      '--allow-loopback-endpoints',
      ...args,
    ],
    env: Object.fromEntries(
      Object.entries({ ...inherited, ...env }).filter((pair): pair is [string, string] => pair[1] !== undefined),
    ),
    timeout: 60_000,
    // Otherwise Playwright switches the sandbox off for everybody, not only for root in a container.
    chromiumSandbox: process.getuid?.() !== 0,
  });
  let written = '';
  const process_ = electron.process();
  for (const stream of [process_.stdout, process_.stderr])
    stream?.setEncoding('utf8').on('data', (text) => (written += text));
  const page = await electron.firstWindow();
  page.setDefaultTimeout(15_000);
  await page.getByRole('main').first().waitFor();
  const exited = new Promise<void>((done) => process_.once('exit', () => done()));
  return {
    electron,
    page,
    profile,
    output: () => written,
    async ask(name, input) {
      const answer = await callBridge(page, name, input);
      if (!answer.ok) throw new Error(`${name} failed: ${JSON.stringify(answer.failure)}`);
      return answer.data as never;
    },
    async quit() {
      const late = setTimeout(() => {
        process_.kill('SIGKILL');
        written += '\n(had to be killed: it did not quit)';
      }, quitLimitMs);
      await Promise.all([electron.close(), exited]);
      clearTimeout(late);
      if (process_.exitCode !== 0) throw new Error(`the app did not quit well: ${written}`);
    },
    async kill() {
      process_.kill('SIGKILL');
      await exited;
    },
  };
}

/** What the renderer's own code would get: an answer, never a rejection. */
export async function callBridge(page: Page, name: OperationName, input: unknown): Promise<Answer<unknown>> {
  return await page.evaluate(
    ([operation, given]) => {
      const { certifyclouds } = window as unknown as { certifyclouds: Bridge };
      const call = certifyclouds.call[operation] as (input: unknown) => Promise<Answer<unknown>>;
      return call(given);
    },
    [name, input] as const,
  );
}
