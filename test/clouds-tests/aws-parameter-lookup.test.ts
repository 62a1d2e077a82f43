import { randomUUID } from 'node:crypto';
import {
  AddTagsToResourceCommand,
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  GetParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { allowing, failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

// Run against moto 5.2.5 too. Where it differs, AWS's model and API reference are right and followed: moto takes tags in
// AWS's namespace, pages DescribeParameters by ten whatever MaxResults says, says "N/A" for LastModifiedUser, and tells no
// ARN. The sentences about filters are moto's.

const region = 'us-east-1';
let bed: Testbed;
let client: SSMClient;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.ssm();
});
afterAll(() => bed.close());

const newName = () => `/test/${randomUUID()}`;
const arnOf = (name: string) => `arn:aws:ssm:${region}:123456789012:parameter${name}`;
const validation = (message: string) => ({ code: 'ValidationException', message, status: 400 });

function put(Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) {
  return client.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', ...more }));
}

describe('tags', () => {
  const tag = (ResourceId: string, ...Tags: { Key: string; Value: string }[]) =>
    client.send(new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId, Tags }));
  const list = async (ResourceId: string) =>
    (await client.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId }))).TagList;

  test('come with a new parameter, and by their own calls later', async () => {
    const Name = newName();
    await put(Name, 'v', { Tags: [{ Key: 'a', Value: '1' }] });
    expect(await failureOf(put(Name, 'w', { Overwrite: true, Tags: [{ Key: 'b', Value: '2' }] }))).toEqual(
      validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      ),
    );
    bed.aws.parameters.tag(region, Name, { theirs: 'x' });
    await tag(Name, { Key: 'a', Value: '2' }, { Key: 'b', Value: '' });
    await put(Name, 'w', { Overwrite: true });
    expect(await list(Name)).toEqual([
      { Key: 'a', Value: '2' },
      { Key: 'theirs', Value: 'x' },
      { Key: 'b', Value: '' },
    ]);
    await client.send(
      new RemoveTagsFromResourceCommand({ ResourceType: 'Parameter', ResourceId: Name, TagKeys: ['a', 'none'] }),
    );
    expect(bed.aws.parameters.get(region, Name)?.tags).toEqual({ theirs: 'x', b: '' });
    expect(bed.aws.parameters.get(region, Name)?.versions).toHaveLength(2);
  });

  test('keep to 50 and to AWS’s characters, and belong to a parameter that is there', async () => {
    const Name = newName();
    await put(Name, 'v');
    await tag(Name, ...Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' })));
    expect((await failureOf(tag(Name, { Key: 'one-more', Value: '' }))).code).toBe('TooManyTagsError');
    expect((await failureOf(tag(Name, { Key: 'a;b', Value: '' }))).code).toBe('ValidationException');
    expect((await failureOf(tag(Name, { Key: 'aws:x', Value: '' }))).code).toBe('ValidationException');
    expect((await failureOf(tag(newName(), { Key: 'a', Value: '' }))).code).toBe('InvalidResourceId');
    expect(await list(Name)).toHaveLength(50);
  });
});

describe('DescribeParameters', () => {
  const find = async (input: DescribeParametersCommandInput) =>
    (await client.send(new DescribeParametersCommand(input))).Parameters?.map(({ Name = '' }) => Name);
  const where = (Key: string, Option: string | undefined, ...Values: string[]) =>
    find({
      ParameterFilters: [
        { Key, ...(Option === undefined ? {} : { Option }), ...(Values.length === 0 ? {} : { Values }) },
      ],
    });

  test('finds by name, path, type, tier, key and tag', async () => {
    const key = bed.aws.addKmsKey(region);
    await put('/find/a', 'v', { Tags: [{ Key: 'team', Value: 'red' }] });
    await put('/find/b/c', 'v', { Type: 'String', Tags: [{ Key: 'team', Value: 'blue' }] });
    await put('/find/big', 'v', { Tier: 'Advanced', KeyId: key });
    expect(await where('Name', 'Equals', '/find/a', '/find/big')).toEqual(['/find/a', '/find/big']);
    expect(await where('Name', 'BeginsWith', '/find/b')).toEqual(['/find/b/c', '/find/big']);
    expect(await where('Name', 'Contains', 'ind/b/')).toEqual(['/find/b/c']);
    expect(await where('Path', undefined, '/find')).toEqual(['/find/a', '/find/big']);
    expect(await where('Path', 'Recursive', '/find/')).toEqual(['/find/a', '/find/b/c', '/find/big']);
    expect(await where('tag:team', undefined)).toEqual(['/find/a', '/find/b/c']);
    expect(await where('tag:team', 'BeginsWith', 'bl')).toEqual(['/find/b/c']);
    expect(await where('KeyId', 'Equals', key)).toEqual(['/find/big']);
    const both = [
      { Key: 'Path', Option: 'Recursive', Values: ['/find'] },
      { Key: 'Type', Values: ['SecureString'] },
      { Key: 'Tier', Values: ['Standard'] },
    ];
    expect(await find({ ParameterFilters: both })).toEqual(['/find/a']);
  });

  test('refuses filters that it doesn’t have', async () => {
    const code = async (call: Promise<unknown>) => (await failureOf(call)).code;
    expect(await code(where('Color', 'Equals', 'x'))).toBe('ValidationException');
    expect(await code(where('Label', 'Equals', 'x'))).toBe('InvalidFilterKey');
    expect(await code(where('Type', 'Contains', 'x'))).toBe('InvalidFilterOption');
    expect(await code(where('Name', 'Equals'))).toBe('InvalidFilterValue');
    const twice = [1, 2].map(() => ({ Key: 'Name', Values: ['x'] }));
    expect(await code(find({ ParameterFilters: twice }))).toBe('InvalidFilterKey');
    expect(await code(find({ NextToken: 'forged' }))).toBe('InvalidNextToken');
    expect(await code(find({ MaxResults: 51 }))).toBe('ValidationException');
  });

  test('pages without gaps, also through pages that are cut short or empty', async () => {
    const page = bed.ssm(bed.admin, 'eu-west-2');
    for (let count = 0; count < 7; count += 1)
      bed.aws.parameters.put('eu-west-2', `/${count % 3 ? 'a' : 'b'}/${count}`, 'v');
    const sizesBy = async (input: DescribeParametersCommandInput) => {
      const sizes: number[] = [];
      const names = new Set<string>();
      let NextToken: string | undefined;
      do {
        const answer = await page.send(
          new DescribeParametersCommand({ ...input, ...(NextToken ? { NextToken } : {}) }),
        );
        sizes.push(answer.Parameters?.length ?? 0);
        for (const { Name = '' } of answer.Parameters ?? []) names.add(Name);
        NextToken = answer.NextToken;
      } while (NextToken !== undefined);
      return { sizes, found: names.size };
    };
    expect(await sizesBy({})).toEqual({ sizes: [7], found: 7 });
    expect(await sizesBy({ MaxResults: 3 })).toEqual({ sizes: [3, 3, 1], found: 7 });
    bed.aws.setParameterScanLimit(2);
    const ParameterFilters = [{ Key: 'Name', Option: 'BeginsWith', Values: ['/b'] }];
    expect(await sizesBy({ ParameterFilters })).toEqual({ sizes: [0, 0, 2, 1], found: 3 });
    bed.aws.setParameterScanLimit(Number.POSITIVE_INFINITY);
  });
});

describe('rights', () => {
  const as = (policy: unknown) => bed.ssm(bed.aws.addAccessKey({ policy, userName: 'bob' }));
  const denial = (action: string, resource: string) => ({
    code: 'AccessDeniedException',
    message: `User: arn:aws:iam::123456789012:user/bob is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
    status: 400,
  });

  test('are asked for on the parameter, and for tags as well', async () => {
    const writer = as(allowing('ssm:PutParameter', arnOf('/team/*')));
    const write = (Name: string, more: Partial<PutParameterCommandInput> = {}) =>
      writer.send(new PutParameterCommand({ Name, Value: 'v', Type: 'SecureString', ...more }));
    await write('/team/a');
    expect(await failureOf(write('/other/a'))).toEqual(denial('ssm:PutParameter', arnOf('/other/a')));
    expect(await failureOf(write('/team/b', { Tags: [{ Key: 'a', Value: 'b' }] }))).toEqual(
      denial('ssm:AddTagsToResource', arnOf('/team/b')),
    );
    expect(await failureOf(writer.send(new GetParameterCommand({ Name: '/team/a' })))).toEqual(
      denial('ssm:GetParameter', arnOf('/team/a')),
    );
    expect(await failureOf(writer.send(new DescribeParametersCommand({})))).toEqual(
      denial('ssm:DescribeParameters', `arn:aws:ssm:${region}:123456789012:*`),
    );
    expect(bed.aws.parameters.get(region, '/team/b')).toBeUndefined();
  });

  test('of an own key depend on the tier', async () => {
    const key = bed.aws.addKmsKey(region);
    const ssm = { Effect: 'Allow', Action: 'ssm:*', Resource: '*' };
    const withKey = (...actions: string[]) =>
      as({ Version: '2012-10-17', Statement: [ssm, { Effect: 'Allow', Action: actions, Resource: key }] });
    const write = (by: SSMClient, Tier: 'Standard' | 'Advanced') =>
      by.send(new PutParameterCommand({ Name: newName(), Value: 'v', Type: 'SecureString', KeyId: key, Tier }));
    await write(withKey('kms:Encrypt'), 'Standard');
    await write(withKey('kms:GenerateDataKey'), 'Advanced');
    expect(await failureOf(write(withKey('kms:GenerateDataKey'), 'Standard'))).toEqual(denial('kms:Encrypt', key));
    expect(await failureOf(write(withKey('kms:Encrypt'), 'Advanced'))).toEqual(denial('kms:GenerateDataKey', key));

    const Name = newName();
    await put(Name, 'v', { KeyId: key });
    const get = (by: SSMClient, WithDecryption: boolean) => by.send(new GetParameterCommand({ Name, WithDecryption }));
    await get(withKey('kms:Decrypt'), true);
    await get(withKey('kms:Encrypt'), false);
    expect(await failureOf(get(withKey('kms:Encrypt'), true))).toEqual(denial('kms:Decrypt', key));
  });

  test('don’t help where there is no such key', async () => {
    const elsewhere = bed.aws.addKmsKey('eu-west-1');
    const problem = async (KeyId: string) => (await failureOf(put(newName(), 'v', { KeyId }))).message;
    const wrapped = '(Service: AWSKMS; Status Code: 400; Error Code: NotFoundException)';
    const id = randomUUID();
    expect(await problem(id)).toBe(`Key 'arn:aws:kms:${region}:123456789012:key/${id}' does not exist ${wrapped}`);
    expect(await problem('alias/none')).toBe(
      `Alias arn:aws:kms:${region}:123456789012:alias/none is not found. ${wrapped}`,
    );
    expect(await problem(elsewhere)).toBe(`Invalid arn eu-west-1 ${wrapped}`);
    expect((await failureOf(put(newName(), 'v', { KeyId: id }))).code).toBe('InvalidKeyId');
    expect(await failureOf(put(newName(), 'v', { Type: 'String', KeyId: id }))).toEqual(
      validation('KeyId is required for SecureString type parameter only.'),
    );
  });
});

describe('quotas and the desk', () => {
  afterEach(() => bed.desk.clearFaults());

  test('a full region takes advanced parameters only', async () => {
    const full = bed.ssm(bed.admin, 'eu-west-3');
    bed.aws.setParameterQuota({ Standard: 1 });
    const write = (Name: string, Tier: 'Standard' | 'Intelligent-Tiering') =>
      full.send(new PutParameterCommand({ Name, Value: 'v', Type: 'String', Tier }));
    await write('/one', 'Standard');
    expect(await failureOf(write('/two', 'Standard'))).toEqual({
      code: 'ParameterLimitExceeded',
      message:
        'You have reached the maximum number of standard parameters for this AWS account and Region (1). To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply).',
      status: 400,
    });
    expect((await write('/two', 'Intelligent-Tiering')).Tier).toBe('Advanced');
    bed.aws.setParameterQuota({ Standard: 10_000 });
  });

  test('requests arrive under their IAM name and the parameter’s name, without a value', async () => {
    const Name = newName();
    const canary = `canary-${randomUUID()}`;
    bed.desk.clearArrivals();
    await put(Name, canary);
    await failureOf(put(Name, canary, { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }));
    await client.send(new GetParameterCommand({ Name: arnOf(Name) }));
    expect(bed.desk.arrivals().map(({ name, resource, status }) => `${name} ${resource} ${status}`)).toEqual([
      `ssm:PutParameter ${Name} 200`,
      `ssm:PutParameter ${Name} 400`,
      `ssm:GetParameter ${Name} 200`,
    ]);
    expect(JSON.stringify(bed.desk.arrivals())).not.toContain(canary);
    expect(JSON.stringify(bed.aws.parameters.get(region, Name))).not.toContain(canary);
  });

  test('refusals are in the service’s words', async () => {
    const Name = newName();
    const failures: string[] = [];
    for (const fault of [
      { kind: 'throttle', retryAfter: 2 },
      { kind: 'status', status: 409 },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 503 },
    ] as const) {
      bed.desk.addFault({ name: 'ssm:PutParameter', fault, times: 1 });
      const { code, status } = await failureOf(put(Name, 'v'));
      failures.push(`${status} ${code}`);
    }
    expect(failures).toEqual([
      '400 ThrottlingException',
      '400 TooManyUpdates',
      '500 InternalServerError',
      '503 ServiceUnavailable',
    ]);
    expect(bed.aws.parameters.get(region, Name)).toBeUndefined();
  });

  test('somebody else’s changes need a parameter that is there', () => {
    expect(() => bed.aws.parameters.tag(region, '/none', {})).toThrow(`no parameter /none in ${region}`);
    expect(() => bed.aws.parameters.remove('nowhere-1', '/none')).toThrow('no region nowhere-1');
  });
});
