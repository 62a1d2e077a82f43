import { randomBytes } from 'node:crypto';
import { type Policy, parsePolicy } from './policy.ts';

/** An access key as its owner gets it. Made at run time; `secretAccessKey` is known to nobody else. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly userArn: string;
}

/** Temporary credentials of a role session. Made at run time. */
export interface SessionKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Who signed a request, with what that IAM user or role session may do. */
export interface Caller {
  /** Of the user, or of the session: `arn:aws:sts::…:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
  readonly userId: string;
  readonly accountId: string;
  readonly policy: Policy;
  /** The ARN of the role of a session. */
  readonly roleArn?: string;
}

/** A user or a role: whose policy it is that counts, also when it is changed later. */
interface Holder {
  policy: Policy;
}

interface Key {
  readonly secretAccessKey: string;
  readonly session?: Pick<SessionKey, 'sessionToken' | 'expiresAt'>;
  readonly holder: Holder;
  readonly caller: Omit<Caller, 'policy'>;
  enabled: boolean;
}

/** What is known of a key that a request was signed with. */
export type FoundKey =
  | { readonly found: true; readonly secret: string }
  | { readonly found: false; readonly problem: 'unknown-key' | 'expired' };

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The IAM users of the stand-in account, each with one access key and one policy, and the keys of role sessions. */
export class AccessKeys {
  private readonly keys = new Map<string, Key>();
  private readonly accountId: string;

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  /** @param policy a policy document; see parsePolicy for what it may hold */
  add(policy: unknown, userName = `user-${this.keys.size + 1}`): AccessKey {
    const userArn = `arn:aws:iam::${this.accountId}:user/${userName}`;
    const caller = { arn: userArn, userId: `AIDA${randomId(17)}`, accountId: this.accountId };
    const key = { ...randomKey('AKIA'), userArn };
    this.keys.set(key.accessKeyId, {
      secretAccessKey: key.secretAccessKey,
      holder: { policy: parsePolicy(policy) },
      caller,
      enabled: true,
    });
    return key;
  }

  /** @param expiresAt milliseconds since the epoch */
  addSession(holder: Holder, caller: Key['caller'], expiresAt: number): SessionKey {
    const key = { ...randomKey('ASIA'), sessionToken: randomBytes(300).toString('base64'), expiresAt };
    const { accessKeyId, secretAccessKey, ...session } = key;
    this.keys.set(accessKeyId, { secretAccessKey, session, holder, caller, enabled: true });
    return key;
  }

  /** A key that is disabled is to AWS's services as one they never knew. */
  setEnabled(accessKeyId: string, enabled: boolean): void {
    this.get(accessKeyId).enabled = enabled;
  }

  setPolicy(accessKeyId: string, policy: unknown): void {
    this.get(accessKeyId).holder.policy = parsePolicy(policy);
  }

  /** @param sessionToken as sent; a user's key must come without, a session's with the very one it was given with */
  find(accessKeyId: string, sessionToken: string | undefined, now: number): FoundKey {
    const key = this.keys.get(accessKeyId);
    if (key === undefined || !key.enabled || key.session?.sessionToken !== sessionToken) {
      return { found: false, problem: 'unknown-key' };
    }
    if (key.session !== undefined && key.session.expiresAt <= now) return { found: false, problem: 'expired' };
    return { found: true, secret: key.secretAccessKey };
  }

  caller(accessKeyId: string): Caller {
    const { caller, holder } = this.get(accessKeyId);
    return { ...caller, policy: holder.policy };
  }

  private get(accessKeyId: string): Key {
    const key = this.keys.get(accessKeyId);
    if (key === undefined) throw new Error('no such access key');
    return key;
  }
}

/** 30 random bytes in base64 are the 40 characters of a real secret key, `+` and `/` included. */
function randomKey(prefix: string): { accessKeyId: string; secretAccessKey: string } {
  return { accessKeyId: `${prefix}${randomId(16)}`, secretAccessKey: randomBytes(30).toString('base64') };
}

export function randomId(length: number): string {
  return Array.from(randomBytes(length), (byte) => base32[byte % base32.length]).join('');
}
