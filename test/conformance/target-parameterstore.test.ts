import { describeTarget } from './target.ts';
import { awsRegion, openAwsTargetBed } from './target-aws-bed.ts';
import { contentOf } from './target-payloads.ts';

const tiers = { Standard: 'standard', Advanced: 'advanced', 'Intelligent-Tiering': 'intelligent' } as const;
const encoding = 'certifyclouds:encoding';

describeTarget('AWS Parameter Store', () =>
  openAwsTargetBed('parameterstore', (aws) => ({
    operations: {
      inspect: 'ssm:DescribeParameters',
      overviewPage: 'ssm:DescribeParameters',
      tag: 'ssm:AddTagsToResource',
      create: 'ssm:PutParameter',
      update: 'ssm:PutParameter',
    },
    valueReads: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath', 'ssm:GetParameterHistory'],
    granted: ['ssm:GetParameter', 'ssm:DeleteParameter', 'kms:*'],
    held(name) {
      const parameter = aws.parameters.get(awsRegion, name);
      if (!parameter) return undefined;
      const value = aws.parameters.value(awsRegion, name) ?? '';
      // As every other reader of the parameter has to go by it.
      const { [encoding]: encodedAs, ...tags } = parameter.tags;
      const { versions, keyId, tier } = parameter;
      return {
        value: Buffer.from(value, encodedAs === 'base64' ? 'base64' : 'utf8'),
        writes: versions.length,
        live: versions.length,
        tags,
        notes: [],
        options: { ...(keyId === undefined ? {} : { kmsKeyId: keyId }), tier: tiers[tier] },
      };
    },
    count: () => aws.parameters.names(awsRegion).length,
    putOutside: (name, payload) => void aws.parameters.put(awsRegion, name, contentOf(payload).toString()),
    tagOutside: (name, tags) => aws.parameters.tag(awsRegion, name, tags),
    removeOutside: (name) => aws.parameters.remove(awsRegion, name),
  })),
);
