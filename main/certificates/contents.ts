import type { KeyObject } from 'node:crypto';

/** What a container holds, in no particular order. */
export interface Contents {
  readonly keys: readonly KeyObject[];
  /** DER, byte for byte as in the container. */
  readonly certificates: readonly Buffer[];
}
