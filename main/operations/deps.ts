import type { AppEvent, Topic } from '../../preload/contract/events.ts';
import type { OperationName } from '../../preload/contract/names.ts';
import type { Input, Output } from '../../preload/contract/operations.ts';
import type { LockView, NoticeView, SettingsView, TestStepView } from '../../preload/contract/views.ts';
import type { NetworkSettings } from '../clouds/call.ts';
import type { SignInPrompts } from '../clouds/ports.ts';
import type { CertificateFacts } from '../domain/certificate.ts';
import type { Connection, ConnectionSettings, Credential } from '../domain/connection.ts';
import type { Failure } from '../domain/failure.ts';
import type { TargetService } from '../domain/service.ts';
import type { Checks } from '../engine/checks.ts';
import type { DiscoverDeps } from '../engine/discover.ts';
import type { Discovery } from '../engine/discovery.ts';
import type { Clock, Engine } from '../engine/index.ts';
import type { Store } from '../store/ports.ts';

/** What operations need from the rest of main; the composition root puts it together. */
export interface OperationDeps {
  readonly product: { readonly name: string; readonly version: string; readonly defaultPrefix: string };
  readonly store: Store;
  readonly engine: Engine;
  readonly checks: Checks;
  readonly discover: DiscoverDeps;
  readonly discovery: Discovery;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly preferences: {
    get(): SettingsView & { readonly paused: boolean };
    set(change: Partial<SettingsView & { readonly paused: boolean; readonly checkScheduleSetAt: number }>): void;
  };
  readonly lock: {
    view(): LockView;
    /** @throws Failure `auth`, code `passphrase-wrong` */
    open(passphrase: string): Promise<LockView>;
    startOver(): Promise<LockView>;
  };
  readonly notices: { add(notice: NoticeView): void; list(): NoticeView[]; dismiss(id: string): void };
  /** Asks the person in a dialog of the system's, which nothing in a window can answer. */
  readonly confirm: (question: string, detail: string) => Promise<boolean>;
  /**
   * Asks the person where to save a file, in a dialog of the system's; null if nowhere.
   * @param what what is saved, as the dialog's title
   */
  readonly chooseFile: (suggestedName: string, what: string) => Promise<string | null>;
  readonly credentials: {
    /** @throws Failure `auth`, code `store-locked` */
    seal(credential: Credential): string;
    /** What tells a stored credential apart without giving it away, and when it ends (null: it does not say). */
    facts(settings: ConnectionSettings, credential: Credential): { hint: string; expiresAt: number | null };
  };
  readonly clouds: {
    /** Tries a connection step by step; without a credential, with the stored one. */
    test(
      connection: Connection,
      credential: Credential | undefined,
      services: readonly TargetService[],
      signal: AbortSignal,
    ): AsyncIterable<TestStepView>;
    /** Signs a person in; the code to type, if there is one, is told on the way. */
    signIn(
      connection: Connection,
      showCode: SignInPrompts['showCode'],
      signal: AbortSignal,
    ): Promise<{ credential: Credential; username: string }>;
    policies(ask: Input<'connections.policy'>): Output<'connections.policy'>;
    /** Whether the settings and the credential can be used at all; nothing is sent. @throws Failure `invalid` */
    check(connection: Connection, credential: Credential): Promise<void>;
    /** The account or project a connection leads to, or null if it can't be asked now. */
    accountOf(connection: Connection, credential: Credential | undefined, signal: AbortSignal): Promise<string | null>;
    /** Whether these network settings can be used at all; nothing is sent. @throws Failure `invalid` */
    checkNetwork(network: NetworkSettings): Promise<void>;
    /** The service's rules that a target name breaks. */
    nameProblems(service: TargetService, name: string): string[];
    /** A name as the service can have it: what a naming rule gives may hold characters it does not allow. */
    fitName(service: TargetService, wanted: string, source: { vault: string; name: string }): string;
    /** What speaks against writing this certificate to this service now. */
    certificateProblems(service: TargetService, facts: CertificateFacts): { sentence: string; fix: string }[];
  };
  readonly events: {
    changed(...topics: Topic[]): void;
    testStep(testId: string, step: TestStepView): void;
    signInCode(code: AppEvent['signInCodes'][number]): void;
  };
  /** What a record's write that takes its time is waiting for, while it does. */
  readonly waitingFor: (recordId: string) => string | undefined;
  /** The app's own log: the failure under the reference that the person was shown. */
  readonly report: (reference: string, operation: string, failure: Failure) => void;
}

/** Who calls, and until when the answer is wanted. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Names what the call is about, for the audit trail. Never a credential or a value. */
  about(subject: string): void;
}

export type Handlers<N extends OperationName = OperationName> = {
  readonly [K in N]: (input: Input<K>, context: CallContext) => Output<K> | Promise<Output<K>>;
};
