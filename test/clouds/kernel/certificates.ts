import * as x509 from '@peculiar/x509';
import type { TlsIdentity } from './server.ts';

/** A certification authority that lives as long as the process: its key is never written anywhere. */
interface Authority {
  readonly certPem: string;
  /** A server certificate for the loopback names, with a new key. */
  issueForLoopback(): Promise<TlsIdentity>;
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
};
const day = 24 * 60 * 60 * 1000;

/** Makes a new authority, valid from yesterday for ten days. */
export async function createAuthority(): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Stand-in clouds test authority',
    ...validity(10),
    keys,
    signingAlgorithm: ecdsa,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certPem: authority.toString('pem'),
    async issueForLoopback() {
      const leafKeys = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
      const leaf = await x509.X509CertificateGenerator.create({
        subject: 'CN=localhost',
        issuer: authority.subject,
        ...validity(9),
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ecdsa,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'localhost' },
            { type: 'ip', value: '127.0.0.1' },
            { type: 'ip', value: '::1' },
          ]),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
          await x509.SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
        ],
      });
      return { key: await toPem(leafKeys.privateKey), cert: leaf.toString('pem') };
    },
  };
}

/** A self-signed RSA certificate of this common name, valid from yesterday for `days`, as used to sign in an app. */
export async function createSelfSigned(commonName: string, days: number): Promise<TlsIdentity> {
  const keys = await crypto.subtle.generateKey(rsa, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    ...validity(days),
    keys,
    signingAlgorithm: rsa,
  });
  return { key: await toPem(keys.privateKey), cert: certificate.toString('pem') };
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - day), notAfter: new Date(now + days * day) };
}

async function toPem(privateKey: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
}
