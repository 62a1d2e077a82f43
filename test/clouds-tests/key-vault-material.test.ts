import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateIssuer,
  certificateKeyTypes,
  createIssuer,
  type IssuedCertificate,
} from '../clouds/kernel/certificate-chain.ts';
import { readPfx, writePfx } from '../clouds/kernel/pfx.ts';
import { certificatesIn, fingerprints } from './support.ts';

let folder: string;
let issuer: CertificateIssuer;
let issued: IssuedCertificate;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'material-'));
  issuer = await createIssuer('P-256');
  issued = await issuer.issue();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function openssl(...args: string[]): Promise<string> {
  return (await promisify(execFile)('openssl', args, { cwd: folder, encoding: 'utf8' })).stdout;
}

async function write(name: string, content: string | Buffer): Promise<void> {
  await writeFile(join(folder, name), content, { mode: 0o600 });
}

const chainOf = ({ leaf, intermediate, root }: IssuedCertificate) => [leaf, intermediate, root];
const keyIn = (pem: string) =>
  createPrivateKey(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(pem)?.[0] ?? '');

describe('a chain that is made here', () => {
  it.each(certificateKeyTypes.filter((keyType) => !['RSA-3072', 'RSA-4096'].includes(keyType)))(
    'of %s is one to OpenSSL, as PEM and in a PFX',
    async (keyType) => {
      const made = await (await createIssuer(keyType)).issue({ commonName: 'a.contoso.example' });
      await write('root.pem', made.root.toString());
      await write('intermediate.pem', made.intermediate.toString());
      await write('leaf.pem', made.pem);
      const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'a.contoso.example'];
      expect(await openssl(...verify, '-CAfile', 'root.pem', '-untrusted', 'intermediate.pem', 'leaf.pem')).toBe(
        'leaf.pem: OK\n',
      );
      await write('made.pfx', Buffer.from(made.pfxBase64(), 'base64'));
      const read = await openssl('pkcs12', '-in', 'made.pfx', '-passin', 'pass:', '-nodes');
      expect(keyIn(read).equals(made.privateKey)).toBe(true);
      expect(fingerprints(certificatesIn(read))).toEqual(fingerprints(chainOf(made)));
    },
  );

  it('is renewed by the same authorities, for the times and names that are asked for', async () => {
    const notBefore = new Date('2020-01-01T00:00:00Z');
    const notAfter = new Date('2020-06-01T00:00:00Z');
    const { leaf, intermediate } = await issuer.issue({ commonName: 'b', dnsNames: ['b', 'c'], notBefore, notAfter });
    expect([new Date(leaf.validFrom), new Date(leaf.validTo)]).toEqual([notBefore, notAfter]);
    expect([leaf.subject, leaf.subjectAltName]).toEqual(['CN=b', 'DNS:b, DNS:c']);
    expect(intermediate.fingerprint256).toBe(issued.intermediate.fingerprint256);
    expect(leaf.verify(intermediate.publicKey)).toBe(true);
  });
});

describe('a PFX file', () => {
  it.each(['aes256', '3des'] as const)('written with %s opens with its password only', async (encryption) => {
    for (const password of ['', 'a $ecret']) {
      const file = writePfx({ privateKey: issued.privateKey, certificates: chainOf(issued) }, password, encryption);
      await write('written.pfx', file);
      const legacy = encryption === '3des' ? ['-legacy'] : [];
      const open = ['pkcs12', '-in', 'written.pfx', '-nodes', ...legacy, '-passin'];
      expect(keyIn(await openssl(...open, `pass:${password}`)).equals(issued.privateKey)).toBe(true);
      await expect(openssl(...open, 'pass:wrong')).rejects.toThrow(/invalid password/);
      createSecureContext({ pfx: file, passphrase: password });
      const read = readPfx(file, password);
      expect(read.privateKey?.equals(issued.privateKey)).toBe(true);
      expect(fingerprints(read.certificates)).toEqual(fingerprints(chainOf(issued)));
      expect(() => readPfx(file, 'wrong')).toThrow();
    }
  });

  it('may hold no key', () => {
    const read = readPfx(writePfx({ certificates: [issued.leaf] }, ''), '');
    expect(fingerprints(read.certificates)).toEqual(fingerprints([issued.leaf]));
    expect('privateKey' in read).toBe(false);
  });

  it.each([
    ['today', []],
    ['the old days', ['-legacy']],
    ['no encryption', ['-keypbe', 'NONE', '-certpbe', 'NONE', '-nomaciter']],
  ])("by OpenSSL's of %s is read, RSA and EC", async (_, options) => {
    for (const made of [issued, await (await createIssuer('RSA-2048')).issue()]) {
      await write('all.pem', made.pem);
      await openssl('pkcs12', '-export', '-in', 'all.pem', '-out', 'foreign.pfx', '-passout', 'pass:x', ...options);
      const read = readPfx(await readFile(join(folder, 'foreign.pfx')), 'x');
      expect(read.privateKey?.equals(made.privateKey)).toBe(true);
      expect(fingerprints(read.certificates)).toEqual(fingerprints(chainOf(made)));
    }
  });
});
