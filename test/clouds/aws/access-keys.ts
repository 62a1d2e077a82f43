import { randomBytes } from 'node:crypto';
import { type Policy, parsePolicy } from './policy.ts';

/** An access key as its owner gets it. Made at run time; `secretAccessKey` is known to nobody else. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly userArn: string;
}

/** Who signed a request, with what that IAM user may do. */
export interface Caller {
  readonly userArn: string;
  readonly userId: string;
  readonly accountId: string;
  readonly policy: Policy;
}

interface User extends Omit<Caller, 'policy'> {
  readonly secretAccessKey: string;
  policy: Policy;
  enabled: boolean;
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The IAM users of the stand-in account, each with one access key and one policy. */
export class AccessKeys {
  private readonly users = new Map<string, User>();
  private readonly accountId: string;

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  /** @param policy a policy document; see parsePolicy for what it may hold */
  add(policy: unknown, userName = `user-${this.users.size + 1}`): AccessKey {
    const accessKeyId = `AKIA${randomId(16)}`;
    // 30 random bytes in base64 are the 40 characters of a real one, `+` and `/` included.
    const secretAccessKey = randomBytes(30).toString('base64');
    const userArn = `arn:aws:iam::${this.accountId}:user/${userName}`;
    this.users.set(accessKeyId, {
      userArn,
      userId: `AIDA${randomId(17)}`,
      accountId: this.accountId,
      secretAccessKey,
      policy: parsePolicy(policy),
      enabled: true,
    });
    return { accessKeyId, secretAccessKey, userArn };
  }

  /** A key that is disabled is to AWS's services as one they never knew. */
  setEnabled(accessKeyId: string, enabled: boolean): void {
    this.get(accessKeyId).enabled = enabled;
  }

  setPolicy(accessKeyId: string, policy: unknown): void {
    this.get(accessKeyId).policy = parsePolicy(policy);
  }

  /** The secret of an enabled key. */
  secretOf(accessKeyId: string): string | undefined {
    const user = this.users.get(accessKeyId);
    return user?.enabled ? user.secretAccessKey : undefined;
  }

  caller(accessKeyId: string): Caller {
    return this.get(accessKeyId);
  }

  private get(accessKeyId: string): User {
    const user = this.users.get(accessKeyId);
    if (user === undefined) throw new Error('no such access key');
    return user;
  }
}

function randomId(length: number): string {
  return Array.from(randomBytes(length), (byte) => base32[byte % base32.length]).join('');
}
