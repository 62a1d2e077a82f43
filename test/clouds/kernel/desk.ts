import { setTimeout as pause } from 'node:timers/promises';
import type { Arrival, CloudReply, Desk, Fault, FaultPlan, Match, Operation, Quota } from './types.ts';

/** Which arrivals to look at: every given part must match. */
interface ArrivalFilter extends Match {
  readonly status?: number;
}

/** The desk as tests hold it: what the clouds use, and what decides how requests fare. */
export interface DeskControl extends Desk {
  /** Matching requests wait this long before anything else happens; the longest wait counts, 0 removes one. */
  setLatency(milliseconds: number, match?: Match): void;
  /** Plans are tried in the order they were added; the first that fires decides. */
  addFault(plan: FaultPlan): void;
  clearFaults(): void;
  /** A further quota for the same match replaces the earlier one. */
  setQuota(quota: Quota): void;
  clearQuotas(): void;
  /** What arrived and was dealt with, oldest first. Requests still waiting are not among them. */
  arrivals(filter?: ArrivalFilter): readonly Arrival[];
  clearArrivals(): void;
  /** Puts the clouds' clock this far from the machine's, for tokens, signatures, dates and quotas alike. */
  setClockOffset(milliseconds: number): void;
}

export interface DeskOptions {
  /** The clock, milliseconds since the epoch. Default: the machine's. */
  readonly now?: () => number;
  /** Decides the chance of fault plans, 0 up to 1. Default: the same sequence in every run. */
  readonly random?: () => number;
}

interface Plan {
  readonly plan: FaultPlan;
  seen: number;
  fired: number;
}

interface Window {
  readonly quota: Quota;
  /** When the accepted requests of the current window came, oldest first. */
  accepted: number[];
}

/** Makes a desk with no latency, no faults and no quotas. */
export function createDesk(options: DeskOptions = {}): DeskControl {
  const machineNow = options.now ?? Date.now;
  const random = options.random ?? repeatableRandom();
  const latencies = new Map<string, { readonly match: Match; readonly milliseconds: number }>();
  const windows = new Map<string, Window>();
  let plans: Plan[] = [];
  let log: Arrival[] = [];
  let lastId = 0;
  let offset = 0;

  const now = () => machineNow() + offset;

  function nextFault(operation: Operation): Fault | undefined {
    for (const entry of plans) {
      const { plan } = entry;
      if (!matches(plan, operation)) continue;
      entry.seen += 1;
      if (entry.seen <= (plan.after ?? 0) || entry.fired >= (plan.times ?? Number.POSITIVE_INFINITY)) continue;
      if (plan.chance !== undefined && random() >= plan.chance) continue;
      entry.fired += 1;
      return plan.fault;
    }
    return undefined;
  }

  /** The first quota that is used up, or undefined after counting the request against all that match. */
  function exhaustedQuota(operation: Operation): Quota | undefined {
    const matching = [...windows.values()].filter(({ quota }) => isCounted(quota, operation));
    const time = now();
    for (const window of matching) {
      const start = time - window.quota.perSeconds * 1000;
      const firstInside = window.accepted.findIndex((accepted) => accepted > start);
      window.accepted = firstInside === -1 ? [] : window.accepted.slice(firstInside);
      if (window.accepted.length >= window.quota.limit) return window.quota;
    }
    for (const window of matching) window.accepted.push(time);
    return undefined;
  }

  return {
    now,

    async serve(operation, perform, refuse) {
      const id = ++lastId;
      const at = now();
      const waits = [...latencies.values()].filter(({ match }) => matches(match, operation));
      const wait = Math.max(0, ...waits.map(({ milliseconds }) => milliseconds));
      if (wait > 0) await pause(wait);

      const fault = nextFault(operation);
      const quota = fault === undefined ? exhaustedQuota(operation) : undefined;
      const reply = quota === undefined ? await answer(fault, perform, refuse) : refuse(throttleBy(quota));
      const status = reply.status;
      log.push({
        id,
        at,
        ...operation,
        status,
        ...(fault === undefined ? {} : { fault: fault.kind }),
        ...(quota === undefined ? {} : { overQuota: true }),
      });
      return reply;
    },

    setLatency(milliseconds, match = {}) {
      const key = matchKey(match);
      if (milliseconds > 0) latencies.set(key, { match, milliseconds });
      else latencies.delete(key);
    },
    addFault(plan) {
      plans.push({ plan, seen: 0, fired: 0 });
    },
    clearFaults() {
      plans = [];
    },
    setQuota(quota) {
      windows.set(JSON.stringify([matchKey(quota), quota.names]), { quota, accepted: [] });
    },
    clearQuotas() {
      windows.clear();
    },
    arrivals: (filter = {}) =>
      log.filter((arrival) => matches(filter, arrival) && (filter.status ?? arrival.status) === arrival.status),
    clearArrivals() {
      log = [];
    },
    setClockOffset(milliseconds) {
      offset = milliseconds;
      for (const window of windows.values()) window.accepted = [];
    },
  };
}

async function answer(
  fault: Fault | undefined,
  perform: () => Promise<CloudReply>,
  refuse: Parameters<Desk['serve']>[2],
): Promise<CloudReply> {
  if (fault === undefined) return perform();
  switch (fault.kind) {
    case 'throttle':
    case 'status':
      return refuse(fault);
    case 'reset':
      return { status: 0, connection: 'cut' };
    case 'hang':
      return { status: 0, connection: 'hold' };
    case 'lose-reply':
      return { ...(await perform()), connection: 'cut' };
    case 'truncate':
      return { ...(await perform()), connection: 'halve' };
  }
}

function throttleBy(quota: Quota): Extract<Fault, { readonly kind: 'throttle' }> {
  return quota.retryAfter === undefined ? { kind: 'throttle' } : { kind: 'throttle', retryAfter: quota.retryAfter };
}

function matches(match: Match, operation: Operation): boolean {
  return (
    (match.cloud ?? operation.cloud) === operation.cloud &&
    (match.name ?? operation.name) === operation.name &&
    (match.resource === undefined || fitsPattern(match.resource, operation.resource))
  );
}

function isCounted(quota: Quota, operation: Operation): boolean {
  return matches(quota, operation) && (quota.names?.includes(operation.name) ?? true);
}

/** Whether `text` fits `pattern`, where `*` stands for any run of characters, as in an ARN pattern. */
export function fitsPattern(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let position = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found === -1) return false;
    position = found + part.length;
  }
  return position <= text.length - last.length;
}

function matchKey({ cloud, name, resource }: Match): string {
  return JSON.stringify([cloud, name, resource]);
}

/** The mulberry32 generator from a fixed seed: a run with random faults can be repeated. */
function repeatableRandom(): () => number {
  let state = 0x5eed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
