import { policies } from '../../main/clouds/policies.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { TargetBed, TargetRights } from '../conformance/target-bed.ts';
import { awsTags, targetTraits } from '../conformance/target-traits.ts';
import { connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import { certificatesOwner } from './acm-owner.ts';
import { awsProtocol, everything, keyOf } from './aws.ts';
import { bedBehind, type Calls, type Owner } from './bed.ts';
import { type Front, openFront } from './front.ts';
import { parametersOwner } from './parameters-owner.ts';
import type { AccessKey, Peer } from './peer.ts';
import { secretsOwner } from './secrets-owner.ts';

type AwsService = 'secretsmanager' | 'parameterstore' | 'acm';

/** How a service's owner asks a peer. */
export interface OwnerConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: AccessKey;
}

interface Place extends Calls {
  /** The title of the policy to copy that allows every option. */
  readonly title: string;
  /** Beside the policy that the app offers to copy: what no policy of ours asks for. */
  readonly more: readonly string[];
  /** In place of a write-only policy, where there is none to copy. */
  readonly writeOnly?: readonly string[];
  readonly owner: (config: OwnerConfig, front: Front) => Owner;
}

const region = 'eu-central-1';
const secret = (action: string) => `secretsmanager:${action}`;
const parameter = (action: string) => `ssm:${action}`;
const certificate = (action: string) => `acm:${action}`;

const places: Readonly<Record<AwsService, Place>> = {
  secretsmanager: {
    operations: {
      inspect: secret('DescribeSecret'),
      overviewPage: secret('ListSecrets'),
      tag: secret('TagResource'),
      create: secret('CreateSecret'),
      update: secret('PutSecretValue'),
    },
    valueReads: [secret('GetSecretValue'), secret('BatchGetSecretValue')],
    title: 'With own key, replicas and restoring',
    more: [secret('DeleteSecret'), secret('GetSecretValue')],
    owner: secretsOwner,
  },
  parameterstore: {
    operations: {
      inspect: parameter('DescribeParameters'),
      overviewPage: parameter('DescribeParameters'),
      tag: parameter('AddTagsToResource'),
      create: parameter('PutParameter'),
      update: parameter('PutParameter'),
    },
    valueReads: [parameter('GetParameter'), parameter('GetParameters'), parameter('GetParameterHistory')],
    title: 'With own key',
    more: [parameter('DeleteParameter'), parameter('GetParameter')],
    owner: parametersOwner,
  },
  acm: {
    operations: {
      inspect: certificate('GetCertificate'),
      tag: certificate('AddTagsToCertificate'),
      create: certificate('ImportCertificate'),
      update: certificate('ImportCertificate'),
    },
    valueReads: [],
    title: 'Recommended',
    more: [certificate('DeleteCertificate')],
    writeOnly: [certificate('ImportCertificate'), certificate('AddTagsToCertificate')],
    owner: certificatesOwner,
  },
};

/**
 * One AWS service of a peer, with the very policies that a person copies from the app.
 * @param origin where the peer runs
 */
export async function openAwsBed(peer: Peer, service: AwsService, origin: string): Promise<TargetBed> {
  const bed = await openCloudBed();
  const front = await openFront(origin, awsProtocol);
  const place = places[service];
  const credentials = await keyOf(peer, origin, everything);
  const keys = {
    full: await keyOf(peer, origin, policyFor(service, 'full')),
    'write-only': await keyOf(peer, origin, policyFor(service, 'write-only')),
  };
  const owner = place.owner({ endpoint: origin, region, credentials }, front);
  return bedBehind({ service, tags: awsTags }, place, bed, front, owner, (rights) => {
    const at = { region, endpoint: front.url, caBundle: front.caPem };
    const connection = connectionTo({ provider: 'aws', signIn: 'keys', ...at });
    return openTarget(connection, keys[rights], service, region, bed.deps);
  });
}

function policyFor(service: AwsService, rights: TargetRights): unknown {
  const { title, more, writeOnly } = places[service];
  const allow = (actions: readonly string[]) => ({ Effect: 'Allow', Action: actions, Resource: '*' });
  if (rights === 'write-only' && writeOnly) return { Version: '2012-10-17', Statement: [allow(writeOnly)] };
  const full = rights === 'full';
  const { prefix } = targetTraits[service];
  const offered = policies({ provider: 'aws', services: [service], prefix });
  const text = offered.find((policy) => policy.title === (full ? title : 'Write only'))?.text ?? '';
  // The cases' key has an alias only: any key of the account, through the service alone.
  const document: { Statement: unknown[] } = JSON.parse(text.replace('<key ARN>', 'arn:aws:kms:*:*:key/*'));
  return full ? { ...document, Statement: [...document.Statement, allow(more)] } : document;
}
