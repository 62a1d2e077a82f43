import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsSettings } from '../../domain/connection.ts';
import { invalid } from '../../domain/failure.ts';
import { type CloudDeps, callCloud } from '../call.ts';
import { endpointOf, type Network, openNetwork } from '../network.ts';
import { type AwsCall, classifyAws, isClockSkew } from './classify.ts';
import { rateOf } from './rates.ts';
import { type AwsIdentity, openSignIn } from './sign-in.ts';

/** One connection's way into one service in one region of AWS. */
export interface AwsSession<Client> {
  readonly region: string;
  readonly network: Network;
  readonly deps: CloudDeps;
  readonly client: Client;
  readonly sts: STSClient;
  /** Where the service, and where the security token service answers. */
  readonly urls: { readonly service: URL; readonly sts: URL };
  /** Who requests are signed as, signing in first if need be. */
  identity(): Promise<AwsIdentity>;
  /** Makes one call, classified as being about `action` and, where given, the target `name`. */
  call<T>(
    about: { readonly action: string; readonly name?: string },
    signal: AbortSignal,
    work: (options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T>;
  close(): void;
}

export type AwsClientConfig = ReturnType<typeof configFor> & { readonly credentials: () => Promise<AwsIdentity> };

/** What SDK clients find their service's address by. */
type Place = {
  readonly Region: string;
  readonly UseFIPS: boolean;
  readonly UseDualStack: boolean;
  readonly Endpoint?: string;
};

/**
 * @param connect makes the service's client and tells where it answers
 * @throws Failure `invalid` if settings, region or credential cannot be used; nothing is sent yet
 */
export function openSession<Client extends { destroy(): void }>(
  settings: AwsSettings,
  credential: unknown,
  region: string,
  deps: CloudDeps,
  connect: (config: AwsClientConfig, place: Place) => { readonly client: Client; readonly url: URL },
): AwsSession<Client> {
  if (!/^[a-z]{2,5}(-[a-z]{2,12}){1,3}-\d{1,2}$/.test(region))
    throw invalid('region', 'The region is not written as AWS writes it.', 'Write it like us-east-1 or eu-central-1.');
  const endpoint = settings.endpoint
    ? endpointOf(settings.endpoint, 'AWS endpoint', deps.allowLoopback).origin
    : undefined;
  const network = openNetwork({
    caBundle: settings.caBundle,
    network: deps.network,
    allowLoopback: deps.allowLoopback,
  });
  const base = configFor(region, endpoint, new NodeHttpHandler({ httpsAgent: network.agent, requestTimeout: 0 }));
  const identity = openSignIn(settings, credential, base, network, deps);
  const config = { ...base, credentials: identity };
  const place = { Region: region, UseFIPS: false, UseDualStack: false, ...(endpoint ? { Endpoint: endpoint } : {}) };
  const { client, url } = connect(config, place);
  const sts = new STSClient(config);
  const urls = { service: url, sts: sts.config.endpointProvider({ ...place, UseGlobalEndpoint: false }).url };

  return {
    region,
    network,
    deps,
    client,
    sts,
    urls,
    identity,
    call(about, signal, work) {
      const host = about.action.startsWith('sts:') ? urls.sts.host : urls.service.host;
      const subject: AwsCall = { ...about, region, host };
      const send = async (until: AbortSignal) => {
        try {
          return await work({ abortSignal: until });
        } catch (error) {
          // Refused for its time before it took effect. The SDK has just learned AWS's time from the reply: sign anew.
          if (isClockSkew(error)) return await work({ abortSignal: until });
          throw error;
        }
      };
      return callCloud(send, {
        signal,
        timeoutMs: deps.callTimeoutMs,
        host,
        lane: deps.traffic.lane(host, region, rateOf(about.action)),
        classify: (error) => classifyAws(error, subject, deps.now()),
      });
    },
    close() {
      client.destroy();
      sts.destroy();
      network.close();
    },
  };
}

/**
 * Everything the SDK would otherwise look up in the environment or in ~/.aws is said here: a connection's requests go where
 * the connection says. One attempt, because the engine has the only retry layer.
 */
function configFor(region: string, endpoint: string | undefined, requestHandler: NodeHttpHandler) {
  return {
    region,
    maxAttempts: 1,
    retryMode: 'standard' as const,
    defaultsMode: 'standard' as const,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    ignoreConfiguredEndpointUrls: true,
    authSchemePreference: ['sigv4'],
    userAgentAppId: async () => undefined,
    requestHandler,
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}
