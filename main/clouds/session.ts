import type { Connection } from '../domain/connection.ts';
import type { CloudDeps } from './call.ts';
import type { Clouds, Source, Target } from './ports.ts';
import { openSource, openTarget, refuseOtherAccount } from './registry.ts';

/** A stored connection with its credential, decrypted for this moment. */
type LoadConnection = (connectionId: string) => {
  readonly connection: Connection;
  readonly credential: unknown;
  /** Stores a renewed credential of this connection. */
  readonly keep: CloudDeps['keepCredential'];
};

/**
 * The clouds of one run: each connection is opened once, when first asked for, and all are closed with the run, so that no
 * credential outlives it.
 */
export function openClouds(load: LoadConnection, deps: Omit<CloudDeps, 'keepCredential'>): Clouds {
  const opened = new Map<string, Promise<Source | Target>>();
  const once = <T extends Source | Target>(key: string, open: () => Promise<T>): Promise<T> => {
    const known = opened.get(key);
    if (known) return known as Promise<T>;
    const opening = open();
    opened.set(key, opening);
    return opening;
  };
  return {
    source: (connectionId) =>
      once(connectionId, async () => {
        const { connection, credential, keep } = load(connectionId);
        return openSource(connection, credential, { ...deps, keepCredential: keep });
      }),
    target: (connectionId, service, region) =>
      once([connectionId, service, region].join('\n'), async () => {
        const { connection, credential, keep } = load(connectionId);
        const own = { ...deps, keepCredential: keep };
        await refuseOtherAccount(connection, credential, own);
        return openTarget(connection, credential, service, region, own);
      }),
    close() {
      for (const opening of opened.values()) {
        // What could not be opened has been told to whoever asked; there is nothing to close.
        opening.then((cloud) => cloud.close()).catch(() => {});
      }
      opened.clear();
    },
  };
}
