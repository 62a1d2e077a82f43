import { appHandlers } from './app.ts';
import { type Call, createCall } from './call.ts';
import { connectionHandlers } from './connections.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { recordHandlers } from './records.ts';
import { syncHandlers } from './sync.ts';

export type { Call } from './call.ts';

/** Everything a person can ask for, behind one function. A missing handler does not compile. */
export function createOperations(deps: OperationDeps): Call {
  const handlers: Handlers = {
    ...appHandlers(deps),
    ...connectionHandlers(deps),
    ...recordHandlers(deps),
    ...syncHandlers(deps),
  };
  return createCall(handlers, deps);
}
