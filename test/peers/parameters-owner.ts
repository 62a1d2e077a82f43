import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  ListTagsForResourceCommand,
  type ParameterHistory,
  ParameterNotFound,
  PutParameterCommand,
  paginateDescribeParameters,
  paginateGetParameterHistory,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { contentOf } from '../conformance/target-payloads.ts';
import type { OwnerConfig } from './aws-bed.ts';
import { type Owner, withoutMarks } from './bed.ts';

const tiers: Readonly<Record<string, 'advanced' | 'intelligent'>> = {
  Advanced: 'advanced',
  'Intelligent-Tiering': 'intelligent',
};

/** Parameter Store, asked by one who may do everything. */
export function parametersOwner(config: OwnerConfig): Owner {
  const client = new SSMClient(config);

  async function history(name: string): Promise<ParameterHistory[]> {
    const all: ParameterHistory[] = [];
    const pages = paginateGetParameterHistory({ client }, { Name: name, WithDecryption: true });
    for await (const { Parameters = [] } of pages) all.push(...Parameters);
    return all.sort((a, b) => (a.Version ?? 0) - (b.Version ?? 0));
  }

  return {
    async held(name) {
      try {
        const versions = await history(name);
        const resource = { ResourceType: 'Parameter', ResourceId: name } as const;
        const { TagList } = await client.send(new ListTagsForResourceCommand(resource));
        const { Value = '', Description = '', KeyId, Tier = '' } = versions.at(-1) ?? {};
        const tier = tiers[Tier];
        return {
          // The description tells people that it is Base64, of bytes.
          value: Buffer.from(Value, Description.includes('The value is Base64.') ? 'base64' : 'utf8'),
          writes: versions.length,
          live: versions.length,
          tags: withoutMarks(TagList),
          notes: [],
          options: {
            ...(KeyId && KeyId !== 'alias/aws/ssm' ? { kmsKeyId: KeyId } : {}),
            ...(tier === undefined ? {} : { tier }),
          },
        };
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined;
        throw error;
      }
    },
    async count() {
      let found = 0;
      for await (const { Parameters = [] } of paginateDescribeParameters({ client }, {})) found += Parameters.length;
      return found;
    },
    async putOutside(name, payload) {
      const value = { Value: contentOf(payload).toString('utf8'), Description: 'By hand' };
      await client.send(new PutParameterCommand({ Name: name, Type: 'SecureString', Overwrite: true, ...value }));
    },
    async tagOutside(name, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await client.send(new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: name, Tags }));
    },
    async removeOutside(name) {
      await client.send(new DeleteParameterCommand({ Name: name }));
    },
    close: () => client.destroy(),
  };
}
