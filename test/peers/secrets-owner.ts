import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  paginateListSecrets,
  ResourceNotFoundException,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { contentOf } from '../conformance/target-payloads.ts';
import type { OwnerConfig } from './aws-bed.ts';
import { type Owner, withoutMarks } from './bed.ts';

/** Secrets Manager, asked by one who may do everything. */
export function secretsOwner(config: OwnerConfig): Owner {
  const client = new SecretsManagerClient(config);

  async function describe(name: string) {
    try {
      return await client.send(new DescribeSecretCommand({ SecretId: name }));
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async function currentValue(name: string): Promise<Buffer | null> {
    try {
      const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: name }));
      return SecretString === undefined ? Buffer.from(SecretBinary ?? []) : Buffer.from(SecretString);
    } catch (error) {
      // Without a value, or on its way to being deleted.
      if (error instanceof ResourceNotFoundException || error instanceof InvalidRequestException) return null;
      throw error;
    }
  }

  return {
    async held(name) {
      const secret = await describe(name);
      if (secret === undefined) return undefined;
      const { KmsKeyId, ReplicationStatus = [], Tags } = secret;
      const listing = new ListSecretVersionIdsCommand({ SecretId: name, IncludeDeprecated: true });
      const versions = secret.DeletedDate ? 0 : ((await client.send(listing)).Versions?.length ?? 0);
      const replicaRegions = ReplicationStatus.flatMap((replica) => replica.Region ?? []);
      return {
        value: await currentValue(name),
        writes: versions,
        live: versions,
        tags: withoutMarks(Tags),
        notes: [],
        options: {
          ...(KmsKeyId ? { kmsKeyId: KmsKeyId } : {}),
          ...(replicaRegions.length > 0 ? { replicaRegions } : {}),
        },
      };
    },
    async count() {
      const pages = paginateListSecrets({ client }, { IncludePlannedDeletion: true });
      let found = 0;
      for await (const { SecretList = [] } of pages) found += SecretList.length;
      return found;
    },
    async putOutside(name, payload) {
      const SecretString = contentOf(payload).toString('utf8');
      if (await describe(name)) await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
      else await client.send(new CreateSecretCommand({ Name: name, SecretString }));
    },
    async tagOutside(name, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await client.send(new TagResourceCommand({ SecretId: name, Tags }));
    },
    async removeOutside(name, how) {
      const window = how === 'recoverably' ? { RecoveryWindowInDays: 30 } : { ForceDeleteWithoutRecovery: true };
      await client.send(new DeleteSecretCommand({ SecretId: name, ...window }));
    },
    close: () => client.destroy(),
  };
}
