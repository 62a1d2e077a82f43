import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { z } from 'zod';
import type { AwsSettings } from '../../domain/connection.ts';
import { invalid } from '../../domain/failure.ts';
import { type CloudDeps, callCloud } from '../call.ts';
import { endpointOf, type Network, openNetwork } from '../network.ts';
import { type AwsCall, classifyAws, isClockSkew } from './classify.ts';

const credentialShape = z.strictObject({
  accessKeyId: z.string().regex(/^\w{16,128}$/),
  secretAccessKey: z.string().min(1),
});

/** One connection's way into one region of AWS. */
export interface AwsSession {
  readonly region: string;
  readonly network: Network;
  readonly deps: CloudDeps;
  readonly secrets: SecretsManagerClient;
  readonly sts: STSClient;
  /** Where each service answers. */
  readonly urls: { readonly secrets: URL; readonly sts: URL };
  /** Makes one call, classified as being about `action` and, where given, the secret `name`. */
  call<T>(
    about: { readonly action: string; readonly name?: string },
    signal: AbortSignal,
    work: (options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T>;
  close(): void;
}

/** @throws Failure `invalid` if settings, region or credential cannot be used; nothing is sent yet */
export function openSession(settings: AwsSettings, credential: unknown, region: string, deps: CloudDeps): AwsSession {
  const parsed = credentialShape.safeParse(credential);
  if (!parsed.success)
    throw invalid(
      'credential',
      'The stored credential is not an AWS access key.',
      'Enter the access key of this connection again.',
    );
  if (!/^[a-z]{2,5}(-[a-z]{2,12}){1,3}-\d{1,2}$/.test(region))
    throw invalid('region', 'The region is not written as AWS writes it.', 'Write it like us-east-1 or eu-central-1.');
  const endpoint = settings.endpoint
    ? endpointOf(settings.endpoint, 'AWS endpoint', deps.allowLoopback).origin
    : undefined;
  const network = openNetwork({ caBundle: settings.caBundle, allowLoopback: deps.allowLoopback });
  // Everything the SDK would otherwise look up in the environment or in ~/.aws is said here: a connection's requests
  // go where the connection says. One attempt, because the engine has the only retry layer.
  const config = {
    region,
    credentials: parsed.data,
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    ignoreConfiguredEndpointUrls: true,
    authSchemePreference: ['sigv4'],
    userAgentAppId: async () => undefined,
    requestHandler: new NodeHttpHandler({ httpsAgent: network.agent, requestTimeout: 0 }),
    ...(endpoint === undefined ? {} : { endpoint }),
  } as const;
  const secrets = new SecretsManagerClient({ ...config, authSchemePreference: [...config.authSchemePreference] });
  const sts = new STSClient({ ...config, authSchemePreference: [...config.authSchemePreference] });
  const place = { Region: region, UseFIPS: false, UseDualStack: false, ...(endpoint ? { Endpoint: endpoint } : {}) };
  const urls = {
    secrets: secrets.config.endpointProvider(place).url,
    sts: sts.config.endpointProvider({ ...place, UseGlobalEndpoint: false }).url,
  };

  return {
    region,
    network,
    deps,
    secrets,
    sts,
    urls,
    call(about, signal, work) {
      const host = about.action.startsWith('sts:') ? urls.sts.host : urls.secrets.host;
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
        classify: (error) => classifyAws(error, subject, deps.now()),
      });
    },
    close() {
      secrets.destroy();
      sts.destroy();
      network.close();
    },
  };
}
