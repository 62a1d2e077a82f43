import { z } from 'zod';
import { type AccessKeys, type Caller, randomId, type SessionKey } from './access-keys.ts';
import { effectOf, oneOrMore, type Policy, parsePolicy } from './policy.ts';

const trustStatement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.strictObject({ AWS: oneOrMore }),
  Action: z.literal('sts:AssumeRole'),
  Condition: z.strictObject({ StringEquals: z.strictObject({ 'sts:ExternalId': oneOrMore }) }).optional(),
});

const trustPolicy = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.union([trustStatement, z.array(trustStatement)]).transform((value) => [value].flat()),
});

type TrustPolicy = z.infer<typeof trustPolicy>;

interface Role {
  readonly arn: string;
  readonly name: string;
  readonly id: string;
  readonly trust: TrustPolicy;
  /** Seconds. */
  readonly maxSessionDuration: number;
  policy: Policy;
}

export interface RoleSettings {
  readonly roleName: string;
  /** What the role may do: see parsePolicy. */
  readonly policy: unknown;
  /** Who may assume it: principals of the kind `AWS`, with `sts:ExternalId` as the only condition. */
  readonly trust: unknown;
  /** Seconds. Default: an hour, as IAM's. */
  readonly maxSessionDuration?: number;
}

/** A session as STS tells of it. */
export interface RoleSession {
  readonly key: SessionKey;
  readonly arn: string;
  readonly id: string;
}

/** The IAM roles of the stand-in account. */
export class Roles {
  private readonly roles = new Map<string, Role>();
  private readonly accountId: string;
  private readonly keys: AccessKeys;

  constructor(accountId: string, keys: AccessKeys) {
    this.accountId = accountId;
    this.keys = keys;
  }

  /** @returns the role's ARN */
  add({ roleName, policy, trust, maxSessionDuration = 3600 }: RoleSettings): string {
    const arn = `arn:aws:iam::${this.accountId}:role/${roleName}`;
    this.roles.set(arn, {
      arn,
      name: roleName,
      id: `AROA${randomId(17)}`,
      trust: trustPolicy.parse(trust),
      maxSessionDuration,
      policy: parsePolicy(policy),
    });
    return arn;
  }

  remove(arn: string): void {
    if (!this.roles.delete(arn)) throw new Error('no such role');
  }

  get(arn: string): Role | undefined {
    return this.roles.get(arn);
  }

  /** @param seconds how long the session lasts */
  open(role: Role, sessionName: string, seconds: number, now: number): RoleSession {
    const arn = `arn:aws:sts::${this.accountId}:assumed-role/${role.name}/${sessionName}`;
    const id = `${role.id}:${sessionName}`;
    const caller = { arn, userId: id, accountId: this.accountId, roleArn: role.arn };
    return { key: this.keys.addSession(role, caller, now + seconds * 1000), arn, id };
  }
}

/**
 * Whether the caller may assume the role. The trust policy must say so; if it names the caller itself, that is enough,
 * if it names the account, the caller's own policy must allow it too.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
 */
export function mayAssume(caller: Caller, { arn, trust }: Role, externalId: string | undefined): boolean {
  const own = effectOf(caller.policy, 'sts:AssumeRole', arn);
  const account = [caller.accountId, `arn:aws:iam::${caller.accountId}:root`, '*'];
  const itself = [caller.arn, caller.roleArn];
  const statements = trust.Statement.filter(({ Condition }) => {
    const wanted = Condition?.StringEquals['sts:ExternalId'];
    return wanted === undefined || (externalId !== undefined && wanted.includes(externalId));
  });
  const names = (who: readonly (string | undefined)[], effect: string) =>
    statements.some(({ Effect, Principal }) => Effect === effect && Principal.AWS.some((one) => who.includes(one)));
  if (own === 'Deny' || names([...itself, ...account], 'Deny')) return false;
  return names(itself, 'Allow') || (own === 'Allow' && names(account, 'Allow'));
}
