import { ListCertificatesCommand } from '@aws-sdk/client-acm';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { DescribeParametersCommand } from '@aws-sdk/client-ssm';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type Credentials,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AccessKey } from '../clouds/aws/index.ts';
import { allowing, failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

const account = '123456789012';
const nothing = { Version: '2012-10-17', Statement: [] };
let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
});
afterAll(() => bed.close());
afterEach(() => bed.desk.setClockOffset(0));

let roles = 0;
interface TrustStatement {
  readonly principal: string | readonly string[];
  readonly externalId?: string;
  readonly effect?: 'Allow' | 'Deny';
}

function addRole(...statements: readonly TrustStatement[]): string {
  return addRoleWith({}, ...statements);
}

function addRoleWith(more: { readonly maxSessionDuration?: number }, ...statements: readonly TrustStatement[]): string {
  roles += 1;
  const Statement = statements.map(({ principal, externalId, effect = 'Allow' }) => ({
    Effect: effect,
    Principal: { AWS: principal },
    Action: 'sts:AssumeRole',
    ...(externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
  }));
  const trust = { Version: '2012-10-17', Statement };
  return bed.aws.addRole({ roleName: `role-${roles}`, policy: allowing('*', '*'), trust, ...more });
}

type Signer = Pick<AccessKey, 'accessKeyId' | 'secretAccessKey'> & { readonly sessionToken?: string };

const assume = (RoleArn: string, more: Partial<AssumeRoleCommandInput> = {}, by: Signer = bed.admin) =>
  bed.sts(by).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'a-session', ...more }));

function signerOf({
  AccessKeyId = '',
  SecretAccessKey = '',
  SessionToken = '',
}: Partial<Credentials> = {}): Required<Signer> {
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

describe('an assumed role', () => {
  test('gives keys that work at every service, under the session’s name', async () => {
    const arn = addRole({ principal: bed.admin.userArn });
    const { Credentials, AssumedRoleUser } = await assume(arn, { RoleSessionName: 'sync@desk' });
    const session = `arn:aws:sts::${account}:assumed-role/${arn.split('/')[1]}/sync@desk`;
    expect(AssumedRoleUser?.Arn).toBe(session);
    expect(AssumedRoleUser?.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{17}:sync@desk$/);
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    const hour = (Credentials?.Expiration?.getTime() ?? 0) - bed.desk.now();
    expect(Math.round(hour / 60_000)).toBe(60);
    const signer = signerOf(Credentials);
    expect(await bed.sts(signer).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: session,
      Account: account,
      UserId: AssumedRoleUser?.AssumedRoleId,
    });
    await bed.secretsManager(signer).send(new ListSecretsCommand({}));
    await bed.ssm(signer).send(new DescribeParametersCommand({}));
    await bed.acm(signer).send(new ListCertificatesCommand({}));
  });

  test('is what the official credential provider gets', async () => {
    const arn = addRole({ principal: bed.admin.userArn, externalId: 'contoso' });
    const { accessKeyId, secretAccessKey } = bed.admin;
    const provider = fromTemporaryCredentials({
      masterCredentials: { accessKeyId, secretAccessKey },
      params: { RoleArn: arn, RoleSessionName: 'sync', ExternalId: 'contoso', DurationSeconds: 900 },
      clientConfig: { region: 'us-east-1', endpoint: bed.url, requestHandler: bed.requestHandler },
    });
    const credentials = await provider();
    expect(Math.round(((credentials.expiration?.getTime() ?? 0) - bed.desk.now()) / 60_000)).toBe(15);
    const { sessionToken = '' } = credentials;
    const identity = await bed.sts({ ...credentials, sessionToken }).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toMatch(/assumed-role\/role-\d+\/sync$/);
  });

  test('may do what the role may, and is named in a refusal', async () => {
    const trust = { Version: '2012-10-17', Statement: [] };
    const roleName = 'reader';
    const principal = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
    const arn = bed.aws.addRole({
      roleName,
      policy: allowing('secretsmanager:ListSecrets', '*'),
      trust: { ...trust, Statement: principal },
    });
    const signer = signerOf((await assume(arn)).Credentials);
    await bed.secretsManager(signer).send(new ListSecretsCommand({}));
    const { code, message } = await failureOf(bed.acm(signer).send(new ListCertificatesCommand({})));
    expect(code).toBe('AccessDeniedException');
    expect(message).toContain(
      `User: arn:aws:sts::${account}:assumed-role/reader/a-session is not authorized to perform: acm:ListCertificates`,
    );
  });
});

describe('temporary keys', () => {
  test('run out, in the words of each service', async () => {
    const arn = addRole({ principal: bed.admin.userArn });
    const signer = signerOf((await assume(arn, { DurationSeconds: 900 })).Credentials);
    const later = <Client extends { config: { systemClockOffset: number } }>(client: Client): Client => {
      client.config.systemClockOffset = 901_000;
      return client;
    };
    bed.desk.setClockOffset(901_000);
    const message = 'The security token included in the request is expired';
    const expired = { code: 'ExpiredTokenException', message, status: 400 };
    expect(await failureOf(later(bed.secretsManager(signer)).send(new ListSecretsCommand({})))).toEqual(expired);
    expect(await failureOf(later(bed.ssm(signer)).send(new DescribeParametersCommand({})))).toEqual(expired);
    expect(await failureOf(later(bed.acm(signer)).send(new ListCertificatesCommand({})))).toEqual(expired);
    const identity = later(bed.sts(signer)).send(new GetCallerIdentityCommand({}));
    expect(await failureOf(identity)).toMatchObject({ code: 'ExpiredToken', message, status: 403 });
  });

  test('need their own session token, and a user’s key none', async () => {
    const arn = addRole({ principal: bed.admin.userArn });
    const [one, two] = [signerOf((await assume(arn)).Credentials), signerOf((await assume(arn)).Credentials)];
    const { sessionToken: _, ...without } = one;
    const { accessKeyId, secretAccessKey } = bed.admin;
    const wrong = [
      without,
      { ...one, sessionToken: two.sessionToken },
      { ...one, sessionToken: `${one.sessionToken}x` },
      { accessKeyId, secretAccessKey, sessionToken: one.sessionToken },
    ];
    const message = 'The security token included in the request is invalid.';
    for (const signer of wrong) {
      expect(await failureOf(bed.sts(signer).send(new GetCallerIdentityCommand({})))).toEqual({
        code: 'InvalidClientTokenId',
        message,
        status: 403,
      });
      expect(await failureOf(bed.ssm(signer).send(new DescribeParametersCommand({})))).toEqual({
        code: 'UnrecognizedClientException',
        message,
        status: 400,
      });
    }
  });
});

describe('who may assume a role', () => {
  const denial = (user: string, role: string) => ({
    code: 'AccessDenied',
    message: `User: ${user} is not authorized to perform: sts:AssumeRole on resource: ${role}`,
    status: 403,
  });

  test('is said by its trust policy, and for the account by the caller’s policy too', async () => {
    const poor = bed.aws.addAccessKey({ policy: nothing });
    const rich = bed.aws.addAccessKey({ policy: allowing('sts:AssumeRole', '*') });
    const barred = bed.aws.addAccessKey({
      policy: { Version: '2012-10-17', Statement: { Effect: 'Deny', Action: 'sts:*', Resource: '*' } },
    });
    const named = addRole({ principal: [poor.userArn, barred.userArn] });
    const open = addRole({ principal: `arn:aws:iam::${account}:root` });
    const half = addRole({ principal: account }, { principal: rich.userArn, effect: 'Deny' });
    await assume(named, {}, poor);
    await assume(open, {}, rich);
    const refused: [AccessKey, string][] = [
      [rich, named],
      [poor, open],
      [barred, named],
      [rich, half],
      [rich, `arn:aws:iam::${account}:role/none`],
    ];
    for (const [key, role] of refused) {
      expect(await failureOf(assume(role, {}, key))).toEqual(denial(key.userArn, role));
    }
  });

  test('may depend on an external id', async () => {
    const role = addRole({ principal: bed.admin.userArn, externalId: 'contoso' });
    await assume(role, { ExternalId: 'contoso' });
    const refused = denial(bed.admin.userArn, role);
    expect(await failureOf(assume(role))).toEqual(refused);
    expect(await failureOf(assume(role, { ExternalId: 'fabrikam' }))).toEqual(refused);
    // Where none is asked for, one does no harm.
    await assume(addRole({ principal: bed.admin.userArn }), { ExternalId: 'any' });
  });

  test('may be another role, for an hour at most', async () => {
    const first = addRole({ principal: bed.admin.userArn });
    const second = addRoleWith({ maxSessionDuration: 7200 }, { principal: first });
    expect(await failureOf(assume(second))).toEqual(denial(bed.admin.userArn, second));
    const signer = signerOf((await assume(first)).Credentials);
    expect((await assume(second, {}, signer)).AssumedRoleUser?.Arn).toContain(second.split('/')[1]);
    expect((await failureOf(assume(second, { DurationSeconds: 3601 }, signer))).message).toContain('role chaining');
  });
});

describe('a request', () => {
  test('keeps to the limits of name and duration', async () => {
    const role = addRole({ principal: bed.admin.userArn });
    const long = addRoleWith({ maxSessionDuration: 43_200 }, { principal: bed.admin.userArn });
    const code = async (call: Promise<unknown>) => (await failureOf(call)).code;
    expect(await failureOf(assume(role, { DurationSeconds: 3601 }))).toEqual({
      code: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      status: 400,
    });
    await assume(long, { DurationSeconds: 43_200 });
    expect(await code(assume(long, { DurationSeconds: 43_201 }))).toBe('ValidationError');
    expect(await code(assume(role, { DurationSeconds: 899 }))).toBe('ValidationError');
    expect(await failureOf(assume(role, { RoleSessionName: 'x' }))).toEqual({
      code: 'ValidationError',
      message:
        "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
      status: 400,
    });
    expect(await code(assume(role, { RoleSessionName: 'a b' }))).toBe('ValidationError');
    expect(await code(assume(role, { Policy: '{}' }))).toBe('ValidationError');
  });

  test('arrives with the role it is about and without a key', async () => {
    const role = addRole({ principal: bed.admin.userArn });
    bed.desk.clearArrivals();
    const { Credentials } = await assume(role);
    expect(bed.desk.arrivals()).toMatchObject([{ name: 'sts:AssumeRole', resource: role, status: 200 }]);
    expect(JSON.stringify(bed.desk.arrivals())).not.toContain(Credentials?.AccessKeyId);
    bed.aws.removeRole(role);
    expect((await failureOf(assume(role))).code).toBe('AccessDenied');
  });

  test('a trust policy that holds what the stand-in would have to ignore is refused', () => {
    const statement = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
    for (const wrong of [
      { ...statement, Principal: { Service: 'ec2.amazonaws.com' } },
      { ...statement, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } },
      { ...statement, Action: 'sts:*' },
    ]) {
      const trust = { Version: '2012-10-17', Statement: wrong };
      expect(() => bed.aws.addRole({ roleName: 'wrong', policy: nothing, trust })).toThrow();
    }
  });
});
