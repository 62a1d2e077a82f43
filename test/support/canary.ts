import type { KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** A text that occurs nowhere else, with characters that quoting and encoding change. */
export function newCanary(): string {
  return `canary-${crypto.randomUUID()}-"ü&/+`;
}

/**
 * What gives a private key away wherever it is: a line of its PEM text, and bytes out of the middle of its DER. Other lines
 * and bytes say no more than what kind of key it is, or are its public part.
 */
export function keyCanaries(key: KeyObject): [line: string, bytes: Buffer] {
  const der = key.export({ format: 'der', type: 'pkcs8' });
  const { d = '' } = key.export({ format: 'jwk' });
  const secret = Buffer.from(d, 'base64url').subarray(0, 24);
  const at = der.indexOf(secret);
  if (secret.length < 24 || at < 0) throw new Error('the private part is not where it should be');
  // The first line that begins in it: each stands for 48 bytes.
  const line = key.export({ format: 'pem', type: 'pkcs8' }).toString().split('\n')[1 + Math.ceil(at / 48)];
  return [line ?? '', secret];
}

/** The forms in which a secret may lie around: as it is, quoted, escaped, and in the usual encodings. */
function formsOf(secret: string | Buffer): Map<string, Buffer> {
  const bytes = Buffer.from(secret);
  const forms = new Map<string, Buffer>([
    ['raw', bytes],
    ['hex', Buffer.from(bytes.toString('hex'))],
    ['HEX', Buffer.from(bytes.toString('hex').toUpperCase())],
  ]);
  if (typeof secret === 'string') {
    forms
      .set('JSON', Buffer.from(JSON.stringify(secret).slice(1, -1)))
      .set('URL-encoded', Buffer.from(encodeURIComponent(secret)))
      .set('UTF-16LE', Buffer.from(secret, 'utf16le'))
      .set('UTF-16BE', Buffer.from(secret, 'utf16le').swap16())
      .set('Latin-1', Buffer.from(secret, 'latin1'));
  }
  // Base64 looks different at each of three offsets; what stays the same lies between the first and the last group.
  for (const offset of [0, 1, 2]) {
    for (const encoding of ['base64', 'base64url'] as const) {
      const padded = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding);
      const first = offset === 0 ? 0 : 4;
      const whole = Math.floor((offset + bytes.length) / 3) * 4;
      forms.set(`${encoding} at ${offset}`, Buffer.from(padded.slice(first, whole)));
    }
  }
  return forms;
}

/** The forms in which the secret occurs in the bytes, looking into gzip and zip-like compressed parts as well. */
export function findForms(secret: string | Buffer, haystack: Buffer): string[] {
  const forms = [...formsOf(secret)];
  const found = new Set<string>();
  for (const part of [haystack, ...unpacked(haystack)]) {
    for (const [name, form] of forms) if (part.includes(form)) found.add(name);
  }
  return [...found];
}

function unpacked(bytes: Buffer): Buffer[] {
  return [
    ...packedAt(bytes, gzipMagic, (at) => at + gzipHeaderEnd(bytes.subarray(at))),
    ...packedAt(bytes, zipMagic, (at) => at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28)),
  ];
}

function packedAt(bytes: Buffer, magic: Buffer, startOf: (at: number) => number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = bytes.indexOf(magic); at !== -1; at = bytes.indexOf(magic, at + 1)) {
    // The magic bytes may be there by chance; then it is not compressed data, and was searched as it is.
    try {
      // Unlike gunzip, this does not mind what follows the compressed data.
      parts.push(inflateRawSync(bytes.subarray(startOf(at))));
    } catch {}
  }
  return parts;
}

/** Where the compressed data begins: RFC 1952, 2.3. Only the optional file name is known here. */
function gzipHeaderEnd(gzip: Buffer): number {
  const hasName = ((gzip[3] ?? 0) & 8) !== 0;
  return hasName ? gzip.indexOf(0, 10) + 1 : 10;
}

const gzipMagic = Buffer.from([0x1f, 0x8b, 0x08]);
const zipMagic = Buffer.from('PK\x03\x04', 'latin1');

/** Every file below a folder in which the secret occurs, and how. */
export function findInFolder(secret: string | Buffer, folder: string): string[] {
  const found: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    const forms = findForms(secret, Buffer.concat([readFileSync(file), Buffer.from(name)]));
    if (forms.length > 0) found.push(`${name}: ${forms.join(', ')}`);
  }
  return found;
}
