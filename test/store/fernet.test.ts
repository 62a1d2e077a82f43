import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decryptFernet, encryptFernet } from '../../main/store/fernet.ts';

/** The public specification's own vectors (github.com/fernet/spec: generate.json, verify.json, invalid.json). */
const secret = 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=';
const key = Buffer.from(secret, 'base64url');
const generated = {
  token: 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==',
  now: '1985-10-26T01:20:00-07:00',
  iv: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  src: 'hello',
};
const verified = { ...generated, now: '1985-10-26T01:20:01-07:00', ttlSeconds: 60 };
const invalid = [
  {
    desc: 'incorrect mac',
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
    now: '1985-10-26T01:20:01-07:00',
  },
  {
    desc: 'too short',
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==',
    now: '1985-10-26T01:20:01-07:00',
  },
  {
    desc: 'invalid base64',
    token: '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
    now: '1985-10-26T01:20:01-07:00',
  },
  {
    desc: 'payload size not multiple of block size',
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
    now: '1985-10-26T01:20:01-07:00',
  },
  {
    desc: 'payload padding error',
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
    now: '1985-10-26T01:20:01-07:00',
  },
  {
    desc: 'far-future TS (unacceptable clock skew)',
    token: 'gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==',
    now: '1985-10-26T01:20:01-07:00',
  },
  {
    desc: 'expired TTL',
    token: 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
    now: '1985-10-26T01:21:31-07:00',
  },
  {
    desc: 'incorrect IV (causes padding error)',
    token: 'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
    now: '1985-10-26T01:20:01-07:00',
  },
];

const age = (now: string, ttlSeconds = 60) => ({ now: Date.parse(now), ttlSeconds });

describe('the specification’s vectors', () => {
  test('generate', () => {
    const { token, now, iv, src } = generated;
    expect(encryptFernet(key, Buffer.from(src), Date.parse(now), Buffer.from(iv))).toBe(token);
  });

  test('verify', () => {
    const { token, now, ttlSeconds, src } = verified;
    expect(decryptFernet(key, token, age(now, ttlSeconds))?.toString()).toBe(src);
  });

  test.each(invalid)('invalid: $desc', ({ token, now }) => {
    expect(decryptFernet(key, token, age(now))).toBeUndefined();
  });

  test('those that are only out of their time are valid where age does not matter', () => {
    const untimed = invalid.filter(({ token }) => decryptFernet(key, token) !== undefined).map(({ desc }) => desc);
    expect(untimed).toEqual(['far-future TS (unacceptable clock skew)', 'expired TTL']);
  });
});

test('any message comes back, and no two tokens of it are the same', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (bytes, keyBytes) => {
        const [message, anyKey] = [Buffer.from(bytes), Buffer.from(keyBytes)];
        const token = encryptFernet(anyKey, message, Date.parse(generated.now));
        expect(decryptFernet(anyKey, token)?.equals(message)).toBe(true);
        expect(encryptFernet(anyKey, message, Date.parse(generated.now))).not.toBe(token);
      },
    ),
  );
});

test('a token with any one bit changed opens nothing', () => {
  const bytes = Buffer.from(generated.token, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(decryptFernet(key, `${changed.toString('base64url')}==`)).toBeUndefined();
  }
});

test('another key opens nothing, in either half', () => {
  for (const at of [0, 15, 16, 31]) {
    const other = Buffer.from(key);
    other.writeUInt8(other.readUInt8(at) ^ 1, at);
    const message = decryptFernet(other, generated.token);
    // The second half only decrypts; the HMAC is under the first. It must still not give the message.
    expect(message?.toString()).not.toBe('hello');
    if (at < 16) expect(message).toBeUndefined();
  }
});

test.each([
  ['without padding', (token: string) => token.replace(/=+$/, '')],
  ['with more padding', (token: string) => `${token}=`],
  ['in the other base64 alphabet', (token: string) => token.replaceAll('_', '/').replaceAll('-', '+')],
  ['with white space', (token: string) => `${token}\n`],
  ['with white space inside', (token: string) => `${token.slice(0, 20)} ${token.slice(20)}`],
  ['with unused bits set', (token: string) => token.replace('DA==', 'DB==')],
  ['cut short by a block', (token: string) => token.slice(0, -24)],
  ['empty', () => ''],
])('a token %s is not a token', (_, change) => {
  expect(decryptFernet(key, generated.token)).toBeDefined();
  expect(change(generated.token)).not.toBe(generated.token);
  expect(decryptFernet(key, change(generated.token))).toBeUndefined();
});

test('a token of another version is not a token, even if its HMAC is right', () => {
  const bytes = Buffer.from(generated.token, 'base64url');
  bytes.writeUInt8(0x81, 0);
  const body = bytes.subarray(0, -32);
  const mac = createHmac('sha256', key.subarray(0, 16)).update(body).digest();
  expect(decryptFernet(key, `${Buffer.concat([body, mac]).toString('base64url')}==`)).toBeUndefined();
});

test('a key has 32 bytes', () => {
  expect(() => encryptFernet(Buffer.alloc(31), Buffer.from('x'), 0)).toThrow(RangeError);
  expect(() => decryptFernet(Buffer.alloc(33), generated.token)).toThrow(RangeError);
});
