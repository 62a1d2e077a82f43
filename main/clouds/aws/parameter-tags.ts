import {
  AddTagsToResourceCommand,
  ListTagsForResourceCommand,
  RemoveTagsFromResourceCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { ownerTag } from '../../domain/ownership.ts';
import { product } from '../../product.ts';
import type { AwsSession } from './session.ts';
import { type AwsTag, tagValue } from './tags.ts';

export type Session = AwsSession<SSMClient>;

export function addTags(session: Session, name: string, tags: AwsTag[], signal: AbortSignal) {
  return session.call({ action: 'ssm:AddTagsToResource', name }, signal, (options) =>
    session.client.send(
      new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: name, Tags: tags }),
      options,
    ),
  );
}

export function removeTags(session: Session, name: string, keys: string[], signal: AbortSignal) {
  return session.call({ action: 'ssm:RemoveTagsFromResource', name }, signal, (options) =>
    session.client.send(
      new RemoveTagsFromResourceCommand({ ResourceType: 'Parameter', ResourceId: name, TagKeys: keys }),
      options,
    ),
  );
}

/** @returns the record in the ownership tag, or null; fails with `denied` where tags may not be read */
export async function taggedOwner(session: Session, name: string, signal: AbortSignal): Promise<string | null> {
  const { TagList } = await session.call({ action: 'ssm:ListTagsForResource', name }, signal, (options) =>
    session.client.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: name }), options),
  );
  return tagValue(TagList, ownerTag(product.tagNamespace)) ?? null;
}
