import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import { type Bridge, bridgeKey, channels } from './contract/bridge.ts';
import type { AppEvent } from './contract/events.ts';
import { operationNames } from './contract/names.ts';

const call = Object.fromEntries(
  operationNames.map((name) => [name, (input: unknown) => ipcRenderer.invoke(channels.call, name, input)]),
) as unknown as Bridge['call'];

const bridge: Bridge = {
  call: Object.freeze(call),
  onEvent(listener) {
    const handler = (_event: IpcRendererEvent, appEvent: AppEvent) => listener(appEvent);
    ipcRenderer.on(channels.event, handler);
    return () => ipcRenderer.off(channels.event, handler);
  },
};

contextBridge.exposeInMainWorld(bridgeKey, Object.freeze(bridge));
