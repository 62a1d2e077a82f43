import { randomUUID } from 'node:crypto';
import type { CloudDeps } from '../../main/clouds/call.ts';
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

/** The clock starts at the machine's, at a whole second: signatures and tokens made by SDKs carry the machine's time. */
export async function openCloudBed(deps: Partial<CloudDeps> = {}): Promise<CloudBed> {
  let time = Math.floor(Date.now() / 1000) * 1000;
  const now = () => time;
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
      ...deps,
    },
  };
}

export function connectionTo(settings: ConnectionSettings): Connection {
  const none = { credentialHint: '', credentialSavedAt: null, credentialExpiresAt: null, account: null };
  return { id: 'c1', name: 'Stand-in', settings, ...none, createdAt: 0 };
}
