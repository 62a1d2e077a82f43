import type { Credential } from '../domain/connection.ts';
import type { CertificateDescription, SourceItem, SourceKind, SourceValue, Vault } from '../domain/item.ts';
import type { Payload } from '../domain/payload.ts';
import type { TargetState } from '../domain/plan.ts';
import type { TargetOptions } from '../domain/record.ts';
import type { TargetService } from '../domain/service.ts';

/**
 * The edges of the engine. Everything here fails with a `Failure` (main/domain/failure) and nothing else; a cloud's own
 * errors are classified inside its folder. None of it retries: the engine has the only retry layer.
 */

/**
 * Ends a call at once, even one under way: what became of it is then not known. `stop`, where there is one, is gentler and aborts
 * no later: nothing more is begun and nothing waited for, while a request that was sent is let end.
 */
export interface CallSignal extends AbortSignal {
  readonly stop?: AbortSignal;
}

/** A place secrets come from, opened with one connection's credential. */
export interface Source {
  /** The vaults this connection can see. A subscription that refuses does not hide the others: it is in `refused`. */
  listVaults(signal: AbortSignal): Promise<{ vaults: Vault[]; refused: { subscription: string; sentence: string }[] }>;
  /**
   * One page of a vault's secrets or certificates, metadata only. The engine asks page by page, so that a failing page is
   * repeated alone.
   * @param next what the page before gave; undefined for the first page
   * @returns no `next` on the last page. A next link that was given before, or leads elsewhere than this vault, is a Failure.
   */
  listPage(vault: string, kind: SourceKind, next: string | undefined, signal: AbortSignal): Promise<Page<SourceItem>>;
  /**
   * One item's metadata, without its value, with the current version where the source can tell it for certain.
   * @returns undefined if there is no such item now
   */
  describe(ref: SourceRef, signal: AbortSignal): Promise<SourceItem | undefined>;
  /**
   * What can be known of a certificate without its private key.
   * @returns undefined if there is no such certificate now
   */
  describeCertificate(vault: string, name: string, signal: AbortSignal): Promise<CertificateDescription | undefined>;
  /**
   * The current value: of a certificate, with its private key and its chain in order. Fails with `not-found`, with code
   * `source-disabled`, and for a certificate whose key never leaves the vault with code `source-not-exportable`.
   */
  read(ref: SourceRef, signal: AbortSignal): Promise<SourceValue>;
  /** Tries what a sync will need, step by step, changing nothing. */
  test(signal: AbortSignal): AsyncIterable<TestStep>;
  close(): void;
}

/** Names one item of a vault. */
export interface SourceRef {
  readonly kind: SourceKind;
  readonly vault: string;
  readonly name: string;
}

/** Part of a listing. A listing is whole only once a page came without `next`. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Asks for the next page. Opaque to everybody but the adapter. */
  readonly next?: string;
}

interface TargetCapabilities {
  /**
   * Writing again with the same key and payload changes nothing. Where not, the engine looks at the target before it
   * repeats a write whose answer it did not get.
   */
  readonly idempotentWrites: boolean;
  /** What `remove` does can be taken back with `restore`. Where not, it deletes for good. */
  readonly recoverableRemoval: boolean;
}

/** What a service does not take, and what a person can do about it. */
export interface TargetProblem {
  /** E.g. `name`, `value-empty`, `value-too-large`, `certificate-key-type`. */
  readonly code: string;
  readonly sentence: string;
  readonly fix: string;
}

/** Names one target; `id` is its own identity, from an earlier write or inspection. */
export interface TargetRef {
  readonly name: string;
  readonly id?: string;
}

export interface WriteRequest extends TargetRef {
  /** `create` fails with code `target-exists` if there is anything by that name; `update` with `not-found` if there is nothing. */
  readonly mode: 'create' | 'update';
  readonly payload: Payload;
  /** All tags the target should have from us after a create. An update leaves tags alone: see `tag`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly options: TargetOptions;
  /** The version marker this write means to replace; null where there is none or it may not be looked at. */
  readonly replaces: string | null;
  /** The same for every repetition of one write, different for any other. A UUID's form. */
  readonly idempotencyKey: string;
}

export interface Written {
  readonly id: string;
  readonly version: string;
  /** The target said that this very version is its current one. */
  readonly confirmed: boolean;
  /** What went besides the value and did not work, e.g. a replica that could not be made: the value itself is written. */
  readonly warning?: { readonly code: string; readonly sentence: string; readonly fix: string };
}

/** A place secrets go to: one service in one region, opened with one connection's credential. */
export interface Target {
  readonly capabilities: TargetCapabilities;
  /** The service's rules for a name and, where given, for what is to be written. Pure. */
  validate(name: string, payload?: Payload, options?: TargetOptions): TargetProblem[];
  /**
   * What this name holds now, without its value, from the target itself. One that may not be looked at is `unreadable`.
   * Where the service knows no names (ACM), the id finds it, or else the name in our tags.
   */
  inspect(target: TargetRef, signal: AbortSignal): Promise<TargetState>;
  /**
   * One page of everything this target place holds, without values: cheaper than asking name by name, but it may lag by
   * minutes. Fails with `denied` where the credential may not list. Only where a list tells version markers.
   */
  overviewPage?(
    next: string | undefined,
    signal: AbortSignal,
  ): Promise<Page<{ readonly name: string; readonly state: TargetState }>>;
  /**
   * A failure that says `neverSent` (main/domain/failure) is certain not to have written the value.
   * @param waiting told in words what a write that takes its time is waiting for
   */
  write(request: WriteRequest, signal: CallSignal, waiting?: (sentence: string) => void): Promise<Written>;
  /** The version marker the target will have once this write arrived, where that can be told before; else undefined. Pure. */
  markerOf(request: WriteRequest): string | undefined;
  /**
   * Whether the current version holds what `matches` says yes to: for a write whose answer got lost and whose marker could not
   * be told, for a target that is adopted as it is, and for a check of values. A text's content is its UTF-8 bytes.
   * @returns undefined where this credential or this service cannot tell
   */
  holds(
    target: TargetRef,
    matches: (content: Uint8Array) => boolean,
    signal: AbortSignal,
  ): Promise<boolean | undefined>;
  /** Sets and removes tags; every other tag of the target stays. */
  tag(
    target: TargetRef,
    change: { readonly set: Readonly<Record<string, string>>; readonly remove: readonly string[] },
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Ends old versions that the options do not keep, of those that this record made, and no others. Only where the service keeps
   * them until told.
   */
  prune?(target: TargetRef, options: TargetOptions, ownerRecordId: string, signal: AbortSignal): Promise<void>;
  /** Takes back a deletion: of a target that `inspect` told to be `closed` and `restorable`. Its value, marker and tags are as before. */
  restore?(target: TargetRef, signal: AbortSignal): Promise<void>;
  /**
   * Deletes, recoverably where the service can; see `recoverableRemoval`. One that is gone already, or on its way out, is no failure
   * if its id is given. Fails with `conflict`, code `target-changed`, if the current version is another than the one meant.
   * @param seen the version marker that the removal means; null where it has none or may not be looked at
   */
  remove(target: TargetRef, seen: string | null, signal: AbortSignal): Promise<void>;
  /** Tries what a sync will need under this name prefix, step by step, changing nothing. */
  test(prefix: string, signal: AbortSignal): AsyncIterable<TestStep>;
  close(): void;
}

export interface TestStep {
  /** Of each at most one in a test. */
  readonly id:
    | 'name'
    | 'dns'
    | 'tls'
    | 'sign-in'
    | 'list'
    | 'read'
    | 'inspect'
    | 'write'
    | 'list-certificates'
    | 'read-certificates';
  readonly title: string;
  /** `warning`: sync works, with less; `skipped`: an earlier step failed. */
  readonly outcome: 'passed' | 'warning' | 'failed' | 'skipped';
  readonly sentence: string;
  readonly fix: string;
}

/** What the engine needs to reach clouds. Opened once for a run and closed after it, so that credentials do not linger. */
export interface Clouds {
  source(connectionId: string): Promise<Source>;
  target(connectionId: string, service: TargetService, region: string): Promise<Target>;
  close(): void;
}

/** How a person is asked to sign in. */
export interface SignInPrompts {
  /** Opens the system's browser. */
  openBrowser(url: string): Promise<void>;
  /** Shows a code to type at an address, on this or another device. */
  showCode(code: { readonly userCode: string; readonly address: string; readonly expiresAt: number }): void;
}

/** Who signed in, and what keeps them signed in. */
export interface SignedIn {
  readonly credential: Credential;
  readonly username: string;
}
