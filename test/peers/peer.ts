import type { TargetService } from '../../main/domain/service.ts';

/** What a peer is asked to stand for: a target service, the source, or the far end of the whole app. */
export type PeerSuite = TargetService | 'keyvault' | `app-${TargetService}`;

/** One case in which a peer does something else than the suite, and so our stand-in, says. */
export interface Deviation {
  /** The case's title. It has to fail on the peer: one that passes is told as out of date. */
  readonly case: string;
  /** What the peer does. */
  readonly does: string;
  /** Part of what the failing case says, so that no other failure hides behind a known one. */
  readonly shows: string;
  readonly right: 'stand-in' | 'peer' | 'not known';
  /** Where the rule stands that says so. */
  readonly because: string;
}

/** What is had from a package registry, at one version. */
export type Artifact =
  | { readonly kind: 'pypi'; readonly requirement: string }
  /** `command`: the package of the program, below the module. */
  | { readonly kind: 'go'; readonly module: string; readonly version: string; readonly command: string }
  | { readonly kind: 'maven'; readonly group: string; readonly artifact: string; readonly version: string };

/** How a server is started; in arguments and environment `{port}` stands for its port, `{otherPort}` for another free one. */
interface Start {
  /** A program of the artifact's; `java` runs its jar. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly scheme: 'http' | 'https';
  /** A path that answers, with whatever status, once the server is up. */
  readonly ready: string;
  /** Only its suite can start it: there is more to fill in. */
  readonly bySuite?: true;
}

/** An AWS access key. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What only the owner of a Key Vault peer can do, each peer in its own way. */
export interface VaultControls {
  /** The host that a vault is known by. */
  host(vault: string, origin: string): string;
  /** Stops the clock at a time, in milliseconds since the epoch. A peer without goes by the machine's. */
  stopClock?(origin: string, time: number): Promise<void>;
  /** Makes everything that is there this much older. */
  advance(origin: string, milliseconds: number): Promise<void>;
}

/** A server that nobody here wrote, speaking the protocol of a cloud. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly artifact: Artifact;
  readonly start: Start;
  /** The suites that are run against it, each with all the cases in which it differs. */
  readonly suites: Partial<Readonly<Record<PeerSuite, readonly Deviation[]>>>;
  /** What a peer of this kind could be asked and isn't, each with its reason. */
  readonly notAsked: readonly string[];
  /** Of a peer that speaks for AWS: makes a user with one access key and one policy, which it then checks. */
  addKey?(origin: string, policy: unknown): Promise<AccessKey>;
  /** Of a peer that speaks for Key Vault. */
  readonly vaults?: VaultControls;
}

/** A peer that can be asked. */
export interface ReadyPeer {
  readonly name: string;
  /** Where it answers, e.g. `http://127.0.0.1:5000`; nowhere yet if its suite is to start it. */
  readonly origin: string | null;
  /** The folder that its programs are in. */
  readonly programs: string;
}
