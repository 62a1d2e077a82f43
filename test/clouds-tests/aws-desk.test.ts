import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { allowing, failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

const region = 'us-east-1';
let bed: Testbed;
let client: SecretsManagerClient;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.secretsManager();
});
afterAll(() => bed.close());
beforeEach(() => bed.desk.clearArrivals());
afterEach(() => {
  bed.desk.clearFaults();
  bed.desk.clearQuotas();
});

const list = () => client.send(new ListSecretsCommand({}));

test('every request arrives under its IAM name and its secret’s name, and with no value', async () => {
  const canary = `canary-${randomUUID()}`;
  const { ARN = '' } = await client.send(new CreateSecretCommand({ Name: 'app/a', SecretString: canary }));
  await client.send(new GetSecretValueCommand({ SecretId: ARN }));
  await list();
  await bed.sts().send(new GetCallerIdentityCommand({}));
  await failureOf(client.send(new DescribeSecretCommand({ SecretId: 'app/none' })));
  expect(bed.desk.arrivals().map(({ name, resource, status }) => `${name} ${resource} ${status}`)).toEqual([
    'secretsmanager:CreateSecret app/a 200',
    'secretsmanager:GetSecretValue app/a 200',
    'secretsmanager:ListSecrets  200',
    'sts:GetCallerIdentity  200',
    'secretsmanager:DescribeSecret app/none 400',
  ]);
  expect(JSON.stringify(bed.desk.arrivals())).not.toContain(canary);
  expect(JSON.stringify(bed.aws.secret(region, 'app/a'))).not.toContain(canary);
});

test('a denied request arrives too', async () => {
  const key = bed.aws.addAccessKey({ policy: allowing('sts:*', '*') });
  await failureOf(bed.secretsManager(key).send(new ListSecretsCommand({})));
  expect(bed.desk.arrivals()).toMatchObject([{ name: 'secretsmanager:ListSecrets', status: 400 }]);
});

test('throttling is worded by each service', async () => {
  bed.desk.addFault({ cloud: 'aws', fault: { kind: 'throttle', retryAfter: 3 } });
  expect(await failureOf(list())).toEqual({ code: 'ThrottlingException', message: 'Rate exceeded', status: 400 });
  expect(await failureOf(bed.sts().send(new GetCallerIdentityCommand({})))).toEqual({
    code: 'Throttling',
    message: 'Rate exceeded',
    status: 400,
  });
  // The client reads Retry-After where a retry would.
  const hint = await list().catch((error: unknown) => error);
  expect(hint).toMatchObject({ $response: { headers: { 'retry-after': '3' } } });
});

test('a quota counts the requests it is for', async () => {
  bed.desk.setQuota({ name: 'secretsmanager:ListSecrets', limit: 2, perSeconds: 60 });
  await list();
  await list();
  expect((await failureOf(list())).code).toBe('ThrottlingException');
  await bed.sts().send(new GetCallerIdentityCommand({}));
});

test('statuses come with a fitting error', async () => {
  const codes: string[] = [];
  for (const status of [500, 502, 503, 403, 429]) {
    bed.desk.addFault({ fault: { kind: 'status', status }, times: 1 });
    const failure = await failureOf(list());
    codes.push(`${failure.status} ${failure.code}`);
  }
  expect(codes).toEqual([
    '500 InternalServiceError',
    '502 InternalServiceError',
    '503 ServiceUnavailable',
    '403 AccessDeniedException',
    '429 TooManyRequestsException',
  ]);
  bed.desk.addFault({ fault: { kind: 'status', status: 503 }, times: 1 });
  expect(await failureOf(bed.sts().send(new GetCallerIdentityCommand({})))).toMatchObject({
    code: 'ServiceUnavailable',
    status: 503,
  });
});

test('a write whose reply was lost is there, and its repetition makes no second version', async () => {
  const token = randomUUID();
  const create = () =>
    client.send(new CreateSecretCommand({ Name: 'app/lost', SecretString: 'v', ClientRequestToken: token }));
  bed.desk.addFault({ fault: { kind: 'lose-reply' }, times: 1 });
  await failureOf(create());
  expect((await create()).VersionId).toBe(token);
  expect(bed.aws.secret(region, 'app/lost')?.versions).toMatchObject([{ id: token, stages: ['AWSCURRENT'] }]);
});

test('a write that was refused or cut before it took effect is not there', async () => {
  for (const fault of [{ kind: 'throttle' }, { kind: 'reset' }] as const) {
    bed.desk.addFault({ fault, times: 1 });
    await failureOf(client.send(new CreateSecretCommand({ Name: 'app/refused', SecretString: 'v' })));
  }
  expect(bed.aws.secret(region, 'app/refused')).toBeUndefined();
});

test('what the stand-in doesn’t have is an unknown operation', async () => {
  expect((await failureOf(client.send(new RotateSecretCommand({ SecretId: 'x' })))).code).toBe(
    'UnknownOperationException',
  );
  expect((await failureOf(bed.sts().send(new GetSessionTokenCommand({})))).code).toBe('InvalidAction');
});

test('somebody else’s changes show at once', async () => {
  const Name = 'app/outside';
  const first = bed.aws.putOutside(region, Name, 'theirs');
  expect((await client.send(new GetSecretValueCommand({ SecretId: Name }))).SecretString).toBe('theirs');
  const second = bed.aws.putOutside(region, Name, Buffer.from([1, 2]));
  bed.aws.tagOutside(region, Name, { a: '1', b: '2' });
  bed.aws.untagOutside(region, Name, ['a']);
  const seen = await client.send(new DescribeSecretCommand({ SecretId: Name }));
  expect(seen.VersionIdsToStages).toEqual({ [first]: ['AWSPREVIOUS'], [second]: ['AWSCURRENT'] });
  expect(seen.Tags).toEqual([{ Key: 'b', Value: '2' }]);
  expect(bed.aws.secretValue(region, Name, 'AWSPREVIOUS')).toBe('theirs');
  expect(bed.aws.secretValue(region, Name, second)).toEqual(Buffer.from([1, 2]));
  expect(bed.aws.secretValue(region, Name, 'NONE')).toBeUndefined();

  bed.aws.removeOutside(region, Name, 7);
  const put = new PutSecretValueCommand({ SecretId: Name, SecretString: 'ours' });
  expect((await failureOf(client.send(put))).code).toBe('InvalidRequestException');
  bed.aws.restoreOutside(region, Name);
  await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'ours' }));
  bed.aws.removeOutside(region, Name);
  expect(bed.aws.secret(region, Name)).toBeUndefined();
  expect(() => bed.aws.tagOutside(region, Name, {})).toThrow(`no secret ${Name} in ${region}`);
  expect(() => bed.aws.secretNames('nowhere-1')).toThrow('no region nowhere-1');
});
