import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchArguments } from '../runtime/electron.mjs';
import {
  callBridge,
  type DesktopApp,
  electronExecutable,
  launchDesktop,
  newProfile,
  removeProfile,
} from '../support/desktop.ts';

const root = resolve(import.meta.dirname, '..', '..');

/** Runs the app once more, with the arguments given, until it ends by itself. */
async function runAgain(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(electronExecutable(), [...launchArguments(), root, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const [code] = await once(child, 'exit');
  return { code, output };
}

describe('the desktop app', () => {
  const profile = newProfile();
  let app: DesktopApp;

  beforeAll(async () => {
    app = await launchDesktop({ profile });
  });
  afterAll(async () => {
    await app.quit();
    removeProfile(profile);
  });

  const windows = () => app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);

  it('tells its version and ends', async () => {
    const { code, output } = await runAgain('--version', `--user-data-dir=${newProfile()}`);
    expect(code).toBe(0);
    expect(output).toMatch(/^CertifyClouds Sync \d+\.\d+\.\d+\n$/);
  });

  it('keeps its page in a sandbox, apart from Node and from the preload script', async () => {
    const preferences = await app.electron.evaluate(({ webContents }) => {
      const [contents] = webContents.getAllWebContents();
      // Not in Electron's types; its own tests and its security checklist use it.
      return (contents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences();
    });
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
    expect(preferences).not.toMatchObject({ nodeIntegrationInSubFrames: true });
    expect(preferences).not.toMatchObject({ allowRunningInsecureContent: true });
    expect(
      await app.page.evaluate(() => [typeof Reflect.get(window, 'require'), typeof Reflect.get(window, 'process')]),
    ).toEqual(['undefined', 'undefined']);
  });

  it('exposes one frozen bridge and nothing else', async () => {
    const bridge = await app.page.evaluate(() => {
      const { certifyclouds } = window as unknown as { certifyclouds: { call: object } };
      return {
        keys: Object.keys(certifyclouds).sort(),
        frozen: Object.isFrozen(certifyclouds) && Object.isFrozen(certifyclouds.call),
      };
    });
    expect(bridge).toEqual({ keys: ['call', 'onEvent'], frozen: true });
  });

  it('goes nowhere, opens nothing, asks for nothing and runs no foreign script', async () => {
    const { page } = app;
    const before = page.url();
    const tried = await page.evaluate(async () => {
      const ran = () => Reflect.get(window, 'foreignScriptRan') === true;
      const script = document.createElement('script');
      script.textContent = 'window.foreignScriptRan = true';
      document.body.append(script);
      const opened = window.open('https://example.com/');
      const fetched = await fetch('https://example.com/').then(
        () => true,
        () => false,
      );
      const image = await new Promise((done) => {
        const element = new Image();
        element.onload = () => done(true);
        element.onerror = () => done(false);
        element.src = 'https://example.com/pixel.png';
      });
      const notifications = await Notification.requestPermission();
      location.href = 'https://example.com/';
      return { ran: ran(), opened: opened !== null, fetched, image, notifications };
    });
    expect(tried).toEqual({ ran: false, opened: false, fetched: false, image: false, notifications: 'denied' });
    await page.waitForTimeout(200);
    expect(page.url()).toBe(before);
    expect(await windows()).toBe(1);
  });

  it('serves its own files and no other', async () => {
    const statuses = await app.electron.evaluate(async ({ webContents }) => {
      const { session } = webContents.getAllWebContents()[0] ?? {};
      const ask = async (url: string) => (await session?.fetch(url))?.status;
      return Promise.all(
        [
          'app://bundle/index.html',
          'app://bundle/../../package.json',
          'app://bundle/..%2f..%2fpackage.json',
          'app://elsewhere/index.html',
          'app://bundle/none.js',
        ].map(ask),
      );
    });
    expect(statuses).toEqual([200, 404, 404, 404, 404]);
  });

  it('answers no frame but its own window’s', async () => {
    const answers = await app.electron.evaluate(async ({ ipcMain, webContents }) => {
      const handlers = Reflect.get(ipcMain, '_invokeHandlers') as Map<
        string,
        (...given: unknown[]) => Promise<unknown>
      >;
      const handle = handlers.get('operation');
      const [sender] = webContents.getAllWebContents();
      const from = (event: unknown) => handle?.(event, 'app.get', {});
      return Promise.all([
        from({ sender, senderFrame: { url: 'https://example.com/' } }),
        from({ sender, senderFrame: { url: 'app://bundle/index.html' } }),
        from({ sender, senderFrame: null }),
        from({ sender: {}, senderFrame: sender?.mainFrame }),
        from({ sender, senderFrame: sender?.mainFrame }),
      ]);
    });
    const codes = answers.map((answer) => {
      const { ok, failure } = answer as { ok: boolean; failure?: { code: string } };
      return ok ? 'answered' : failure?.code;
    });
    expect(codes).toEqual(['foreign-frame', 'foreign-frame', 'foreign-frame', 'foreign-frame', 'answered']);
  });

  it('refuses hostile input in words and lives on', async () => {
    for (const input of [
      undefined,
      null,
      7,
      'x',
      [],
      { extra: 1 },
      { ids: ['not an id'] },
      { ids: Array(10).fill({}) },
    ]) {
      const answer = await callBridge(app.page, 'sync.start', input);
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'invalid', code: 'input' } });
    }
    expect((await app.ask('app.get', {})).name).toBe('CertifyClouds Sync');
  });

  // An event waits a tenth of a second to be sent. It must not find the store closed that it would be about.
  it.each([80, 90, 100])('quits %i ms after a change', async (milliseconds) => {
    const other = newProfile();
    const second = await launchDesktop({ profile: other });
    await second.ask('settings.set', { theme: 'dark' });
    await second.page.waitForTimeout(milliseconds);
    await second.quit();
    const log = join(other, 'logs', 'failures.log');
    expect(existsSync(log) ? readFileSync(log, 'utf8') : '').not.toContain('uncaught');
    removeProfile(other);
  });

  it('lives on in the tray when its window is closed, and shows it again when started a second time', async () => {
    const closed = app.page.waitForEvent('close');
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await closed;
    expect(await windows()).toBe(0);
    const shown = app.electron.waitForEvent('window');
    const { code } = await runAgain(`--user-data-dir=${profile}`);
    expect(code).toBe(0);
    const page = await shown;
    await page.getByRole('main').first().waitFor();
    expect(await windows()).toBe(1);
  });
});
