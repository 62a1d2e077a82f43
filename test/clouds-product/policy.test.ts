import { describe, expect, test } from 'vitest';
import { awsPolicies } from '../../main/clouds/aws/policy.ts';
import { keyVaultRoles } from '../../main/clouds/azure/roles.ts';
import { policies } from '../../main/clouds/policies.ts';

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

  const textOf = (service: 'secretsmanager' | 'parameterstore', title: string, region?: string) =>
    JSON.parse(policiesOf(service, region).find((policy) => policy.title === title)?.text ?? '').Statement;
  const policiesOf = (service: 'secretsmanager' | 'parameterstore', region?: string) =>
    policies({ provider: 'aws', services: [service], prefix: 'a/', region });

  test('rights beyond the ordinary are in a text of their own, which has all of the recommended one', () => {
    expect(JSON.stringify(policiesOf('secretsmanager').slice(0, 2))).not.toMatch(/kms:|Replicate|Restore/);
    expect(JSON.stringify(policiesOf('parameterstore').slice(0, 2))).not.toContain('kms:');
    const [own, all, key] = textOf('secretsmanager', 'With own key, replicas and restoring', 'eu-west-1');
    const [plain, listing] = textOf('secretsmanager', 'Recommended', 'eu-west-1');
    expect(own).toEqual({
      ...plain,
      Action: [...plain.Action, 'secretsmanager:ReplicateSecretToRegions', 'secretsmanager:RestoreSecret'],
    });
    expect(all).toEqual(listing);
    expect(key).toEqual({
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Encrypt', 'kms:Decrypt'],
      Resource: '<key ARN>',
      Condition: { StringLike: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    });
    const [deleting, allOther] = textOf('secretsmanager', 'With deletion', 'eu-west-1');
    expect(deleting).toEqual({
      ...plain,
      Action: [...plain.Action, 'secretsmanager:DeleteSecret', 'secretsmanager:RestoreSecret'],
    });
    expect(allOther).toEqual(listing);
    const [byKey, ...rest] = textOf('parameterstore', 'With own key', 'cn-north-1').reverse();
    expect(rest.reverse()).toEqual(textOf('parameterstore', 'Recommended', 'cn-north-1'));
    expect(byKey).toMatchObject({ Condition: { StringLike: { 'kms:ViaService': 'ssm.cn-north-1.amazonaws.com.cn' } } });
  });

  test('what is known of who signs in is filled in, and the rest is left to be put in', () => {
    const serviceAccount = 'sync@contoso-sync.iam.gserviceaccount.com';
    const ask = { provider: 'gcp', prefix: '', projectId: 'contoso-sync' } as const;
    for (const { text } of policies({ ...ask, serviceAccount })) {
      expect(text).toContain(`--member serviceAccount:${serviceAccount} `);
      expect(text).not.toContain('<');
    }
    for (const { text } of policies(ask))
      expect(text).toContain("--member 'serviceAccount:<e-mail of the service account>'");
  });
});

describe('role assignments to copy', () => {
  test('name the role and the application, and leave the vault to be put in', () => {
    const [read] = keyVaultRoles('11111111-2222-4333-8444-555555555555');
    expect(read?.command).toBe(
      'az role assignment create --assignee 11111111-2222-4333-8444-555555555555 --role "Key Vault Secrets User" ' +
        '--scope "$(az keyvault show --name \'<vault>\' --query id --output tsv)"',
    );
  });

  test('are safe to paste into a shell whatever was typed', () => {
    for (const { command } of keyVaultRoles("'; rm -rf ~ # $(reboot)")) {
      expect(command).toContain("''\\''; rm -rf ~ # $(reboot)'");
      expect(command).not.toContain(" '; rm");
    }
  });
});
