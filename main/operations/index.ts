import { appHandlers } from './app.ts';
import { auditHandlers } from './audit.ts';
import { type Call, createCall } from './call.ts';
import { checkHandlers } from './checks.ts';
import { conflictHandlers } from './conflicts.ts';
import { connectionHandlers } from './connections.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { discoveryHandlers } from './discovery.ts';
import { exclusionHandlers } from './exclusions.ts';
import { namingHandlers } from './naming.ts';
import { recordHandlers } from './records.ts';
import { ruleHandlers } from './rules.ts';
import { scheduleHandlers } from './schedule.ts';
import { settingsHandlers } from './settings.ts';
import { syncHandlers } from './sync.ts';

export type { Call } from './call.ts';

/** Everything a person can ask for, behind one function. A missing handler does not compile. */
export function createOperations(deps: OperationDeps): Call {
  const handlers: Handlers = {
    ...appHandlers(deps),
    ...auditHandlers(deps),
    ...checkHandlers(deps),
    ...connectionHandlers(deps),
    ...recordHandlers(deps),
    ...discoveryHandlers(deps),
    ...ruleHandlers(deps),
    ...conflictHandlers(deps),
    ...exclusionHandlers(deps),
    ...namingHandlers(deps),
    ...scheduleHandlers(deps),
    ...settingsHandlers(deps),
    ...syncHandlers(deps),
  };
  return createCall(handlers, deps);
}
