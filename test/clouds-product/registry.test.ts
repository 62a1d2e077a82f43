import { describe, expect, test } from 'vitest';
import { openSource, openTarget, signIn } from '../../main/clouds/registry.ts';
import { openClouds } from '../../main/clouds/session.ts';
import type { TargetService } from '../../main/domain/service.ts';
import { failureOf, patience } from '../conformance/outcome.ts';
import { connectionTo } from '../support/cloud-bed.ts';
import { patientDeps } from './hostile.ts';

const aws = connectionTo({ provider: 'aws', signIn: 'keys', region: 'us-east-1' });
const azure = connectionTo({
  provider: 'azure',
  tenantId: 'contoso.onmicrosoft.com',
  clientId: '3f7d5c1e-0000-4000-8000-000000000002',
  signIn: 'secret',
  cloud: 'public',
});
const key = { accessKeyId: 'A'.repeat(20), secretAccessKey: 'made up for this test' };
const secret = { signIn: 'secret', clientSecret: 'made up for this test' };

describe('opening connections', () => {
  const target = (service: string, credential: unknown = key, region = 'us-east-1') =>
    openTarget(aws, credential, service as TargetService, region, patientDeps);

  test('opens what there is, in every cloud', async () => {
    (await target('secretsmanager')).close();
    for (const region of ['eu-central-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'ap-southeast-7'])
      (await target('secretsmanager', key, region)).close();
    for (const cloud of ['public', 'usgov', 'china'] as const)
      (
        await openSource(connectionTo({ ...azure.settings, cloud } as typeof azure.settings), secret, patientDeps)
      ).close();
  });

  test('refuses what there is not', async () => {
    for (const service of ['secretmanager', 'certificatemanager'])
      expect(await failureOf(target(service))).toMatchObject({ kind: 'invalid', code: 'connection-unsuited' });
    const unsuited = { code: 'connection-unsuited' };
    expect(await failureOf(openSource(aws, key, patientDeps))).toMatchObject(unsuited);
    const wrong = openTarget(azure, secret, 'secretsmanager', 'us-east-1', patientDeps);
    expect(await failureOf(wrong)).toMatchObject(unsuited);
    const prompts = { openBrowser: async () => {}, showCode() {} };
    expect(await failureOf(signIn(aws, prompts, patientDeps, patience()))).toMatchObject(unsuited);
  });

  test('refuses a login of this computer that leads to another account than it was saved for', async () => {
    const sso = {
      startUrl: 'https://contoso.awsapps.com/start',
      region: 'us-east-1',
      accountId: '2'.repeat(12),
      roleName: 'sync',
    };
    const settings = { provider: 'aws', signIn: 'sso', sso, region: 'us-east-1' } as const;
    const open = async (account: string | null) => {
      const connection = { ...connectionTo(settings), account };
      const clouds = openClouds(() => ({ connection, credential: { signIn: 'outside' }, keep() {} }), patientDeps);
      return await clouds.target(connection.id, 'acm', 'us-east-1').finally(() => clouds.close());
    };
    const refusal = await failureOf(open('1'.repeat(12)));
    expect(refusal).toMatchObject({ kind: 'auth', code: 'account-changed' });
    for (const account of ['1'.repeat(12), '2'.repeat(12)]) expect(refusal.sentence).toContain(account);
    for (const account of [null, '2'.repeat(12)])
      expect((await open(account)).capabilities.recoverableRemoval).toBe(false);
  });

  test('refuses credentials and regions that are none, without quoting them', async () => {
    for (const credential of [null, 'x', 7, [], {}, secret, { ...key, more: 1 }, { ...key, accessKeyId: 'a b' }]) {
      const failure = await failureOf(target('secretsmanager', credential));
      expect(failure).toMatchObject({ kind: 'invalid', code: 'credential' });
      expect(JSON.stringify(failure)).not.toContain('made up');
    }
    for (const region of ['', 'us-east', 'US-EAST-1', 'evil.example.com', 'us-east-1.evil', 'us-east-1/x', 'a@b', '-1'])
      expect(await failureOf(target('secretsmanager', key, region))).toMatchObject({ kind: 'invalid', code: 'region' });
  });
});
