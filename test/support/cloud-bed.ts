import { randomUUID } from 'node:crypto';
import type { CloudDeps } from '../../main/clouds/call.ts';
import { openTraffic } from '../../main/clouds/traffic.ts';
import type { Connection, ConnectionSettings } from '../../main/domain/connection.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';

/** Running stand-ins on a clock that stands still until it is moved, and what the product's adapters need to reach them. */
export interface CloudBed extends Clouds {
  readonly deps: CloudDeps;
  now(): number;
  advance(milliseconds: number): void;
  /** The desk has dealt with a request of this operation since `clearArrivals`; a held one counts from its arrival. */
  arrived(name: string): Promise<void>;
}

/**
 * The clock starts at the machine's, at a whole second: signatures and tokens made by SDKs carry the machine's time.
 * @param clock another one, which `advance` is added to
 */
export async function openCloudBed(deps: Partial<CloudDeps> = {}, clock?: () => number): Promise<CloudBed> {
  const start = Math.floor(Date.now() / 1000) * 1000;
  let time = 0;
  const now = () => (clock?.() ?? start) + time;
  const clouds = await startClouds({ now });
  return {
    ...clouds,
    now,
    advance(milliseconds) {
      time += milliseconds;
    },
    async arrived(name) {
      while (clouds.desk.arrivals().every((arrival) => arrival.name !== name)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    deps: {
      network: { proxy: '', noProxy: '', caBundle: '' },
      keepCredential() {},
      allowLoopback: true,
      callTimeoutMs: 20_000,
      now,
      randomId: randomUUID,
      traffic: openTraffic(unhurriedClock()),
      ...deps,
    },
  };
}

/** So much time passes between two looks at it that nobody ever waits for a turn, and nothing is left alone for long. */
export function unhurriedClock(): { now(): number; sleep(): Promise<void> } {
  let time = Date.now();
  return {
    now() {
      time += 10 * 60_000;
      return time;
    },
    async sleep() {},
  };
}

export function connectionTo(settings: ConnectionSettings): Connection {
  const none = { credentialHint: '', credentialSavedAt: null, credentialExpiresAt: null, account: null };
  return { id: 'c1', name: 'Stand-in', settings, ...none, createdAt: 0 };
}
