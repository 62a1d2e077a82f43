import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type GcpFailure, invalid } from '../failure.ts';

/** What the service takes from an uploaded certificate. */
export interface Material {
  /** Leaf first. */
  readonly pemCertificate: string;
  readonly pemPrivateKey: string;
  readonly dnsNames: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const rsaBits = new Set([2048, 3072, 4096]);
const curves = new Set(['prime256v1', 'secp384r1']);

/**
 * Checks a self-managed certificate: a leaf with its own key, then each certificate that issued the one before.
 * https://cloud.google.com/certificate-manager/docs/certificates#self-managed says what is supported and that the key
 * has to fit; how the service words a refusal isn't published, so the words are ours.
 * @throws GcpFailure INVALID_ARGUMENT
 */
export function readMaterial(pemCertificate: string, pemPrivateKey: string): Material {
  const chain = readChain(pemCertificate);
  const [leaf] = chain;
  if (leaf === undefined) throw invalid('The certificate data is invalid: no PEM-encoded certificate was found.');
  const key = readKey(pemPrivateKey);
  checkKeyType(leaf.publicKey);
  if (!leaf.checkPrivateKey(key)) throw invalid('The private key does not match the leaf certificate.');
  for (const [index, certificate] of chain.slice(0, -1).entries()) {
    const issuer = chain[index + 1];
    if (issuer === undefined || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      throw invalid(
        `The certificate chain is not in order: certificate ${index + 2} did not issue certificate ${index + 1}.`,
      );
    }
  }
  const parsed = new x509.X509Certificate(leaf.toString());
  const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  return {
    pemCertificate,
    pemPrivateKey,
    dnsNames: names.filter(({ type }) => type === 'dns').map(({ value }) => value),
    expiresAt: parsed.notAfter.getTime(),
  };
}

function readChain(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const rest = blocks.reduce((text, block) => text.replace(block, ''), pem);
  if (rest.includes('-----'))
    throw invalid('The certificate data is invalid: it holds something other than certificates.');
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw invalid('The certificate data is invalid: a certificate could not be parsed.');
    }
  });
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw invalid('The private key is invalid: it must be an unencrypted PEM-encoded key.');
  }
}

function checkKeyType(key: KeyObject): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' && !rsaBits.has(details?.modulusLength ?? 0)) {
    throw unsupported(`RSA-${details?.modulusLength ?? 0}`);
  }
  if (type === 'ec' && !curves.has(details?.namedCurve ?? '')) throw unsupported(`ECDSA ${details?.namedCurve ?? ''}`);
  if (type !== 'rsa' && type !== 'ec') throw unsupported(type ?? 'unknown');
}

function unsupported(kind: string): GcpFailure {
  return invalid(
    `Unsupported key type ${kind}: the supported types are RSA-2048, RSA-3072, RSA-4096, ECDSA P-256 and ECDSA P-384.`,
  );
}
