import type { Target, WriteRequest } from '../../main/clouds/ports.ts';
import type { Payload } from '../../main/domain/payload.ts';
import type { TargetOptions } from '../../main/domain/record.ts';
import type { TargetService } from '../../main/domain/service.ts';

export type Awaitable<T> = T | Promise<T>;

export type TargetOperation = 'inspect' | 'overviewPage' | 'write' | 'tag';
/** `write-only`: the smallest rights that still write; see `blind` in the traits. */
export type TargetRights = 'full' | 'write-only';

/** What is held by a name, as its owner sees it. */
export interface Held {
  /** The content that readers get, as `contentOf` tells it of a payload; null for a target without a value. */
  readonly value: Buffer | null;
  /** How often a value was put into it: versions, or imports; null where nobody counts. */
  readonly writes: number | null;
  /** How many of its versions can be read. */
  readonly live: number;
  /** Everybody's, as the service keeps them, without what the adapter marks for itself. */
  readonly tags: Readonly<Record<string, string>>;
  /** What did not fit a tag and is kept elsewhere: annotations, a description's words. */
  readonly notes: readonly string[];
  /** Of the options it was made with, those that the service tells again. */
  readonly options: TargetOptions;
}

/** How a place keeps tags. */
export interface TagForm {
  /** Tame tags (lower-case words) as it keeps them. */
  kept(tags: Readonly<Record<string, string>>): Record<string, string>;
  readonly key: RegExp;
  readonly value: RegExp;
}

/** A target place as its owner sees and changes it behind the product's back. */
export interface TargetBed {
  /** Which service it is: with it come the service's traits; see `targetTraits`. */
  readonly service: TargetService;
  readonly tags: TagForm;
  /** The options it makes a target by, where those are not all that its service has. */
  readonly options?: TargetOptions;
  open(rights: TargetRights): Awaitable<Target>;
  held(name: string): Awaitable<Held | undefined>;
  /** How many targets the place holds, whatever their names. */
  count(): Awaitable<number>;
  /** Somebody else's write; creates if need be, under the same name where the service knows none. */
  putOutside(name: string, payload: Payload): Awaitable<void>;
  /** @param tags tame ones, or the owner's mark, as `tags.kept` gives them */
  tagOutside(name: string, tags: Readonly<Record<string, string>>): Awaitable<void>;
  /** `recoverably` where the service can, else for good as well. */
  removeOutside(name: string, how: 'recoverably' | 'for-good'): Awaitable<void>;
  /** Refuses the next call of this operation. @param retryAfter seconds or an HTTP date, as the header has it */
  throttleNext(operation: TargetOperation, retryAfter: number | string | undefined): Awaitable<void>;
  /** Lets the next write take effect and loses its reply. */
  loseNextWrite(mode: WriteRequest['mode']): Awaitable<void>;
  /** Cuts the connection before the value of the next create takes effect. */
  cutNextCreate(): Awaitable<void>;
  /** Lets something happen right before the next update takes effect, after the adapter looked at what is there. */
  beforeNextUpdate(act: () => Awaitable<void>): Awaitable<void>;
  /** Never answers the next call of this operation; the promise is for its arrival. */
  holdNext(operation: TargetOperation): Awaitable<() => Promise<void>>;
  /** What was asked for since the last call of `clearAsked`, in the service's own words. */
  asked(): readonly string[];
  clearAsked(): void;
  /** Of `asked`, what reads a value. */
  readonly valueReads: readonly string[];
  /** Of `asked`, what writes a value. */
  readonly valueWrites: readonly string[];
  now(): number;
  close(): Awaitable<void>;
}
