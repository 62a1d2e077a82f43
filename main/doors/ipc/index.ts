import { setMaxListeners } from 'node:events';
import { type IpcMainInvokeEvent, ipcMain } from 'electron';
import { type Answer, channels } from '../../../preload/contract/bridge.ts';
import type { Call } from '../../operations/index.ts';

/**
 * Lets the app's own window call operations. The sender is checked by frame, not by window: a frame inside our page, or a
 * page that is not ours, is refused before anything is parsed.
 * @param isOurFrame whether a frame is the main frame of a window that this app opened
 * @returns a function that closes the door and cancels what is under way
 */
export function openIpcDoor(call: Call, isOurFrame: (event: IpcMainInvokeEvent) => boolean): () => void {
  const closing = new AbortController();
  // Every operation under way listens; Node takes more than ten for a leak.
  setMaxListeners(0, closing.signal);
  ipcMain.handle(channels.call, async (event, name: unknown, input: unknown): Promise<Answer<unknown>> => {
    if (!isOurFrame(event)) return refused;
    return await call(name, input, closing.signal);
  });
  return () => {
    ipcMain.removeHandler(channels.call);
    closing.abort();
  };
}

const refused: Answer<never> = {
  ok: false,
  failure: {
    kind: 'denied',
    code: 'foreign-frame',
    sentence: 'This page may not use the app.',
    fix: 'Close the window and open it again from the tray.',
    reference: '',
  },
};
