import { AwsFailure } from '../failure.ts';
import type { Parameter } from './parameter.ts';

interface Filter {
  readonly Key: string;
  readonly Option?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

type Condition = (parameter: Parameter) => boolean;

/** What a filter key looks at. Names are compared as if each had a slash in front. */
const looks: Readonly<Record<string, (parameter: Parameter) => string | undefined>> = {
  Name: ({ name }) => rooted(name),
  Type: ({ latest }) => latest.type,
  KeyId: ({ latest }) => latest.keyId,
  Tier: ({ latest }) => latest.tier,
  DataType: () => 'text',
};

/**
 * One condition out of the filters of DescribeParameters: all filters must match, any of a filter's values. The words
 * are moto's.
 * @throws AwsFailure InvalidFilterKey, InvalidFilterOption, InvalidFilterValue
 */
export function toCondition(filters: readonly Filter[]): Condition {
  const keys = filters.map(({ Key }) => Key);
  const repeated = keys.find((key, index) => keys.indexOf(key) < index);
  if (repeated !== undefined) {
    throw new AwsFailure(
      'InvalidFilterKey',
      `The following filter is duplicated in the request: ${repeated}. A request can contain only one occurrence of a ` +
        'specific filter.',
    );
  }
  const conditions = filters.map(readFilter);
  return (parameter) => conditions.every((condition) => condition(parameter));
}

function readFilter({ Key, Option, Values }: Filter): Condition {
  if (Key.startsWith('tag:')) {
    const compare = readOption(Option ?? 'Equals', ['BeginsWith', 'Equals']);
    return ({ tags }) => {
      const value = tags.get(Key.slice('tag:'.length));
      // Without values the filter asks whether there is such a tag.
      return value !== undefined && (Values === undefined || Values.some((wanted) => compare(value, wanted)));
    };
  }
  if (Values === undefined) {
    throw new AwsFailure('InvalidFilterValue', `The following filter values are missing : null for filter key ${Key}.`);
  }
  if (Key === 'Path') {
    const compare = readOption(Option ?? 'OneLevel', ['Recursive', 'OneLevel']);
    return ({ name }) => Values.some((wanted) => compare(rooted(name), wanted));
  }
  const look = looks[Key];
  if (look === undefined) {
    throw new AwsFailure(
      'InvalidFilterKey',
      `The following filter key is not valid: ${Key}. Valid filter keys include: [Path, Name, Type, KeyId, Tier].`,
    );
  }
  const options = Key === 'Name' ? ['BeginsWith', 'Contains', 'Equals'] : ['BeginsWith', 'Equals'];
  const compare = readOption(Option ?? 'Equals', options);
  const wanted = Key === 'Name' && Option !== 'Contains' ? Values.map(rooted) : Values;
  return (parameter) => {
    const text = look(parameter);
    return text !== undefined && wanted.some((value) => compare(text, value));
  };
}

const comparisons: Readonly<Record<string, (text: string, wanted: string) => boolean>> = {
  Equals: (text, wanted) => text === wanted,
  BeginsWith: (text, wanted) => text.startsWith(wanted),
  Contains: (text, wanted) => text.includes(wanted),
  Recursive: (text, wanted) => text.startsWith(folder(wanted)),
  OneLevel: (text, wanted) => text.startsWith(folder(wanted)) && !text.slice(folder(wanted).length).includes('/'),
};

function readOption(option: string, valid: readonly string[]): (text: string, wanted: string) => boolean {
  const comparison = comparisons[option];
  if (comparison === undefined || !valid.includes(option)) {
    throw new AwsFailure(
      'InvalidFilterOption',
      `The following filter option is not valid: ${option}. Valid options include: [${valid.join(', ')}].`,
    );
  }
  return comparison;
}

function rooted(name: string): string {
  return `/${name.replace(/^\//, '')}`;
}

function folder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
