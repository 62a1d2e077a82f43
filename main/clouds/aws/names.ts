import { product } from '../../product.ts';
import type { TargetProblem } from '../ports.ts';

type AwsService = 'secretsmanager' | 'parameterstore' | 'acm';

/** Each service's rules for a target name. The first rule broken is told; nothing means the name is taken. */
export const awsNameProblems: Readonly<Record<AwsService, (name: string) => TargetProblem[]>> = {
  secretsmanager: secretNameProblems,
  parameterstore: parameterNameProblems,
  acm: certificateNameProblems,
};

/**
 * CreateSecret in the API reference. A name that ends in a hyphen and six characters is allowed: it only confuses lookups by
 * a partial ARN, and we use the whole one.
 */
function secretNameProblems(name: string): TargetProblem[] {
  return (
    empty(name) ??
    tooLong(name, 512) ??
    foreign(name, /[^A-Za-z0-9/_+=.@-]/u, 'letters without accents, digits and / _ + = . @ -') ??
    []
  );
}

/** 1,011 characters with what precedes the name in its ARN, which is longest in the region us-gov-west-1. */
const maxParameterName = 1_011 - 'arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/'.length;
const maxLevels = 15;

/** PutParameter in the API reference, and "Creating Parameter Store parameters" in the user guide. */
function parameterNameProblems(name: string): TargetProblem[] {
  const known =
    empty(name) ??
    tooLong(name, maxParameterName) ??
    foreign(name, /[^A-Za-z0-9_./-]/u, 'letters without accents, digits and _ . - /');
  if (known) return known;
  if (name.includes('/') && !name.startsWith('/')) {
    return problem(
      'The target name has levels, and AWS wants a / in front of the first one.',
      `Name it ${name.length < 200 ? `/${name}` : 'with a / in front'}.`,
    );
  }
  const levels = name.replace(/^\//, '').split('/');
  if (levels.some((level) => level === ''))
    return problem('The target name has an empty level.', 'Put something between two /, and none at the end.');
  if (levels.length > maxLevels)
    return problem(`The target name has ${levels.length} levels; AWS allows 15.`, 'Use fewer / in the name.');
  if (/^(aws|ssm)/i.test(levels[0] ?? ''))
    return problem(
      'AWS keeps names that begin with aws or ssm for itself, in small and capital letters.',
      `Put a prefix in front, for example /${product.defaultPrefix}`,
    );
  return [];
}

/** ACM knows no names: ours is the value of a tag (Tag in the API reference), kept as it is. */
function certificateNameProblems(name: string): TargetProblem[] {
  const known =
    empty(name) ??
    tooLong(name, 256) ??
    foreign(name, /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/u, 'letters, digits, spaces and _ . : / = + - @');
  if (known) return known;
  return name.trim() === name ? [] : problem('The target name begins or ends with a space.', 'Take the space out.');
}

function empty(name: string): TargetProblem[] | undefined {
  return name === '' ? problem('The target name is empty.', 'Type a name.') : undefined;
}

function tooLong(name: string, limit: number): TargetProblem[] | undefined {
  if (name.length <= limit) return undefined;
  return problem(`The target name has ${name.length} characters; AWS allows ${limit}.`, 'Use a shorter name.');
}

function foreign(name: string, pattern: RegExp, allowed: string): TargetProblem[] | undefined {
  const found = name.match(pattern)?.[0];
  if (found === undefined) return undefined;
  const shown = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(found) ? `"${found}"` : 'a space or an invisible character';
  return problem(`The target name holds ${shown}; AWS allows ${allowed}`, 'Use only those in the name.');
}

function problem(sentence: string, fix: string): TargetProblem[] {
  return [{ code: 'name', sentence, fix }];
}
