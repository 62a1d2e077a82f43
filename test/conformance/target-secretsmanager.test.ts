import { describeTarget } from './target.ts';
import { awsRegion, openAwsTargetBed } from './target-aws-bed.ts';
import { contentOf } from './target-payloads.ts';

describeTarget('AWS Secrets Manager', () =>
  openAwsTargetBed('secretsmanager', (aws) => ({
    operations: {
      inspect: 'secretsmanager:DescribeSecret',
      overviewPage: 'secretsmanager:ListSecrets',
      tag: 'secretsmanager:TagResource',
      create: 'secretsmanager:CreateSecret',
      update: 'secretsmanager:PutSecretValue',
    },
    valueReads: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
    granted: [
      'secretsmanager:DeleteSecret',
      'secretsmanager:RestoreSecret',
      'secretsmanager:ReplicateSecretToRegions',
      'kms:*',
    ],
    held(name) {
      const secret = aws.secret(awsRegion, name);
      if (!secret) return undefined;
      const value = aws.secretValue(awsRegion, name);
      const { versions, Tags = [], KmsKeyId, replicas } = secret;
      return {
        value: value === undefined ? null : Buffer.from(value),
        writes: versions.length,
        live: versions.length,
        tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
        notes: [],
        options: {
          ...(KmsKeyId === undefined ? {} : { kmsKeyId: KmsKeyId }),
          ...(replicas.length === 0 ? {} : { replicaRegions: replicas.map(({ Region }) => Region) }),
        },
      };
    },
    count: () => aws.secretNames(awsRegion).length,
    putOutside: (name, payload) => void aws.putOutside(awsRegion, name, contentOf(payload).toString()),
    tagOutside: (name, tags) => aws.tagOutside(awsRegion, name, tags),
    removeOutside: (name, how) => aws.removeOutside(awsRegion, name, how === 'recoverably' ? 30 : undefined),
  })),
);
