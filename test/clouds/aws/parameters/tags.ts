import { AwsFailure } from '../failure.ts';

/** https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html: 50 per resource; `aws:` is AWS's own. */
const maxTags = 50;

/**
 * The tags with these added or overwritten.
 * @throws AwsFailure ValidationException, TooManyTagsError
 */
export function addTags(
  tags: ReadonlyMap<string, string>,
  added: readonly { readonly Key: string; readonly Value: string }[],
): Map<string, string> {
  const result = new Map(tags);
  for (const { Key, Value } of added) {
    if (/^aws:/i.test(Key)) {
      throw new AwsFailure('ValidationException', 'aws: prefixed tag key names are not allowed for external use.');
    }
    result.set(Key, Value);
  }
  if (result.size > maxTags) throw new AwsFailure('TooManyTagsError', `A parameter can have at most ${maxTags} tags.`);
  return result;
}
