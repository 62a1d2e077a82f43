import type { AppEvent } from './events.ts';
import type { FailureView } from './failure.ts';
import type { OperationName } from './names.ts';
import type { Input, Output } from './operations.ts';

/** What an operation answers across the bridge: never a rejected promise, so that no stack or cause can cross with it. */
export type Answer<T> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly failure: FailureView };

/** What the renderer finds at `window.certifyclouds`: one function per operation, and events. Frozen. */
export interface Bridge {
  readonly call: { readonly [N in OperationName]: (input: Input<N>) => Promise<Answer<Output<N>>> };
  /** @returns a function that stops listening */
  onEvent(listener: (event: AppEvent) => void): () => void;
}

/** IPC channel names, known to the preload script and the IPC door. */
export const channels = { call: 'operation', event: 'event' } as const;
export const bridgeKey = 'certifyclouds';
