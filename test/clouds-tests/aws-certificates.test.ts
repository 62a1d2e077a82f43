import {
  type ACMClient,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  type ImportCertificateCommandInput,
} from '@aws-sdk/client-acm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Certificate, fingerprintOf, type Key, OpenSsl } from '../certificates/openssl.ts';
import { failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

// Run against moto 5.2.5 too. Where it differs, ACM's user guide, its API reference and AWS's knowledge centre are right and
// followed: moto checks neither that the key belongs to the certificate nor that the chain leads up from it, takes any key
// type and length, more than one certificate in the body, a CA's certificate without its chain, and a reimport with another
// key type, other domains, fewer usages or tags; it puts a root of Amazon's behind every chain, writes the serial number in
// decimal, lists all key types by default, and has sentences of its own for a missing certificate and for what isn't PEM.
// AWS publishes no sentence for expired and future certificates; moto's are used.

const region = 'us-east-1';
const day = 24 * 60 * 60 * 1000;

/** An RSA and an elliptic hierarchy, and what doesn't fit into them. */
const made = OpenSsl.use((openssl) => {
  const rsa = () => openssl.key('RSA-2048');
  const root = openssl.certificate('Root', { authority: true, key: rsa() });
  const issuing = openssl.certificate('Issuing', { authority: true, key: rsa(), issuer: root });
  const other = openssl.certificate('Other', { authority: true, key: rsa() });
  const leaf = openssl.certificate('www.example', { key: rsa(), issuer: issuing });
  const ecRoot = openssl.certificate('EC root', { authority: true });
  const rawKey = (...options: string[]): Key => {
    const pem = openssl.run('genpkey', '-quiet', ...options).toString();
    return { pem, file: openssl.write(pem) };
  };
  const rsaOf = (bits: number) => rawKey('-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`);
  const byKeyType = {
    RSA_1024: rsaOf(1024),
    RSA_2048: rsa(),
    RSA_3072: openssl.key('RSA-3072'),
    RSA_4096: openssl.key('RSA-4096'),
    EC_prime256v1: openssl.key('EC-P256'),
    EC_secp384r1: openssl.key('EC-P384'),
    EC_secp521r1: openssl.key('EC-P521'),
  };
  const selfSigned = (key: Key) => openssl.certificate('self.example', { key });
  const request = openssl.write(openssl.run('req', '-new', '-key', leaf.key.file, '-subj', '/CN=old.example'));
  return {
    root,
    issuing,
    other,
    leaf,
    ecLeaf: openssl.certificate('ec.example', { issuer: ecRoot }),
    ecRoot,
    longOcsp: [1000, 1001].map((length) => {
      const url = `http://ocsp.example/${'x'.repeat(length - 'http://ocsp.example/'.length)}`;
      return openssl.certificate('ocsp.example', { extensions: { authorityInfoAccess: `OCSP;URI:${url}` } });
    }),
    crossSigned: openssl.certificate('cross.example', { key: openssl.key('EC-P256'), issuer: issuing }),
    byKeyType: Object.entries(byKeyType).map(([type, key]) => [type, selfSigned(key)] as const),
    unsupported: {
      'The private key is not supported.': [selfSigned(openssl.key('EC-P256K')), selfSigned(openssl.key('Ed25519'))],
      'The private key length 1536 is not supported for key algorithm.': [selfSigned(rsaOf(1536))],
    },
    traditionalKey: openssl.run('pkey', '-in', leaf.key.file, '-traditional').toString(),
    encryptedKeys: [
      openssl.run('pkcs8', '-topk8', '-in', leaf.key.file, '-passout', 'pass:secret').toString(),
      openssl.run('rsa', '-traditional', '-aes128', '-in', leaf.key.file, '-passout', 'pass:secret').toString(),
    ],
    hugeKey: rsaOf(8192),
    nameless: openssl.run('req', '-x509', '-new', '-key', leaf.key.file, '-subj', '/O=Nobody', '-days', '9').toString(),
    version1: openssl.run('x509', '-req', '-in', request, '-key', leaf.key.file, '-days', '9').toString(),
    detailed: openssl.certificate('detail.example', {
      key: openssl.key('EC-P384'),
      issuer: ecRoot,
      extensions: { keyUsage: 'critical,digitalSignature,keyAgreement', extendedKeyUsage: 'serverAuth,1.2.3.4' },
    }),
  };
});

let bed: Testbed;
let client: ACMClient;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.acm();
});
afterAll(() => bed.close());

interface Parts {
  readonly chain?: readonly Certificate[];
  readonly body?: string;
  readonly key?: string;
}

function input(certificate: Certificate, { chain = [], body, key }: Parts = {}): ImportCertificateCommandInput {
  const chainPem = chain.map(({ pem }) => pem).join('');
  return {
    Certificate: Buffer.from(body ?? certificate.pem),
    PrivateKey: Buffer.from(key ?? certificate.key.pem),
    ...(chainPem === '' ? {} : { CertificateChain: Buffer.from(chainPem) }),
  };
}

async function importIt(certificate: Certificate, parts: Parts = {}): Promise<string> {
  return (await client.send(new ImportCertificateCommand(input(certificate, parts)))).CertificateArn ?? '';
}

const describeIt = async (CertificateArn: string) =>
  (await client.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate;

const validation = (message: string) => ({ code: 'ValidationException', message, status: 400 });

describe('an import', () => {
  test('gives a certificate, chain in order, that reads back as it was', async () => {
    const { leaf, issuing, root } = made;
    const arn = await importIt(leaf, { chain: [issuing, root] });
    expect(arn).toMatch(/^arn:aws:acm:us-east-1:123456789012:certificate\/[0-9a-f-]{36}$/);
    const answer = await client.send(new GetCertificateCommand({ CertificateArn: arn }));
    const blocks = answer.CertificateChain?.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
    expect([answer.Certificate ?? '', ...blocks].map(fingerprintOf)).toEqual(
      [leaf, issuing, root].map(({ fingerprint }) => fingerprint),
    );
    const seen = bed.aws.certificates.get(region, arn);
    expect(seen?.chain.map(fingerprintOf)).toEqual([issuing.fingerprint, root.fingerprint]);
    expect(JSON.stringify([answer, seen])).not.toContain('PRIVATE KEY');
  });

  test('needs no root, and no chain for what is self-signed', async () => {
    await importIt(made.leaf, { chain: [made.issuing] });
    await importIt(made.leaf, { chain: [made.issuing], key: made.traditionalKey });
    const [, selfSigned] = made.byKeyType[1] ?? [];
    const arn = await importIt(selfSigned ?? made.leaf);
    const { CertificateChain } = await client.send(new GetCertificateCommand({ CertificateArn: arn }));
    expect(CertificateChain).toBeUndefined();
  });

  test.each(made.byKeyType)('takes a key of type %s', async (type, certificate) => {
    expect((await describeIt(await importIt(certificate)))?.KeyAlgorithm).toBe(type);
  });

  test('is told of in detail', async () => {
    const before = bed.desk.now();
    const arn = await importIt(made.detailed, { chain: [made.ecRoot] });
    const seen = await describeIt(arn);
    expect(seen).toMatchObject({
      CertificateArn: arn,
      DomainName: 'detail.example',
      SubjectAlternativeNames: ['detail.example'],
      Subject: 'CN=detail.example',
      Issuer: 'EC root',
      Status: 'ISSUED',
      Type: 'IMPORTED',
      KeyAlgorithm: 'EC_secp384r1',
      SignatureAlgorithm: 'SHA256WITHECDSA',
      InUseBy: [],
      KeyUsages: [{ Name: 'DIGITAL_SIGNATURE' }, { Name: 'KEY_AGREEMENT' }],
      ExtendedKeyUsages: [
        { Name: 'TLS_WEB_SERVER_AUTHENTICATION', OID: '1.3.6.1.5.5.7.3.1' },
        { Name: 'CUSTOM', OID: '1.2.3.4' },
      ],
      RenewalEligibility: 'INELIGIBLE',
    });
    expect(seen?.Serial).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2})+$/);
    expect(seen?.ImportedAt?.getTime()).toBeGreaterThanOrEqual(before);
    expect(Math.round(((seen?.NotAfter?.getTime() ?? 0) - (seen?.NotBefore?.getTime() ?? 0)) / day)).toBe(30);
  });
});

describe('refused is', () => {
  test('a chain that doesn’t lead up from the certificate', async () => {
    const { leaf, issuing, root, other } = made;
    const fail = (...chain: Certificate[]) => failureOf(importIt(leaf, { chain }));
    const wrongAt = (index: number) =>
      validation(
        `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index}`,
      );
    expect(await fail()).toEqual(
      validation(
        'Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.',
      ),
    );
    expect(await fail(other)).toEqual(validation('Could not validate the certificate with the certificate chain.'));
    expect(await fail(root)).toEqual(validation('Could not validate the certificate with the certificate chain.'));
    expect(await fail(leaf, issuing, root)).toEqual(wrongAt(0));
    expect(await fail(root, issuing)).toEqual(wrongAt(0));
    expect(await failureOf(importIt(root, { chain: [root] }))).toEqual(wrongAt(0));
    expect(await fail(issuing, other)).toEqual(wrongAt(1));
    expect((await failureOf(importIt(made.crossSigned, { chain: [issuing] }))).message).toBe(
      'The cryptographic algorithm of the certificate must match the algorithm of the signing CA.',
    );
  });

  test('what is no single PEM certificate of version 3 with a name', async () => {
    const { leaf, issuing } = made;
    const fail = (body: string) => failureOf(importIt(leaf, { body, chain: [issuing] }));
    expect(await fail(leaf.pem + issuing.pem)).toEqual(
      validation(
        'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
      ),
    );
    const notPem = validation('The certificate body provided is not in a valid PEM format.');
    expect(await fail('garbage')).toEqual(notPem);
    expect(await fail(`Bag Attributes\n${leaf.pem}`)).toEqual(notPem);
    expect((await fail('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')).message).toMatch(
      /^Unable to parse/,
    );
    expect((await fail(made.nameless)).message).toBe('The certificate contains no domain name and no IP address.');
    expect((await fail(made.version1)).message).toBe('Only X.509 version 3 certificates can be imported.');
    const chain = { ...input(leaf), CertificateChain: Buffer.from(`${issuing.pem}# comment`) };
    expect(await failureOf(client.send(new ImportCertificateCommand(chain)))).toEqual(
      validation('The certificate chain provided is not in a valid PEM format.'),
    );
  });

  test('a key that doesn’t fit, is encrypted or too large', async () => {
    const { leaf, issuing, encryptedKeys } = made;
    const fail = (key: string) => failureOf(importIt(leaf, { key, chain: [issuing] }));
    expect(await fail(issuing.key.pem)).toEqual(validation('The private key does not match the certificate.'));
    for (const key of encryptedKeys) expect(await fail(key)).toEqual(validation('The private key is not supported.'));
    expect((await fail('garbage')).message).toBe('The private key is not PEM-encoded or is not valid.');
    expect((await fail(made.hugeKey.pem)).message).toBe('The private key must be no larger than 5120 bytes.');
    const { code, message } = await fail('x'.repeat(8193));
    expect(code).toBe('ValidationException');
    expect(message).toContain("Value at 'privateKey' failed to satisfy constraint");
    expect(message).not.toContain('xxx');
  });

  test('an OCSP address that is too long', async () => {
    const [fits = made.leaf, tooLong = made.leaf] = made.longOcsp;
    await importIt(fits);
    expect((await failureOf(importIt(tooLong))).message).toBe(
      'The OCSP URL in the certificate is longer than 1000 characters.',
    );
  });

  test('a key type that ACM doesn’t have', async () => {
    for (const [message, certificates] of Object.entries(made.unsupported)) {
      for (const certificate of certificates)
        expect(await failureOf(importIt(certificate))).toEqual(validation(message));
    }
  });

  test('a certificate before and after its time', async () => {
    const { leaf, issuing } = made;
    const at = async (offset: number) => {
      const other = await startTestbed();
      other.desk.setClockOffset(offset);
      // The clock of the client follows the stand-in's, as it does after the first answer of AWS.
      const acm = other.acm();
      acm.config.systemClockOffset = offset;
      const failure = await failureOf(acm.send(new ImportCertificateCommand(input(leaf, { chain: [issuing] }))));
      await other.close();
      return failure;
    };
    expect(await at(-2 * day)).toEqual(validation('The certificate is not in effect yet, is not valid.'));
    expect(await at(40 * day)).toEqual(validation('The certificate has expired, is not valid.'));
  });
});
