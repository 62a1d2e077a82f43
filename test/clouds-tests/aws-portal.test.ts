import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListCertificatesCommand } from '@aws-sdk/client-acm';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { fromSSO } from '@aws-sdk/credential-providers';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { allowing, failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';
import { send } from '../clouds/kernel/request.ts';

let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
});
afterAll(() => bed.close());
afterEach(() => {
  vi.unstubAllEnvs();
  bed.desk.clearFaults();
});

/** Asks the portal as its client does, but by hand. */
async function ask(token: string, roleName: string, accountId = bed.aws.accountId) {
  const query = new URLSearchParams({ role_name: roleName, account_id: accountId });
  const headers: Record<string, string> = token === '' ? {} : { 'x-amz-sso_bearer_token': token };
  const reply = await send(`${bed.url}/federation/credentials?${query}`, { headers, caPem: bed.caPem });
  const { message = '' }: { message?: string } = JSON.parse(reply.text);
  return { status: reply.status, code: reply.headers['x-amzn-errortype'], message };
}

describe('the SSO portal', () => {
  test('gives the official provider credentials of the role, by the token that signing in left behind', async () => {
    const access = bed.aws.signInToPortal({ roleName: 'Sync', policy: allowing('secretsmanager:List*', '*') });
    const home = await mkdtemp(join(tmpdir(), 'portal-'));
    try {
      vi.stubEnv('HOME', home);
      const ssoStartUrl = `https://${randomUUID()}.awsapps.com/start`;
      const cache = join(home, '.aws', 'sso', 'cache');
      await mkdir(cache, { recursive: true });
      const file = join(cache, `${createHash('sha1').update(ssoStartUrl).digest('hex')}.json`);
      const token = { accessToken: access.accessToken, expiresAt: new Date(access.expiresAt).toISOString() };
      await writeFile(file, JSON.stringify(token), { mode: 0o600 });
      const credentials = await fromSSO({
        ssoStartUrl,
        ssoAccountId: access.accountId,
        ssoRegion: 'us-east-1',
        ssoRoleName: access.roleName,
        clientConfig: { endpoint: bed.url, requestHandler: bed.requestHandler },
      })();
      const { sessionToken = '' } = credentials;
      expect(Math.round(((credentials.expiration?.getTime() ?? 0) - bed.desk.now()) / 60_000)).toBe(60);
      const signer = { ...credentials, sessionToken };
      const identity = await bed.sts(signer).send(new GetCallerIdentityCommand({}));
      expect(identity.Arn).toMatch(/:assumed-role\/AWSReservedSSO_Sync_[0-9a-f]{16}\/jane$/);
      await bed.secretsManager(signer).send(new ListSecretsCommand({}));
      const denied = await failureOf(bed.acm(signer).send(new ListCertificatesCommand({})));
      expect(denied.code).toBe('AccessDeniedException');
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  test('refuses a token that is missing, wrong, signed out or has run out', async () => {
    const policy = allowing('*', '*');
    const { accessToken } = bed.aws.signInToPortal({ roleName: 'Sync', policy });
    const unauthorized = {
      status: 401,
      code: 'UnauthorizedException',
      message: 'Session token not found or invalid',
    };
    expect((await ask(accessToken, 'Sync')).status).toBe(200);
    expect(await ask('', 'Sync')).toEqual(unauthorized);
    expect(await ask(`${accessToken}x`, 'Sync')).toEqual(unauthorized);
    bed.aws.signOutOfPortal(accessToken);
    expect(await ask(accessToken, 'Sync')).toEqual(unauthorized);

    const short = bed.aws.signInToPortal({ roleName: 'Sync', policy, seconds: 60 });
    expect((await ask(short.accessToken, 'Sync')).status).toBe(200);
    bed.desk.setClockOffset(61_000);
    expect(await ask(short.accessToken, 'Sync')).toEqual(unauthorized);
    bed.desk.setClockOffset(0);
  });

  test('gives no role but the one that was granted, in no account but this', async () => {
    const { accessToken } = bed.aws.signInToPortal({ roleName: 'Sync', policy: allowing('*', '*') });
    const forbidden = { status: 403, code: 'ForbiddenException', message: 'No access' };
    expect(await ask(accessToken, 'Admin')).toEqual(forbidden);
    expect(await ask(accessToken, 'Sync', '999999999999')).toEqual(forbidden);
  });

  test('passes the desk, without the token', async () => {
    const { accessToken } = bed.aws.signInToPortal({ roleName: 'Sync', policy: allowing('*', '*') });
    bed.desk.clearArrivals();
    await ask(accessToken, 'Sync');
    bed.desk.addFault({ name: 'sso:GetRoleCredentials', fault: { kind: 'throttle' }, times: 1 });
    expect(await ask(accessToken, 'Sync')).toMatchObject({ status: 429, code: 'TooManyRequestsException' });
    expect(bed.desk.arrivals()).toMatchObject([
      { name: 'sso:GetRoleCredentials', resource: 'Sync', status: 200 },
      { name: 'sso:GetRoleCredentials', resource: 'Sync', status: 429 },
    ]);
    expect(JSON.stringify(bed.desk.arrivals())).not.toContain(accessToken);
  });
});
