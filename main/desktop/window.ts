import {
  app,
  BrowserWindow,
  type IpcMainInvokeEvent,
  Menu,
  nativeTheme,
  type Session,
  type WebContents,
} from 'electron';
import { appOrigin } from './protocol.ts';

export interface WindowBounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly maximized: boolean;
}

interface WindowDeps {
  readonly title: string;
  readonly session: Session;
  readonly preload: string;
  readonly icon: string;
  readonly bounds: () => WindowBounds | undefined;
  readonly saveBounds: (bounds: WindowBounds) => void;
}

/** The one window. Closing it destroys it and frees its memory; opening it again makes a new one. */
export interface MainWindow {
  open(): void;
  /** The window's page, if there is a window. */
  contents(): WebContents | undefined;
  /** Whether a call comes from the main frame of this window showing our own page. */
  isOurFrame(event: IpcMainInvokeEvent): boolean;
}

/** Opens nothing yet. */
export function createMainWindow(deps: WindowDeps): MainWindow {
  let window: BrowserWindow | undefined;

  const create = () => {
    const { maximized = false, ...bounds } = deps.bounds() ?? { width: 1280, height: 800 };
    const created = new BrowserWindow({
      ...bounds,
      minWidth: 900,
      minHeight: 600,
      title: deps.title,
      icon: deps.icon,
      show: false,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181d' : '#ffffff',
      webPreferences: {
        session: deps.session,
        preload: deps.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        devTools: !app.isPackaged,
      },
    });
    created.once('ready-to-show', () => {
      if (maximized) created.maximize();
      created.show();
    });
    created.on('close', () => deps.saveBounds({ ...created.getNormalBounds(), maximized: created.isMaximized() }));
    created.on('closed', () => {
      window = undefined;
    });
    void created.loadURL(`${appOrigin}/index.html`);
    return created;
  };

  return {
    open() {
      if (!window) {
        window = create();
        return;
      }
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
    contents: () => window?.webContents,
    isOurFrame({ sender, senderFrame }) {
      if (!window || sender !== window.webContents || !senderFrame) return false;
      return senderFrame === sender.mainFrame && senderFrame.url.startsWith(`${appOrigin}/`);
    },
  };
}

/**
 * What no page of this app may ever do, whatever gets into it: leave our origin, open windows, attach views, ask for
 * permissions, download, or look at devices. See Electron's security checklist, points 5 and 12 to 15.
 */
export function lockDown(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  // The app has no business on the web: whatever asks for it from a page is refused before it leaves.
  session.webRequest.onBeforeRequest((details, answer) => {
    const allowed =
      details.url.startsWith(`${appOrigin}/`) || details.url.startsWith('devtools:') || details.url.startsWith('data:');
    answer({ cancel: !allowed });
  });
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** The usual edit and window entries with their shortcuts; no reload, and no developer tools in a packaged app. */
export function setApplicationMenu(openWindow: () => void): void {
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(process.platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
      {
        label: 'File',
        submenu: [
          { label: 'Open window', accelerator: 'CommandOrControl+Shift+O', click: openWindow },
          { role: 'close', label: 'Close window' },
          { type: 'separator' },
          { role: 'quit' },
        ],
      },
      { role: 'editMenu' },
      {
        label: 'View',
        submenu: [
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { role: 'togglefullscreen' },
          ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' as const }]),
        ],
      },
      { role: 'windowMenu' },
    ]),
  );
}
