import type { Page } from 'playwright';
import type { DesktopApp } from './desktop.ts';

/** Notes every answer and event that leaves main for the window. */
export async function recordIpc({ electron }: DesktopApp): Promise<void> {
  await electron.evaluate(({ ipcMain, webContents }) => {
    const recorded: string[] = [];
    Reflect.set(globalThis, 'recordedIpc', recorded);
    const handlers = Reflect.get(ipcMain, '_invokeHandlers') as Map<string, (...given: unknown[]) => Promise<unknown>>;
    const handle = handlers.get('operation');
    if (!handle) throw new Error('the IPC door is not open');
    handlers.set('operation', async (...given) => {
      const answer = await handle(...given);
      recorded.push(JSON.stringify(answer));
      return answer;
    });
    for (const contents of webContents.getAllWebContents()) {
      const send = contents.send.bind(contents);
      contents.send = (channel, ...given) => {
        recorded.push(JSON.stringify(given));
        send(channel, ...given);
      };
    }
  });
}

/** What was noted so far. */
export async function recordedIpc({ electron }: DesktopApp): Promise<Buffer> {
  return Buffer.from(await electron.evaluate(() => JSON.stringify(Reflect.get(globalThis, 'recordedIpc'))));
}

/** All that the window's page has in its memory. */
export async function heapOf(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return Buffer.from(chunks.join(''));
}
