import { X509Certificate } from 'node:crypto';
import { compactVerify, decodeProtectedHeader, errors } from 'jose';
import { z } from 'zod';
import type { App } from './directory.ts';

/** Why a client assertion is refused, in Entra's numbers and words. */
interface AssertionFault {
  readonly code: number;
  readonly text: string;
}

const header = z.object({
  alg: z.enum(['RS256', 'PS256']),
  x5t: z.string().optional(),
  'x5t#S256': z.string().optional(),
});
const payload = z.object({
  aud: z.string(),
  exp: z.number(),
  iss: z.string(),
  jti: z.string(),
  nbf: z.number().optional(),
  sub: z.string(),
});

const review =
  'Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .';
const toleratedSkewSeconds = 300;

/**
 * Verifies a client assertion against the app's registered certificates; returns what is wrong with it, or undefined.
 * The claims are those of https://learn.microsoft.com/entra/identity-platform/certificate-credentials ; an assertion
 * may be used again until it expires, as MSAL does. `audiences` are the URLs by which the token endpoint goes.
 */
export async function assertionFault(
  assertion: string,
  app: App,
  audiences: readonly string[],
  nowMs: number,
): Promise<AssertionFault | undefined> {
  const nowSeconds = Math.floor(nowMs / 1000);
  const head = parseHeader(assertion);
  if (head === undefined) return invalidJwt('The token is malformed or uses an algorithm that is not supported.');
  const encoded = head['x5t#S256'] ?? head.x5t;
  if (encoded === undefined) return invalidJwt('No certificate thumbprint specified in token header.');

  const thumbprint = Buffer.from(encoded, 'base64url').toString('hex').toUpperCase();
  const certificate = app.certificates
    .map((pem) => new X509Certificate(pem))
    .find(({ fingerprint, fingerprint256 }) => [plain(fingerprint), plain(fingerprint256)].includes(thumbprint));
  if (certificate === undefined) return notRegistered('The key was not found.', thumbprint, app);
  if (Date.parse(certificate.validTo) < nowMs) return notRegistered('The key used is expired.', thumbprint, app);

  const claims = await verifiedClaims(assertion, certificate);
  if (claims === 'bad-signature') {
    return badSignature('The provided signature value did not match the expected signature value.', thumbprint);
  }
  if (claims === 'bad-claims') return invalidJwt('A required claim is missing.');
  if (claims.iss !== app.clientId || claims.sub !== app.clientId) {
    return {
      code: 700021,
      text: `Client assertion application identifier doesn't match 'client_id' parameter. ${review}`,
    };
  }
  if (!audiences.includes(claims.aud)) {
    return { code: 700023, text: `Client assertion audience claim does not match Realm issuer. ${review}` };
  }
  if (claims.exp < nowSeconds || (claims.nbf ?? 0) > nowSeconds + toleratedSkewSeconds) {
    const [current, from, until] = [nowSeconds, claims.nbf ?? 0, claims.exp].map((s) =>
      new Date(s * 1000).toISOString(),
    );
    return {
      code: 700024,
      text:
        'Client assertion is not within its valid time range. ' +
        `Current time: ${current}, assertion valid from ${from}, expiry time of assertion ${until}. ${review}`,
    };
  }
  return undefined;
}

function parseHeader(assertion: string): z.infer<typeof header> | undefined {
  try {
    return header.parse(decodeProtectedHeader(assertion));
  } catch (error) {
    if (error instanceof TypeError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

async function verifiedClaims(assertion: string, certificate: X509Certificate) {
  try {
    const verified = await compactVerify(assertion, certificate.publicKey, { algorithms: ['RS256', 'PS256'] });
    return payload.parse(JSON.parse(new TextDecoder().decode(verified.payload)));
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad-signature';
    if (error instanceof errors.JOSEError || error instanceof z.ZodError || error instanceof SyntaxError) {
      return 'bad-claims';
    }
    throw error;
  }
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(':', '');
}

function invalidJwt(reason: string): AssertionFault {
  return { code: 50027, text: `Invalid JWT token. ${reason}` };
}

function badSignature(reason: string, thumbprint: string): AssertionFault {
  const detail = `[Reason - ${reason}, Thumbprint of key used by client: '${thumbprint}']`;
  return { code: 700027, text: `Client assertion contains an invalid signature. ${detail}` };
}

function notRegistered(reason: string, thumbprint: string, app: App): AssertionFault {
  return {
    code: 700027,
    text:
      'The certificate with identifier used to sign the client assertion is not registered on application. ' +
      `[Reason - ${reason}, Thumbprint of key used by client: '${thumbprint}', Please visit the Azure Portal, Graph ` +
      `Explorer or directly use MS Graph to see configured keys for app Id '${app.clientId}'. ${review}]`,
  };
}
