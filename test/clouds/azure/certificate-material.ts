import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type PfxContent, readPfx, writePfx } from '../kernel/pfx.ts';
import { badParameter } from './vault-refusal.ts';

export const pfxType = 'application/x-pkcs12';
export const pemType = 'application/x-pem-file';
export const certificateTypes = [pfxType, pemType] as const;
export type CertificateContentType = (typeof certificateTypes)[number];

/** A private key, the certificate that belongs to it, and all certificates in the order in which they were given. */
export interface Material extends PfxContent {
  readonly privateKey: KeyObject;
  readonly leaf: X509Certificate;
}

/** What a policy says of a key, in the words of the wire. */
interface KeyKind {
  readonly kty: 'RSA' | 'EC';
  readonly key_size: number;
  readonly crv?: string;
}

/** https://learn.microsoft.com/azure/key-vault/certificates/about-certificates#supported-key-types */
const curves: Readonly<Record<string, KeyKind>> = {
  prime256v1: { kty: 'EC', key_size: 256, crv: 'P-256' },
  secp384r1: { kty: 'EC', key_size: 384, crv: 'P-384' },
  secp521r1: { kty: 'EC', key_size: 521, crv: 'P-521' },
  secp256k1: { kty: 'EC', key_size: 256, crv: 'P-256K' },
};
const rsaSizes = [2048, 3072, 4096];

/** Reads what is imported: base64 of a PFX file, or PEM. Throws a VaultRefusal in the service's words. */
export function readMaterial(value: string, contentType: CertificateContentType, password = ''): Material {
  const { privateKey, certificates } = contentType === pfxType ? parsePfx(value, password) : parsePem(value);
  if (privateKey === undefined) {
    throw badParameter(
      'Private key is not specified in the specified X.509 PEM certificate content. Please specify private key in ' +
        'the X.509 PEM certificate content.',
    );
  }
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(privateKey));
  if (leaf === undefined) throw unreadable(contentType);
  return { privateKey, certificates, leaf };
}

/** The value of the backing secret: base64 of a PFX file with a blank password, or PEM with the key first. */
export function encodeMaterial({ privateKey, certificates }: PfxContent, contentType: CertificateContentType): string {
  if (contentType === pfxType) {
    return writePfx({ certificates, ...(privateKey === undefined ? {} : { privateKey }) }, '').toString('base64');
  }
  return [...(privateKey === undefined ? [] : [keyPem(privateKey)]), ...certificates].join('');
}

/** What the service makes of a PFX when a GET asks for PEM. */
export function pfxToPem(base64: string): string {
  return encodeMaterial(parsePfx(base64, ''), pemType);
}

/** Throws a VaultRefusal for a key that the service does not keep. */
export function keyKind({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): KeyKind {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails;
  if (asymmetricKeyType === 'rsa' && rsaSizes.includes(modulusLength)) return { kty: 'RSA', key_size: modulusLength };
  const curve = asymmetricKeyType === 'ec' ? curves[namedCurve] : undefined;
  if (curve === undefined) throw badParameter('The specified key type or key size is not supported.');
  return curve;
}

function parsePfx(base64: string, password: string): PfxContent {
  try {
    return readPfx(Buffer.from(base64, 'base64'), password);
  } catch {
    // Whatever the parser found, the service says one thing of all that it cannot open.
    throw unreadable(pfxType);
  }
}

/** As with the service, the key must be PKCS#8. */
function parsePem(pem: string): PfxContent {
  const blocks = (label: string) =>
    pem.match(new RegExp(`-----BEGIN ${label}-----[\\s\\S]*?-----END ${label}-----`, 'g')) ?? [];
  try {
    const certificates = blocks('CERTIFICATE').map((block) => new X509Certificate(block));
    const [key] = blocks('PRIVATE KEY');
    if (certificates.length === 0) throw unreadable(pemType);
    return { certificates, ...(key === undefined ? {} : { privateKey: createPrivateKey(key) }) };
  } catch {
    // As with a PFX, and so that no part of a key gets into the message.
    throw unreadable(pemType);
  }
}

function unreadable(contentType: CertificateContentType) {
  return badParameter(
    contentType === pfxType
      ? 'The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in valid ' +
          'PKCS#12 format.'
      : 'The specified PEM X.509 certificate content is in an unexpected format. Please check if certificate is in ' +
          'valid PEM format.',
  );
}

function keyPem(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}
