import type { SourceItem, SourceValue, Vault } from '../domain/item.ts';
import type { TargetState } from '../domain/plan.ts';

/**
 * The edges of the engine. Everything here fails with a `Failure` (main/domain/failure) and nothing else; a cloud's own
 * errors are classified inside its folder. None of it retries: the engine has the only retry layer.
 */

/** A place secrets come from, opened with one connection's credential. */
export interface Source {
  /** The vaults this connection can see. A subscription that refuses does not hide the others: it is in `refused`. */
  listVaults(signal: AbortSignal): Promise<{ vaults: Vault[]; refused: { subscription: string; sentence: string }[] }>;
  /**
   * One page of a vault's secrets, metadata only. The engine asks page by page, so that a failing page is repeated alone.
   * @param next what the page before gave; undefined for the first page
   * @returns no `next` on the last page. A next link that was given before, or leads elsewhere than this vault, is a Failure.
   */
  listPage(vault: string, next: string | undefined, signal: AbortSignal): Promise<Page<SourceItem>>;
  /**
   * One secret's metadata, without its value, with the current version where the source can tell it for certain.
   * @returns undefined if there is no such secret now
   */
  describe(vault: string, name: string, signal: AbortSignal): Promise<SourceItem | undefined>;
  /** The current value. Fails with `not-found`, or with code `source-disabled`. */
  read(vault: string, name: string, signal: AbortSignal): Promise<SourceValue>;
  /** Tries what a sync will need, step by step, changing nothing. */
  test(signal: AbortSignal): AsyncIterable<TestStep>;
  close(): void;
}

/** Part of a listing. A listing is whole only once a page came without `next`. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Asks for the next page. Opaque to everybody but the adapter. */
  readonly next?: string;
}

interface TargetCapabilities {
  /** `inspect` can tell a version marker, so that foreign changes are seen without reading values. */
  readonly markers: boolean;
  /** Writing again with the same key and value makes no second version. */
  readonly idempotentWrites: boolean;
  readonly tags: boolean;
  readonly maxValueBytes: number;
}

export interface TargetProblem {
  readonly code: 'name' | 'value-empty' | 'value-too-large';
  readonly sentence: string;
}

export interface WriteRequest {
  /** `create` fails with code `target-exists` if there is anything by that name; `update` with `not-found` if there is nothing. */
  readonly mode: 'create' | 'update';
  readonly name: string;
  /** The target's own identity, from an earlier write or inspection. */
  readonly id?: string;
  readonly value: string;
  /** All tags the target should have from us after a create. An update leaves tags alone: see `tag`. */
  readonly tags: Readonly<Record<string, string>>;
  /** The same for every repetition of one write, different for any other. A UUID's form. */
  readonly idempotencyKey: string;
}

export interface Written {
  readonly id: string;
  readonly version: string;
  /** The target said that this very version is its current one. */
  readonly confirmed: boolean;
}

/** A place secrets go to: one service in one region, opened with one connection's credential. */
export interface Target {
  readonly capabilities: TargetCapabilities;
  /** The service's rules for a name and, where given, for a value's size in UTF-8 bytes. Pure. */
  validate(name: string, valueBytes?: number): TargetProblem[];
  /** What this name holds now, without its value, from the target itself. One that may not be looked at is `unreadable`. */
  inspect(name: string, signal: AbortSignal): Promise<TargetState>;
  /**
   * One page of everything this target place holds, without values: cheaper than asking name by name, but it may lag by
   * minutes. Fails with `denied` where the credential may not list.
   */
  overviewPage(
    next: string | undefined,
    signal: AbortSignal,
  ): Promise<Page<{ readonly name: string; readonly state: TargetState }>>;
  write(request: WriteRequest, signal: AbortSignal): Promise<Written>;
  /** Sets and removes tags; every other tag of the target stays. */
  tag(
    target: { readonly name: string; readonly id?: string },
    change: { readonly set: Readonly<Record<string, string>>; readonly remove: readonly string[] },
    signal: AbortSignal,
  ): Promise<void>;
  /** Deletes recoverably where the service can. */
  remove(target: { readonly name: string; readonly id?: string }, signal: AbortSignal): Promise<void>;
  /** Tries what a sync will need under this name prefix, step by step, changing nothing. */
  test(prefix: string, signal: AbortSignal): AsyncIterable<TestStep>;
  close(): void;
}

export interface TestStep {
  readonly id: 'name' | 'dns' | 'tls' | 'sign-in' | 'list' | 'read' | 'inspect' | 'write';
  readonly title: string;
  /** `warning`: sync works, with less; `skipped`: an earlier step failed. */
  readonly outcome: 'passed' | 'warning' | 'failed' | 'skipped';
  readonly sentence: string;
  readonly fix: string;
}

/** What the engine needs to reach clouds. Opened once for a run and closed after it, so that credentials do not linger. */
export interface Clouds {
  source(connectionId: string): Promise<Source>;
  target(connectionId: string, service: string, region: string): Promise<Target>;
  close(): void;
}
