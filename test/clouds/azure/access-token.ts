import { randomBytes } from 'node:crypto';
import { createLocalJWKSet, errors, exportJWK, generateKeyPair, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { User } from './directory.ts';

/** Who a verified token speaks for. */
export interface Caller {
  readonly clientId: string;
  /** Of the service principal, or of the user in whose name the app acts. */
  readonly objectId: string;
  readonly tenantId: string;
  readonly issuer: string;
  /** The name a user signs in by; absent when an app acts for itself. */
  readonly userName?: string;
}

/** Why a request does not speak for anybody. */
export type Rejection =
  | { readonly kind: 'missing' | 'expired' | 'invalid' }
  | { readonly kind: 'wrong-audience'; readonly audience: string };

interface Grant {
  readonly clientId: string;
  readonly tenantId: string;
  readonly audience: string;
  /** How the app proved who it is; a public client does not. */
  readonly proof: 'none' | 'secret' | 'certificate';
  /** An app that acts for itself, or a user. */
  readonly subject: { readonly objectId: string } | User;
}

/** Signs access tokens and verifies them, with one RSA key made when it is created. */
export interface TokenIssuer {
  readonly keySet: JSONWebKeySet;
  /** An access token in Entra's version 1.0 form, which Key Vault and Resource Manager use. */
  issue(grant: Grant): Promise<string>;
  /** What tells an app who signed in; `issuer` is the sign-in URL of the tenant in version 2.0. */
  issueIdToken(
    user: User,
    grant: Pick<Grant, 'clientId' | 'tenantId'> & { readonly issuer: string; readonly nonce?: string },
  ): Promise<string>;
  /** Reads the `authorization` header of a request to a service that goes by these audiences. */
  verify(
    header: string | undefined,
    audiences: readonly string[],
  ): Promise<Rejection | { readonly kind: 'caller'; readonly caller: Caller }>;
}

/** An hour, as of https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime . */
export const tokenLifetimeSeconds = 3599;

const claims = z.object({
  aud: z.string(),
  iss: z.string(),
  tid: z.string(),
  appid: z.string(),
  oid: z.string(),
  upn: z.string().optional(),
});

const proofNumbers = { none: '0', secret: '1', certificate: '2' };

export async function createTokenIssuer(now: () => number): Promise<TokenIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const kid = randomBytes(20).toString('base64url');
  const keySet = { keys: [{ ...(await exportJWK(publicKey)), kid, x5t: kid, use: 'sig', alg: 'RS256' }] };
  const findKey = createLocalJWKSet(keySet);

  function sign(payload: Record<string, unknown>, issuer: string, subject: string, audience: string): Promise<string> {
    const seconds = Math.floor(now() / 1000);
    return new SignJWT({ ...payload, uti: randomBytes(16).toString('base64url') })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid, x5t: kid })
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience(audience)
      .setIssuedAt(seconds)
      .setNotBefore(seconds)
      .setExpirationTime(seconds + tokenLifetimeSeconds)
      .sign(privateKey);
  }

  return {
    keySet,

    issue({ clientId, tenantId, audience, proof, subject }) {
      const issuer = `https://sts.windows.net/${tenantId}/`;
      const { objectId } = subject;
      const ofUser =
        'userName' in subject
          ? {
              amr: ['pwd'],
              name: subject.displayName,
              scp: 'user_impersonation',
              unique_name: subject.userName,
              upn: subject.userName,
            }
          : {};
      const base = { appid: clientId, appidacr: proofNumbers[proof], idp: issuer, oid: objectId, tid: tenantId };
      return sign({ ...base, ...ofUser, ver: '1.0' }, issuer, objectId, audience);
    },

    issueIdToken({ objectId, userName, displayName }, { clientId, tenantId, issuer, nonce }) {
      const payload = {
        name: displayName,
        ...(nonce === undefined ? {} : { nonce }),
        oid: objectId,
        preferred_username: userName,
        tid: tenantId,
        ver: '2.0',
      };
      return sign(payload, issuer, objectId, clientId);
    },

    async verify(header, audiences) {
      const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
      if (token === undefined) return { kind: 'missing' };
      try {
        const verified = await jwtVerify(token, findKey, { algorithms: ['RS256'], currentDate: new Date(now()) });
        const { aud, iss, tid, appid, oid, upn } = claims.parse(verified.payload);
        if (!audiences.includes(aud)) return { kind: 'wrong-audience', audience: aud };
        const caller = { clientId: appid, objectId: oid, tenantId: tid, issuer: iss };
        return { kind: 'caller', caller: upn === undefined ? caller : { ...caller, userName: upn } };
      } catch (error) {
        if (error instanceof errors.JWTExpired) return { kind: 'expired' };
        if (error instanceof errors.JOSEError || error instanceof z.ZodError) return { kind: 'invalid' };
        throw error;
      }
    },
  };
}
