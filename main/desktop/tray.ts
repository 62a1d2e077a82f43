import { Menu, nativeImage, Tray } from 'electron';

export interface TrayState {
  readonly paused: boolean;
  /** While a sync goes on: how far it is. */
  readonly syncing: { readonly done: number; readonly total: number } | undefined;
  readonly needAttention: number;
}

interface TrayDeps {
  readonly name: string;
  readonly icon: string;
  readonly state: () => TrayState;
  readonly open: () => void;
  readonly syncNow: () => void;
  readonly setPaused: (paused: boolean) => void;
  readonly quit: () => void;
}

/** The tray icon and its menu. @returns a function that brings both up to date */
export function createTray(deps: TrayDeps): () => void {
  const tray = new Tray(nativeImage.createFromPath(deps.icon));
  tray.on('click', deps.open);
  let shown = '';
  const refresh = () => {
    const state = deps.state();
    const text = `${deps.name}: ${words(state)}`;
    const key = `${text} ${state.paused}`;
    if (key === shown) return;
    shown = key;
    tray.setToolTip(text);
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: words(state), enabled: false },
        { type: 'separator' },
        { label: 'Open', click: deps.open },
        { label: 'Sync now', enabled: !state.syncing, click: deps.syncNow },
        { label: state.paused ? 'Resume' : 'Pause', click: () => deps.setPaused(!state.paused) },
        { type: 'separator' },
        { label: 'Quit', click: deps.quit },
      ]),
    );
  };
  refresh();
  return refresh;
}

function words({ paused, syncing, needAttention }: TrayState): string {
  if (syncing) return `Syncing ${syncing.done} of ${syncing.total}`;
  const attention = needAttention > 0 ? `${needAttention} need attention` : 'All up to date';
  return paused ? `Paused. ${attention}` : attention;
}
