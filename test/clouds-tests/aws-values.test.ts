import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

const region = 'us-east-1';
let bed: Testbed;
let client: SecretsManagerClient;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.secretsManager();
});
afterAll(() => bed.close());

/** A new secret with one version. */
async function create(value = 'one'): Promise<{ Name: string; ARN: string; first: string }> {
  const first = randomUUID();
  const Name = `test/${first}`;
  const { ARN = '' } = await client.send(
    new CreateSecretCommand({ Name, SecretString: value, ClientRequestToken: first }),
  );
  return { Name, ARN, first };
}

async function put(SecretId: string, SecretString: string, VersionStages?: string[]): Promise<string> {
  const stages = VersionStages === undefined ? {} : { VersionStages };
  const { VersionId = '' } = await client.send(new PutSecretValueCommand({ SecretId, SecretString, ...stages }));
  return VersionId;
}

/** Which version has which labels, as DescribeSecret tells. */
async function labels(SecretId: string): Promise<Record<string, string[]> | undefined> {
  return (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages;
}

async function read(SecretId: string, VersionStage?: string): Promise<string | undefined> {
  const stage = VersionStage === undefined ? {} : { VersionStage };
  return (await client.send(new GetSecretValueCommand({ SecretId, ...stage }))).SecretString;
}

describe('a value', () => {
  test('comes back byte for byte, as text and as bytes', async () => {
    const text = 'ü€😀\n"quoted" \\ \u0000 <&> ';
    const { Name } = await create(text);
    expect(await read(Name)).toBe(text);
    expect(bed.aws.secretValue(region, Name)).toBe(text);

    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    await client.send(new PutSecretValueCommand({ SecretId: Name, SecretBinary: bytes }));
    const answer = await client.send(new GetSecretValueCommand({ SecretId: Name }));
    expect(Buffer.from(answer.SecretBinary ?? [])).toEqual(bytes);
    expect(answer.SecretString).toBeUndefined();
  });

  test('may be 65,536 bytes long and not one more, however they are made up', async () => {
    const { Name } = await create('x'.repeat(65_536));
    await put(Name, 'é'.repeat(32_768));
    await client.send(new PutSecretValueCommand({ SecretId: Name, SecretBinary: Buffer.alloc(65_536) }));
    const tooLong = (member: string) => ({
      code: 'ValidationException',
      message: `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to 65536`,
      status: 400,
    });
    expect(await failureOf(put(Name, 'x'.repeat(65_537)))).toEqual(tooLong('secretString'));
    expect(await failureOf(put(Name, `${'é'.repeat(32_768)}x`))).toEqual(tooLong('secretString'));
    const bytes = new PutSecretValueCommand({ SecretId: Name, SecretBinary: Buffer.alloc(65_537) });
    expect(await failureOf(client.send(bytes))).toEqual(tooLong('secretBinary'));
  });

  test('can’t be empty, missing, or both text and bytes', async () => {
    const { Name, first } = await create();
    const failures = [
      { SecretString: '' },
      { SecretBinary: Buffer.alloc(0) },
      {},
      { SecretString: 'a', SecretBinary: Buffer.from('a') },
    ].map((value) => failureOf(client.send(new PutSecretValueCommand({ SecretId: Name, ...value }))));
    const tooShort = (member: string) =>
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length greater than or equal to 1`;
    expect(await Promise.all(failures)).toEqual([
      { code: 'ValidationException', message: tooShort('secretString'), status: 400 },
      { code: 'ValidationException', message: tooShort('secretBinary'), status: 400 },
      {
        code: 'InvalidRequestException',
        message: 'You must provide either SecretString or SecretBinary.',
        status: 400,
      },
      {
        code: 'InvalidParameterException',
        message: "You can't specify both a binary secret value and a string secret value in the same secret.",
        status: 400,
      },
    ]);
    expect(await labels(Name)).toEqual({ [first]: ['AWSCURRENT'] });
  });
});

describe('a ClientRequestToken', () => {
  test('with the same value makes no second version', async () => {
    const { Name, ARN, first } = await create('one');
    const again = { SecretString: 'one', ClientRequestToken: first };
    const created = await client.send(new CreateSecretCommand({ Name, ...again }));
    expect([created.ARN, created.VersionId]).toEqual([ARN, first]);
    const changed = (await client.send(new DescribeSecretCommand({ SecretId: Name }))).LastChangedDate;
    const repeated = await client.send(new PutSecretValueCommand({ SecretId: ARN, ...again }));
    expect([repeated.VersionId, repeated.VersionStages]).toEqual([first, ['AWSCURRENT']]);
    const description = await client.send(new DescribeSecretCommand({ SecretId: Name }));
    expect(description.VersionIdsToStages).toEqual({ [first]: ['AWSCURRENT'] });
    expect(description.LastChangedDate).toEqual(changed);
  });

  test('repeated after someone else’s write moves no label, and tells so', async () => {
    const { Name, first } = await create('one');
    const theirs = bed.aws.putOutside(region, Name, 'theirs');
    const repeat = () =>
      client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'one', ClientRequestToken: first }));
    expect((await repeat()).VersionStages).toEqual(['AWSPREVIOUS']);
    const later = bed.aws.putOutside(region, Name, 'theirs again');
    expect((await repeat()).VersionStages).toBeUndefined();
    expect(await labels(Name)).toEqual({ [later]: ['AWSCURRENT'], [theirs]: ['AWSPREVIOUS'] });
  });

  test('with another value is refused by Create, Put and Update', async () => {
    const { Name, ARN, first } = await create('one');
    const other = { SecretString: 'two', ClientRequestToken: first };
    const refusal = {
      code: 'ResourceExistsException',
      message: `You can't use ClientRequestToken ${first} because that value is already in use for a version of secret ${ARN}.`,
      status: 400,
    };
    expect(await failureOf(client.send(new CreateSecretCommand({ Name, ...other })))).toEqual(refusal);
    expect(await failureOf(client.send(new PutSecretValueCommand({ SecretId: Name, ...other })))).toEqual(refusal);
    expect(await failureOf(client.send(new UpdateSecretCommand({ SecretId: Name, ...other })))).toEqual(refusal);
    expect(await read(Name)).toBe('one');
  });

  test('that is known is refused by Update even with the same value', async () => {
    const { Name, first } = await create('one');
    const same = { SecretId: Name, SecretString: 'one', ClientRequestToken: first };
    expect((await failureOf(client.send(new UpdateSecretCommand(same)))).code).toBe('ResourceExistsException');
  });

  test('of its own makes Create fail on a name that is taken', async () => {
    const { Name } = await create('one');
    expect(await failureOf(client.send(new CreateSecretCommand({ Name, SecretString: 'one' })))).toEqual({
      code: 'ResourceExistsException',
      message: `The operation failed because the secret ${Name} already exists.`,
      status: 400,
    });
  });

  test('has 32 to 64 characters', async () => {
    const { Name } = await create();
    const withToken = (ClientRequestToken: string) =>
      client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'v', ClientRequestToken }));
    await withToken('x'.repeat(32));
    await withToken('y'.repeat(64));
    const violation = (token: string, rule: string) =>
      `1 validation error detected: Value '${token}' at 'clientRequestToken' failed to satisfy constraint: Member must have length ${rule}`;
    const short = 'x'.repeat(31);
    const long = 'x'.repeat(65);
    expect((await failureOf(withToken(short))).message).toBe(violation(short, 'greater than or equal to 32'));
    expect((await failureOf(withToken(long))).message).toBe(violation(long, 'less than or equal to 64'));
  });
});

describe('staging labels', () => {
  test('move on with each write: current, previous, none', async () => {
    const { Name, first } = await create('one');
    const second = await put(Name, 'two');
    expect(await labels(Name)).toEqual({ [first]: ['AWSPREVIOUS'], [second]: ['AWSCURRENT'] });
    const { VersionId: third = '' } = await client.send(
      new UpdateSecretCommand({ SecretId: Name, SecretString: 'three' }),
    );
    expect(await labels(Name)).toEqual({ [second]: ['AWSPREVIOUS'], [third]: ['AWSCURRENT'] });
    expect([await read(Name), await read(Name, 'AWSPREVIOUS')]).toEqual(['three', 'two']);

    const shown = await client.send(new ListSecretVersionIdsCommand({ SecretId: Name }));
    expect(shown.Versions?.map(({ VersionId }) => VersionId)).toEqual([second, third]);
    const all = await client.send(new ListSecretVersionIdsCommand({ SecretId: Name, IncludeDeprecated: true }));
    expect(all.Versions?.map(({ VersionId, VersionStages }) => [VersionId, VersionStages])).toEqual([
      [first, undefined],
      [second, ['AWSPREVIOUS']],
      [third, ['AWSCURRENT']],
    ]);
    expect(all.Versions?.[0]?.KmsKeyIds).toEqual(['DefaultEncryptionKey']);
    const old = await client.send(new GetSecretValueCommand({ SecretId: Name, VersionId: first }));
    expect([old.SecretString, old.VersionStages]).toEqual(['one', undefined]);
  });

  // The sequence and its results are those that LocalStack's test suite recorded from AWS.
  test('of one’s own leave AWSCURRENT alone and go from version to version', async () => {
    const { Name, first } = await create('one');
    const second = await put(Name, 'two', ['one', 'two', 'three']);
    const third = await put(Name, 'three', ['one', 'two', 'four']);
    expect(await labels(Name)).toEqual({
      [first]: ['AWSCURRENT'],
      [second]: ['three'],
      [third]: ['one', 'two', 'four'],
    });
    expect(await read(Name)).toBe('one');
  });

  // As above.
  test('make a rotation: AWSPENDING becomes AWSCURRENT', async () => {
    const { Name, first } = await create('one');
    const second = await put(Name, 'two', ['AWSPENDING']);
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: Name,
        VersionStage: 'AWSCURRENT',
        RemoveFromVersionId: first,
        MoveToVersionId: second,
      }),
    );
    expect(await labels(Name)).toEqual({ [first]: ['AWSPREVIOUS'], [second]: ['AWSPENDING', 'AWSCURRENT'] });
    const third = await put(Name, 'three', ['AWSPENDING']);
    expect(await labels(Name)).toEqual({
      [first]: ['AWSPREVIOUS'],
      [second]: ['AWSCURRENT'],
      [third]: ['AWSPENDING'],
    });
    const fourth = await put(Name, 'four');
    expect(await labels(Name)).toEqual({
      [second]: ['AWSPREVIOUS'],
      [third]: ['AWSPENDING'],
      [fourth]: ['AWSCURRENT'],
    });
  });

  test('roll back: AWSCURRENT returns to the previous version', async () => {
    const { Name, first } = await create('one');
    const second = await put(Name, 'two');
    const move = (ids: { RemoveFromVersionId?: string; MoveToVersionId?: string }) =>
      client.send(new UpdateSecretVersionStageCommand({ SecretId: Name, VersionStage: 'AWSCURRENT', ...ids }));
    expect(await failureOf(move({ MoveToVersionId: first }))).toEqual({
      code: 'InvalidParameterException',
      message: `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${second}, so you must explicitly reference that version in RemoveFromVersionId.`,
      status: 400,
    });
    expect((await failureOf(move({ MoveToVersionId: first, RemoveFromVersionId: first }))).code).toBe(
      'InvalidParameterException',
    );
    expect((await failureOf(move({ RemoveFromVersionId: second }))).code).toBe('InvalidParameterException');
    expect((await failureOf(move({ MoveToVersionId: randomUUID(), RemoveFromVersionId: second }))).code).toBe(
      'ResourceNotFoundException',
    );
    await move({ MoveToVersionId: first, RemoveFromVersionId: second });
    expect(await labels(Name)).toEqual({ [first]: ['AWSCURRENT'], [second]: ['AWSPREVIOUS'] });
  });

  test('name no version: not found, in words that say what was looked for', async () => {
    const { Name, first } = await create();
    const id = randomUUID();
    const get = (selector: { VersionId?: string; VersionStage?: string }) =>
      failureOf(client.send(new GetSecretValueCommand({ SecretId: Name, ...selector })));
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toEqual({
      code: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
      status: 400,
    });
    expect((await get({ VersionId: id })).message).toBe(
      `Secrets Manager can't find the specified secret value for VersionId: ${id}`,
    );
    expect(await get({ VersionId: first, VersionStage: 'AWSPREVIOUS' })).toEqual({
      code: 'InvalidRequestException',
      message: 'You provided a VersionStage that is not associated to the provided VersionId.',
      status: 400,
    });
  });

  test('begin with the first value of a secret that was created without one', async () => {
    const Name = `test/${randomUUID()}`;
    const created = await client.send(new CreateSecretCommand({ Name }));
    expect(created.VersionId).toBeUndefined();
    expect((await failureOf(read(Name))).message).toBe(
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    );
    expect(await labels(Name)).toBeUndefined();
    const id = await put(Name, 'one', ['MINE']);
    expect(await labels(Name)).toEqual({ [id]: ['AWSCURRENT', 'MINE'] });
  });
});
