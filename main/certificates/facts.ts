import { createHash, X509Certificate } from 'node:crypto';
import type { CertificateFacts, CertificateKeyType } from '../domain/certificate.ts';
import { invalid } from '../domain/failure.ts';
import { isSelfSigned, nameOf } from './chain.ts';
import { type Asn1, children, integer, isTagged, Malformed, octets, oid, parseDer } from './der.ts';

const rsaEncryption = '1.2.840.113549.1.1.1';
const ecPublicKey = '1.2.840.10045.2.1';
const rsaSignatures = '1.2.840.113549.1.1.';
const ecSignatures = '1.2.840.10045.4.';

const rsaTypes: Readonly<Record<number, CertificateKeyType>> = { 2048: 'RSA-2048', 3072: 'RSA-3072', 4096: 'RSA-4096' };

const curveTypes: Readonly<Record<string, CertificateKeyType>> = {
  '1.2.840.10045.3.1.7': 'EC-P256',
  '1.3.132.0.34': 'EC-P384',
  '1.3.132.0.35': 'EC-P521',
  '1.3.132.0.10': 'EC-P256K',
};

const keyUsageExtension = '2.5.29.15';
const subjectAltNameExtension = '2.5.29.17';
const extendedKeyUsageExtension = '2.5.29.37';
const authorityInfoAccessExtension = '1.3.6.1.5.5.7.1.1';
const ocspMethod = '1.3.6.1.5.5.7.48.1';

/** RFC 5280, 4.2.1.3, by bit. */
const keyUsageNames = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

/**
 * What one certificate says, without its key and chain: its issuer counts as missing unless it signed itself.
 * @param certificate PEM or DER
 * @throws Failure `certificate-unreadable`
 */
export function factsOf(certificate: string | Uint8Array): CertificateFacts {
  const parsed = typeof certificate === 'string' ? parseCertificate(certificate) : readCertificate(certificate);
  return factsAbout(parsed, isSelfSigned(parsed) ? null : nameOf(parsed.issuer));
}

/** @param der one certificate and nothing else @throws Failure `certificate-unreadable` */
export function readCertificate(der: Uint8Array): X509Certificate {
  const certificate = parseCertificate(der);
  // The parser skips what follows a certificate, and looks for PEM in DER before all else.
  if (!certificate.raw.equals(der)) throw unreadable();
  return certificate;
}

/** @throws Failure `certificate-unreadable` */
export function factsAbout(certificate: X509Certificate, missingIssuer: string | null): CertificateFacts {
  const notBefore = Date.parse(certificate.validFrom);
  const notAfter = Date.parse(certificate.validTo);
  if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) throw unreadable();
  try {
    return {
      subject: nameOf(certificate.subject),
      issuer: nameOf(certificate.issuer),
      serial: certificate.serialNumber.toLowerCase(),
      notBefore,
      notAfter,
      fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
      missingIssuer,
      ...structureOf(certificate),
    };
  } catch (error) {
    if (error instanceof Malformed) throw unreadable();
    throw error;
  }
}

/** What Node's own class doesn't tell, or not of every key. */
function structureOf(certificate: X509Certificate) {
  const [tbs, signature] = children(parseDer(certificate.raw));
  const fields = children(tbs);
  const [version] = isTagged(fields[0], 0) ? children(fields.shift()) : [];
  const subjectPublicKeyInfo = fields[5];
  const extensions = extensionsOf(fields.find((field) => isTagged(field, 3)));
  const keyUsage = extensions.get(keyUsageExtension);
  const extendedKeyUsage = extensions.get(extendedKeyUsageExtension);
  const listed = dnsNames(extensions.get(subjectAltNameExtension));
  return {
    keyType: keyTypeOf(certificate, subjectPublicKeyInfo),
    names: listed.length > 0 ? listed : commonNames(certificate),
    version: version ? integer(version) + 1 : 1,
    signatureFamily: signatureFamily(oid(children(signature)[0])),
    keyUsages: keyUsage ? keyUsagesIn(octets(keyUsage)) : null,
    extendedKeyUsages: extendedKeyUsage ? children(extendedKeyUsage).map(oid) : null,
    ocspUrls: ocspUrls(extensions.get(authorityInfoAccessExtension)),
  };
}

function keyTypeOf(certificate: X509Certificate, subjectPublicKeyInfo: Asn1 | undefined): CertificateKeyType {
  const [algorithm, parameters] = children(children(subjectPublicKeyInfo)[0]);
  const name = oid(algorithm);
  if (name === rsaEncryption) return rsaTypes[rsaBits(certificate)] ?? 'RSA-other';
  const isNamedCurve = name === ecPublicKey && parameters?.constructed === false;
  return (isNamedCurve ? curveTypes[oid(parameters)] : undefined) ?? 'other';
}

function rsaBits(certificate: X509Certificate): number {
  try {
    return certificate.publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  } catch {
    // A size that the library refuses to work with.
    return 0;
  }
}

function signatureFamily(algorithm: string): CertificateFacts['signatureFamily'] {
  if (algorithm.startsWith(rsaSignatures)) return 'RSA';
  return algorithm.startsWith(ecSignatures) ? 'EC' : 'other';
}

/** The extensions' values by identifier. */
function extensionsOf(field: Asn1 | undefined): Map<string, Asn1> {
  if (!field) return new Map();
  return new Map(
    children(children(field)[0]).map((extension) => {
      const parts = children(extension);
      return [oid(parts[0]), parseDer(octets(parts.at(-1)))];
    }),
  );
}

/** @param bits a BIT STRING's content: how many bits of the last byte are none, then the bits, first bit highest */
function keyUsagesIn(bits: Buffer): string[] {
  return keyUsageNames.filter((_, bit) => ((bits[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function dnsNames(subjectAltName: Asn1 | undefined): string[] {
  const general = subjectAltName ? children(subjectAltName) : [];
  const names = general.filter((name) => isTagged(name, 2)).map((name) => octets(name).toString('latin1'));
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function commonNames(certificate: X509Certificate): string[] {
  const names: unknown = certificate.toLegacyObject().subject?.CN;
  return [names].flat().filter((name) => typeof name === 'string');
}

function ocspUrls(authorityInfoAccess: Asn1 | undefined): string[] {
  const access = authorityInfoAccess ? children(authorityInfoAccess) : [];
  return access.flatMap((description) => {
    const [method, location] = children(description);
    return oid(method) === ocspMethod && isTagged(location, 6) ? [octets(location).toString('latin1')] : [];
  });
}

function parseCertificate(certificate: string | Uint8Array): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch {
    throw unreadable();
  }
}

function unreadable() {
  return invalid(
    'certificate-unreadable',
    'A certificate in the bundle is damaged.',
    'Import the certificate into the vault again, as PFX or PEM.',
  );
}
