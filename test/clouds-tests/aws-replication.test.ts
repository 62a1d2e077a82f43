import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowing, failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

// Run against moto 5.2.5 too. Where it differs, AWS's API reference is followed: moto says InSync at once where AWS is still
// InProgress, and gives PrimaryRegion only to the replica. What it does with a region that is a replica already (a second
// entry) or isn't one (nothing) AWS documents neither; the stand-in refuses both. moto takes unknown keys, AWS doesn't. Its
// sentences for what a replica refuses and for a secret that still has replicas are AWS's, as reports show.

const region = 'us-east-1';
const other = 'eu-west-1';
let bed: Testbed;
let client: SecretsManagerClient;
let elsewhere: SecretsManagerClient;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.secretsManager();
  elsewhere = bed.secretsManager(bed.admin, other);
});
afterAll(() => bed.close());

const AddReplicaRegions = [{ Region: other }];
const newName = () => `test/${randomUUID()}`;
const create = (Name: string, more: Partial<CreateSecretCommandInput> = {}, by = client) =>
  by.send(new CreateSecretCommand({ Name, SecretString: 'one', ...more }));
const describeIt = (SecretId: string, by = client) => by.send(new DescribeSecretCommand({ SecretId }));
const read = async (SecretId: string, by = client) =>
  (await by.send(new GetSecretValueCommand({ SecretId }))).SecretString;
const invalid = (message: string) => ({ code: 'InvalidParameterException', message, status: 400 });

async function replicated(more: Partial<CreateSecretCommandInput> = {}): Promise<string> {
  const Name = newName();
  await create(Name, { AddReplicaRegions, ...more });
  return Name;
}

describe('a replica', () => {
  test('is announced, comes into being, and reads like its primary', async () => {
    const Name = newName();
    const created = await create(Name, {
      AddReplicaRegions,
      Description: 'what for',
      Tags: [{ Key: 'a', Value: '1' }],
    });
    expect(created.ReplicationStatus).toEqual([
      { Region: other, KmsKeyId: 'alias/aws/secretsmanager', Status: 'InProgress' },
    ]);
    const primary = await describeIt(Name);
    expect(primary.PrimaryRegion).toBe(region);
    expect(primary.ReplicationStatus).toEqual([
      {
        Region: other,
        KmsKeyId: 'alias/aws/secretsmanager',
        Status: 'InSync',
        StatusMessage: 'Replication succeeded',
      },
    ]);
    const replica = await describeIt(Name, elsewhere);
    expect(replica).toMatchObject({
      ARN: primary.ARN?.replace(region, other),
      PrimaryRegion: region,
      Description: 'what for',
      Tags: [{ Key: 'a', Value: '1' }],
      VersionIdsToStages: primary.VersionIdsToStages,
    });
    expect(await read(Name, elsewhere)).toBe('one');
  });

  test('follows its primary', async () => {
    const Name = await replicated();
    await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }));
    await client.send(new TagResourceCommand({ SecretId: Name, Tags: [{ Key: 'b', Value: '2' }] }));
    await client.send(new UpdateSecretCommand({ SecretId: Name, Description: 'new' }));
    expect(await read(Name, elsewhere)).toBe('two');
    expect(await describeIt(Name, elsewhere)).toMatchObject({ Description: 'new', Tags: [{ Key: 'b', Value: '2' }] });
    bed.aws.putOutside(region, Name, 'three');
    expect(await read(Name, elsewhere)).toBe('three');
  });

  test('can’t be changed where it is', async () => {
    const SecretId = await replicated();
    const VersionStage = 'AWSCURRENT';
    const refused = [
      new PutSecretValueCommand({ SecretId, SecretString: 'x' }),
      new UpdateSecretCommand({ SecretId, Description: 'x' }),
      new TagResourceCommand({ SecretId, Tags: [] }),
      new UntagResourceCommand({ SecretId, TagKeys: [] }),
      new DeleteSecretCommand({ SecretId }),
      new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }),
      new RestoreSecretCommand({ SecretId }),
      new UpdateSecretVersionStageCommand({ SecretId, VersionStage }),
      new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: 'sa-east-1' }] }),
    ];
    for (const command of refused) {
      // Each command has types of its own; what is sent is the same to the client.
      expect(await failureOf(elsewhere.send(command as PutSecretValueCommand))).toEqual(
        invalid("Operation not permitted on a replica secret. Call must be made in primary secret's region."),
      );
    }
    expect(await read(SecretId, elsewhere)).toBe('one');
  });

  test('keeps its primary from being deleted, until it is removed', async () => {
    const Name = await replicated();
    const remove = (more: { ForceDeleteWithoutRecovery?: boolean } = {}) =>
      client.send(new DeleteSecretCommand({ SecretId: Name, ...more }));
    const kept = invalid(`You can't delete secret ${Name} that still has replica regions [${other}].`);
    expect(await failureOf(remove())).toEqual(kept);
    expect(await failureOf(remove({ ForceDeleteWithoutRecovery: true }))).toEqual(kept);
    const removeRegions = (...RemoveReplicaRegions: string[]) =>
      client.send(new RemoveRegionsFromReplicationCommand({ SecretId: Name, RemoveReplicaRegions }));
    expect((await failureOf(removeRegions(other, 'sa-east-1'))).code).toBe('InvalidParameterException');
    expect((await removeRegions(other)).ReplicationStatus).toEqual([]);
    expect((await failureOf(describeIt(Name, elsewhere))).code).toBe('ResourceNotFoundException');
    expect((await describeIt(Name)).ReplicationStatus).toBeUndefined();
    await remove();
  });

  test('is found by the filter for its primary region', async () => {
    const Name = await replicated();
    const find = async (Key: 'primary-region' | 'name', Value: string) => {
      const Filters = [{ Key, Values: [Value] }];
      const { SecretList = [] } = await elsewhere.send(new ListSecretsCommand({ Filters }));
      return SecretList.map((secret) => secret.Name);
    };
    expect(await find('primary-region', region)).toContain(Name);
    expect(await find('primary-region', 'ap-south-1')).toEqual([]);
    expect(await find('name', Name)).toEqual([Name]);
  });
});

describe('replication that fails', () => {
  test('because the name is taken doesn’t fail the call, and can be forced', async () => {
    const Name = newName();
    await create(Name, { SecretString: 'theirs' }, elsewhere);
    await create(Name, { AddReplicaRegions });
    expect((await describeIt(Name)).ReplicationStatus).toMatchObject([
      {
        Status: 'Failed',
        StatusMessage: `Replication failed: Secret name ${Name} already exists in region ${other}.`,
      },
    ]);
    expect(await read(Name, elsewhere)).toBe('theirs');
    const replicate = (ForceOverwriteReplicaSecret: boolean) =>
      client.send(
        new ReplicateSecretToRegionsCommand({ SecretId: Name, AddReplicaRegions, ForceOverwriteReplicaSecret }),
      );
    expect((await replicate(true)).ReplicationStatus).toMatchObject([{ Region: other, Status: 'InProgress' }]);
    expect((await describeIt(Name)).ReplicationStatus).toMatchObject([{ Status: 'InSync' }]);
    expect(await read(Name, elsewhere)).toBe('one');
    const { SecretList } = await elsewhere.send(new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [Name] }] }));
    expect(SecretList).toMatchObject([{ Name, PrimaryRegion: region }]);
    expect((await failureOf(replicate(true))).code).toBe('InvalidParameterException');
  });

  test('because there is no such key shows in the status', async () => {
    const here = bed.aws.addKmsKey(region);
    const there = bed.aws.addKmsKey(other);
    const Name = newName();
    await create(Name, { AddReplicaRegions: [{ Region: other, KmsKeyId: here }] });
    expect((await describeIt(Name)).ReplicationStatus).toMatchObject([
      { KmsKeyId: here, Status: 'Failed', StatusMessage: `Replication failed: Invalid arn ${region}` },
    ]);
    await client.send(
      new ReplicateSecretToRegionsCommand({
        SecretId: Name,
        AddReplicaRegions: [{ Region: other, KmsKeyId: there }],
      }),
    );
    expect((await describeIt(Name, elsewhere)).KmsKeyId).toBe(there);
  });

  test('because of the region is refused before anything is made', async () => {
    for (const Region of [region, 'xx-nowhere-1']) {
      const Name = newName();
      expect(await failureOf(create(Name, { AddReplicaRegions: [{ Region }] }))).toEqual(
        invalid('Invalid replica region.'),
      );
      expect(bed.aws.secret(region, Name)).toBeUndefined();
    }
  });

  test('because of missing rights is refused', async () => {
    const key = bed.aws.addAccessKey({ policy: allowing('secretsmanager:CreateSecret', '*') });
    const Name = newName();
    const failure = await failureOf(create(Name, { AddReplicaRegions }, bed.secretsManager(key)));
    expect(failure.code).toBe('AccessDeniedException');
    expect(failure.message).toContain('secretsmanager:ReplicateSecretToRegions');
    expect(bed.aws.secret(region, Name)).toBeUndefined();
  });
});

describe('an own key', () => {
  test('must be there', async () => {
    const id = randomUUID();
    const problem = (why: string) => invalid(`The operation failed because of an invalid KMS key: ${why}`);
    const fail = (KmsKeyId: string) => failureOf(create(newName(), { KmsKeyId }));
    expect(await fail(id)).toEqual(problem(`Key 'arn:aws:kms:${region}:123456789012:key/${id}' does not exist`));
    expect(await fail('alias/none')).toEqual(
      problem(`Alias arn:aws:kms:${region}:123456789012:alias/none is not found.`),
    );
    expect(await fail(bed.aws.addKmsKey(other))).toEqual(problem(`Invalid arn ${other}`));
    expect(await fail('my-key')).toEqual(problem("Invalid keyId 'my-key'"));
  });

  test('needs rights of its own for each kind of call', async () => {
    const KmsKeyId = bed.aws.addKmsKey(region, `alias/${randomUUID()}`);
    const withKey = (...actions: string[]) => {
      const Statement = [
        { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' },
        { Effect: 'Allow', Action: actions.map((action) => `kms:${action}`), Resource: KmsKeyId },
      ];
      return bed.secretsManager(bed.aws.addAccessKey({ policy: { Version: '2012-10-17', Statement } }));
    };
    const denied = { code: 'AccessDeniedException', message: 'Access to KMS is not allowed', status: 400 };
    const Name = newName();
    expect(await failureOf(create(Name, { KmsKeyId }, withKey('GenerateDataKey')))).toEqual(denied);
    expect(bed.aws.secret(region, Name)).toBeUndefined();
    const writer = withKey('GenerateDataKey', 'Decrypt');
    await create(Name, { KmsKeyId }, writer);
    expect((await describeIt(Name)).KmsKeyId).toBe(KmsKeyId);
    await writer.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }));
    const update = new UpdateSecretCommand({ SecretId: Name, SecretString: 'three' });
    expect(await failureOf(writer.send(update))).toEqual(denied);
    await writer.send(new UpdateSecretCommand({ SecretId: Name, Description: 'no key needed' }));
    expect(await failureOf(read(Name, withKey('Encrypt')))).toEqual(denied);
    expect(await read(Name, withKey('Decrypt'))).toBe('two');
    const toOwn = new UpdateSecretCommand({ SecretId: Name, KmsKeyId: '' });
    await writer.send(toOwn);
    expect((await describeIt(Name)).KmsKeyId).toBeUndefined();
  });

  test('that is gone locks its secrets', async () => {
    const KmsKeyId = bed.aws.addKmsKey(region);
    const Name = newName();
    await create(Name, { KmsKeyId });
    bed.aws.removeKmsKey(KmsKeyId);
    expect((await failureOf(read(Name))).code).toBe('DecryptionFailure');
    const put = new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' });
    expect((await failureOf(client.send(put))).code).toBe('EncryptionFailure');
    expect(bed.aws.secretValue(region, Name)).toBe('one');
  });
});
