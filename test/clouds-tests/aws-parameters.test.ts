import { randomUUID } from 'node:crypto';
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowing, failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

// Run against moto 5.2.5 too. Where it differs, AWS's documentation or reports of AWS's answers are right and followed:
// moto has no limit of value size, levels, length and characters of names; it takes `{{…}}`, unknown keys and a KeyId for
// a String; it lets a tier go down, answers with the tier Intelligent-Tiering, and has a sentence for ParameterNotFound.
// moto also lets the type change, and so, by Terraform's acceptance suite, may AWS; the API reference says that it can't,
// which is harder on clients. Where AWS says nothing, moto is followed: what a write without description and key keeps.

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

function put(Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) {
  return client.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', ...more }));
}

function overwrite(Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) {
  return client.send(new PutParameterCommand({ Name, Value, Overwrite: true, ...more }));
}

async function read(Name: string, WithDecryption = true): Promise<string | undefined> {
  return (await client.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter?.Value;
}

async function describeIt(name: string) {
  const ParameterFilters = [{ Key: 'Name', Option: 'Equals', Values: [name] }];
  return (await client.send(new DescribeParametersCommand({ ParameterFilters }))).Parameters?.[0];
}

const validation = (message: string) => ({ code: 'ValidationException', message, status: 400 });

describe('a parameter', () => {
  test('comes back byte for byte, and unreadable without decryption', async () => {
    const Name = newName();
    const text = 'ü€😀\r\n"quoted" \\ <&> {single} ';
    const answer = await put(Name, text);
    expect([answer.Version, answer.Tier]).toEqual([1, 'Standard']);
    expect(await read(Name)).toBe(text);
    expect(bed.aws.parameters.value(region, Name)).toBe(text);
    const encrypted = (await read(Name, false)) ?? '';
    expect(encrypted).toMatch(/^AQICAH/);
    expect(Buffer.from(encrypted, 'base64').toString('latin1')).not.toContain('quoted');

    const plain = newName();
    await put(plain, text, { Type: 'String' });
    expect(await read(plain, false)).toBe(text);
  });

  test('tells who wrote it last, with which version', async () => {
    const Name = newName();
    await put(Name, 'one', { Description: 'what for' });
    const key = bed.aws.addAccessKey({ policy: allowing('ssm:*', '*'), userName: 'alice' });
    await bed.ssm(key).send(new PutParameterCommand({ Name, Value: 'two', Overwrite: true }));
    expect(await describeIt(Name)).toMatchObject({
      Name,
      ARN: arnOf(Name),
      Type: 'SecureString',
      KeyId: 'alias/aws/ssm',
      LastModifiedUser: 'arn:aws:iam::123456789012:user/alice',
      Description: 'what for',
      Version: 2,
      Tier: 'Standard',
      DataType: 'text',
    });
    bed.aws.parameters.put(region, Name, 'three');
    expect(await describeIt(Name)).toMatchObject({
      Version: 3,
      LastModifiedUser: 'arn:aws:iam::123456789012:user/somebody-else',
    });
    expect(await read(Name)).toBe('three');
  });

  test('exists or doesn’t, in AWS’s words or without any', async () => {
    const Name = newName();
    // AWS has no sentence for it; this is what the client makes of that.
    const missing = { code: 'ParameterNotFound', message: 'UnknownError', status: 400 };
    expect(await failureOf(read(Name))).toEqual(missing);
    expect(await failureOf(client.send(new DeleteParameterCommand({ Name })))).toEqual(missing);
    expect(await failureOf(client.send(new GetParameterHistoryCommand({ Name })))).toEqual(missing);
    expect(await failureOf(overwrite(Name, 'v'))).toEqual(
      validation('A parameter type is required when you create a parameter.'),
    );
    await put(Name, 'v');
    expect(await failureOf(put(Name, 'w'))).toEqual({
      code: 'ParameterAlreadyExists',
      message:
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      status: 400,
    });
    await client.send(new DeleteParameterCommand({ Name }));
    expect(await failureOf(read(Name))).toEqual(missing);
    expect((await put(Name, 'again')).Version).toBe(1);
  });

  test('keeps its type, its description and its key', async () => {
    const Name = newName();
    const key = bed.aws.addKmsKey(region, `alias/${randomUUID()}`);
    await put(Name, 'one', { Description: 'kept', KeyId: key });
    expect((await overwrite(Name, 'two')).Version).toBe(2);
    expect(await describeIt(Name)).toMatchObject({ Description: 'kept', KeyId: key, Type: 'SecureString' });
    expect((await failureOf(overwrite(Name, 'three', { Type: 'String' }))).code).toBe('HierarchyTypeMismatchException');
    await overwrite(Name, 'three', { Description: 'new', Type: 'SecureString' });
    expect((await describeIt(Name))?.Description).toBe('new');
    expect((await failureOf(overwrite(Name, 'v', { Description: 'x'.repeat(1025) }))).message).toContain(
      "at 'description' failed to satisfy constraint: Member must have length less than or equal to 1024",
    );
  });

  test('is the same with and without its slash, and stays in its region', async () => {
    const name = randomUUID();
    await put(`/${name}`, 'v');
    expect(await read(name)).toBe('v');
    expect(await read(arnOf(`/${name}`))).toBe('v');
    expect((await failureOf(put(name, 'w'))).code).toBe('ParameterAlreadyExists');
    expect(
      await failureOf(bed.ssm(bed.admin, 'eu-west-1').send(new GetParameterCommand({ Name: name }))),
    ).toMatchObject({ code: 'ParameterNotFound' });
  });
});

describe('a value', () => {
  const tooLong =
    'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html';

  test('is as long as its tier allows, in bytes', async () => {
    await put(newName(), 'x'.repeat(4096));
    await put(newName(), 'é'.repeat(2048));
    expect(await failureOf(put(newName(), 'x'.repeat(4097)))).toEqual(validation(tooLong));
    expect(await failureOf(put(newName(), 'é'.repeat(2049)))).toEqual(validation(tooLong));
    expect((await put(newName(), 'x'.repeat(8192), { Tier: 'Advanced' })).Tier).toBe('Advanced');
    for (const Tier of ['Advanced', 'Intelligent-Tiering'] as const) {
      expect((await failureOf(put(newName(), 'x'.repeat(8193), { Tier }))).code).toBe('ValidationException');
    }
  });

  test('is neither empty nor a reference, and isn’t repeated in an error', async () => {
    const empty =
      "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1";
    expect(await failureOf(put(newName(), ''))).toEqual(validation(empty));
    expect(await failureOf(put(newName(), 'see {{ssm:other}} there'))).toEqual(
      validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.'),
    );
    await put(newName(), '{"a": {"b": {}}}');
  });

  test('decides the intelligent tier, which goes up and never down', async () => {
    const Name = newName();
    expect((await put(Name, 'x', { Tier: 'Intelligent-Tiering' })).Tier).toBe('Standard');
    expect((await overwrite(Name, 'x'.repeat(4097), { Tier: 'Intelligent-Tiering' })).Tier).toBe('Advanced');
    expect((await overwrite(Name, 'x', { Tier: 'Intelligent-Tiering' })).Tier).toBe('Advanced');
    for (const tier of [{}, { Tier: 'Standard' as const }]) {
      expect((await failureOf(overwrite(Name, 'x', tier))).message).toContain(
        "You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.",
      );
    }
    expect(bed.aws.parameters.get(region, Name)?.versions).toHaveLength(3);
  });
});

describe('a name', () => {
  const badName = validation(
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
  );

  test('that AWS keeps for itself is refused', async () => {
    const reserved = validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
    for (const name of ['aws-x', 'AWSkey', 'ssm-x', '/ssmX', '/awsX', 'Ssm']) {
      expect(await failureOf(put(name, 'v'))).toEqual(reserved);
    }
    expect(await failureOf(put('/ssm/x', 'v'))).toEqual(badName);
    expect(await failureOf(put('/aws/x', 'v'))).toEqual({
      code: 'AccessDeniedException',
      message: 'No access to reserved parameter name: /aws/x.',
      status: 400,
    });
    await put('/mine/aws/ssm', 'v');
  });

  test('is made of the right characters, with a slash in front of a hierarchy', async () => {
    await put(' /mine/a.b-C_9 ', 'v');
    expect(bed.aws.parameters.names(region)).toContain('/mine/a.b-C_9');
    expect(await failureOf(put('mine/a', 'v'))).toEqual(validation('Parameter name must be a fully qualified name.'));
    for (const name of ['/mine/a b', '/mine/ä', '/mine//a', '/mine/', 'a:b', 'a+b']) {
      expect(await failureOf(put(name, 'v')), name).toEqual(badName);
    }
  });

  test('has at most 15 levels and, with its ARN, 1,011 characters', async () => {
    const levels = (count: number) => '/l'.repeat(count);
    await put(levels(15), 'v');
    expect((await failureOf(put(levels(16), 'v'))).code).toBe('HierarchyLevelLimitExceededException');
    const prefix = arnOf('/').length;
    await put(`/${'x'.repeat(1011 - prefix)}`, 'v');
    expect((await failureOf(put(`/${'x'.repeat(1012 - prefix)}`, 'v'))).code).toBe('ValidationException');
  });
});

describe('versions', () => {
  test('are counted up, read by number and label, and listed with their authors', async () => {
    const Name = newName();
    for (const value of ['one', 'two', 'three']) bed.aws.parameters.put(region, Name, value);
    expect(await read(`${Name}:2`)).toBe('two');
    expect((await failureOf(read(`${Name}:4`))).code).toBe('ParameterVersionNotFound');
    const label = (Labels: string[], ParameterVersion?: number) =>
      client.send(
        new LabelParameterVersionCommand({
          Name,
          Labels,
          ...(ParameterVersion === undefined ? {} : { ParameterVersion }),
        }),
      );
    expect((await label(['good', '1bad', 'aws-x'], 1)).InvalidLabels).toEqual(['1bad', 'aws-x']);
    expect(await read(`${Name}:good`)).toBe('one');
    expect((await label(['good'])).ParameterVersion).toBe(3);
    expect(await read(`${Name}:good`)).toBe('three');
    expect((await failureOf(label(['good'], 9))).code).toBe('ParameterVersionNotFound');
    await label(
      Array.from({ length: 9 }, (_, index) => `l${index}`),
      3,
    );
    expect((await failureOf(label(['one-more'], 3))).code).toBe('ParameterVersionLabelLimitExceeded');

    const history = (MaxResults: number, NextToken?: string) =>
      client.send(
        new GetParameterHistoryCommand({ Name, WithDecryption: true, MaxResults, ...(NextToken ? { NextToken } : {}) }),
      );
    const first = await history(2);
    expect(first.Parameters?.map(({ Version, Value }) => [Version, Value])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
    const second = await history(2, first.NextToken);
    expect(second.Parameters?.map(({ Version, Labels }) => [Version, Labels?.[0]])).toEqual([[3, 'good']]);
    expect(second.NextToken).toBeUndefined();
  });

  test('beyond the hundredth push the oldest out, unless it has a label', async () => {
    const Name = newName();
    for (let count = 0; count < 100; count += 1) bed.aws.parameters.put(region, Name, 'v');
    expect((await overwrite(Name, 'w')).Version).toBe(101);
    const numbers = () => bed.aws.parameters.get(region, Name)?.versions.map(({ version }) => version) ?? [];
    expect([numbers().length, numbers()[0]]).toEqual([100, 2]);
    bed.aws.parameters.label(region, Name, ['keep'], 2);
    expect(await failureOf(overwrite(Name, 'x'))).toEqual({
      code: 'ParameterMaxVersionLimitExceeded',
      message: `You attempted to create a new version of ${Name} by calling the PutParameter API with the overwrite flag. Version 2, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
      status: 400,
    });
    expect(await read(Name)).toBe('w');
    bed.aws.parameters.label(region, Name, ['keep']);
    expect((await overwrite(Name, 'x')).Version).toBe(102);
  });

  test('come of every write: a repeated one after a lost reply is one more', async () => {
    const Name = newName();
    await put(Name, 'one');
    bed.desk.addFault({ name: 'ssm:PutParameter', resource: Name, fault: { kind: 'lose-reply' }, times: 1 });
    await failureOf(overwrite(Name, 'two'));
    expect((await overwrite(Name, 'two')).Version).toBe(3);
  });
});
