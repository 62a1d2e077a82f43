import { createPrivateKey, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import forge from 'node-forge';
import { describe, expect, test } from 'vitest';
import { type CertificateContent, factsOf, readBundle, toPem, toPfx } from '../../main/certificates/index.ts';
import { Failure } from '../../main/domain/failure.ts';
import { everythingIn } from '../conformance/outcome.ts';
import { derOf, fingerprintOf, type KeyType, keyTypes, OpenSsl } from './openssl.ts';
import { outcomeOf } from './outcome.ts';

const asPfx = (bytes: Uint8Array, password?: string): CertificateContent => ({
  contentType: 'application/x-pkcs12',
  value: Buffer.from(bytes).toString('base64'),
  ...(password === undefined ? {} : { password }),
});
const asPem = (value: string): CertificateContent => ({ contentType: 'application/x-pem-file', value });
const codeOf = (content: CertificateContent) => outcomeOf(() => readBundle(content));

/** A leaf under one authority and a root. */
function hierarchy(openssl: OpenSsl, type: KeyType = 'EC-P256', extensions: Readonly<Record<string, string>> = {}) {
  const root = openssl.certificate('Root', { authority: true });
  const issuing = openssl.certificate('Issuing', { authority: true, issuer: root });
  const leaf = openssl.certificate('www.example', { key: openssl.key(type), issuer: issuing, extensions });
  return { root, issuing, leaf };
}

/** The file as it is, but for the rounds of key derivation that it says it took. Both numbers have three bytes. */
function claiming(file: Buffer, rounds: number, claimed: number): Buffer {
  const integer = (number: number) => `0203${number.toString(16).padStart(6, '0')}`;
  return Buffer.from(file.toString('hex').replaceAll(integer(rounds), integer(claimed)), 'hex');
}

/** The PFX file with its last part, which holds the encrypted key, so many times. */
function withParts(file: Buffer, times: number): Buffer {
  const { asn1 } = forge;
  const held = (node: forge.asn1.Asn1 | undefined, ...path: readonly number[]): forge.asn1.Asn1[] => {
    if (!node || typeof node.value === 'string') throw new Error('not a PFX file');
    const [first, ...rest] = path;
    return first === undefined ? node.value : held(node.value[first], ...rest);
  };
  const whole = asn1.fromDer(file.toString('latin1'));
  const [content] = held(whole, 1, 1);
  if (typeof content?.value !== 'string') throw new Error('not a PFX file');
  const parts = held(asn1.fromDer(content.value));
  const last = parts.at(-1);
  if (!last) throw new Error('an empty PFX file');
  parts.push(...Array.from({ length: times - 1 }, () => last));
  content.value = asn1.toDer(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, parts)).getBytes();
  return Buffer.from(asn1.toDer(whole).getBytes(), 'latin1');
}

/** The certificates and the key that OpenSSL finds in a text. */
function contentsOf(pem: string) {
  const blocks = pem.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
  return {
    certificates: blocks.filter((block) => block.includes('CERTIFICATE')).map(fingerprintOf),
    keys: blocks.filter((block) => block.includes('PRIVATE KEY')).map(derOf),
  };
}

describe.each(keyTypes.filter((type) => type !== 'EC-P256K'))('a bundle with a key of type %s', (type) => {
  const made = OpenSsl.use((openssl) => {
    const { root, issuing, leaf } = hierarchy(openssl, type);
    const bundle = readBundle(asPem(root.pem + issuing.pem + leaf.pem + leaf.key.pem));
    const text = openssl.write(toPem(bundle));
    // OpenSSL's way to read all certificates of a text.
    const pkcs7 = openssl.write(openssl.run('crl2pkcs7', '-nocrl', '-certfile', text));
    const file = openssl.write(toPfx(bundle));
    return {
      leaf,
      issuing,
      bundle,
      fromText: contentsOf(`${openssl.run('pkey', '-in', text)}${openssl.run('pkcs7', '-print_certs', '-in', pkcs7)}`),
      fromFile: contentsOf(openssl.run('pkcs12', '-in', file, '-passin', 'pass:', '-nodes').toString()),
      verified: openssl.run('verify', '-CAfile', root.file, '-untrusted', text, leaf.file).toString(),
      shuffled: readBundle(asPfx(openssl.pfx([leaf, root, issuing], ''))),
    };
  });
  const { bundle, leaf, issuing, shuffled } = made;
  const expected = {
    certificates: [leaf.fingerprint, issuing.fingerprint],
    keys: [createPrivateKey(leaf.key.pem).export({ type: 'pkcs8', format: 'der' })],
  };

  test('OpenSSL reads its PEM and its PFX, leaf first, without the root', () => {
    expect(made.fromText).toEqual(expected);
    expect(made.fromFile).toEqual(expected);
    expect(made.verified).toMatch(/: OK\n$/);
  });

  test('reading what was written gives the same bundle, but for the root', () => {
    const rootless = { ...bundle, root: null };
    expect(readBundle(asPem(toPem(bundle)))).toEqual(rootless);
    expect(readBundle(asPfx(toPfx(bundle)))).toEqual(rootless);
  });

  test('the same contents give the same bytes, wherever they came from', () => {
    expect(shuffled).toEqual(bundle);
    expect(toPem(shuffled)).toBe(toPem(bundle));
    expect(toPfx(shuffled)).toEqual(toPfx(bundle));
  });
});

test('no two salts or IVs of PFX files are alike', () => {
  const [one, other] = OpenSsl.use((openssl) => {
    const { issuing, leaf } = hierarchy(openssl);
    const renewed = openssl.certificate('www.example', { key: leaf.key, issuer: issuing, days: 60 });
    return [leaf, renewed].map((certificate) => readBundle(asPem(leaf.key.pem + certificate.pem)));
  });
  if (!one || !other) throw new Error('no bundles');
  // OCTET STRINGs of 16 bytes: the tag 4, the length 16.
  const salts = [one, other].flatMap((bundle) => {
    const bytes = Buffer.from(toPfx(bundle)).toString('hex').replace(/../g, '$& ');
    return [...bytes.matchAll(/04 10 ((?:.. ){16})/g)].map(([, salt]) => salt);
  });
  expect(salts.length).toBeGreaterThanOrEqual(10);
  expect(new Set(salts).size).toBe(salts.length);
});

describe('containers as other tools write them', () => {
  const { leaf, issuing, rsa, plain } = OpenSsl.use((openssl) => {
    const { leaf, issuing } = hierarchy(openssl);
    return {
      leaf,
      issuing,
      rsa: openssl.certificate('rsa.example', { key: openssl.key('RSA-2048') }),
      plain: openssl.pfx([leaf, issuing], '', '-nomac', '-keypbe', 'NONE', '-certpbe', 'NONE'),
    };
  });
  const fingerprints = (content: CertificateContent) => {
    const bundle = readBundle(content);
    return [bundle.leaf, ...bundle.chain].map(fingerprintOf);
  };

  test('no password at all, where OpenSSL takes an empty one', () => {
    const key = forge.pki.privateKeyFromPem(rsa.key.pem);
    const file = forge.pkcs12.toPkcs12Asn1(key, forge.pki.certificateFromPem(rsa.pem), null, { algorithm: '3des' });
    const bytes = Buffer.from(forge.asn1.toDer(file).getBytes(), 'latin1');
    expect(fingerprints(asPfx(bytes))).toEqual([rsa.fingerprint]);
  });

  test('BER: lengths left open, octet strings in pieces', () => {
    const [, safe] = forge.asn1.fromDer(plain.toString('latin1')).value;
    const oid = Buffer.from('06092a864886f70d010701', 'hex');
    if (typeof safe !== 'object' || typeof safe.value === 'string') throw new Error('no ContentInfo');
    const content = safe.value[1]?.value[0];
    if (typeof content !== 'object' || typeof content.value !== 'string') throw new Error('no content');
    const bytes = Buffer.from(content.value, 'latin1');
    const open = (tag: number, ...parts: Buffer[]) => Buffer.concat([Buffer.of(tag, 0x80), ...parts, Buffer.of(0, 0)]);
    const piece = (part: Buffer) => Buffer.concat([Buffer.of(0x04, 0x82, part.length >> 8, part.length & 255), part]);
    const pieces = open(0x24, piece(bytes.subarray(0, 1000)), piece(bytes.subarray(1000)));
    const file = open(0x30, Buffer.of(2, 1, 3), open(0x30, oid, open(0xa0, pieces)));
    expect(fingerprints(asPfx(file))).toEqual([leaf.fingerprint, issuing.fingerprint]);
  });

  test('Base64 in lines', () => {
    const value = (plain.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n');
    expect(fingerprints({ contentType: 'application/x-pkcs12', value })).toHaveLength(2);
  });
});

describe('what is no bundle', () => {
  const { leaf, stranger, plain, locked, slow, lasting, slowLegacy, slowKey, rc4, changed } = OpenSsl.use((openssl) => {
    const { leaf } = hierarchy(openssl);
    // Within the name of the certificate: nothing but the MAC tells.
    const changed = openssl.pfx([leaf], '', '-keypbe', 'NONE', '-certpbe', 'NONE');
    changed.write('wwx.example', changed.indexOf('www.example'));
    return {
      leaf,
      changed,
      stranger: openssl.certificate('stranger.example'),
      plain: openssl.pfx([leaf], '', '-nomac', '-keypbe', 'NONE', '-certpbe', 'NONE'),
      locked: openssl.pfx([leaf], 'a password'),
      slow: claiming(openssl.pfx([leaf], '', '-iter', '70000', '-nomac'), 70_000, 4_000_001),
      lasting: openssl.pfx([leaf], '', '-iter', '900000', '-nomac'),
      slowLegacy: claiming(openssl.pfx([leaf], '', '-legacy', '-iter', '70000', '-nomac'), 70_000, 400_001),
      slowKey: openssl
        .run(
          ...['pkcs8', '-topk8', '-in', leaf.key.file, '-v2', 'aes-256-cbc'],
          ...['-iter', '900000', '-passout', 'pass:a password'],
        )
        .toString(),
      rc4: openssl.pfx([leaf], '', '-legacy', '-certpbe', 'PBE-SHA1-RC4-128'),
    };
  });
  const lockedPem = (text: string): CertificateContent => ({ ...asPem(text), password: 'a password' });
  const block = (der: Buffer) => `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  const der = derOf(leaf.pem);

  test.each<[string, CertificateContent, string]>([
    ['nothing, as PFX', asPfx(Buffer.alloc(0)), 'pfx-unreadable'],
    ['nothing, as PEM', asPem(''), 'not-a-certificate'],
    ['a text', asPem('{"user":"admin"}'), 'not-a-certificate'],
    ['Base64 that is none', { contentType: 'application/x-pkcs12', value: 'MII*' }, 'pfx-unreadable'],
    ['PEM said to be PFX', { ...asPfx(plain), value: leaf.key.pem + leaf.pem }, 'pfx-unreadable'],
    ['PFX said to be PEM', asPem(plain.toString('base64')), 'not-a-certificate'],
    ['a certificate said to be PFX', asPfx(der), 'pfx-unreadable'],
    ['something after the PFX', asPfx(Buffer.concat([plain, Buffer.of(5, 0)])), 'pfx-unreadable'],
    ['a certificate cut off', asPem(leaf.key.pem + block(der.subarray(0, -1))), 'certificate-unreadable'],
    [
      'something after a certificate',
      asPem(leaf.key.pem + block(Buffer.concat([der, Buffer.of(5, 0)]))),
      'certificate-unreadable',
    ],
    ['another certificate hidden in one', asPem(leaf.key.pem + block(Buffer.from(leaf.pem))), 'certificate-unreadable'],
    ['a block that is no Base64', asPem(leaf.key.pem + block(der).replace('MII', 'MI*')), 'pem-unreadable'],
    ['a key cut off', asPem(leaf.pem + leaf.key.pem.replace(/.{8}\n-----END/, '\n-----END')), 'key-unsupported'],
    ['a key derivation without end', asPfx(slow), 'encryption-too-slow'],
    ['a PFX changed on the way', asPfx(changed), 'pfx-password-missing'],
    ['an old one without end', asPfx(slowLegacy), 'encryption-too-slow'],
    ['many parts, each of which takes its time', asPfx(withParts(lasting, 5)), 'encryption-too-slow'],
    ['many keys, each of which takes its time', lockedPem(leaf.pem + slowKey.repeat(5)), 'encryption-too-slow'],
    ['a scheme that nobody should use', asPfx(rc4), 'encryption-unsupported'],
    ['another key', asPem(stranger.key.pem + leaf.pem), 'key-mismatch'],
  ])('%s', (_, content, code) => {
    expect(codeOf(content)).toEqual({ code });
  });

  test('what takes its time is opened, as long as the file does not repeat it', () => {
    for (const content of [asPfx(lasting), lockedPem(leaf.pem + slowKey)])
      expect(codeOf(content)).toMatchObject({ value: { facts: { fingerprint: leaf.fingerprint } } });
  });

  test('cut off anywhere, or with any byte changed, it is refused or read, and nothing else', () => {
    const whole = readBundle(asPfx(plain));
    const offset = fc.nat({ max: plain.length - 1 });
    const check = (bytes: Buffer) => {
      const outcome = codeOf(asPfx(bytes));
      if ('value' in outcome) expect(outcome.value.privateKey).toBe(whole.privateKey);
    };
    fc.assert(
      fc.property(offset, (length) => check(plain.subarray(0, length))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(offset, fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bytes = Buffer.from(plain);
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        check(bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a refusal holds neither key nor password', () => {
    const keyText = leaf.key.pem.replace(/-----[A-Z ]+-----|\n/g, '');
    const contents: CertificateContent[] = [
      asPfx(locked, 'a wrong guess'),
      asPem(leaf.key.pem),
      asPem(stranger.pem + leaf.key.pem),
      asPem(leaf.pem + leaf.key.pem.replace('M', '*')),
      asPfx(plain.subarray(0, -9)),
    ];
    for (const content of contents) {
      try {
        readBundle(content);
        expect.unreachable();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const text = everythingIn(error);
        for (const secret of [
          'a wrong guess',
          'a password',
          keyText.slice(4, 24),
          keyText.slice(60, 80),
          content.value.slice(8, 40),
        ])
          expect(text).not.toContain(secret);
        expect(error.cause).toBeUndefined();
      }
    }
  });
});

describe('what a certificate says', () => {
  const { leaf, selfSigned, old, bare, dates, serial } = OpenSsl.use((openssl) => {
    const { leaf } = hierarchy(openssl, 'EC-P384', {
      subjectAltName: 'DNS:WWW.Example,DNS:www.example,DNS:*.example,IP:10.0.0.1,email:a@b.example',
      keyUsage: 'critical,digitalSignature,keyEncipherment,decipherOnly,keyAgreement',
      extendedKeyUsage: 'serverAuth,clientAuth',
      authorityInfoAccess: 'OCSP;URI:http://ocsp.example/a,caIssuers;URI:http://ca.example/b',
    });
    const key = openssl.key('RSA-3072');
    const request = openssl.write(openssl.run('req', '-new', '-key', key.file, '-subj', '/CN=old.example/O=A, B'));
    return {
      leaf,
      selfSigned: openssl.certificate('self.example'),
      old: openssl.run('x509', '-req', '-in', request, '-signkey', key.file, '-days', '3').toString(),
      bare: openssl.certificate('curve.example', { key: openssl.key('EC-P256K') }),
      dates: openssl
        .run('x509', '-in', leaf.file, '-noout', '-startdate', '-enddate', '-dateopt', 'iso_8601')
        .toString(),
      serial: openssl.run('x509', '-in', leaf.file, '-noout', '-serial').toString(),
    };
  });

  test('all of it', () => {
    const [notBefore, notAfter] = [...dates.matchAll(/=(.*)/g)].map(([, date = '']) =>
      Date.parse(date.replace(' ', 'T')),
    );
    expect(factsOf(leaf.pem)).toEqual({
      keyType: 'EC-P384',
      subject: 'CN=www.example',
      issuer: 'CN=Issuing',
      names: ['www.example', '*.example'],
      serial: serial.trim().replace('serial=', '').toLowerCase(),
      notBefore,
      notAfter,
      fingerprint: leaf.fingerprint,
      missingIssuer: 'CN=Issuing',
      version: 3,
      signatureFamily: 'EC',
      keyUsages: ['digitalSignature', 'keyEncipherment', 'keyAgreement', 'decipherOnly'],
      extendedKeyUsages: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
      ocspUrls: ['http://ocsp.example/a'],
    });
    expect(factsOf(new X509Certificate(leaf.pem).raw)).toEqual(factsOf(leaf.pem));
  });

  test('an old one without extensions', () => {
    expect(factsOf(old)).toMatchObject({
      keyType: 'RSA-3072',
      subject: 'CN=old.example, O=A\\, B',
      names: ['old.example'],
      missingIssuer: null,
      version: 1,
      signatureFamily: 'RSA',
      keyUsages: null,
      extendedKeyUsages: null,
      ocspUrls: [],
    });
  });

  test('of a key that cannot be read, and of itself', () => {
    expect(factsOf(bare.pem)).toMatchObject({ keyType: 'EC-P256K' });
    expect(factsOf(selfSigned.pem)).toMatchObject({ missingIssuer: null, names: ['self.example'] });
    expect(outcomeOf(() => factsOf('nothing'))).toEqual({ code: 'certificate-unreadable' });
  });
});
