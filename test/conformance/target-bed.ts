import type { Target, WriteRequest } from '../../main/clouds/ports.ts';

export type TargetOperation = 'inspect' | 'overviewPage' | 'write' | 'tag';
export type TargetRights = 'full' | 'write-only';

/** A target place as its owner sees and changes it behind the product's back. */
export interface TargetBed {
  open(rights: TargetRights): Promise<Target>;
  held(name: string): { value: string; versions: number; tags: Readonly<Record<string, string>> } | undefined;
  /** Somebody else's write; creates if need be. */
  putOutside(name: string, value: string): void;
  tagOutside(name: string, tags: Readonly<Record<string, string>>): void;
  removeOutside(name: string, how: 'recoverably' | 'for-good'): void;
  /** Refuses the next call of this operation. @param retryAfter seconds or an HTTP date, as the header has it */
  throttleNext(operation: TargetOperation, retryAfter: number | string | undefined): void;
  /** Lets the next write take effect and loses its reply. */
  loseNextWrite(mode: WriteRequest['mode']): void;
  /** Never answers the next call of this operation; the promise is for its arrival. */
  holdNext(operation: TargetOperation): () => Promise<void>;
  /** What was asked for since the last call of `clearAsked`, in the service's own words. */
  asked(): readonly string[];
  clearAsked(): void;
  /** Of `asked`, what reads a value. */
  readonly valueReads: readonly string[];
  now(): number;
  close(): Promise<void>;
}
