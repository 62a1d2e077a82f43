import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { callerAccount } from '../../main/clouds/aws/account.ts';
import type { Target } from '../../main/clouds/ports.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { AwsSettings } from '../../main/domain/connection.ts';
import { withRetry } from '../../main/engine/retry.ts';
import { everythingIn, failureOf, patience } from '../conformance/outcome.ts';
import { connectionTo } from '../support/cloud-bed.ts';
import { type AwsBed, allowing, openAwsBed, region, stepsOf } from './aws-bed.ts';
import { openHostileCloud } from './hostile.ts';

const outside = { signIn: 'outside' };
const hour = 60 * 60 * 1000;

describe('signing in to AWS', () => {
  let bed: AwsBed;
  let home: string;
  beforeAll(async () => {
    bed = await openAwsBed();
  });
  beforeEach(async () => {
    // The SDK keeps keys by the machine's clock: here it is the stand-in's, and moves with it.
    vi.useFakeTimers({ toFake: ['Date'], now: bed.now() });
    home = await mkdtemp(join(tmpdir(), 'aws-home-'));
    vi.stubEnv('HOME', home);
    for (const name of ['AWS_PROFILE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, undefined);
  });
  afterEach(async () => {
    bed.tidy();
    vi.unstubAllEnvs();
    vi.useRealTimers();
    await rm(home, { recursive: true });
  });
  afterAll(() => bed.close());

  const pass = (milliseconds: number) => {
    bed.advance(milliseconds);
    vi.setSystemTime(bed.now());
  };
  const inHome = async (path: string, text: string) => {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  };
  const open = (change: Partial<AwsSettings>, credential: unknown = outside) =>
    bed.openWith('secretsmanager', credential, change);
  const looking = (target: Target) => target.inspect({ name: 'certifyclouds/any' }, patience());
  const identityStep = async (target: Target) => (await stepsOf(target)).find(({ id }) => id === 'sign-in');

  describe('as a role', () => {
    const account = '123456789012';
    const trust = (externalId?: string) => ({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'sts:AssumeRole',
        ...(externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
      },
    });
    let roles = 0;
    const roleFor = (externalId?: string) =>
      bed.aws.addRole({ roleName: `sync-${++roles}`, policy: allowing(['*']), trust: trust(externalId) });

    test('goes on with the role’s keys, and says who it is and until when', async () => {
      const roleArn = roleFor('made-up');
      const assumeRole = { roleArn, externalId: 'made-up' };
      const target = await open({ assumeRole }, bed.keyFor(['sts:AssumeRole']));
      expect(await looking(target)).toEqual({ kind: 'absent' });
      const step = await identityStep(target);
      expect(step).toMatchObject({ outcome: 'passed' });
      expect(step?.sentence).toContain(
        `account ${account} as arn:aws:sts::${account}:assumed-role/sync-1/certifyclouds-sync`,
      );
      const until = new Date(bed.now() + hour).toISOString().slice(0, 16).replace('T', ' ');
      expect(step?.sentence).toContain(`good until ${until} UTC`);
      const named = await open(
        { assumeRole: { ...assumeRole, sessionName: 'nightly' } },
        bed.keyFor(['sts:AssumeRole']),
      );
      expect((await identityStep(named))?.sentence).toContain('/nightly.');
    });

    test('asks for new keys before the old ones end, and not sooner', async () => {
      const target = await open({ assumeRole: { roleArn: roleFor() } }, bed.keyFor(['sts:AssumeRole']));
      const asked = () => bed.desk.arrivals({ name: 'sts:AssumeRole' }).length;
      bed.desk.clearArrivals();
      await Promise.all([looking(target), looking(target), looking(target)]);
      expect(asked()).toBe(1);
      pass(54 * 60 * 1000);
      await looking(target);
      expect(asked()).toBe(1);
      pass(2 * 60 * 1000);
      await looking(target);
      expect(asked()).toBe(2);
      pass(50 * 60 * 1000);
      expect(await looking(target)).toEqual({ kind: 'absent' });
    });

    test('a role that refuses is told as that, and not as a target that may not be looked at', async () => {
      const roleArn = roleFor('made-up');
      for (const [credential, assumeRole] of [
        [bed.keyFor(['sts:AssumeRole']), { roleArn, externalId: 'another' }],
        [bed.keyFor(['sts:AssumeRole']), { roleArn }],
        [bed.keyFor(['secretsmanager:*']), { roleArn, externalId: 'made-up' }],
        [bed.keyFor(), { roleArn: `arn:aws:iam::${account}:role/nobody` }],
      ] as const) {
        const target = await open({ assumeRole }, credential);
        const failure = await failureOf(looking(target));
        expect(failure).toMatchObject({ kind: 'auth', code: 'aws-role-refused' });
        expect(failure.sentence).toContain(assumeRole.roleArn);
        expect(failure.fix).toMatch(/trust policy.*external ID.*sts:AssumeRole/);
        expect(await identityStep(target)).toMatchObject({ outcome: 'failed', sentence: failure.sentence });
      }
    });

    test('what fails below the role is told as what it is', async () => {
      const assumeRole = { roleArn: roleFor() };
      const wrong = { ...bed.keyFor(), secretAccessKey: 'canary'.repeat(7) };
      const failure = await failureOf(looking(await open({ assumeRole }, wrong)));
      expect(failure).toMatchObject({ kind: 'auth', code: 'aws-credentials' });
      bed.desk.addFault({ name: 'sts:AssumeRole', fault: { kind: 'throttle' }, times: 1 });
      const throttled = await open({ assumeRole }, bed.keyFor());
      expect(await failureOf(looking(throttled))).toMatchObject({ kind: 'throttled' });
      expect(await looking(throttled)).toEqual({ kind: 'absent' });
      bed.desk.addFault({ name: 'sts:AssumeRole', fault: { kind: 'reset' }, times: 1 });
      expect(await failureOf(looking(await open({ assumeRole }, bed.keyFor())))).toMatchObject({ kind: 'network' });
    });

    test('the environment cannot lead the way to a role or an SSO login elsewhere', async () => {
      const lured: string[] = [];
      const elsewhere = await openHostileCloud(({ url }) => {
        lured.push(url.pathname);
        return undefined;
      });
      // No such region, so no such host, whether or not there is a network.
      const nowhere = 'zz-nowhere-1';
      const sso = { startUrl: 'https://a.awsapps.com/start', region: nowhere, accountId: account, roleName: 'Sync' };
      await inHome(
        `.aws/sso/cache/${createHash('sha1').update(sso.startUrl).digest('hex')}.json`,
        JSON.stringify({ accessToken: 'made up', expiresAt: new Date(Date.now() + hour).toISOString() }),
      );
      const base: AwsSettings = { provider: 'aws', signIn: 'keys', region: nowhere, caBundle: elsewhere.caPem };
      const { deps } = bed;
      try {
        for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL_SSO'])
          vi.stubEnv(name, elsewhere.url);
        vi.stubEnv('AWS_PROFILE', 'someone-else');
        vi.stubEnv('AWS_REGION', 'us-west-2');
        vi.stubEnv('AWS_MAX_ATTEMPTS', '5');
        for (const [settings, credential] of [
          [{ ...base, assumeRole: { roleArn: roleFor() } }, bed.keyFor()],
          [{ ...base, signIn: 'sso', sso }, outside],
        ] as const) {
          const target = await openTarget(connectionTo(settings), credential, 'acm', nowhere, deps);
          expect(await failureOf(looking(target))).toMatchObject({ kind: 'network', code: 'dns' });
          target.close();
        }
        expect(lured).toEqual([]);
      } finally {
        await elsewhere.close();
      }
    });

    test('a clock that is wrong is corrected on the way to a role', async () => {
      const assumeRole = { roleArn: roleFor() };
      bed.desk.setClockOffset(hour);
      try {
        expect(await looking(await open({ assumeRole }, bed.keyFor()))).toEqual({ kind: 'absent' });
        const { accessKeyId, secretAccessKey } = bed.keyFor();
        await inHome('.aws/config', `[profile a]\nrole_arn = ${assumeRole.roleArn}\nsource_profile = b\n`);
        await inHome('.aws/credentials', keysIn('b', accessKeyId, secretAccessKey));
        expect(await looking(await open({ signIn: 'profile', profile: 'a' }))).toEqual({ kind: 'absent' });
      } finally {
        bed.desk.setClockOffset(0);
      }
    });

    test('through a profile of this computer', async () => {
      const { accessKeyId, secretAccessKey } = bed.keyFor(['sts:AssumeRole']);
      const roleArn = roleFor('made-up');
      await inHome(
        '.aws/config',
        `[profile nightly]\nrole_arn = ${roleArn}\nsource_profile = base\nexternal_id = made-up\nrole_session_name = mine\nregion = us-east-1\n`,
      );
      await inHome('.aws/credentials', keysIn('base', accessKeyId, secretAccessKey));
      const target = await open({ signIn: 'profile', profile: 'nightly' });
      expect(await looking(target)).toEqual({ kind: 'absent' });
      expect((await identityStep(target))?.sentence).toContain('/mine.');
    });

    test('the account is known from the settings, or asked for', async () => {
      const settings: AwsSettings = {
        provider: 'aws',
        signIn: 'keys',
        region,
        endpoint: bed.aws.url,
        caBundle: bed.caPem,
      };
      bed.desk.clearArrivals();
      const role = { ...settings, assumeRole: { roleArn: 'arn:aws:iam::210987654321:role/a' } };
      expect(await callerAccount(role, bed.keyFor(), bed.deps, patience())).toBe('210987654321');
      const sso = { startUrl: 'https://a.awsapps.com/start', region, accountId: '111122223333', roleName: 'r' };
      expect(await callerAccount({ ...settings, signIn: 'sso', sso }, outside, bed.deps, patience())).toBe(
        '111122223333',
      );
      expect(bed.desk.arrivals()).toEqual([]);
      expect(await callerAccount(settings, bed.keyFor(), bed.deps, patience())).toBe(account);
    });
  });

  describe('with a profile', () => {
    const profile = (name: string) => open({ signIn: 'profile', profile: name });

    test('its keys are used, and read anew for each target that is opened', async () => {
      const first = bed.keyFor();
      await inHome('.aws/credentials', keysIn('prod', first.accessKeyId, 'not the right one'));
      expect(await failureOf(looking(await profile('prod')))).toMatchObject({ code: 'aws-credentials' });
      await inHome('.aws/credentials', keysIn('prod', first.accessKeyId, first.secretAccessKey));
      expect(await looking(await profile('prod'))).toEqual({ kind: 'absent' });
    });

    test('the command of its credential_process is run', async () => {
      const { accessKeyId, secretAccessKey } = bed.keyFor();
      const answer = JSON.stringify({ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey });
      await inHome('keys.json', answer);
      await inHome('.aws/config', `[profile tool]\ncredential_process = cat ${join(home, 'keys.json')}\n`);
      expect(await looking(await profile('tool'))).toEqual({ kind: 'absent' });
      await inHome('.aws/config', '[profile tool]\ncredential_process = sh -c "echo canary >&2; exit 3"\n');
      const error: unknown = await looking(await profile('tool')).catch((thrown: unknown) => thrown);
      expect(await failureOf(Promise.reject(error))).toMatchObject({ kind: 'auth', code: /aws-login/ });
      expect(everythingIn(error)).not.toContain('canary');
    });

    test('a command that hangs is waited for no longer than any call, and run anew the next time', async () => {
      const { accessKeyId, secretAccessKey } = bed.keyFor();
      const keys = join(home, 'keys.json');
      await inHome('.aws/config', `[profile tool]\ncredential_process = sh -c "cat ${keys} 2>&- || sleep 8"\n`);
      const settings = { provider: 'aws', signIn: 'profile', profile: 'tool', region, endpoint: bed.aws.url } as const;
      const connection = connectionTo({ ...settings, caBundle: bed.caPem });
      const deps = { ...bed.deps, callTimeoutMs: 2_000 };
      const target = await openTarget(connection, outside, 'secretsmanager', region, deps);
      expect(await failureOf(looking(target))).toMatchObject({ kind: 'timeout' });
      const answer = JSON.stringify({ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey });
      await inHome('keys.json', answer);
      const clock = { now: bed.now, random: () => 0, sleep: () => new Promise<void>((end) => setTimeout(end, 50)) };
      expect(await withRetry(clock, patience(), () => looking(target))).toEqual({ kind: 'absent' });
      target.close();
    });

    test.each([
      ['there is none of that name', '', 'aws-profile-missing', /no AWS profile "prod"/],
      [
        'one it builds on is missing',
        '[profile prod]\nrole_arn = a\nsource_profile = base\n',
        'aws-profile-missing',
        /"base", which the profile "prod"/,
      ],
      [
        'it asks for a one-time code',
        '[profile prod]\nrole_arn = a\nsource_profile = prod\nmfa_serial = b\n',
        'aws-profile-mfa',
        /one-time code/,
      ],
      [
        'it takes its keys from a machine in the cloud',
        '[profile prod]\nrole_arn = a\ncredential_source = Ec2InstanceMetadata\n',
        'aws-profile-source',
        /does not look there/,
      ],
      [
        'it takes its keys from a token file',
        '[profile prod]\nrole_arn = a\nweb_identity_token_file = /nowhere\n',
        'aws-profile-source',
        /does not look there/,
      ],
    ])('refused before anything is sent: %s', async (_, config, code, words) => {
      await inHome('.aws/config', config);
      bed.desk.clearArrivals();
      const failure = await failureOf(looking(await profile('prod')));
      expect(failure).toMatchObject({ kind: 'invalid', code });
      expect(failure.sentence).toMatch(words);
      expect(failure.fix).not.toBe('');
      expect(bed.desk.arrivals()).toEqual([]);
    });

    test('one without keys is told with a command to check it', async () => {
      await inHome('.aws/config', '[profile prod]\nregion = eu-central-1\n');
      const failure = await failureOf(looking(await profile('prod')));
      expect(failure).toMatchObject({ kind: 'auth' });
      expect(failure.fix).toContain('--profile prod');
    });
  });

  describe('with an SSO login', () => {
    const startUrl = 'https://company.awsapps.com/start';
    const ssoRegion = 'eu-west-1';
    const token = (accessToken: string, expiresAt: number) =>
      JSON.stringify({ startUrl, region: ssoRegion, accessToken, expiresAt: new Date(expiresAt).toISOString() });
    const cacheOf = (id: string) => `.aws/sso/cache/${createHash('sha1').update(id).digest('hex')}.json`;
    const portal = () => bed.aws.signInToPortal({ roleName: 'Sync', policy: allowing(['*']) });
    const sso = (accountId: string, roleName = 'Sync') =>
      open({ signIn: 'sso', sso: { startUrl: `${startUrl}/#`, region: ssoRegion, accountId, roleName } });
    const session = `[profile dev]\nsso_session = company\nsso_account_id = 123456789012\nsso_role_name = Sync\n[sso-session company]\nsso_start_url = ${startUrl}\nsso_region = ${ssoRegion}\n`;
    const direct = `[profile dev]\nsso_start_url = ${startUrl}\nsso_region = ${ssoRegion}\nsso_account_id = 123456789012\nsso_role_name = Sync\n`;

    test.each([
      ['of an SSO session', session, 'company', 'aws sso login --sso-session company'],
      ['of a profile', direct, startUrl, 'aws sso login --profile dev'],
    ])('%s: its keys are used, and when it ran out the way back in is told', async (_, config, id, command) => {
      const access = portal();
      await inHome('.aws/config', config);
      await inHome(cacheOf(id), token(access.accessToken, Date.now() + hour));
      const target = await sso(access.accountId);
      expect(await looking(target)).toEqual({ kind: 'absent' });
      expect((await identityStep(target))?.sentence).toMatch(/AWSReservedSSO_Sync_.*good until/);
      expect(await looking(await open({ signIn: 'profile', profile: 'dev' }))).toEqual({ kind: 'absent' });
      const ranOut = async () => {
        const failure = await failureOf(looking(await sso(access.accountId)));
        expect(failure).toMatchObject({ kind: 'auth', code: 'aws-login-expired' });
        expect(failure.fix).toContain(command);
        expect(JSON.stringify(failure)).not.toContain(access.accessToken);
      };
      bed.aws.signOutOfPortal(access.accessToken);
      await ranOut();
      await inHome(cacheOf(id), token(access.accessToken, Date.now() - 1000));
      await ranOut();
      await rm(join(home, cacheOf(id)));
      await ranOut();
      const failure = await failureOf(looking(await open({ signIn: 'profile', profile: 'dev' })));
      expect(failure).toMatchObject({ kind: 'auth', code: 'aws-login-expired' });
      expect(failure.fix).toContain('aws sso login --profile dev');
    });

    test('a role that was not given to the person is told, and what is in between too', async () => {
      const access = portal();
      await inHome('.aws/config', session);
      await inHome(cacheOf('company'), token(access.accessToken, Date.now() + hour));
      const refused = await failureOf(looking(await sso(access.accountId, 'Admin')));
      expect(refused).toMatchObject({ kind: 'auth', code: 'aws-role-refused' });
      expect(refused.sentence).toContain('as Admin in account');
      bed.desk.addFault({ name: 'sso:GetRoleCredentials', fault: { kind: 'throttle' }, times: 1 });
      expect(await failureOf(looking(await sso(access.accountId)))).toMatchObject({ kind: 'throttled' });
      bed.desk.addFault({ name: 'sso:GetRoleCredentials', fault: { kind: 'reset' }, times: 1 });
      expect(await failureOf(looking(await sso(access.accountId)))).toMatchObject({ kind: 'network' });
      const closed = await openHostileCloud(() => undefined);
      await closed.close();
      const settings = { startUrl, region: ssoRegion, accountId: access.accountId, roleName: 'Sync' };
      const lost = await open({ signIn: 'sso', sso: settings, endpoint: closed.url });
      expect(await failureOf(looking(lost))).toMatchObject({ code: 'connection-refused' });
    });

    test('where nothing was ever set up, that is what is to be done', async () => {
      const failure = await failureOf(looking(await sso('123456789012')));
      expect(failure).toMatchObject({ kind: 'auth', code: 'aws-login-expired' });
      expect(failure.fix).toContain('aws configure sso');
    });
  });

  describe('with keys', () => {
    test('temporary ones need their session token, and work with it', async () => {
      const { STSClient, AssumeRoleCommand } = await import('@aws-sdk/client-sts');
      const { NodeHttpHandler } = await import('@smithy/node-http-handler');
      const { Agent } = await import('node:https');
      const Principal = { AWS: 'arn:aws:iam::123456789012:root' };
      const RoleArn = bed.aws.addRole({
        roleName: 'temporary',
        policy: allowing(['*']),
        trust: { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' } },
      });
      const sts = new STSClient({
        region,
        endpoint: bed.aws.url,
        credentials: bed.keyFor(),
        requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: bed.caPem }) }),
      });
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'by-hand' }));
      sts.destroy();
      const key = { accessKeyId: Credentials?.AccessKeyId, secretAccessKey: Credentials?.SecretAccessKey };
      const target = await open({}, { ...key, sessionToken: Credentials?.SessionToken });
      expect((await identityStep(target))?.sentence).toContain('temporary; AWS does not say until when');
      const without = await failureOf(open({}, key));
      expect(without).toMatchObject({ kind: 'invalid', code: 'credential' });
      expect(without.fix).toContain('session token');
      pass(2 * hour);
      const expired = await failureOf(looking(target));
      expect(expired).toMatchObject({ kind: 'auth', code: 'aws-credentials' });
      expect(expired.sentence).toContain('expired');
    });

    test.each([
      ['keys', outside],
      ['profile', { accessKeyId: 'A'.repeat(20), secretAccessKey: 'made up for this test' }],
      ['keys', { accessKeyId: 'A'.repeat(20), secretAccessKey: 'made up', more: 1 }],
      ['sso', undefined],
    ] as const)('a credential that is not one for signing in by %s is refused', async (signIn, credential) => {
      const sso = { startUrl: 'https://a.awsapps.com/start', region, accountId: '123456789012', roleName: 'r' };
      const opening = bed.openWith('secretsmanager', credential, { signIn, profile: 'prod', sso });
      expect(await failureOf(opening)).toMatchObject({ kind: 'invalid', code: 'credential' });
    });
  });
});

function keysIn(profile: string, accessKeyId: string, secretAccessKey: string): string {
  return `[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
}
