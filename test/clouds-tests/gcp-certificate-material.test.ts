import { createPrivateKey, generateKeyPairSync, type X509Certificate } from 'node:crypto';
import type { CertificateManagerClient } from '@google-cloud/certificate-manager';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, projectId, selfManaged, startTestbed, type Testbed } from '../clouds/gcp/testbed.ts';
import { type CertificateIssuer, createIssuer, type IssuedCertificate } from '../clouds/kernel/certificate-chain.ts';

let bed: Testbed;
let client: CertificateManagerClient;
let issuer: CertificateIssuer;
let first: IssuedCertificate;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.certificateManager();
  issuer = await createIssuer('P-256');
  first = await issuer.issue();
});
afterAll(() => bed.close());

const parent = `projects/${projectId}/locations/global`;
let made = 0;

interface Upload {
  readonly pemCertificate: string;
  readonly pemPrivateKey: string;
}

async function create(upload: Upload): Promise<string> {
  const certificateId = `made-${++made}`;
  const [operation] = await client.createCertificate({ parent, certificateId, certificate: { selfManaged: upload } });
  await operation.promise();
  return `${parent}/certificates/${certificateId}`;
}

describe('the key and the chain', () => {
  const refusedWith = async (upload: Upload) => {
    const failure = await failureOf(create(upload));
    expect(failure.status).toBe('INVALID_ARGUMENT');
    return failure.message;
  };

  /** A self-signed certificate with a key of this kind. */
  async function alone(algorithm: RsaHashedKeyGenParams | (EcKeyGenParams & { hash: string })) {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=alone.example',
      keys,
      signingAlgorithm: algorithm,
    });
    const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
    return {
      pemCertificate: certificate.toString('pem'),
      pemPrivateKey: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    };
  }
  const rsa = (modulusLength: number) => ({
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  });
  const ecdsa = (namedCurve: string) => ({ name: 'ECDSA', namedCurve, hash: 'SHA-256' });

  // Large RSA keys take their time to make.
  test.each([
    ['RSA-2048', rsa(2048)],
    ['RSA-3072', rsa(3072)],
    ['RSA-4096', rsa(4096)],
    ['P-256', ecdsa('P-256')],
    ['P-384', ecdsa('P-384')],
  ])('may be %s', { timeout: 60_000 }, async (_, algorithm) => {
    const upload = await alone(algorithm);
    const name = await create(upload);
    expect(bed.gcp.certificates.get(name)?.pemCertificate).toBe(upload.pemCertificate);
  });

  test.each([
    ['RSA-1024', rsa(1024)],
    ['ECDSA secp521r1', ecdsa('P-521')],
  ])('can’t be %s', async (kind, algorithm) => {
    expect(await refusedWith(await alone(algorithm))).toContain(`Unsupported key type ${kind}`);
  });

  test('may have the root at the end', async () => {
    const whole = [first.leaf, first.intermediate, first.root].join('');
    await create({ ...selfManaged(first), pemCertificate: whole });
  });

  test('have to fit: leaf first, each one issued by the next, the key that of the leaf', async () => {
    const upload = selfManaged(first);
    const { leaf, intermediate, root } = first;
    const chain = (...certificates: X509Certificate[]) => ({ ...upload, pemCertificate: certificates.join('') });
    expect(await refusedWith(chain(intermediate, leaf))).toContain('does not match');
    expect(await refusedWith(chain(leaf, root))).toContain('not in order');
    expect(await refusedWith(chain(leaf, root, intermediate))).toContain('not in order');
    expect(await refusedWith(chain(leaf, leaf))).toContain('not in order');
    const second = await issuer.issue();
    expect(await refusedWith({ ...upload, pemPrivateKey: selfManaged(second).pemPrivateKey })).toContain(
      'does not match',
    );
  });

  test('are PEM, the key without a passphrase', async () => {
    const upload = selfManaged(first);
    const encrypted = createPrivateKey(upload.pemPrivateKey).export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    });
    expect(await refusedWith({ ...upload, pemPrivateKey: encrypted.toString() })).toContain('unencrypted');
    expect(await refusedWith({ ...upload, pemPrivateKey: '' })).toContain('private key is invalid');
    expect(await refusedWith({ ...upload, pemCertificate: '' })).toContain('no PEM-encoded certificate');
    expect(await refusedWith({ ...upload, pemCertificate: upload.pemCertificate + upload.pemPrivateKey })).toContain(
      'other than certificates',
    );
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(await refusedWith({ ...upload, pemCertificate: broken })).toContain('could not be parsed');
    const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    expect(await refusedWith({ ...upload, pemPrivateKey: ed25519 })).toContain('does not match');
  });
});
