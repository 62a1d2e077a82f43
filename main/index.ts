import { join } from 'node:path';
import { app } from 'electron';
import { composeApp } from './compose.ts';
import { claimInstance, createDesktop, showStartFailure } from './desktop/index.ts';
import { toFailure } from './domain/failure.ts';
import { createEventOutbox } from './doors/ipc/events.ts';
import { openIpcDoor } from './doors/ipc/index.ts';
import { systemClock } from './engine/system-clock.ts';
import { product } from './product.ts';
import { openKeychain, takeSecretKey } from './store/keychain.ts';
import { openLog } from './store/log.ts';
import { openPreferences } from './store/preferences.ts';

/** Builds everything and connects it. What any part does is decided in that part. */

// dist/main/index.js; the window's parts are built beside it, the icons are files of the app.
const root = join(import.meta.dirname, '..', '..');
const paths = {
  renderer: join(root, 'dist', 'renderer'),
  preload: join(root, 'dist', 'preload', 'index.cjs'),
  icons: join(root, 'main', 'desktop', 'icons'),
};

// Before anything is started that would inherit it.
const environmentKey = takeSecretKey(process.env);

if (process.argv.includes('--version')) {
  process.stdout.write(`${product.name} ${app.getVersion()}\n`);
  app.exit(0);
} else {
  // Windows shows notifications only of an app that it knows by this id, which the installer uses too.
  app.setAppUserModelId(product.appId);
  let showWindow = () => {};
  if (claimInstance(() => showWindow())) {
    app
      .whenReady()
      .then(async () => {
        showWindow = await start();
      })
      .catch((thrown: unknown) => {
        showStartFailure(product.name, toFailure(thrown).detail);
        app.exit(1);
      });
  } else {
    app.exit(0);
  }
}

/** @returns what shows the window */
async function start(): Promise<() => void> {
  const profile = app.getPath('userData');
  const report = openLog(join(profile, 'logs'), systemClock.now);
  // Electron's own answer to a bug is a dialog that stops everything until somebody clicks. Writes are journaled, so going on
  // is the safer way.
  process.on('uncaughtException', (thrown) => report('', 'uncaught', toFailure(thrown)));
  // Electron would print the whole error, and its message may quote anything.
  process.on('unhandledRejection', (thrown) => report('', 'unhandled rejection', toFailure(thrown)));
  const { preferences, notices } = await openPreferences(profile, systemClock.now);
  const desktop = createDesktop(product.name, paths);
  desktop.setTheme(preferences.get().theme);
  const outbox = createEventOutbox(desktop.window.contents, desktop.refresh);
  const composed = composeApp({
    version: app.getVersion(),
    directory: profile,
    preferences,
    notices,
    openKeychain,
    environmentKey,
    allowLoopback: process.argv.includes('--allow-loopback-endpoints'),
    clock: systemClock,
    confirm: desktop.confirm,
    chooseFile: desktop.chooseFile,
    openBrowser: desktop.openBrowser,
    notify: (body) => desktop.notify(product.name, body),
    events: {
      ...outbox,
      changed: (...topics) => {
        if (topics.includes('settings')) desktop.setTheme(preferences.get().theme);
        outbox.changed(...topics);
      },
    },
    report,
  });
  const closeDoor = openIpcDoor(composed.call, desktop.window.isOurFrame);
  const fromTray = async (name: string, input: unknown) => {
    await composed.call(name, input, new AbortController().signal);
  };
  desktop.show(
    {
      trayState: () => {
        const [run] = composed.engine.active();
        return {
          paused: preferences.get().paused,
          syncing: run,
          needAttention: composed.store.records.countWithStatus('failed'),
        };
      },
      syncNow: () => {
        const ids = composed.store.records
          .list()
          .filter(({ record }) => record.enabled)
          .map(({ record }) => record.id);
        if (ids.length > 0) void fromTray('sync.start', { ids });
      },
      setPaused: (paused) => void fromTray('sync.pause', { paused }),
      wokeUp: () => void composed.scheduler.beat(),
      bounds: () => preferences.get().windowBounds ?? undefined,
      saveBounds: (windowBounds) => preferences.set({ windowBounds }),
      stop: async () => {
        outbox.close();
        closeDoor();
        await composed.stop();
      },
    },
    { hidden: process.argv.includes('--hidden') },
  );
  // The window is there while the keychain is asked, which may want a person to unlock it.
  composed.lock.tryOpen().then(
    () => outbox.changed('app'),
    (thrown) => report('', 'open the credential store', toFailure(thrown)),
  );
  return () => desktop.window.open();
}
