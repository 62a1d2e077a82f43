import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type PfxEncryption, writePfx } from './pfx.ts';

export const certificateKeyTypes = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'P-256', 'P-384', 'P-521'] as const;
export type CertificateKeyType = (typeof certificateKeyTypes)[number];

interface LeafOptions {
  readonly commonName?: string;
  /** Default: the common name alone. */
  readonly dnsNames?: readonly string[];
  /** Default: yesterday. */
  readonly notBefore?: Date;
  /** Default: in 90 days. */
  readonly notAfter?: Date;
  /** Object identifiers. Default: server authentication. */
  readonly extendedKeyUsages?: readonly string[];
}

/** A certificate with its private key and the way up to its root. The key was made in this process. */
export interface IssuedCertificate {
  readonly privateKey: KeyObject;
  readonly leaf: X509Certificate;
  readonly intermediate: X509Certificate;
  readonly root: X509Certificate;
  /** The private key in PKCS#8 and leaf, intermediate and root, as Key Vault keeps them. */
  readonly pem: string;
  /** The same in base64; with a blank password unless another is given. */
  pfxBase64(password?: string, encryption?: PfxEncryption): string;
}

/** A root and an intermediate authority that issue certificates, all with keys of one type. */
export interface CertificateIssuer {
  issue(options?: LeafOptions): Promise<IssuedCertificate>;
}

interface Authority {
  readonly keys: CryptoKeyPair;
  readonly certificate: x509.X509Certificate;
}

const day = 24 * 60 * 60 * 1000;

/** Makes the two authorities, valid from a month ago for ten years. Throws an Error for a name that cannot be encoded. */
export async function createIssuer(keyType: CertificateKeyType): Promise<CertificateIssuer> {
  const algorithm = algorithmOf(keyType);
  const generate = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const root = await makeAuthority(`CN=Stand-in ${keyType} root`, await generate(), algorithm);
  const intermediate = await makeAuthority(`CN=Stand-in ${keyType} issuing`, await generate(), algorithm, root);

  return {
    async issue(options = {}) {
      const { commonName = 'www.contoso.example', dnsNames = [commonName] } = options;
      const keys = await generate();
      const issued = await x509.X509CertificateGenerator.create({
        subject: new x509.Name([{ CN: [commonName] }]).toString(),
        issuer: intermediate.certificate.subject,
        notBefore: options.notBefore ?? new Date(Date.now() - day),
        notAfter: options.notAfter ?? new Date(Date.now() + 90 * day),
        publicKey: keys.publicKey,
        signingKey: intermediate.keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([...(options.extendedKeyUsages ?? [x509.ExtendedKeyUsage.serverAuth])]),
          new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns' as const, value }))),
          await x509.AuthorityKeyIdentifierExtension.create(intermediate.keys.publicKey),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
      const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
      const certificates = [issued, intermediate.certificate, root.certificate];
      const parsed = certificates.map(({ rawData }) => new X509Certificate(Buffer.from(rawData)));
      const [leaf, middle, top] = parsed as [X509Certificate, X509Certificate, X509Certificate];
      return {
        privateKey,
        leaf,
        intermediate: middle,
        root: top,
        pem: [privateKey.export({ format: 'pem', type: 'pkcs8' }), ...parsed].join(''),
        pfxBase64: (password = '', encryption) =>
          writePfx({ privateKey, certificates: parsed }, password, encryption).toString('base64'),
      };
    },
  };
}

async function makeAuthority(
  name: string,
  keys: CryptoKeyPair,
  signingAlgorithm: Algorithm,
  issuer?: Authority,
): Promise<Authority> {
  const certificate = await x509.X509CertificateGenerator.create({
    subject: name,
    issuer: issuer?.certificate.subject ?? name,
    notBefore: new Date(Date.now() - 30 * day),
    notAfter: new Date(Date.now() + 3650 * day),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.AuthorityKeyIdentifierExtension.create((issuer?.keys ?? keys).publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { keys, certificate };
}

function algorithmOf(keyType: CertificateKeyType) {
  const hash = keyType === 'P-384' ? 'SHA-384' : keyType === 'P-521' ? 'SHA-512' : 'SHA-256';
  if (keyType.startsWith('P-')) return { name: 'ECDSA', namedCurve: keyType, hash };
  const modulusLength = Number(keyType.slice('RSA-'.length));
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash };
}
