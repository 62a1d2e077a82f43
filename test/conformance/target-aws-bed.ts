import { awsPolicies } from '../../main/clouds/aws/policy.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { Payload } from '../../main/domain/payload.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import type { Held, TargetBed } from './target-bed.ts';
import { deskFaults, type Operations } from './target-cloud-bed.ts';
import { allOptions, awsTags, targetTraits } from './target-traits.ts';

type AwsService = 'secretsmanager' | 'parameterstore' | 'acm';
export const awsRegion = 'eu-central-1';

/** What the account's owner sees and does in one service. */
interface AwsPlace {
  readonly operations: Operations;
  readonly valueReads: readonly string[];
  /** Beyond the policy that a person copies from the app, which asks for nothing that a first sync doesn't need. */
  readonly granted: readonly string[];
  /** The smallest rights that write, where no policy of the app is that small. */
  readonly smallest?: readonly string[];
  held(name: string): Held | undefined;
  count(): number;
  putOutside(name: string, payload: Payload): void;
  tagOutside(name: string, tags: Readonly<Record<string, string>>): void;
  removeOutside(name: string, how: 'recoverably' | 'for-good'): void;
}

/** The stand-in AWS behind one of its services' adapters. */
export async function openAwsTargetBed(
  service: AwsService,
  placeIn: (aws: CloudBed['aws']) => AwsPlace,
): Promise<TargetBed> {
  const bed = await openCloudBed();
  const { aws } = bed;
  const { operations, valueReads, granted, smallest, ...outside } = placeIn(aws);
  aws.addKmsKey(awsRegion, allOptions.kmsKeyId);
  const keys = {
    full: aws.addAccessKey({ policy: withActions(policyOf(service, 'recommended'), granted) }),
    'write-only': aws.addAccessKey({
      policy: smallest ? withActions({}, smallest) : policyOf(service, 'documented'),
    }),
  };

  return {
    ...outside,
    ...deskFaults(bed, 'aws', operations),
    service,
    tags: awsTags,
    valueReads,
    open(rights) {
      const { accessKeyId, secretAccessKey } = keys[rights];
      const settings = {
        provider: 'aws',
        signIn: 'keys',
        region: awsRegion,
        endpoint: aws.url,
        caBundle: bed.caPem,
      } as const;
      return openTarget(connectionTo(settings), { accessKeyId, secretAccessKey }, service, awsRegion, bed.deps);
    },
  };
}

/** The very policy that a person copies from the app. */
function policyOf(service: AwsService, id: 'recommended' | 'documented'): Policy {
  const found = awsPolicies(service, targetTraits[service].prefix).find((policy) => policy.id === id);
  if (!found) throw new Error(`the app has no policy ${id} for ${service}`);
  return JSON.parse(found.document);
}

interface Policy {
  readonly Statement?: readonly unknown[];
}

function withActions({ Statement = [] }: Policy, actions: readonly string[]): unknown {
  return { Version: '2012-10-17', Statement: [...Statement, { Effect: 'Allow', Action: actions, Resource: '*' }] };
}
