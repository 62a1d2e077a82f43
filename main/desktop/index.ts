import { join } from 'node:path';
import { app, dialog, Notification, nativeTheme, powerMonitor, type Session, session, shell } from 'electron';
import { registerAppScheme, serveRenderer } from './protocol.ts';
import { createTray, type TrayState } from './tray.ts';
import { createMainWindow, lockDown, type MainWindow, setApplicationMenu, type WindowBounds } from './window.ts';

/** Where the built parts lie. */
interface DesktopPaths {
  readonly renderer: string;
  readonly preload: string;
  readonly icons: string;
}

/** What the desktop asks of the app behind it. */
interface DesktopActions {
  readonly trayState: () => TrayState;
  readonly syncNow: () => void;
  readonly setPaused: (paused: boolean) => void;
  readonly wokeUp: () => void;
  readonly bounds: () => WindowBounds | undefined;
  readonly saveBounds: (bounds: WindowBounds) => void;
  /** Ends what is under way; the app quits when it is done. */
  readonly stop: () => Promise<void>;
}

interface Desktop {
  readonly window: MainWindow;
  setTheme(theme: 'system' | 'light' | 'dark'): void;
  /** Tells the person something they did not ask for just now; a click opens the window. */
  notify(title: string, body: string): void;
  /** Asks yes or no in a dialog of the system's, which no page can see or answer. No is what Enter and Escape say. */
  confirm(question: string, detail: string): Promise<boolean>;
  /** Asks where to save a file. @returns null if the person chose not to */
  chooseFile(suggestedName: string, what: string): Promise<string | null>;
  /** Opens a page in the person's own browser. Only https: nothing on this computer is ever started. */
  openBrowser(url: string): Promise<void>;
  /** Brings tray text and menu up to date. */
  refresh(): void;
  /** Shows tray and menu, and the window unless the app was started hidden. */
  show(actions: DesktopActions, options: { hidden: boolean }): void;
}

/**
 * Must be called before Electron is ready.
 * @returns false if another instance of this profile runs already: that one has been told, and this one must end
 */
export function claimInstance(onSecond: () => void): boolean {
  registerAppScheme();
  if (!app.requestSingleInstanceLock()) return false;
  app.on('second-instance', onSecond);
  return true;
}

/** Prepares Electron's side once it is ready: scheme, session rules, window and tray. Opens nothing yet. */
export function createDesktop(name: string, paths: DesktopPaths): Desktop {
  const rendererSession: Session = session.fromPartition('renderer', { cache: false });
  serveRenderer(rendererSession, paths.renderer);
  lockDown(rendererSession);
  const icon = join(paths.icons, 'app.png');
  // macOS colours a template image itself, light or dark as its menu bar is.
  const trayIcon = join(paths.icons, process.platform === 'darwin' ? 'trayTemplate.png' : 'tray.png');
  let actions: DesktopActions | undefined;
  let refresh = () => {};
  let stopping = false;
  const window = createMainWindow({
    title: name,
    session: rendererSession,
    preload: paths.preload,
    icon,
    bounds: () => actions?.bounds(),
    saveBounds: (bounds) => actions?.saveBounds(bounds),
  });

  // Without a listener Electron quits with the last window; this app lives on in the tray.
  app.on('window-all-closed', () => {});
  app.on('activate', () => window.open());
  app.on('before-quit', (event) => {
    if (stopping || !actions) return;
    event.preventDefault();
    stopping = true;
    void actions.stop().finally(() => app.exit(0));
  });

  return {
    window,
    setTheme: (theme) => {
      nativeTheme.themeSource = theme;
    },
    notify(title, body) {
      if (!Notification.isSupported()) return;
      const notification = new Notification({ title, body, icon });
      notification.on('click', () => window.open());
      notification.show();
    },
    async confirm(question, detail) {
      const { response } = await dialog.showMessageBox({
        type: 'question',
        title: name,
        message: question,
        detail,
        buttons: ['Cancel', 'Continue'],
        defaultId: 0,
        cancelId: 0,
        noLink: true,
      });
      return response === 1;
    },
    async chooseFile(suggestedName, what) {
      const { canceled, filePath } = await dialog.showSaveDialog({
        title: what,
        defaultPath: join(app.getPath('documents'), suggestedName),
        properties: ['createDirectory', 'showOverwriteConfirmation'],
      });
      return canceled || filePath === '' ? null : filePath;
    },
    async openBrowser(url) {
      if (new URL(url).protocol !== 'https:') throw new Error('only https pages are opened');
      await shell.openExternal(url);
    },
    refresh: () => refresh(),
    show(given, { hidden }) {
      actions = given;
      setApplicationMenu(() => window.open());
      refresh = createTray({
        name,
        icon: trayIcon,
        state: given.trayState,
        open: () => window.open(),
        syncNow: given.syncNow,
        setPaused: given.setPaused,
        quit: () => app.quit(),
      });
      powerMonitor.on('resume', given.wokeUp);
      if (!hidden) window.open();
    },
  };
}

/** Says why the app can't start, before there is a window. */
export function showStartFailure(
  name: string,
  { sentence, fix }: { readonly sentence: string; readonly fix: string },
): void {
  process.stderr.write(`${sentence} ${fix}\n`);
  dialog.showErrorBox(name, `${sentence}\n\n${fix}`);
}
