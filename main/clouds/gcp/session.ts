import { PassThroughClient } from 'google-auth-library';
import { loggingUtils } from 'google-gax';
import type { GcpSettings } from '../../domain/connection.ts';
import { invalid } from '../../domain/failure.ts';
import { type CloudDeps, callCloud } from '../call.ts';
import { endpointOf, type Network, openNetwork } from '../network.ts';
import { classifyGcp, type GcpCall, type GcpService } from './classify.ts';
import { authorisedFetch, callSignal, pinnedFetch } from './http.ts';
import { rateOf } from './rates.ts';
import { openSignIn, type SignIn } from './sign-in.ts';

/** One connection's way into one service and location of Google Cloud. */
export interface GcpSession {
  readonly project: string;
  readonly location: string;
  readonly network: Network;
  readonly deps: CloudDeps;
  readonly signIn: SignIn;
  /** Where the service answers, and what signing in needs. */
  readonly urls: readonly URL[];
  /** What the official client is opened with: REST, and no HTTP but ours. */
  readonly clientOptions: {
    readonly fallback: true;
    readonly authClient: PassThroughClient;
    readonly apiEndpoint: string;
    readonly universeDomain: string;
  };
  /** What a call is about, for its failure. */
  about(permission: string, name?: string, guarded?: boolean): GcpCall;
  /** Makes one call of the client, classified as being about this. */
  call<T>(about: GcpCall, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** Hosts that sign-ins may have to ask, by path: the OAuth, the Security Token and the lending service. */
const signInHosts = ['oauth2.googleapis.com', 'sts.googleapis.com', 'iamcredentials.googleapis.com'];

/**
 * @param location a region, or `global`
 * @throws Failure `invalid` if settings, location or credential cannot be used; nothing is sent yet
 */
export function openSession(
  service: GcpService,
  settings: GcpSettings,
  credential: unknown,
  location: string,
  deps: CloudDeps,
): GcpSession {
  if (location !== 'global' && !/^[a-z]{2,20}-[a-z]{2,20}\d{1,2}$/.test(location)) {
    throw invalid(
      'region',
      'The location is not written as Google writes it.',
      'Write global, or a region like europe-west1.',
    );
  }
  const { projectId: project, caBundle } = settings;
  const endpoint = settings.endpoint ? endpointOf(settings.endpoint, 'GCP endpoint', deps.allowLoopback) : undefined;
  const network = openNetwork({ caBundle, network: deps.network, allowLoopback: deps.allowLoopback });
  // Secrets of a region have their own host; certificates of a region do not.
  const regional = service === 'secretmanager' && location !== 'global';
  const apiEndpoint = regional ? `${service}.${location}.rep.googleapis.com` : `${service}.googleapis.com`;
  const origins = new Set([apiEndpoint, ...signInHosts].map((host) => `https://${host}`));
  const send = pinnedFetch(network.agent, { origins, endpoint });
  const host = endpoint?.host ?? apiEndpoint;
  const signIn = openSignIn(credential, {
    settings,
    agent: network.agent,
    send,
    timeoutMs: deps.callTimeoutMs,
    host: endpoint?.host ?? 'oauth2.googleapis.com',
    now: deps.now,
  });
  // An environment variable would make the libraries print requests, values and all.
  loggingUtils.setBackend(null);
  const authClient = new PassThroughClient({
    transporterOptions: { fetchImplementation: authorisedFetch(send, signIn), agent: network.agent },
    useAuthRequestParameters: false,
  });
  const urls = endpoint ? [endpoint] : urlsOf(apiEndpoint, settings);

  return {
    project,
    location,
    network,
    deps,
    signIn,
    urls,
    clientOptions: { fallback: true, authClient, apiEndpoint, universeDomain: 'googleapis.com' },
    about: (permission, name, guarded = false) => ({
      service,
      project,
      location,
      host,
      permission,
      guarded,
      ...(name === undefined ? {} : { name }),
    }),
    call: (about, signal, work) =>
      callCloud((until) => callSignal.run(until, work), {
        signal,
        timeoutMs: deps.callTimeoutMs,
        host,
        lane: deps.traffic.lane(host, location, rateOf(about)),
        classify: (error) => classifyGcp(error, about, deps.now()),
      }),
    close: () => network.close(),
  };
}

function urlsOf(apiEndpoint: string, { impersonate }: GcpSettings): URL[] {
  const [oauth = '', , lending = ''] = signInHosts;
  return [apiEndpoint, oauth, ...(impersonate ? [lending] : [])].map((host) => new URL(`https://${host}`));
}
