import { AwsFailure } from '../failure.ts';

interface TagInput {
  readonly Key: string;
  readonly Value?: string | undefined;
}

type Tags = Map<string, string | undefined>;

/** https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html: 50 per resource; `aws:` is AWS's own. */
const maxTags = 50;

/**
 * The tags with these added or overwritten.
 * @throws AwsFailure InvalidTagException, TooManyTagsException
 */
export function addTags(tags: Tags, added: readonly TagInput[]): Tags {
  const result = new Map(tags);
  for (const { Key, Value } of added) {
    refuseSystemTag(Key);
    result.set(Key, Value);
  }
  if (result.size > maxTags) {
    throw new AwsFailure('TooManyTagsException', `A certificate can have at most ${maxTags} tags.`);
  }
  return result;
}

/** "If you specify a tag value, the tag is removed only if it has that value": RemoveTagsFromCertificate. */
export function removeTags(tags: Tags, removed: readonly TagInput[]): Tags {
  const result = new Map(tags);
  for (const { Key, Value } of removed) {
    refuseSystemTag(Key);
    if (Value === undefined || result.get(Key) === Value) result.delete(Key);
  }
  return result;
}

function refuseSystemTag(key: string): void {
  if (/^aws:/i.test(key)) {
    throw new AwsFailure(
      'InvalidTagException',
      `Invalid Tag Key: "${key}". AWS internal tags cannot be changed with this API`,
    );
  }
}
