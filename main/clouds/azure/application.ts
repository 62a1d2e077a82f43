import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { Failure, invalid } from '../../domain/failure.ts';
import type { Authority } from './authority.ts';
import { authOptions, msalNetwork, tokenOf } from './msal.ts';
import type { Acquire } from './tokens.ts';

type ApplicationCredential =
  | { readonly signIn: 'secret'; readonly clientSecret: string }
  | { readonly signIn: 'certificate'; readonly pem: string };

/**
 * Signs the connection's application in with its secret or certificate.
 * @throws Failure `invalid` or `auth` if settings or credential cannot be used, before anything is sent
 */
export function openApplication(credential: ApplicationCredential, authority: Authority): Acquire {
  const network = msalNetwork(authority);
  const auth = authOptions(authority);
  const application = new ConfidentialClientApplication({
    auth:
      credential.signIn === 'secret'
        ? { ...auth, clientSecret: credential.clientSecret }
        : { ...auth, clientCertificate: certificateOf(credential.pem, authority.deps.now()) },
    system: { networkClient: network.module },
  });
  return async (scope, fresh) => {
    try {
      const result = await application.acquireTokenByClientCredential({
        scopes: [scope],
        skipCache: fresh,
        // No region from the environment: it would send the secret to another host.
        azureRegion: 'DisableMsalForceRegion',
      });
      return tokenOf(result, `The application ${auth.clientId}`);
    } catch (error) {
      throw network.reasonFor(error);
    }
  };
}

/** The certificate and key of a PEM text, as MSAL wants them: SHA-256 thumbprint in hex, key in PKCS#8. */
function certificateOf(pem: string, now: number): { thumbprintSha256: string; privateKey: string } {
  const fix = 'Paste one PEM file with the certificate and its unencrypted RSA private key.';
  const key = keyIn(pem);
  if (!key) throw invalid('certificate-key', 'The PEM holds no readable private key without a passphrase.', fix);
  // Entra takes client assertions signed with RSA only.
  if (key.asymmetricKeyType !== 'rsa') throw invalid('certificate-key', "The certificate's key is not RSA.", fix);
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const leaf = blocks.map(certificateIn).find((certificate) => certificate?.checkPrivateKey(key));
  if (!leaf)
    throw invalid('certificate-mismatch', 'The PEM holds no certificate that belongs to its private key.', fix);
  if (Date.parse(leaf.validTo) <= now) {
    throw new Failure({
      kind: 'auth',
      code: 'certificate-expired',
      sentence: `The sign-in certificate expired on ${new Date(leaf.validTo).toISOString().slice(0, 10)}.`,
      fix: 'Make a new certificate, upload it to the app registration, and enter it here.',
    });
  }
  return {
    thumbprintSha256: createHash('sha256').update(leaf.raw).digest('hex'),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function keyIn(pem: string): KeyObject | undefined {
  const block = pem.match(/-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]*?-----END \1PRIVATE KEY-----/)?.[0];
  if (!block) return undefined;
  try {
    return createPrivateKey(block);
  } catch {
    // Encrypted or damaged. The parser's text is not kept: it may quote the key.
    return undefined;
  }
}

function certificateIn(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    // Not a certificate, so not the one that is looked for.
    return undefined;
  }
}
