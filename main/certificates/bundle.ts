import type { X509Certificate } from 'node:crypto';
import type { CertificateBundle } from '../domain/certificate.ts';
import { type Failure, invalid } from '../domain/failure.ts';
import { chainOf } from './chain.ts';
import type { Contents } from './contents.ts';
import { factsAbout, readCertificate } from './facts.ts';
import { openPem, pemOf, strictBase64 } from './pem.ts';
import { openPfx } from './pfx.ts';

/** A certificate with its private key, as a vault hands it out. */
export interface CertificateContent {
  /** `application/x-pkcs12`: the value is a PFX file in Base64. */
  readonly contentType: 'application/x-pkcs12' | 'application/x-pem-file';
  readonly value: string;
  /** Of the PFX file or the PEM text's private key; without one, an empty password is tried. */
  readonly password?: string;
}

/**
 * Takes a bundle apart and puts it in order: the private key, the certificate it belongs to, and the authorities above it.
 * @throws Failure `invalid`, never quoting any of it: `pfx-unreadable`, `pem-unreadable`, `certificate-unreadable`,
 *   `pfx-password-missing`, `pfx-password-wrong`, `key-password-missing`, `key-password-wrong`, `key-unsupported`,
 *   `encryption-unsupported`, `encryption-too-slow`, `not-a-certificate`, `no-private-key`, `several-keys`, `key-mismatch`
 */
export function readBundle(content: CertificateContent): CertificateBundle {
  const contents = open(content);
  const certificates = contents.certificates.map(readCertificate);
  if (certificates.length === 0) throw notACertificate();
  if (contents.keys.length === 0) throw noPrivateKey();
  const keys = contents.keys.filter((key, index) => contents.keys.findIndex((other) => key.equals(other)) === index);
  const matches = keys.flatMap((key) => {
    const chain = chainOf(certificates, key);
    return chain ? [{ key, ...chain }] : [];
  });
  const [match, another] = matches;
  if (!match) throw keyMismatch();
  if (another) throw severalKeys();
  return {
    leaf: pemOfCertificate(match.leaf),
    chain: match.chain.map(pemOfCertificate),
    root: match.root && pemOfCertificate(match.root),
    privateKey: pemOf('PRIVATE KEY', match.key.export({ type: 'pkcs8', format: 'der' })),
    facts: factsAbout(match.leaf, match.missingIssuer),
  };
}

function open({ contentType, value, password }: CertificateContent): Contents {
  if (contentType === 'application/x-pem-file') return openPem(value, password);
  return openPfx(strictBase64(value) ?? Buffer.alloc(0), password);
}

function pemOfCertificate(certificate: X509Certificate): string {
  return pemOf('CERTIFICATE', certificate.raw);
}

function notACertificate(): Failure {
  return invalid(
    'not-a-certificate',
    'The value holds no certificate.',
    'Check that the source is a Key Vault certificate, or import the certificate into the vault again.',
  );
}

function noPrivateKey(): Failure {
  return invalid(
    'no-private-key',
    'The certificate came without its private key: its policy in Key Vault does not let the key be exported.',
    'Issue a new version with an exportable private key (not possible for keys in an HSM), or delete this record.',
  );
}

function severalKeys(): Failure {
  return invalid(
    'several-keys',
    'The bundle holds several certificates, each with its own private key: which one is meant cannot be told.',
    'Import the certificate that is meant into the vault alone, with its chain.',
  );
}

function keyMismatch(): Failure {
  return invalid(
    'key-mismatch',
    'The private key belongs to none of the certificates in the bundle.',
    'Import the certificate together with its own private key into the vault again.',
  );
}
