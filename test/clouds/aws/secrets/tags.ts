import { invalidParameter } from './operation.ts';

interface TagInput {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html: 50 per resource; `aws:` is AWS's own. */
const maxTags = 50;

/**
 * The tags with these added or overwritten.
 * @throws AwsFailure InvalidParameterException
 */
export function addTags(tags: ReadonlyMap<string, string>, added: readonly TagInput[]): Map<string, string> {
  const result = new Map(tags);
  for (const { Key, Value = '' } of added) {
    if (Key === undefined) throw invalidParameter('A tag must have a key.');
    refuseSystemTag(Key);
    result.set(Key, Value);
  }
  if (result.size > maxTags) throw invalidParameter(`A secret can have at most ${maxTags} tags.`);
  return result;
}

export function refuseSystemTag(key: string): void {
  if (/^aws:/i.test(key)) throw invalidParameter(`You can't modify system tags. Tag key: '${key}'.`);
}
