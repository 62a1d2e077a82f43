/** A policy to copy, and what it gives. */
interface PolicyText {
  readonly id: 'documented' | 'recommended';
  readonly title: string;
  readonly explanation: string;
  /** The policy document as JSON. */
  readonly document: string;
}

/**
 * The least-privilege IAM policies for Secrets Manager, filled in.
 * @param prefix of the target names, e.g. `certifyclouds/`; '' for any name
 * @param region e.g. `us-east-1`; left out for all regions
 */
export function secretsManagerPolicies(prefix: string, region?: string): PolicyText[] {
  const secrets = `arn:${region === undefined ? 'aws' : partitionOf(region)}:secretsmanager:${region ?? '*'}:*:secret:${prefix}*`;
  return [
    {
      id: 'recommended',
      title: 'Recommended',
      explanation:
        'Creates and updates secrets under the prefix, sees what others changed there without reading any value, and keeps copied tags tidy.',
      document: policy([
        allow(
          ['CreateSecret', 'UpdateSecret', 'PutSecretValue', 'DescribeSecret', 'TagResource', 'UntagResource'],
          secrets,
        ),
        allow(['ListSecrets'], '*'),
      ]),
    },
    {
      id: 'documented',
      title: 'Write only',
      explanation:
        'Creates and updates secrets under the prefix and reads nothing: changes made by others cannot be seen, and tags that vanish in Azure stay.',
      document: policy([allow(['CreateSecret', 'UpdateSecret', 'PutSecretValue', 'TagResource'], secrets)]),
    },
  ];
}

/** The partition of a region: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  const isolated = region.match(/^(?:us|eu)-(iso[a-z]?)-/)?.[1];
  return isolated === undefined ? 'aws' : `aws-${isolated.replace(/^iso(?=[a-z])/, 'iso-')}`;
}

function allow(actions: readonly string[], resource: string) {
  return { Effect: 'Allow', Action: actions.map((action) => `secretsmanager:${action}`), Resource: resource };
}

function policy(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2);
}
