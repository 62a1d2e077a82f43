import { Agent } from 'node:https';
import { ACMClient } from '@aws-sdk/client-acm';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createAuthority } from '../kernel/certificates.ts';
import { createDesk, type DeskControl } from '../kernel/desk.ts';
import { listen } from '../kernel/server.ts';
import { type AccessKey, type AwsCloud, createAws, maxBodyBytes } from './index.ts';

type Credentials = Pick<AccessKey, 'accessKeyId' | 'secretAccessKey'> & { readonly sessionToken?: string };

/** A stand-in AWS behind TLS with a desk of its own, and official clients for it. */
export interface Testbed {
  readonly aws: AwsCloud;
  readonly desk: DeskControl;
  readonly url: string;
  readonly caPem: string;
  /** The key of a user who may do everything. */
  readonly admin: AccessKey;
  /** A client that doesn't retry. @param region default `us-east-1` */
  secretsManager(key?: Credentials, region?: string, path?: string): SecretsManagerClient;
  ssm(key?: Credentials, region?: string): SSMClient;
  acm(key?: Credentials, region?: string): ACMClient;
  sts(key?: Credentials): STSClient;
  /** Trusts the stand-in's authority. */
  readonly requestHandler: NodeHttpHandler;
  close(): Promise<void>;
}

export async function startTestbed(): Promise<Testbed> {
  const desk = createDesk();
  const aws = createAws(desk);
  const authority = await createAuthority();
  const listener = await listen(aws.handle, await authority.issueForLoopback(), { maxBodyBytes });
  const admin = aws.addAccessKey({ policy: allowing('*', '*') });
  const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca: authority.certPem, keepAlive: true }) });
  const config = (credentials: Credentials, region = 'us-east-1', path = '') => ({
    endpoint: `${listener.url}${path}`,
    region,
    credentials,
    requestHandler,
    maxAttempts: 1,
  });
  return {
    aws,
    desk,
    url: listener.url,
    caPem: authority.certPem,
    admin,
    requestHandler,
    secretsManager: (key = admin, region, path) => new SecretsManagerClient(config(key, region, path)),
    ssm: (key = admin, region) => new SSMClient(config(key, region)),
    acm: (key = admin, region) => new ACMClient(config(key, region)),
    sts: (key = admin) => new STSClient(config(key)),
    async close() {
      requestHandler.destroy();
      await listener.close();
    },
  };
}

/** A policy document that allows these actions on these resources. */
export function allowing(action: string | readonly string[], resource: string | readonly string[]): unknown {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] };
}

/** The error that a call fails with, as far as clients tell it. Fails if the call succeeds. */
export async function failureOf(call: Promise<unknown>): Promise<{ code: string; message: string; status: number }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
    const hasStatus = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata;
    return { code: error.name, message: error.message, status: hasStatus ? Number(metadata.httpStatusCode) : 0 };
  }
  throw new Error('the call succeeded');
}
