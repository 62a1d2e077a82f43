import { json, retryAfterHeader } from '../clouds/kernel/reply.ts';
import type { Protocol } from './front.ts';
import type { AccessKey, Peer } from './peer.ts';

/** A policy that allows everything. */
export const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** What IAM calls the services that the targets' protocols name. */
const services: Readonly<Record<string, string>> = {
  secretsmanager: 'secretsmanager',
  AmazonSSM: 'ssm',
  CertificateManager: 'acm',
};

/** AWS's JSON 1.1 protocol; what has no target is a query, as STS takes it. */
export const awsProtocol: Protocol = {
  operation({ headers, body }) {
    const [target = '', action = ''] = (headers['x-amz-target'] ?? '').split('.');
    const asked = new URLSearchParams(body.toString('latin1')).get('Action');
    const name = target === '' ? `sts:${asked}` : `${services[target] ?? target}:${action}`;
    return { cloud: 'aws', name, resource: '' };
  },
  refuse(refusal) {
    if (refusal.kind === 'status') return json(refusal.status, { __type: 'InternalFailure', message: 'Refused.' });
    const code = 'ThrottlingException';
    const headers = { 'x-amzn-errortype': code, ...retryAfterHeader(refusal.retryAfter) };
    return json(400, { __type: code, message: 'Rate exceeded' }, headers);
  },
};

/** Makes an access key at a peer that speaks for AWS. */
export function keyOf({ name, addKey }: Peer, origin: string, policy: unknown): Promise<AccessKey> {
  if (addKey === undefined) throw new Error(`${name} speaks for no AWS`);
  return addKey(origin, policy);
}

/**
 * Makes an IAM user with one access key and one policy.
 * @param ask sends one IAM query, by whatever right the peer gives its owner, and returns the reply's text
 */
export async function addUser(
  policy: unknown,
  ask: (query: Record<string, string>) => Promise<string>,
): Promise<AccessKey> {
  const UserName = `user-${crypto.randomUUID()}`;
  await ask({ Action: 'CreateUser', UserName });
  const PolicyDocument = JSON.stringify(policy);
  await ask({ Action: 'PutUserPolicy', UserName, PolicyName: 'policy', PolicyDocument });
  const reply = await ask({ Action: 'CreateAccessKey', UserName });
  const part = (name: string) => {
    const [, text] = new RegExp(`<${name}>([^<]+)</${name}>`).exec(reply) ?? [];
    if (text === undefined) throw new Error(`the peer's CreateAccessKey told no ${name}`);
    return text;
  };
  return { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey') };
}

/**
 * Sends one IAM query.
 * @param accessKeyId in the request's scope; the peers that are asked this way look at nothing else of the signature
 */
export async function askIam(origin: string, accessKeyId: string, query: Record<string, string>): Promise<string> {
  const scope = `${accessKeyId}/20260101/us-east-1/iam/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
  const body = new URLSearchParams({ ...query, Version: '2010-05-08' });
  const reply = await fetch(origin, { method: 'POST', headers: { authorization }, body });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`the peer's IAM refused ${query['Action']} (${reply.status})`);
  return text;
}
