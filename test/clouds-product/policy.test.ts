import { describe, expect, test } from 'vitest';
import { awsPolicies } from '../../main/clouds/aws/policy.ts';
import { keyVaultRoles } from '../../main/clouds/azure/roles.ts';

const documentOf = (id: string, prefix: string, region?: string) =>
  JSON.parse(awsPolicies('secretsmanager', prefix, region).find((policy) => policy.id === id)?.document ?? '');

describe('policies to copy', () => {
  test('the documented one is the documented one', () => {
    expect(documentOf('documented', 'certifyclouds/')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [
            'secretsmanager:CreateSecret',
            'secretsmanager:UpdateSecret',
            'secretsmanager:PutSecretValue',
            'secretsmanager:TagResource',
          ],
          Resource: 'arn:aws:secretsmanager:*:*:secret:certifyclouds/*',
        },
      ],
    });
  });

  test('the recommended one adds looking and untagging below the prefix, listing everywhere, and no reading of values', () => {
    const { Statement } = documentOf('recommended', 'team/', 'eu-west-1');
    expect(Statement).toHaveLength(2);
    expect(Statement[0].Resource).toBe('arn:aws:secretsmanager:eu-west-1:*:secret:team/*');
    expect(Statement[0].Action).toEqual(expect.arrayContaining(documentOf('documented', '').Statement[0].Action));
    expect(Statement[0].Action).toEqual(
      expect.arrayContaining(['secretsmanager:DescribeSecret', 'secretsmanager:UntagResource']),
    );
    expect(Statement[1]).toEqual({ Effect: 'Allow', Action: ['secretsmanager:ListSecrets'], Resource: '*' });
    expect(JSON.stringify(Statement)).not.toMatch(/Get|Delete|\*:\*"/);
  });

  test.each([
    ['us-east-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eu-isoe-west-1', 'aws-iso-e'],
  ])('%s is in the partition %s', (region, partition) => {
    expect(documentOf('documented', '', region).Statement[0].Resource).toBe(
      `arn:${partition}:secretsmanager:${region}:*:secret:*`,
    );
  });

  test('every policy says in a sentence what it gives', () => {
    for (const service of ['secretsmanager', 'parameterstore', 'acm'] as const) {
      for (const { title, explanation } of awsPolicies(service, '')) {
        expect(title).not.toBe('');
        expect(explanation).toMatch(/^[A-Z].*\.$/);
      }
    }
  });

  const statements = (...ask: Parameters<typeof awsPolicies>) =>
    JSON.parse(awsPolicies(...ask)[0]?.document ?? '').Statement;

  test('of Parameter Store: one slash in the ARN whatever the prefix begins with, and no reading of values', () => {
    for (const prefix of ['certifyclouds/', '/certifyclouds/']) {
      const [own, all] = statements('parameterstore', prefix, 'eu-west-1');
      expect(own.Resource).toBe('arn:aws:ssm:eu-west-1:*:parameter/certifyclouds/*');
      expect(all).toEqual({ Effect: 'Allow', Action: ['ssm:DescribeParameters'], Resource: '*' });
    }
    expect(JSON.stringify(awsPolicies('parameterstore', ''))).not.toMatch(/ssm:(Get|Delete)/);
  });

  test('of ACM: what a sync needs, and no deleting', () => {
    const [own, all] = statements('acm', 'certifyclouds/', 'cn-north-1');
    expect(own.Resource).toBe('arn:aws-cn:acm:cn-north-1:*:certificate/*');
    expect(all.Action).toEqual(['acm:ListCertificates']);
    expect(JSON.stringify([own, all])).not.toContain('Delete');
  });

  test('rights beyond the ordinary are there only if they are asked for', () => {
    const plain = JSON.stringify(awsPolicies('secretsmanager', 'a/'));
    expect(plain).not.toMatch(/kms:|Replicate|Restore/);
    const more = { kmsKeyId: 'alias/ours', replicas: true, restore: true };
    const [own, , key] = statements('secretsmanager', 'a/', 'eu-west-1', more);
    expect(own.Action).toEqual(
      expect.arrayContaining(['secretsmanager:ReplicateSecretToRegions', 'secretsmanager:RestoreSecret']),
    );
    expect(key).toMatchObject({
      Resource: 'arn:aws:kms:eu-west-1:*:key/*',
      Condition: {
        StringLike: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' },
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/ours' },
      },
    });
    const arn = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd';
    for (const [kmsKeyId, resource] of [
      [arn, arn],
      ['1234abcd', 'arn:aws:kms:eu-west-1:*:key/1234abcd'],
    ] as const) {
      const [, , byId] = statements('parameterstore', '', 'eu-west-1', { kmsKeyId });
      expect(byId.Resource).toBe(resource);
    }
  });
});

describe('role assignments to copy', () => {
  test('name the role, the application and the vault', () => {
    const [read] = keyVaultRoles('11111111-2222-4333-8444-555555555555', 'kv-prod');
    expect(read?.command).toBe(
      'az role assignment create --assignee 11111111-2222-4333-8444-555555555555 --role "Key Vault Secrets User" ' +
        '--scope "$(az keyvault show --name kv-prod --query id --output tsv)"',
    );
  });

  test('are safe to paste into a shell whatever was typed', () => {
    for (const { command } of keyVaultRoles("'; rm -rf ~ #", '$(reboot)')) {
      expect(command).not.toMatch(/(^|[^'"\\])\$\(reboot\)/);
      expect(command).not.toContain(" '; rm");
    }
  });
});
