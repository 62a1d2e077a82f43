import { randomBytes } from 'node:crypto';
import type { Account, Accounts } from './accounts.ts';
import { verifyAssertion } from './assertion.ts';

/** Who asks, and for what their token is good. */
export interface Caller {
  readonly account: Account;
  readonly scopes: readonly string[];
}

/** Why a bearer token doesn't speak for anybody, by Google's reasons. */
export type TokenProblem =
  | { readonly reason: 'CREDENTIALS_MISSING' | 'ACCESS_TOKEN_EXPIRED' | 'ACCESS_TOKEN_TYPE_UNSUPPORTED' }
  | { readonly reason: 'ACCOUNT_STATE_INVALID'; readonly email: string };

interface Issued extends Caller {
  readonly expiresAt: number;
}

export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

/** The access tokens that were given out, and those that service accounts sign for themselves. */
export class AccessTokens {
  private readonly issued = new Map<string, Issued>();
  private readonly accounts: Accounts;
  private readonly now: () => number;

  constructor(accounts: Accounts, now: () => number) {
    this.accounts = accounts;
    this.now = now;
  }

  issue(account: Account, scopes: readonly string[], lifetimeSeconds: number): { token: string; expiresAt: number } {
    const token = `ya29.c.${randomBytes(96).toString('base64url')}`;
    const expiresAt = this.now() + lifetimeSeconds * 1000;
    this.issued.set(token, { account, scopes, expiresAt });
    return { token, expiresAt };
  }

  /**
   * Reads the `authorization` header. A JWT that a service account signed itself is as good as an access token, if it
   * names scopes or this API as its audience: https://google.aip.dev/auth/4111
   * @param service `secretmanager.googleapis.com`
   */
  async verify(header: string | undefined, service: string): Promise<Caller | TokenProblem> {
    const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
    if (token === undefined) return { reason: 'CREDENTIALS_MISSING' };
    const issued = this.issued.get(token);
    if (issued !== undefined) {
      if (issued.expiresAt <= this.now()) return { reason: 'ACCESS_TOKEN_EXPIRED' };
      const { account, scopes } = issued;
      return account.enabled ? { account, scopes } : { reason: 'ACCOUNT_STATE_INVALID', email: account.email };
    }
    const assertion = await verifyAssertion(token, this.accounts, this.now());
    if (assertion === 'time') return { reason: 'ACCESS_TOKEN_EXPIRED' };
    if (typeof assertion === 'string' || assertion.subject !== undefined) {
      return { reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED' };
    }
    const { account, audience = '', scopes } = assertion;
    if (scopes.length > 0) return { account, scopes };
    if (isAudience(audience, service)) return { account, scopes: [cloudPlatform] };
    return { reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED' };
  }
}

/** The API by its global name, or by that of a regional endpoint: `secretmanager.europe-west3.rep.googleapis.com`. */
function isAudience(audience: string, service: string): boolean {
  const [name = ''] = service.split('.');
  return new RegExp(`^https://${name}(\\.[a-z0-9-]+\\.rep)?\\.googleapis\\.com/?$`).test(audience);
}
