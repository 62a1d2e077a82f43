import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Fernet, version 0x80, by the public specification (github.com/fernet/spec, Spec.md):
 * base64url( version 1 ‖ seconds since the epoch 8 ‖ IV 16 ‖ AES-128-CBC ciphertext ‖ HMAC-SHA256 32 ), the key being
 * signing key 16 ‖ encryption key 16.
 */

const version = 0x80;
const headerBytes = 1 + 8 + 16;
const macBytes = 32;
const blockBytes = 16;
/** How far a token's time may lie ahead where its age matters; the value other implementations use. */
const maxClockSkewSeconds = 60;

/**
 * @param key 32 bytes
 * @param now milliseconds since the epoch
 * @param iv 16 bytes, never used twice with a key; random unless a test vector says otherwise
 * @returns the token, base64url with padding
 */
export function encryptFernet(key: Buffer, message: Buffer, now: number, iv: Buffer = randomBytes(16)): string {
  const { signing, encryption } = parts(key);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Math.floor(now / 1_000)));
  const cipher = createCipheriv('aes-128-cbc', encryption, iv);
  const body = Buffer.concat([Buffer.of(version), time, iv, cipher.update(message), cipher.final()]);
  return toBase64Url(Buffer.concat([body, createHmac('sha256', signing).update(body).digest()]));
}

/**
 * The message of a token, or undefined if it was not made with this key or is not exactly as it was made. Nothing is
 * decrypted before the HMAC was found right.
 * @param age if given, the token must not be older than `ttlSeconds` at `now` (milliseconds), nor from the future
 */
export function decryptFernet(
  key: Buffer,
  token: string,
  age?: { readonly now: number; readonly ttlSeconds: number },
): Buffer | undefined {
  const { signing, encryption } = parts(key);
  const bytes = fromBase64Url(token);
  const ciphertextBytes = bytes ? bytes.length - headerBytes - macBytes : 0;
  if (!bytes || bytes[0] !== version || ciphertextBytes < blockBytes || ciphertextBytes % blockBytes !== 0) {
    return undefined;
  }
  const body = bytes.subarray(0, -macBytes);
  const mac = createHmac('sha256', signing).update(body).digest();
  if (!timingSafeEqual(mac, bytes.subarray(-macBytes))) return undefined;
  if (age) {
    const seconds = Math.floor(age.now / 1_000) - Number(body.readBigUInt64BE(1));
    if (seconds > age.ttlSeconds || seconds < -maxClockSkewSeconds) return undefined;
  }
  const decipher = createDecipheriv('aes-128-cbc', encryption, body.subarray(9, headerBytes));
  try {
    return Buffer.concat([decipher.update(body.subarray(headerBytes)), decipher.final()]);
  } catch {
    // Padding that is not right, under a right HMAC: made by somebody who has the key and not by the rules.
    return undefined;
  }
}

function parts(key: Buffer): { signing: Buffer; encryption: Buffer } {
  if (key.length !== 32) throw new RangeError('A Fernet key has 32 bytes.');
  return { signing: key.subarray(0, 16), encryption: key.subarray(16) };
}

/** Base64url with padding (RFC 4648 §5), which Node's own encoder leaves out. */
function toBase64Url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** Strict, unlike Node's own decoder: no other alphabet, padding whole, unused bits zero. */
function fromBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return toBase64Url(bytes) === text ? bytes : undefined;
}
