import type { Bridge } from '../../preload/contract/bridge.ts';
import type { AppEvent } from '../../preload/contract/events.ts';
import type { FailureView } from '../../preload/contract/failure.ts';
import type { OperationName } from '../../preload/contract/names.ts';
import type { Input, Operations, Output } from '../../preload/contract/operations.ts';

declare global {
  interface Window {
    readonly certifyclouds: Bridge;
  }
}

type NameOfKind<K extends 'query' | 'command'> = {
  [N in OperationName]: Operations[N]['kind'] extends K ? N : never;
}[OperationName];
export type QueryName = NameOfKind<'query'>;
export type CommandName = NameOfKind<'command'>;

/** A refused operation, as main words it. The only error that a query or command of this window ends with. */
export class OperationFailure extends Error {
  override readonly name = 'OperationFailure';
  readonly view: FailureView;

  constructor(view: FailureView) {
    super(view.sentence);
    this.view = view;
  }
}

/** Main never rejects a call; if the channel itself breaks, the reason is of no use to a person and is not shown. */
const unanswered: FailureView = {
  kind: 'bug',
  code: 'unanswered',
  sentence: 'The part of the app that does the work did not answer.',
  fix: 'Quit the app from its tray icon and start it again. Nothing that was saved is lost.',
  reference: '',
};

/** Asks main for one operation. @throws {OperationFailure} */
export async function call<N extends OperationName>(name: N, input: Input<N>): Promise<Output<N>> {
  const answer = await window.certifyclouds.call[name](input).catch(
    () => ({ ok: false, failure: unanswered }) as const,
  );
  if (answer.ok) return answer.data;
  throw new OperationFailure(answer.failure);
}

/** @returns a function that stops listening */
export function onEvent(listener: (event: AppEvent) => void): () => void {
  return window.certifyclouds.onEvent(listener);
}
