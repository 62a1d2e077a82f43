import { partitionOf } from './partition.ts';

/** A policy to copy, and what it gives. */
interface PolicyText {
  /** `documented`: the smallest that still writes; of Secrets Manager it is the one in the product's documentation. */
  readonly id: 'documented' | 'recommended';
  readonly title: string;
  readonly explanation: string;
  /** The policy document as JSON. */
  readonly document: string;
}

/** What records ask for beyond the ordinary, each of which needs rights of its own. */
interface PolicyOptions {
  /** A KMS key of the account to encrypt with: its ARN, id or alias. */
  readonly kmsKeyId?: string | undefined;
  /** Secrets Manager: secrets are replicated to other regions. */
  readonly replicas?: boolean;
  /** Secrets Manager: deletions that are pending may be taken back. */
  readonly restore?: boolean;
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
  options: PolicyOptions = {},
): PolicyText[] {
  if (service === 'secretsmanager') return secretsManagerPolicies(prefix, region, options);
  return service === 'parameterstore' ? parameterPolicies(prefix, region, options) : acmPolicies(region);
}

function secretsManagerPolicies(prefix: string, region?: string, options: PolicyOptions = {}): PolicyText[] {
  const secrets = arn('secretsmanager', region, `secret:${prefix}*`);
  const more = [
    ...(options.replicas ? ['ReplicateSecretToRegions'] : []),
    ...(options.restore ? ['RestoreSecret'] : []),
  ];
  const key = keyStatements(options.kmsKeyId, 'secretsmanager', region);
  const writing = ['CreateSecret', 'UpdateSecret', 'PutSecretValue'];
  return [
    {
      id: 'recommended',
      title: 'Recommended',
      explanation:
        'Creates and updates secrets under the prefix, sees what others changed there without reading any value, and keeps copied tags tidy.',
      document: policy([
        allow('secretsmanager', [...writing, 'DescribeSecret', 'TagResource', 'UntagResource', ...more], secrets),
        allow('secretsmanager', ['ListSecrets'], '*'),
        ...key,
      ]),
    },
    {
      id: 'documented',
      title: 'Write only',
      explanation:
        'Creates and updates secrets under the prefix and reads nothing: changes made by others cannot be seen, and tags that vanish in Azure stay.',
      document: policy([allow('secretsmanager', [...writing, 'TagResource', ...more], secrets), ...key]),
    },
  ];
}

function parameterPolicies(prefix: string, region: string | undefined, options: PolicyOptions): PolicyText[] {
  // The slash that a name begins with is the one in the ARN.
  const parameters = arn('ssm', region, `parameter/${prefix.replace(/^\//, '')}*`);
  const key = keyStatements(options.kmsKeyId, 'ssm', region);
  const writing = ['PutParameter', 'AddTagsToResource', 'RemoveTagsFromResource'];
  return [
    {
      id: 'recommended',
      title: 'Recommended',
      explanation:
        'Creates and updates parameters under the prefix, sees what others changed there without reading any value, and keeps copied tags tidy.',
      document: policy([
        allow('ssm', [...writing, 'ListTagsForResource'], parameters),
        allow('ssm', ['DescribeParameters'], '*'),
        ...key,
      ]),
    },
    {
      id: 'documented',
      title: 'Write only',
      explanation:
        'Creates and updates parameters under the prefix and reads nothing: changes made by others cannot be seen, and a write whose answer is lost may leave a second version.',
      document: policy([allow('ssm', writing, parameters), ...key]),
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

/** An own key, used through the service alone. Its alias has no place in a policy: the condition names it. */
function keyStatements(keyId: string | undefined, service: string, region: string | undefined): object[] {
  if (keyId === undefined) return [];
  const alias = keyId.match(/(?:^|:)(alias\/.+)$/)?.[1];
  const resource = keyId.startsWith('arn:') && !alias ? keyId : arn('kms', region, alias ? 'key/*' : `key/${keyId}`);
  return [
    {
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Encrypt', 'kms:Decrypt'],
      Resource: resource,
      Condition: {
        StringLike: {
          'kms:ViaService': `${service}.${region ?? '*'}.amazonaws.com${region?.startsWith('cn-') ? '.cn' : ''}`,
        },
        ...(alias ? { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } } : {}),
      },
    },
  ];
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
