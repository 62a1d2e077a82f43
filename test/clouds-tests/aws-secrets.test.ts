import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

const region = 'us-east-1';
const day = 24 * 60 * 60_000;
let bed: Testbed;
let client: SecretsManagerClient;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.secretsManager();
});
afterAll(() => bed.close());

async function create(Name = `test/${randomUUID()}`): Promise<string> {
  await client.send(new CreateSecretCommand({ Name, SecretString: 'one' }));
  return Name;
}

const describeIt = (SecretId: string) => client.send(new DescribeSecretCommand({ SecretId }));

const notFound = {
  code: 'ResourceNotFoundException',
  message: "Secrets Manager can't find the specified secret.",
  status: 400,
};
const markedForDeletion = {
  code: 'InvalidRequestException',
  message: "You can't perform this operation on the secret because it was marked for deletion.",
  status: 400,
};

describe('a secret', () => {
  test('has an ARN with six random characters, another one in each life and region', async () => {
    const Name = `test/${randomUUID()}`;
    const createIn = (where: string) =>
      bed.secretsManager(bed.admin, where).send(new CreateSecretCommand({ Name, SecretString: 'v' }));
    const first = await createIn('us-east-1');
    expect(first.ARN).toMatch(
      new RegExp(`^arn:aws:secretsmanager:us-east-1:123456789012:secret:${Name}-[A-Za-z0-9]{6}$`),
    );
    expect((await createIn('eu-west-1')).ARN).toContain(':eu-west-1:');
    await client.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
    expect((await createIn('us-east-1')).ARN).not.toBe(first.ARN);
    expect(await failureOf(describeIt(first.ARN ?? ''))).toEqual(notFound);
  });

  test('tells of itself what it has and nothing else', async () => {
    const Name = await create();
    const fresh = await describeIt(Name);
    const { $metadata: _, ...members } = fresh;
    expect(Object.keys(members).sort()).toEqual([
      'ARN',
      'CreatedDate',
      'LastChangedDate',
      'Name',
      'VersionIdsToStages',
    ]);
    expect(Math.abs((fresh.CreatedDate?.getTime() ?? 0) - bed.desk.now())).toBeLessThan(day);

    bed.aws.addKmsKey('us-east-1', 'alias/ours');
    await client.send(new UpdateSecretCommand({ SecretId: Name, Description: 'what for', KmsKeyId: 'alias/ours' }));
    await client.send(new GetSecretValueCommand({ SecretId: Name }));
    const used = await describeIt(Name);
    expect([used.Description, used.KmsKeyId]).toEqual(['what for', 'alias/ours']);
    expect((used.LastAccessedDate?.getTime() ?? 1) % day).toBe(0);
    await client.send(new UpdateSecretCommand({ SecretId: Name, KmsKeyId: '' }));
    expect((await describeIt(Name)).KmsKeyId).toBeUndefined();
  });

  test('is found by name, by ARN and by ARN without suffix', async () => {
    const Name = await create();
    const { ARN = '' } = await describeIt(Name);
    expect((await describeIt(ARN)).Name).toBe(Name);
    expect((await describeIt(ARN.slice(0, -7))).Name).toBe(Name);
    expect(await failureOf(describeIt(`${ARN.slice(0, -6)}AAAAAA`))).toEqual(notFound);
    expect(await failureOf(describeIt(ARN.replace('us-east-1', 'eu-west-1')))).toEqual(notFound);
    expect(await failureOf(describeIt(Name.toUpperCase()))).toEqual(notFound);
  });

  test('whose name ends like a suffix isn’t found by an ARN without suffix', async () => {
    const Name = await create(`test/${randomUUID().slice(0, 8)}-passwd`);
    const { ARN = '' } = await describeIt(Name);
    expect((await describeIt(ARN)).Name).toBe(Name);
    expect(await failureOf(describeIt(ARN.slice(0, -7)))).toEqual(notFound);
  });

  test('has a name by AWS’s rules', async () => {
    const named = (Name: string) => client.send(new CreateSecretCommand({ Name, SecretString: 'v' }));
    await named('All/_+=.@-1');
    await named('x'.repeat(512));
    const invalidName = {
      code: 'ValidationException',
      message:
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
      status: 400,
    };
    for (const name of ['with space', 'semi;colon', 'umlaut-ü', 'not!ours', 'line\nbreak']) {
      expect(await failureOf(named(name))).toEqual(invalidName);
    }
    expect(await failureOf(describeIt('with space'))).toEqual(invalidName);
    expect(await failureOf(named('x'.repeat(513)))).toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining(
        "at 'name' failed to satisfy constraint: Member must have length less than or equal to 512",
      ),
    });
  });
});

describe('tags', () => {
  test('are added, overwritten, removed; none left is not the same as never had one', async () => {
    const SecretId = await create();
    const tag = (Tags: { Key: string; Value: string }[]) => client.send(new TagResourceCommand({ SecretId, Tags }));
    expect((await describeIt(SecretId)).Tags).toBeUndefined();
    await tag([
      { Key: 'a', Value: '1' },
      { Key: 'A', Value: '2' },
    ]);
    await tag([{ Key: 'a', Value: '' }]);
    expect((await describeIt(SecretId)).Tags).toEqual([
      { Key: 'a', Value: '' },
      { Key: 'A', Value: '2' },
    ]);
    await client.send(new UntagResourceCommand({ SecretId, TagKeys: ['a', 'A', 'never there'] }));
    expect((await describeIt(SecretId)).Tags).toEqual([]);
  });

  test('change the date, and the labels of no version', async () => {
    const SecretId = await create();
    const before = await describeIt(SecretId);
    bed.desk.setClockOffset(60_000);
    await client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'a', Value: '1' }] }));
    bed.desk.setClockOffset(0);
    const after = await describeIt(SecretId);
    expect((after.LastChangedDate?.getTime() ?? 0) - (before.LastChangedDate?.getTime() ?? 0)).toBeGreaterThan(59_000);
    expect(after.VersionIdsToStages).toEqual(before.VersionIdsToStages);
  });

  test('keep to 50, 128 and 256 characters, and off AWS’s own', async () => {
    const SecretId = await create();
    const tag = (Key: string, Value = 'v') => client.send(new TagResourceCommand({ SecretId, Tags: [{ Key, Value }] }));
    await tag('k'.repeat(128), 'v'.repeat(256));
    expect((await failureOf(tag('k'.repeat(129)))).message).toContain(
      "at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128",
    );
    expect((await failureOf(tag('k', 'v'.repeat(257)))).message).toContain(
      "at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256",
    );
    expect(await failureOf(tag('aws:mine'))).toEqual({
      code: 'InvalidParameterException',
      message: "You can't modify system tags. Tag key: 'aws:mine'.",
      status: 400,
    });
    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));
    expect((await failureOf(client.send(new TagResourceCommand({ SecretId, Tags: many })))).code).toBe(
      'InvalidParameterException',
    );
    await client.send(new TagResourceCommand({ SecretId, Tags: many.slice(1) }));
    expect((await describeIt(SecretId)).Tags).toHaveLength(50);
  });
});

describe('deletion', () => {
  test('is scheduled for 30 days or for 7 to 30', async () => {
    const SecretId = await create();
    const remove = (RecoveryWindowInDays: number, ForceDeleteWithoutRecovery = false) =>
      client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery }));
    for (const days of [6, 31]) {
      expect(await failureOf(remove(days))).toEqual({
        code: 'InvalidParameterException',
        message: 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
        status: 400,
      });
    }
    expect((await failureOf(remove(7, true))).code).toBe('InvalidParameterException');
    const { DeletionDate } = await client.send(new DeleteSecretCommand({ SecretId }));
    expect(Math.round(((DeletionDate?.getTime() ?? 0) - bed.desk.now()) / day)).toBe(30);
    expect((await describeIt(SecretId)).DeletedDate).toEqual(DeletionDate);
  });

  test('pending refuses reads and writes, but not a look', async () => {
    const SecretId = await create();
    await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    const refused = await Promise.all([
      failureOf(client.send(new GetSecretValueCommand({ SecretId }))),
      failureOf(client.send(new PutSecretValueCommand({ SecretId, SecretString: 'two' }))),
      failureOf(client.send(new UpdateSecretCommand({ SecretId, Description: 'new' }))),
      failureOf(client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'a', Value: 'b' }] }))),
      failureOf(client.send(new UntagResourceCommand({ SecretId, TagKeys: ['a'] }))),
      failureOf(client.send(new DeleteSecretCommand({ SecretId }))),
    ]);
    expect(refused).toEqual(refused.map(() => markedForDeletion));
    expect(await failureOf(client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'two' })))).toEqual({
      code: 'InvalidRequestException',
      message: "You can't create this secret because a secret with this name is already scheduled for deletion.",
      status: 400,
    });
    expect((await client.send(new ListSecretVersionIdsCommand({ SecretId }))).Versions).toHaveLength(1);
  });

  test('is undone by RestoreSecret, and done when the window ends', async () => {
    const SecretId = await create();
    await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    await client.send(new RestoreSecretCommand({ SecretId }));
    expect((await describeIt(SecretId)).DeletedDate).toBeUndefined();
    expect((await client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('one');

    await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    bed.desk.setClockOffset(7 * day + 1000);
    expect(bed.aws.secret(region, SecretId)).toBeUndefined();
    bed.desk.setClockOffset(0);
    await create(SecretId);
  });

  test('by force is at once, for a pending secret too, and no error for none', async () => {
    const SecretId = await create();
    await client.send(new DeleteSecretCommand({ SecretId }));
    const forced = () => client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    await forced();
    expect(await failureOf(describeIt(SecretId))).toEqual(notFound);
    expect((await forced()).Name).toBe(SecretId);
    expect(await failureOf(client.send(new DeleteSecretCommand({ SecretId })))).toEqual(notFound);
    expect(await failureOf(client.send(new RestoreSecretCommand({ SecretId })))).toEqual(notFound);
  });
});
