import type { CloudBed } from '../support/cloud-bed.ts';
import type { Awaitable, TargetBed, TargetOperation } from './target-bed.ts';

/** A service's own names for what the suite interferes with. */
export interface Operations {
  readonly inspect: string;
  /** Absent where there is no overview. */
  readonly overviewPage?: string;
  readonly tag: string;
  /** The first call of a create. */
  readonly create: string;
  /** The call of a create that brings the value, where that is another one. */
  readonly fill?: string;
  readonly update: string;
}

type Faults = Pick<
  TargetBed,
  | 'throttleNext'
  | 'loseNextWrite'
  | 'cutNextCreate'
  | 'beforeNextUpdate'
  | 'holdNext'
  | 'asked'
  | 'clearAsked'
  | 'valueWrites'
  | 'now'
  | 'close'
>;

/** What can be done to a stand-in's requests. */
export function deskFaults(bed: CloudBed, cloud: 'aws' | 'gcp', operations: Operations): Faults {
  const { desk } = bed;
  const { create, fill = create, update } = operations;
  function nameOf(operation: TargetOperation): string {
    const name = operation === 'write' ? create : operations[operation];
    if (name === undefined) throw new Error(`the service has no ${operation}`);
    return name;
  }

  return {
    throttleNext(operation, retryAfter) {
      const fault = { kind: 'throttle', ...(retryAfter === undefined ? {} : { retryAfter }) } as const;
      desk.addFault({ cloud, name: nameOf(operation), fault, times: 1 });
    },
    loseNextWrite(mode) {
      desk.addFault({ cloud, name: mode === 'create' ? fill : update, fault: { kind: 'lose-reply' }, times: 1 });
    },
    cutNextCreate: () => desk.addFault({ cloud, name: fill, fault: { kind: 'reset' }, times: 1 }),
    beforeNextUpdate: (act) => letInBefore(bed, update, act),
    holdNext(operation) {
      desk.clearArrivals();
      desk.addFault({ cloud, name: nameOf(operation), fault: { kind: 'hang' }, times: 1 });
      return () => bed.arrived(nameOf(operation));
    },
    asked: () => desk.arrivals({ cloud }).map(({ name }) => name),
    clearAsked: () => desk.clearArrivals(),
    valueWrites: [...new Set([create, fill, update])],
    now: bed.now,
    close: () => bed.close(),
  };
}

/** The clouds ask the desk anew for each request: for the next one of this name, somebody else comes first. */
export function letInBefore({ desk }: CloudBed, name: string, act: () => Awaitable<void>): void {
  const { serve } = desk;
  const served: typeof serve = async (operation, perform, refuse) => {
    if (operation.name === name) {
      Object.assign(desk, { serve });
      await act();
    }
    return serve(operation, perform, refuse);
  };
  Object.assign(desk, { serve: served });
}
