import { AwsFailure } from '../failure.ts';

/** "Parameter hierarchies are limited to a maximum depth of fifteen levels": PutParameterRequest. */
const maxLevels = 15;
/** "This count of 1011 characters includes the characters in the ARN that precede the name": PutParameterRequest. */
const maxLength = 1011;

/**
 * The rules for the name of a new or changed parameter, in the words that clients report of AWS and, for reserved
 * prefixes, that moto has.
 * @param arn the ARN that it would get
 * @throws AwsFailure ValidationException, AccessDeniedException, HierarchyLevelLimitExceededException
 */
export function checkName(name: string, arn: string): void {
  const isPath = name.startsWith('/');
  const bare = name.replace(/^\/+/, '').toLowerCase();
  if (/^\/aws/i.test(name) && name.lastIndexOf('/') > 0) {
    throw new AwsFailure('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (bare.startsWith('aws') || bare.startsWith('ssm')) {
    throw name.lastIndexOf('/') > 0
      ? badName()
      : new AwsFailure(
          'ValidationException',
          'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
        );
  }
  if (!isPath && name.includes('/')) {
    throw new AwsFailure('ValidationException', 'Parameter name must be a fully qualified name.');
  }
  const levels = (isPath ? name.slice(1) : name).split('/');
  if (!levels.every((level) => /^[a-zA-Z0-9_.-]+$/.test(level))) throw badName();
  if (levels.length > maxLevels) {
    throw new AwsFailure(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${maxLevels} levels.`,
    );
  }
  if (arn.length > maxLength) {
    throw new AwsFailure(
      'ValidationException',
      `The maximum length for a parameter name, with the ARN that precedes it, is ${maxLength} characters.`,
    );
  }
}

function badName(): AwsFailure {
  return new AwsFailure(
    'ValidationException',
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of ' +
      'sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 ' +
      'symbols .-_',
  );
}
