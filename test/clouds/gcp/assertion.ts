import { compactVerify, decodeProtectedHeader, errors } from 'jose';
import { z } from 'zod';
import type { Account, Accounts } from './accounts.ts';

const header = z.object({ alg: z.literal('RS256'), kid: z.string().optional() });
const claims = z.object({
  iss: z.string(),
  sub: z.string().optional(),
  aud: z.string().optional(),
  scope: z.string().optional(),
  iat: z.number(),
  exp: z.number(),
});

/** What a service account said, once its signature is verified. */
interface Assertion {
  readonly account: Extract<Account, { kind: 'service-account' }>;
  readonly audience: string | undefined;
  readonly scopes: readonly string[];
  /** Of another account, which is delegation. */
  readonly subject: string | undefined;
}

/** Why it isn't believed. */
export type AssertionProblem = 'malformed' | 'no-account' | 'disabled' | 'signature' | 'time';

/** By how much clocks may differ; Google doesn't publish its figure. */
const toleratedSkewSeconds = 300;
const longestSeconds = 3600;

/**
 * Verifies a JWT that a service account signed with one of its keys, whether it is to be exchanged for an access token
 * or is used as one: https://developers.google.com/identity/protocols/oauth2/service-account
 */
export async function verifyAssertion(
  jwt: string,
  accounts: Accounts,
  nowMs: number,
): Promise<Assertion | AssertionProblem> {
  const parsed = parse(jwt);
  if (parsed === undefined) return 'malformed';
  const { kid, iss, sub, aud, scope, iat, exp } = parsed;
  const account = accounts.findServiceAccount(iss);
  if (account === undefined) return 'no-account';
  if (!account.enabled) return 'disabled';
  // Libraries leave the key's id out when they exchange the JWT: then any key of the account will do.
  const keys = kid === undefined ? [...account.keys.values()] : [account.keys.get(kid)];
  const verified = await Promise.all(keys.map((key) => key !== undefined && isSignedBy(jwt, key)));
  if (!verified.includes(true)) return 'signature';
  const now = nowMs / 1000;
  const reasonable = iat <= now + toleratedSkewSeconds && exp > now - toleratedSkewSeconds;
  if (!reasonable || exp <= iat || exp - iat > longestSeconds) return 'time';
  return {
    account,
    audience: aud,
    scopes: scope?.split(' ').filter((one) => one !== '') ?? [],
    subject: sub === undefined || sub === iss ? undefined : sub,
  };
}

function parse(jwt: string): (z.infer<typeof header> & z.infer<typeof claims>) | undefined {
  try {
    const body: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return { ...header.parse(decodeProtectedHeader(jwt)), ...claims.parse(body) };
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

async function isSignedBy(jwt: string, key: Parameters<typeof compactVerify>[1]): Promise<boolean> {
  try {
    await compactVerify(jwt, key, { algorithms: ['RS256'] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}
