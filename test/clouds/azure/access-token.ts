import { randomBytes } from 'node:crypto';
import { createLocalJWKSet, errors, exportJWK, generateKeyPair, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

/** Who a verified token speaks for. */
export interface Caller {
  readonly clientId: string;
  readonly objectId: string;
  readonly tenantId: string;
  readonly issuer: string;
}

/** Why a request does not speak for anybody. */
export type Rejection =
  | { readonly kind: 'missing' | 'expired' | 'invalid' }
  | { readonly kind: 'wrong-audience'; readonly audience: string };

/** Signs access tokens and verifies them, with one RSA key made when it is created. */
export interface TokenIssuer {
  readonly keySet: JSONWebKeySet;
  /** An access token in Entra's version 1.0 form, which Key Vault and Resource Manager use. */
  issue(
    grant: Omit<Caller, 'issuer'> & { readonly audience: string; readonly withCertificate: boolean },
  ): Promise<string>;
  /** Reads the `authorization` header of a request to a service that goes by these audiences. */
  verify(
    header: string | undefined,
    audiences: readonly string[],
  ): Promise<Rejection | { readonly kind: 'caller'; readonly caller: Caller }>;
}

/** An hour, as of https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime . */
export const tokenLifetimeSeconds = 3599;

const claims = z.object({ aud: z.string(), iss: z.string(), tid: z.string(), appid: z.string(), oid: z.string() });

export async function createTokenIssuer(now: () => number): Promise<TokenIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const kid = randomBytes(20).toString('base64url');
  const keySet = { keys: [{ ...(await exportJWK(publicKey)), kid, x5t: kid, use: 'sig', alg: 'RS256' }] };
  const findKey = createLocalJWKSet(keySet);

  return {
    keySet,

    issue({ clientId, objectId, tenantId, audience, withCertificate }) {
      const seconds = Math.floor(now() / 1000);
      const issuer = `https://sts.windows.net/${tenantId}/`;
      return new SignJWT({
        appid: clientId,
        appidacr: withCertificate ? '2' : '1',
        idp: issuer,
        oid: objectId,
        tid: tenantId,
        uti: randomBytes(16).toString('base64url'),
        ver: '1.0',
      })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid, x5t: kid })
        .setIssuer(issuer)
        .setSubject(objectId)
        .setAudience(audience)
        .setIssuedAt(seconds)
        .setNotBefore(seconds)
        .setExpirationTime(seconds + tokenLifetimeSeconds)
        .sign(privateKey);
    },

    async verify(header, audiences) {
      const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
      if (token === undefined) return { kind: 'missing' };
      try {
        const verified = await jwtVerify(token, findKey, { algorithms: ['RS256'], currentDate: new Date(now()) });
        const { aud, iss, tid, appid, oid } = claims.parse(verified.payload);
        if (!audiences.includes(aud)) return { kind: 'wrong-audience', audience: aud };
        return { kind: 'caller', caller: { clientId: appid, objectId: oid, tenantId: tid, issuer: iss } };
      } catch (error) {
        if (error instanceof errors.JWTExpired) return { kind: 'expired' };
        if (error instanceof errors.JOSEError || error instanceof z.ZodError) return { kind: 'invalid' };
        throw error;
      }
    },
  };
}
