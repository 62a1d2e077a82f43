import type { TargetProblem } from '../ports.ts';

/** SecretString's limit in UTF-8 bytes: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
export const maxValueBytes = 65_536;

const maxNameLength = 512;

/**
 * Secrets Manager's rules for a secret's name and value (CreateSecret in the API reference). A name that ends in a hyphen
 * and six characters is allowed: it only confuses lookups by a partial ARN, and we use the whole one.
 */
export function secretProblems(name: string, valueBytes?: number): TargetProblem[] {
  const problems: TargetProblem[] = [];
  const problem = (code: TargetProblem['code'], sentence: string) => problems.push({ code, sentence });
  if (name === '') problem('name', 'The target name is empty.');
  if (name.length > maxNameLength) problem('name', `The target name has ${name.length} characters; AWS allows 512.`);
  const foreign = name.match(/[^A-Za-z0-9/_+=.@-]/u)?.[0];
  if (foreign !== undefined) {
    const shown = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(foreign) ? `"${foreign}"` : 'a space or an invisible character';
    problem('name', `The target name holds ${shown}; AWS allows letters without accents, digits and / _ + = . @ -`);
  }
  if (valueBytes === 0) problem('value-empty', 'The value is empty; AWS Secrets Manager does not store empty values.');
  if (valueBytes !== undefined && valueBytes > maxValueBytes)
    problem('value-too-large', `The value has ${valueBytes} bytes; AWS Secrets Manager stores up to 65,536.`);
  return problems;
}
