import { partitionOf } from './partition.ts';

/** A policy to copy, and what it gives. */
interface PolicyText {
  /**
   * `documented`: the smallest that still writes; of Secrets Manager it is the one in the product's documentation.
   * `options`: what records with every option need; `deletion`: what records that follow deletions in Azure need.
   */
  readonly id: 'documented' | 'recommended' | 'options' | 'deletion';
  readonly title: string;
  readonly explanation: string;
  /** The policy document as JSON. */
  readonly document: string;
}

/**
 * The least-privilege IAM policies for a service, filled in; the first is the one to take.
 * @param prefix of the target names, e.g. `certifyclouds/`; '' for any name. ACM knows no names.
 * @param region e.g. `us-east-1`; left out for all regions
 */
export function awsPolicies(
  service: 'secretsmanager' | 'parameterstore' | 'acm',
  prefix: string,
  region?: string,
): PolicyText[] {
  if (service === 'secretsmanager') return secretsManagerPolicies(prefix, region);
  return service === 'parameterstore' ? parameterPolicies(prefix, region) : acmPolicies(region);
}

function secretsManagerPolicies(prefix: string, region: string | undefined): PolicyText[] {
  const secrets = arn('secretsmanager', region, `secret:${prefix}*`);
  const writing = ['CreateSecret', 'UpdateSecret', 'PutSecretValue'];
  const keeping = [...writing, 'DescribeSecret', 'TagResource', 'UntagResource'];
  const listing = allow('secretsmanager', ['ListSecrets'], '*');
  return [
    {
      id: 'recommended',
      title: 'Recommended',
      explanation:
        'Creates and updates secrets under the prefix, sees what others changed there without reading any value, and keeps copied tags tidy.',
      document: policy([allow('secretsmanager', keeping, secrets), listing]),
    },
    {
      id: 'documented',
      title: 'Write only',
      explanation:
        'Creates and updates secrets under the prefix and reads nothing: changes made by others cannot be seen, and tags that vanish in Azure stay.',
      document: policy([allow('secretsmanager', [...writing, 'TagResource'], secrets)]),
    },
    {
      id: 'options',
      title: 'With own key, replicas and restoring',
      explanation:
        'As recommended, for records that encrypt with a KMS key of yours (put its ARN in), copy to replica regions, or take over a secret that is scheduled for deletion. Take out what you do not need.',
      document: policy([
        allow('secretsmanager', [...keeping, 'ReplicateSecretToRegions', 'RestoreSecret'], secrets),
        listing,
        keyStatement('secretsmanager', region),
      ]),
    },
    {
      id: 'deletion',
      title: 'With deletion',
      explanation:
        'As recommended, for records that follow deletions in Azure: schedules secrets under the prefix for deletion in 30 days, and takes that back when the source comes back.',
      document: policy([allow('secretsmanager', [...keeping, 'DeleteSecret', 'RestoreSecret'], secrets), listing]),
    },
  ];
}

function parameterPolicies(prefix: string, region: string | undefined): PolicyText[] {
  // The slash that a name begins with is the one in the ARN.
  const parameters = arn('ssm', region, `parameter/${prefix.replace(/^\//, '')}*`);
  const writing = ['PutParameter', 'AddTagsToResource', 'RemoveTagsFromResource'];
  const seeing = [
    allow('ssm', [...writing, 'ListTagsForResource'], parameters),
    allow('ssm', ['DescribeParameters'], '*'),
  ];
  return [
    {
      id: 'recommended',
      title: 'Recommended',
      explanation:
        'Creates and updates parameters under the prefix, sees what others changed there without reading any value, and keeps copied tags tidy.',
      document: policy(seeing),
    },
    {
      id: 'documented',
      title: 'Write only',
      explanation:
        'Creates and updates parameters under the prefix and reads nothing: changes made by others cannot be seen, and a write whose answer is lost may leave a second version.',
      document: policy([allow('ssm', writing, parameters)]),
    },
    {
      id: 'options',
      title: 'With own key',
      explanation: 'As recommended, for records that encrypt with a KMS key of yours: put its ARN in.',
      document: policy([...seeing, keyStatement('ssm', region)]),
    },
  ];
}

function acmPolicies(region: string | undefined): PolicyText[] {
  const actions = ['ImportCertificate', 'GetCertificate', 'ListTagsForCertificate', 'AddTagsToCertificate'];
  return [
    {
      id: 'recommended',
      title: 'Recommended',
      explanation:
        'Imports certificates, sees what others changed, and keeps tags tidy. ACM gives certificates no names, so this cannot be limited to a prefix; private keys are never given out, and nothing is deleted.',
      document: policy([
        allow('acm', [...actions, 'RemoveTagsFromCertificate'], arn('acm', region, 'certificate/*')),
        allow('acm', ['ListCertificates'], '*'),
      ]),
    },
  ];
}

/** An own key, used through the service alone. */
function keyStatement(service: string, region: string | undefined): object {
  const domain = region?.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return {
    Effect: 'Allow',
    Action: ['kms:GenerateDataKey', 'kms:Encrypt', 'kms:Decrypt'],
    Resource: '<key ARN>',
    Condition: { StringLike: { 'kms:ViaService': `${service}.${region ?? '*'}.${domain}` } },
  };
}

function arn(service: string, region: string | undefined, resource: string): string {
  return `arn:${region === undefined ? 'aws' : partitionOf(region)}:${service}:${region ?? '*'}:*:${resource}`;
}

function allow(service: string, actions: readonly string[], resource: string) {
  return { Effect: 'Allow', Action: actions.map((action) => `${service}:${action}`), Resource: resource };
}

function policy(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2);
}
