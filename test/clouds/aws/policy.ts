import { z } from 'zod';
import type { Caller } from './access-keys.ts';
import { AwsFailure } from './failure.ts';

/** Policy documents have one thing or a list of them. */
export const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]).transform((value) => [value].flat());

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
});

const policy = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.union([statement, z.array(statement)]).transform((value) => [value].flat()),
});

/** An identity-based policy. */
export type Policy = z.infer<typeof policy>;

/**
 * Reads a policy document. Conditions and the `Not…` elements are not part of the stand-in.
 * @throws if it is not a document, or holds something the stand-in would have to ignore
 */
export function parsePolicy(document: unknown): Policy {
  return policy.parse(document);
}

/**
 * What a policy says of an action on a resource, an explicit deny first.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function effectOf(policy: Policy, action: string, resource: string): 'Allow' | 'Deny' | undefined {
  const effects = policy.Statement.filter(
    ({ Action, Resource }) =>
      // Actions are compared without regard to case, resources with.
      Action.some((pattern) => fits(pattern.toLowerCase(), action.toLowerCase())) &&
      Resource.some((pattern) => fits(pattern, resource)),
  ).map(({ Effect }) => Effect);
  return effects.includes('Deny') ? 'Deny' : effects[0];
}

/**
 * @param resource the ARN, or `*` for an action that is about no resource
 * @param shown how the caller wrote the resource, as AWS repeats it; absent for an action that is about no resource
 * @throws AwsFailure AccessDeniedException unless the caller's policy allows the action on the resource
 */
export function authorize(caller: Caller, action: string, resource: string, shown?: string): void {
  const effect = effectOf(caller.policy, action, resource);
  if (effect === 'Deny') throw denied(caller, action, shown, 'with an explicit deny in an identity-based policy');
  if (effect === undefined) {
    throw denied(caller, action, shown, `because no identity-based policy allows the ${action} action`);
  }
}

/** AWS's words: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function denied(caller: Caller, action: string, shown: string | undefined, reason: string): AwsFailure {
  const resource = shown === undefined ? '' : ` on resource: ${shown}`;
  return new AwsFailure(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action}${resource} ${reason}`,
  );
}

/** `*` stands for any run of characters, `?` for any one. */
function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
