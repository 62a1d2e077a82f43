import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const keyArguments = {
  'RSA-2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'RSA-3072': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072'],
  'RSA-4096': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:4096'],
  'EC-P256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'EC-P384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'EC-P521': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  'EC-P256K': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  Ed25519: ['-algorithm', 'ED25519'],
} as const;
export type KeyType = keyof typeof keyArguments;
export const keyTypes = Object.keys(keyArguments) as KeyType[];

/** A private key in a file. */
export interface Key {
  readonly file: string;
  /** PKCS#8. */
  readonly pem: string;
}

export interface Certificate {
  readonly key: Key;
  readonly file: string;
  readonly pem: string;
  /** SHA-256 of the DER. */
  readonly fingerprint: string;
}

interface CertificateOptions {
  /** Default: a new P-256 key. */
  readonly key?: Key;
  /** Who signs it; by default its own key. */
  readonly issuer?: Certificate;
  readonly authority?: boolean;
  readonly days?: number;
  /** As in OpenSSL's configuration; they come before what every certificate gets. */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** OpenSSL's command line, with a folder for its files. */
export class OpenSsl {
  readonly #folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  readonly #configuration: string;
  #files = 0;

  constructor() {
    this.#configuration = this.write('[req]\ndistinguished_name=name\n[name]\n');
  }

  /** Afterwards the folder is gone, with every key in it. */
  static use<T>(work: (openssl: OpenSsl) => T): T {
    const openssl = new OpenSsl();
    try {
      return work(openssl);
    } finally {
      rmSync(openssl.#folder, { recursive: true, force: true });
    }
  }

  run(...args: readonly string[]): Buffer {
    return execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** @returns the new file's path */
  write(content: string | Uint8Array): string {
    const file = this.#newFile();
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  key(type: KeyType = 'EC-P256'): Key {
    const file = this.#newFile();
    this.run('genpkey', '-quiet', ...keyArguments[type], '-out', file);
    return { file, pem: readFileSync(file, 'utf8') };
  }

  /** @param commonName also its DNS name, unless it is an authority */
  certificate(commonName: string, options: CertificateOptions = {}): Certificate {
    const { key = this.key(), issuer, authority = false, days = 30 } = options;
    const file = this.#newFile();
    const extensions = {
      ...(authority
        ? { basicConstraints: 'critical,CA:TRUE', keyUsage: 'critical,keyCertSign' }
        : { basicConstraints: 'critical,CA:FALSE', subjectAltName: `DNS:${commonName}` }),
      subjectKeyIdentifier: 'hash',
      authorityKeyIdentifier: 'keyid',
      ...options.extensions,
    };
    this.run(
      ...['req', '-x509', '-new', '-config', this.#configuration, '-key', key.file, '-subj', `/CN=${commonName}`],
      ...['-days', String(days), '-sha256', '-out', file],
      ...(issuer ? ['-CA', issuer.file, '-CAkey', issuer.key.file] : []),
      ...Object.entries(extensions).flatMap(([name, value]) => ['-addext', `${name}=${value}`]),
    );
    const pem = readFileSync(file, 'utf8');
    return { key, file, pem, fingerprint: fingerprintOf(pem) };
  }

  /** A PFX file of the first certificate's key and all of these certificates, in this order after the first. */
  pfx(certificates: readonly Certificate[], password: string, ...args: readonly string[]): Buffer {
    const [leaf, ...others] = certificates;
    if (!leaf) throw new Error('a PFX file without a certificate');
    const more = others.length > 0 ? ['-certfile', this.write(others.map(({ pem }) => pem).join(''))] : [];
    return this.run(
      ...['pkcs12', '-export', '-inkey', leaf.key.file, '-in', leaf.file, ...more],
      ...['-passout', `pass:${password}`, ...args],
    );
  }

  #newFile(): string {
    this.#files += 1;
    return join(this.#folder, String(this.#files));
  }
}

/** SHA-256 of the DER in one PEM block, lower-case hex. */
export function fingerprintOf(pem: string): string {
  return createHash('sha256').update(derOf(pem)).digest('hex');
}

export function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
}
