import { z } from 'zod';
import { AwsFailure } from './failure.ts';

type Issue = z.core.$ZodIssue;

/** Members of requests whose values AWS marks sensitive in its model and so doesn't repeat in an error. */
const sensitive = new Set(['SecretString', 'SecretBinary', 'RotationToken', 'Value', 'PrivateKey']);

/**
 * Checks a request against its schema as AWS's front end does before the service sees it: unknown members are ignored,
 * null is absence, all violations are listed in one message.
 * @param code of the failure for a broken constraint
 * @throws AwsFailure SerializationException for a wrong type
 */
export function checkConstraints<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  code = 'ValidationException',
): z.output<Schema> {
  const result = schema.safeParse(withoutNulls(body), { reportInput: true });
  if (result.success) return result.data;
  const { issues } = result.error;
  if (issues.some((issue) => issue.code === 'invalid_type' && issue.input !== undefined)) {
    throw new AwsFailure('SerializationException', 'The request body has a member of the wrong type.');
  }
  const detected = `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected`;
  throw new AwsFailure(code, `${detected}: ${issues.map(describe).join('; ')}`);
}

/**
 * A member whose length is counted in bytes, at least one.
 * @param byteLength the length of the member as it is sent: text, or base64 of bytes
 */
export function sized(byteLength: (text: string) => number, maximum: number) {
  return z.string().superRefine((input, context) => {
    const length = byteLength(input);
    if (length < 1) context.addIssue({ code: 'too_small', origin: 'string', minimum: 1, inclusive: true, input });
    if (length > maximum) context.addIssue({ code: 'too_big', origin: 'string', maximum, inclusive: true, input });
  });
}

/** @param base64 a blob as it is sent */
export function blobLength(base64: string): number {
  return Buffer.from(base64, 'base64').length;
}

function describe(issue: Issue): string {
  const member = issue.path.map((part) => (typeof part === 'number' ? `${part + 1}.member` : lowerFirst(String(part))));
  const value = shownValue(issue);
  return `Value ${value}at '${member.join('.')}' failed to satisfy constraint: Member must ${rule(issue)}`;
}

function shownValue({ path, input }: Issue): string {
  if (sensitive.has(String(path[0]))) return '';
  if (input === undefined) return 'null ';
  return `'${typeof input === 'object' ? JSON.stringify(input) : String(input)}' `;
}

function rule(issue: Issue): string {
  switch (issue.code) {
    case 'too_small':
      return `have ${measure(issue.origin)} greater than or equal to ${issue.minimum}`;
    case 'too_big':
      return `have ${measure(issue.origin)} less than or equal to ${issue.maximum}`;
    case 'invalid_value':
      return `satisfy enum value set: [${issue.values.join(', ')}]`;
    case 'invalid_format':
      return `satisfy regular expression pattern: ${issue.pattern ?? ''}`;
    case 'invalid_type':
      return 'not be null';
    default:
      throw new Error(`no AWS wording for the constraint ${issue.code}`);
  }
}

function measure(origin: string): string {
  return origin === 'number' || origin === 'int' ? 'value' : 'length';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]));
}
