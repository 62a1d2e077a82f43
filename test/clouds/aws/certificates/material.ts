import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { AwsFailure } from '../failure.ts';
import { type Contents, readContents } from './contents.ts';

/** A certificate with its chain, as it was accepted. The private key was checked and is not kept. */
export interface Material extends Contents {
  readonly certificate: X509Certificate;
  /** From the signing certificate upwards. */
  readonly chain: readonly X509Certificate[];
  readonly keyAlgorithm: string;
}

/** "The private key must be no larger than 5 KB (5,120 bytes) and must be unencrypted": user guide, prerequisites. */
const maxKeyBytes = 5120;
const rsaLengths = new Set([1024, 2048, 3072, 4096]);
const curves = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * Checks what is imported by the prerequisites and troubleshooting pages of ACM's user guide. The sentences of those
 * pages and of the import article in AWS's knowledge centre are used where they have one.
 * @param now milliseconds since the epoch
 * @throws AwsFailure ValidationException
 */
export function readMaterial(
  blobs: { readonly Certificate: string; readonly PrivateKey: string; readonly CertificateChain?: string | undefined },
  now: number,
): Material {
  const [certificate, more] = readCertificates(blobs.Certificate, 'body');
  if (more !== undefined || certificate === undefined) {
    throw invalid(
      'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
    );
  }
  const key = readKey(blobs.PrivateKey);
  const keyAlgorithm = algorithmOf(key);
  if (!certificate.checkPrivateKey(key)) throw invalid('The private key does not match the certificate.');
  if (Date.parse(certificate.validTo) < now) throw invalid('The certificate has expired, is not valid.');
  if (Date.parse(certificate.validFrom) > now) throw invalid('The certificate is not in effect yet, is not valid.');
  const contents = readContents(certificate);
  const chain = blobs.CertificateChain === undefined ? [] : readCertificates(blobs.CertificateChain, 'chain');
  checkChain(certificate, chain);
  return { ...contents, certificate, chain, keyAlgorithm };
}

/** @throws AwsFailure ValidationException unless there are PEM certificates and nothing else */
function readCertificates(blob: string, field: 'body' | 'chain'): X509Certificate[] {
  const text = Buffer.from(blob, 'base64').toString('latin1');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  const rest = blocks.reduce((left, block) => left.replace(block, ''), text);
  if (blocks.length === 0 || rest.trim() !== '') {
    throw invalid(`The certificate ${field} provided is not in a valid PEM format.`);
  }
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw invalid('Unable to parse certificate. Please ensure the certificate is in PEM format.');
  }
}

function readKey(blob: string): KeyObject {
  const bytes = Buffer.from(blob, 'base64');
  if (bytes.length > maxKeyBytes) throw invalid(`The private key must be no larger than ${maxKeyBytes} bytes.`);
  const text = bytes.toString('latin1').trim();
  if (/^Proc-Type: 4,ENCRYPTED$/m.test(text)) throw unsupportedKey();
  const oneBlock = /^-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----[^-]+-----END \1-----$/.exec(text);
  if (oneBlock === null) throw invalid('The private key is not PEM-encoded or is not valid.');
  if (oneBlock[1] === 'ENCRYPTED PRIVATE KEY') throw unsupportedKey();
  try {
    return createPrivateKey(text);
  } catch {
    throw invalid('The private key is not PEM-encoded or is not valid.');
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'rsa') {
    if (rsaLengths.has(modulusLength)) return `RSA_${modulusLength}`;
    throw invalid(`The private key length ${modulusLength} is not supported for key algorithm.`);
  }
  if (asymmetricKeyType === 'ec' && curves.has(namedCurve)) return `EC_${namedCurve}`;
  throw unsupportedKey();
}

/**
 * "Each certificate in the chain must directly certify the one preceding. Do not include your end-entity certificate in
 * the intermediate certificate chain"; a root at its end may be left out.
 */
function checkChain(certificate: X509Certificate, chain: readonly X509Certificate[]): void {
  if (chain.length === 0) {
    if (isIssuedBy(certificate, certificate)) return;
    throw invalid(
      'Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or ' +
        'certificate chain.',
    );
  }
  const family = (one: X509Certificate) => one.publicKey.asymmetricKeyType;
  if (!chain.some((one) => isIssuedBy(certificate, one))) {
    throw invalid('Could not validate the certificate with the certificate chain.');
  }
  const wrong = chain.findIndex(
    (one, index) => one.raw.equals(certificate.raw) || !isIssuedBy(chain[index - 1] ?? certificate, one),
  );
  if (wrong !== -1) {
    throw invalid(
      'Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, ' +
        `followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${wrong}`,
    );
  }
  const [signer] = chain;
  if (signer !== undefined && family(signer) !== family(certificate)) {
    throw invalid('The cryptographic algorithm of the certificate must match the algorithm of the signing CA.');
  }
}

/** By name and signature alone: a self-signed server certificate may well say that it is no authority. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.issuer === issuer.subject && certificate.verify(issuer.publicKey);
}

function unsupportedKey(): AwsFailure {
  return invalid('The private key is not supported.');
}

function invalid(message: string): AwsFailure {
  return new AwsFailure('ValidationException', message);
}
