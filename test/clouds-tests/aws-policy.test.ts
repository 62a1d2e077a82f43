import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowing, failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

const region = 'us-east-1';
const arnOf = (name: string) => `arn:aws:secretsmanager:${region}:123456789012:secret:${name}`;
const documentedActions = ['CreateSecret', 'UpdateSecret', 'PutSecretValue', 'TagResource'].map(
  (name) => `secretsmanager:${name}`,
);

let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
});
afterAll(() => bed.close());

/** A client for a new user with this policy. */
function clientWith(policy: unknown, userName = `user-${randomUUID()}`) {
  return bed.secretsManager(bed.aws.addAccessKey({ policy, userName }));
}

/** AWS's sentence for a user called `alice`. */
function denial(action: string, resource?: string) {
  const on = resource === undefined ? '' : ` on resource: ${resource}`;
  return {
    code: 'AccessDeniedException',
    message: `User: arn:aws:iam::123456789012:user/alice is not authorized to perform: secretsmanager:${action}${on} because no identity-based policy allows the secretsmanager:${action} action`,
    status: 400,
  };
}

describe('the documented policy of four actions on a prefix', () => {
  const policy = allowing(documentedActions, 'arn:aws:secretsmanager:*:*:secret:certifyclouds/*');

  test('lets a sync create with tags, write again, tag and update, in any region', async () => {
    const client = bed.secretsManager(bed.aws.addAccessKey({ policy }), 'ap-south-1');
    const Name = 'certifyclouds/api-key';
    const Tags = [{ Key: 'certifyclouds:record', Value: '1' }];
    const { ARN = '' } = await client.send(new CreateSecretCommand({ Name, SecretString: 'one', Tags }));
    await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }));
    await client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'three' }));
    await client.send(new TagResourceCommand({ SecretId: Name, Tags }));
    await client.send(new UpdateSecretCommand({ SecretId: Name, Description: 'd' }));
    expect(bed.aws.secretValue('ap-south-1', Name)).toBe('three');
  });

  test('tells a missing and a pending secret apart from a denied one', async () => {
    const client = clientWith(policy);
    bed.aws.putOutside(region, 'certifyclouds/pending', 'v');
    bed.aws.removeOutside(region, 'certifyclouds/pending', 7);
    const put = (SecretId: string) => client.send(new PutSecretValueCommand({ SecretId, SecretString: 'v' }));
    expect((await failureOf(put('certifyclouds/none'))).code).toBe('ResourceNotFoundException');
    expect((await failureOf(put('certifyclouds/pending'))).code).toBe('InvalidRequestException');
    expect((await failureOf(put('elsewhere/none'))).code).toBe('AccessDeniedException');
  });

  test('denies everything else, with the resource as it was asked for', async () => {
    const client = clientWith(policy, 'alice');
    const SecretId = 'certifyclouds/mine';
    bed.aws.putOutside(region, SecretId, 'v');
    const { ARN } = bed.aws.secret(region, SecretId) ?? { ARN: '' };
    expect(await failureOf(client.send(new DescribeSecretCommand({ SecretId })))).toEqual(
      denial('DescribeSecret', SecretId),
    );
    expect(await failureOf(client.send(new DescribeSecretCommand({ SecretId: ARN })))).toEqual(
      denial('DescribeSecret', ARN),
    );
    expect(await failureOf(client.send(new GetSecretValueCommand({ SecretId })))).toEqual(
      denial('GetSecretValue', SecretId),
    );
    expect(await failureOf(client.send(new DeleteSecretCommand({ SecretId })))).toEqual(
      denial('DeleteSecret', SecretId),
    );
    expect(await failureOf(client.send(new RestoreSecretCommand({ SecretId })))).toEqual(
      denial('RestoreSecret', SecretId),
    );
    expect(await failureOf(client.send(new ListSecretsCommand({})))).toEqual(denial('ListSecrets'));
    const elsewhere = new CreateSecretCommand({ Name: 'certifycloudsX/a', SecretString: 'v' });
    expect(await failureOf(client.send(elsewhere))).toEqual(denial('CreateSecret', 'certifycloudsX/a'));
    expect(bed.aws.secretNames(region)).not.toContain('certifycloudsX/a');
    expect(bed.aws.secret(region, SecretId)?.versions).toHaveLength(1);
  });
});

test('creating with tags needs the right to tag, creating without doesn’t', async () => {
  const client = clientWith(allowing('secretsmanager:CreateSecret', '*'), 'alice');
  const create = (Name: string, Tags: { Key: string; Value: string }[]) =>
    client.send(new CreateSecretCommand({ Name, SecretString: 'v', Tags }));
  await create('tags/without', []);
  expect(await failureOf(create('tags/with', [{ Key: 'a', Value: 'b' }]))).toEqual(denial('TagResource', 'tags/with'));
  expect(bed.aws.secret(region, 'tags/with')).toBeUndefined();
});

test('an explicit deny wins', async () => {
  const client = clientWith(
    {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' },
        { Effect: 'Deny', Action: 'SecretsManager:put*', Resource: arnOf('prod/*') },
      ],
    },
    'alice',
  );
  bed.aws.putOutside(region, 'prod/a', 'v');
  bed.aws.putOutside(region, 'test/a', 'v');
  const put = (SecretId: string) => client.send(new PutSecretValueCommand({ SecretId, SecretString: 'w' }));
  await put('test/a');
  expect(await failureOf(put('prod/a'))).toEqual({
    code: 'AccessDeniedException',
    message:
      'User: arn:aws:iam::123456789012:user/alice is not authorized to perform: secretsmanager:PutSecretValue on resource: prod/a with an explicit deny in an identity-based policy',
    status: 400,
  });
});

test('a resource is the whole ARN, suffix included, and the name alone where there is no secret', async () => {
  bed.aws.putOutside(region, 'app/key', 'v');
  const lookWith = (resource: string, SecretId: string) =>
    clientWith(allowing('secretsmanager:DescribeSecret', resource)).send(new DescribeSecretCommand({ SecretId }));
  await lookWith(arnOf('app/key-??????'), 'app/key');
  await lookWith(arnOf('app/key*'), 'app/key');
  expect((await failureOf(lookWith(arnOf('app/key'), 'app/key'))).code).toBe('AccessDeniedException');
  expect((await failureOf(lookWith(arnOf('app/key-?????'), 'app/key'))).code).toBe('AccessDeniedException');
  expect((await failureOf(lookWith(arnOf('app/none-??????'), 'app/none'))).code).toBe('AccessDeniedException');
  expect((await failureOf(lookWith(arnOf('app/none'), 'app/none'))).code).toBe('ResourceNotFoundException');
  // Regular expression signs in a policy are text.
  expect((await failureOf(lookWith(arnOf('app/.ey*'), 'app/key'))).code).toBe('AccessDeniedException');
});

test('a secret is created under the ARN that it gets', async () => {
  const createWith = (resource: string, Name: string) =>
    clientWith(allowing('secretsmanager:CreateSecret', resource)).send(
      new CreateSecretCommand({ Name, SecretString: 'v' }),
    );
  await createWith(arnOf('exact/one-??????'), 'exact/one');
  expect((await failureOf(createWith(arnOf('exact/two'), 'exact/two'))).code).toBe('AccessDeniedException');
});

test('listing needs a statement for all resources', async () => {
  const list = new ListSecretsCommand({});
  await clientWith(allowing('secretsmanager:List*', '*')).send(list);
  expect((await failureOf(clientWith(allowing('secretsmanager:ListSecrets', arnOf('*'))).send(list))).code).toBe(
    'AccessDeniedException',
  );
});

test('a secret of another account is out of reach', async () => {
  const SecretId = 'arn:aws:secretsmanager:us-east-1:999999999999:secret:theirs-AbCdEf';
  const { code, message } = await failureOf(bed.secretsManager().send(new GetSecretValueCommand({ SecretId })));
  expect(code).toBe('AccessDeniedException');
  expect(message).toContain(
    `on resource: ${SecretId} because no resource-based policy allows the secretsmanager:GetSecretValue action`,
  );
});

test('a policy can be changed while the key lives', async () => {
  const key = bed.aws.addAccessKey({ policy: allowing('secretsmanager:ListSecrets', '*') });
  const list = () => bed.secretsManager(key).send(new ListSecretsCommand({}));
  await list();
  bed.aws.setPolicy(key.accessKeyId, { Version: '2012-10-17', Statement: [] });
  expect((await failureOf(list())).code).toBe('AccessDeniedException');
});

test('a policy that holds what the stand-in would have to ignore is refused', () => {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*' };
  const refused = [
    { Version: '2012-10-17', Statement: { ...statement, Condition: { StringEquals: { 'aws:RequestTag/a': 'b' } } } },
    { Version: '2012-10-17', Statement: { ...statement, Effect: 'allow' } },
    { Version: '2012-10-17', Statement: { Effect: 'Allow', NotAction: 'x', Resource: '*' } },
    { Statement: statement },
    'not a document',
  ];
  for (const policy of refused) expect(() => bed.aws.addAccessKey({ policy })).toThrow();
});
