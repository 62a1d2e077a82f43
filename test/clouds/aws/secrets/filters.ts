import { AwsFailure } from '../failure.ts';
import type { SecretMetadata } from './views.ts';

interface Filter {
  readonly Key?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

type Matcher = (wanted: string, secret: SecretMetadata) => boolean;

/**
 * How each filter key of ListSecrets matches. The API reference calls `description` a prefix match; AWS compares it word
 * by word like `all`. No secret here is owned by a service.
 */
const matchers: Readonly<Record<string, Matcher>> = {
  name: (wanted, { Name }) => Name.startsWith(wanted),
  'tag-key': (wanted, { Tags = [] }) => Tags.some(({ Key }) => Key.startsWith(wanted)),
  'tag-value': (wanted, { Tags = [] }) => Tags.some(({ Value }) => Value.startsWith(wanted)),
  description: (wanted, { Description = '' }) => holdsWords([Description], wanted),
  all: (wanted, { Name, Description = '', Tags = [] }) =>
    [Name, Description, ...Tags.flatMap(({ Key, Value }) => [Key, Value])].some((text) => holdsWords([text], wanted)),
  'primary-region': (wanted, { PrimaryRegion = '' }) => PrimaryRegion !== '' && PrimaryRegion.startsWith(wanted),
  'owning-service': () => false,
};

/**
 * One condition out of the filters of ListSecrets: all filters must match, any of a filter's values; `!` negates a value.
 * @throws AwsFailure InvalidParameterException for a filter without key or values
 */
export function toCondition(filters: readonly Filter[]): (secret: SecretMetadata) => boolean {
  const conditions = filters.map(({ Key = '', Values }) => {
    const matches = matchers[Key];
    if (matches === undefined) throw new AwsFailure('InvalidParameterException', 'Invalid filter key');
    if (Values === undefined) {
      throw new AwsFailure('InvalidParameterException', `Invalid filter values for key: ${Key}`);
    }
    return (secret: SecretMetadata) =>
      Values.some((value) => (value.startsWith('!') ? !matches(value.slice(1), secret) : matches(value, secret)));
  });
  return (secret) => conditions.every((condition) => condition(secret));
}

/** Whether each wanted word begins some word of the texts, in any case. */
function holdsWords(texts: readonly string[], wanted: string): boolean {
  const words = texts.flatMap(toWords);
  const wantedWords = toWords(wanted);
  return wantedWords.length > 0 && wantedWords.every((part) => words.some((word) => word.startsWith(part)));
}

/** Cut at separators and where a capital begins a word: `prod/AppBeta` is prod, app, beta. */
function toWords(text: string): string[] {
  return text
    .split(/[\s/\-_+=.@]+/)
    .flatMap((part) => part.split(/([^a-z][a-z]+)/))
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}
