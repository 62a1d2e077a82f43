import type { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { AwsFailure } from '../failure.ts';

/** What ACM tells of a certificate's inside. */
export interface Contents {
  /** The common name, or without one the first alternative name. */
  readonly domainName: string;
  readonly alternativeNames: readonly string[];
  readonly subject: string;
  /** The common name, or the organisation, of the issuer. */
  readonly issuer: string;
  /** As ACM writes it: hex pairs with colons. */
  readonly serial: string;
  readonly signatureAlgorithm: string;
  /** Undefined if the certificate has no such extension. */
  readonly keyUsages: readonly string[] | undefined;
  readonly extendedKeyUsages: readonly { readonly Name: string; readonly OID: string }[] | undefined;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const { KeyUsageFlags } = x509;
const usageNames: readonly (readonly [flag: number, name: string])[] = [
  [KeyUsageFlags.digitalSignature, 'DIGITAL_SIGNATURE'],
  [KeyUsageFlags.nonRepudiation, 'NON_REPUDIATION'],
  [KeyUsageFlags.keyEncipherment, 'KEY_ENCIPHERMENT'],
  [KeyUsageFlags.dataEncipherment, 'DATA_ENCIPHERMENT'],
  [KeyUsageFlags.keyAgreement, 'KEY_AGREEMENT'],
  [KeyUsageFlags.keyCertSign, 'CERTIFICATE_SIGNING'],
  [KeyUsageFlags.cRLSign, 'CRL_SIGNING'],
  [KeyUsageFlags.encipherOnly, 'ENCIPHER_ONLY'],
  [KeyUsageFlags.decipherOnly, 'DECIPHER_ONLY'],
];
const extendedUsageNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'TLS_WEB_SERVER_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.2': 'TLS_WEB_CLIENT_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.3': 'CODE_SIGNING',
  '1.3.6.1.5.5.7.3.4': 'EMAIL_PROTECTION',
  '1.3.6.1.5.5.7.3.8': 'TIME_STAMPING',
  '1.3.6.1.5.5.7.3.9': 'OCSP_SIGNING',
  '2.5.29.37.0': 'ANY',
};

/** "The OCSP authority URL, if present, must not exceed 1000 characters": API reference, ImportCertificate. */
const maxOcspUrl = 1000;

/**
 * "A certificate must be an SSL/TLS X.509 version 3 certificate. It must contain a public key, the fully qualified domain
 * name (FQDN) or IP address for your website, and information about the issuer": user guide, prerequisites.
 * @throws AwsFailure ValidationException
 */
export function readContents(certificate: X509Certificate): Contents {
  const parsed = new x509.X509Certificate(new Uint8Array(certificate.raw));
  const [commonName] = parsed.subjectName.getField('CN');
  const alternative = parsed.getExtension(x509.SubjectAlternativeNameExtension);
  const names = (alternative?.names.items ?? [])
    .filter(({ type }) => type === 'dns' || type === 'ip')
    .map(({ value }) => value);
  const domainName = commonName ?? names[0];
  const [issuer] = [...parsed.issuerName.getField('CN'), ...parsed.issuerName.getField('O')];
  if (!isVersion3(certificate.raw)) throw invalid('Only X.509 version 3 certificates can be imported.');
  if (domainName === undefined) throw invalid('The certificate contains no domain name and no IP address.');
  if (parsed.issuer === '' || issuer === undefined) throw invalid('The certificate contains no issuer.');
  const { ocsp = [] } = parsed.getExtension(x509.AuthorityInfoAccessExtension) ?? {};
  if (ocsp.some(({ value }) => value.length > maxOcspUrl)) {
    throw invalid(`The OCSP URL in the certificate is longer than ${maxOcspUrl} characters.`);
  }

  const usages = parsed.getExtension(x509.KeyUsagesExtension)?.usages;
  const extended = parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages;
  return {
    domainName,
    alternativeNames: [...new Set([domainName, ...names])],
    subject: parsed.subject,
    issuer,
    serial: (certificate.serialNumber.toLowerCase().match(/../g) ?? []).join(':'),
    signatureAlgorithm: signatureName(parsed),
    keyUsages: usages === undefined ? undefined : usageNames.filter(([flag]) => usages & flag).map(([, name]) => name),
    extendedKeyUsages: extended?.map((usage) => ({
      Name: extendedUsageNames[String(usage)] ?? 'CUSTOM',
      OID: String(usage),
    })),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
}

function signatureName({ signatureAlgorithm: { name, hash } }: x509.X509Certificate): string {
  return `${hash.name.replace('-', '')}WITH${name === 'ECDSA' ? 'ECDSA' : 'RSA'}`;
}

/** Neither parser tells. In the to-be-signed part, version 3 is written as `[0] { INTEGER 2 }` in front; 1 isn't written. */
function isVersion3(der: Buffer): boolean {
  const inside = contentOffset(der, contentOffset(der, 0));
  return der.subarray(inside, inside + 5).equals(Buffer.from([0xa0, 0x03, 0x02, 0x01, 0x02]));
}

/** Where the content of the DER element at this offset begins: behind its tag and length. */
function contentOffset(der: Buffer, offset: number): number {
  const length = der[offset + 1] ?? 0;
  return offset + 2 + (length < 0x80 ? 0 : length & 0x7f);
}

function invalid(message: string): AwsFailure {
  return new AwsFailure('ValidationException', message);
}
