import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { AzureSettings } from '../../domain/connection.ts';
import type { Failure } from '../../domain/failure.ts';
import { type CloudDeps, callCloud } from '../call.ts';
import { listingTrail } from '../listing.ts';
import type { Network } from '../network.ts';
import type { Lane } from '../traffic.ts';
import { openAuthority } from './authority.ts';
import { authorised, pinnedHttp, watchLinks } from './http.ts';
import type { AzurePlace } from './place.ts';
import { openSignIn } from './sign-in.ts';
import type { SignIn } from './tokens.ts';

/** One connection's way into Azure: its network, its sign-in, its hosts. */
export interface AzureSession {
  readonly place: AzurePlace;
  readonly network: Network;
  readonly signIn: SignIn;
  readonly deps: CloudDeps;
  /** A signed-in HTTP client for one service and no other; `signal` gives that of the call now being made. */
  http(service: Service, signal: () => AbortSignal): HttpClient;
  /** In which turn calls of a service go. */
  lane(service: Service): Lane;
}

/** Where a service answers, and what its tokens are asked for. */
export interface Service {
  readonly url: URL;
  readonly scope: string;
}

/** Of a vault, in its region: https://learn.microsoft.com/azure/key-vault/general/service-limits */
const vaultCalls = { name: 'vault', rate: { calls: 4_000, seconds: 10 } };

/** @throws Failure `invalid` or `auth` if settings or credential cannot be used; nothing is sent yet */
export function openSession(settings: AzureSettings, credential: unknown, deps: CloudDeps): AzureSession {
  const authority = openAuthority(settings, deps);
  const { place, network } = authority;
  const signIn = openSignIn(credential, authority);
  const http = ({ url, scope }: Service, signal: () => AbortSignal) =>
    authorised(pinnedHttp({ agent: network.agent, origin: url.origin, signal }), signIn, scope);
  const lane = ({ url: { host }, scope }: Service) =>
    deps.traffic.lane(host, host, scope === place.vaultScope ? vaultCalls : undefined);
  return { place, network, signIn, deps, http, lane };
}

/** What every SDK client here is opened with: our HTTP client, and no second layer of retries beside the engine's. */
export function clientOptions(httpClient: HttpClient) {
  return { httpClient, retryOptions: { maxRetries: 0 } };
}

/** SDKs insist on a credential. The token is added further down, where it is certain who gets it: see `authorised`. */
export const noCredential: TokenCredential = { getToken: async () => ({ token: 'unused', expiresOnTimestamp: 0 }) };

/** A listing of one service, opened by `open` on the HTTP client it is given. */
export interface Listing<Item> {
  /** For a sentence, e.g. `The list of subscriptions`. */
  readonly what: string;
  readonly service: Service;
  open(http: HttpClient): AsyncIterator<Item[]>;
  classify(error: unknown): Failure;
}

/** Reads a listing to its end, each page under its own time limit. Fails as a whole if any page does. */
export async function wholeListing<Item>(
  { deps, http, lane }: AzureSession,
  { what, service, open, classify }: Listing<Item>,
  signal: AbortSignal,
): Promise<Item[]> {
  const trail = listingTrail(what);
  const all: Item[] = [];
  let current = signal;
  let next: string | undefined;
  let link: string | undefined;
  // SDKs follow the links by themselves and forget the signal after the first page, so both pass through here.
  const watched = watchLinks(
    http(service, () => current),
    (found) => {
      link = found;
    },
  );
  const pages = open(watched);
  for (;;) {
    const page = await callCloud(
      (until) => {
        current = until;
        return pages.next();
      },
      { signal, timeoutMs: deps.callTimeoutMs, host: service.url.host, lane: lane(service), classify },
    );
    if (page.done) return all;
    all.push(...page.value);
    next = trail.page(next, [], link).next;
  }
}
