import { secretsManagerPolicies } from '../../main/clouds/aws/policy.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import { connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import { describeTarget } from './target.ts';
import type { TargetBed, TargetOperation, TargetRights } from './target-bed.ts';

const region = 'eu-central-1';

const actions: Readonly<Record<Exclude<TargetOperation, 'write'>, string>> = {
  inspect: 'secretsmanager:DescribeSecret',
  overviewPage: 'secretsmanager:ListSecrets',
  tag: 'secretsmanager:TagResource',
};
const writes = { create: 'secretsmanager:CreateSecret', update: 'secretsmanager:PutSecretValue' } as const;
const actionOf = (operation: TargetOperation) => (operation === 'write' ? writes.create : actions[operation]);

/** The very policies that a person copies from the app; deleting is granted on top, because no policy of ours asks for it. */
function policyFor(rights: TargetRights): unknown {
  const id = rights === 'full' ? 'recommended' : 'documented';
  const text = secretsManagerPolicies('certifyclouds/').find((policy) => policy.id === id)?.document ?? '';
  const document: { Version: string; Statement: unknown[] } = JSON.parse(text);
  const remove = {
    Effect: 'Allow',
    Action: 'secretsmanager:DeleteSecret',
    Resource: 'arn:aws:secretsmanager:*:*:secret:certifyclouds/*',
  };
  return rights === 'full' ? { ...document, Statement: [...document.Statement, remove] } : document;
}

describeTarget('AWS Secrets Manager', async (): Promise<TargetBed> => {
  const bed = await openCloudBed();
  const { aws, desk } = bed;
  const keys = {
    full: aws.addAccessKey({ policy: policyFor('full') }),
    'write-only': aws.addAccessKey({ policy: policyFor('write-only') }),
  };

  return {
    open(rights) {
      const { accessKeyId, secretAccessKey } = keys[rights];
      const connection = connectionTo({ provider: 'aws', region, endpoint: aws.url, caBundle: bed.caPem });
      return openTarget(connection, { accessKeyId, secretAccessKey }, 'secretsmanager', region, bed.deps);
    },
    held(name) {
      const secret = aws.secret(region, name);
      const value = aws.secretValue(region, name);
      if (!secret || value === undefined) return undefined;
      const tags = Object.fromEntries((secret.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
      return { value: value.toString(), versions: secret.versions.length, tags };
    },
    putOutside: (name, value) => void aws.putOutside(region, name, value),
    tagOutside: (name, tags) => aws.tagOutside(region, name, tags),
    removeOutside: (name, how) => aws.removeOutside(region, name, how === 'recoverably' ? 30 : undefined),
    throttleNext(operation, retryAfter) {
      const fault = { kind: 'throttle', ...(retryAfter === undefined ? {} : { retryAfter }) } as const;
      desk.addFault({ cloud: 'aws', name: actionOf(operation), fault, times: 1 });
    },
    loseNextWrite: (mode) =>
      desk.addFault({ cloud: 'aws', name: writes[mode], fault: { kind: 'lose-reply' }, times: 1 }),
    holdNext(operation) {
      desk.clearArrivals();
      desk.addFault({ cloud: 'aws', name: actionOf(operation), fault: { kind: 'hang' }, times: 1 });
      return () => bed.arrived(actionOf(operation));
    },
    asked: () => desk.arrivals({ cloud: 'aws' }).map(({ name }) => name),
    clearAsked: () => desk.clearArrivals(),
    valueReads: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
    now: bed.now,
    close: () => bed.close(),
  };
});
