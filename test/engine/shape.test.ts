import { describe, expect, test } from 'vitest';
import { Failure } from '../../main/domain/failure.ts';
import type { Payload, Shape } from '../../main/domain/payload.ts';
import { contentOf, shaped } from '../../main/engine/shape.ts';

const text = (value: string): Payload => ({ kind: 'text', text: value });

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown.detail.code;
    throw thrown;
  }
  return 'no failure';
}

describe('what a record makes of a secret', () => {
  test('as it is', async () => {
    const secret = text('a\r\nb ü 😀');
    expect(await shaped(secret, { kind: 'whole' })).toBe(secret);
  });

  test('the bytes that Base64 stands for, also over several lines', async () => {
    const bytes = Buffer.from([0, 1, 254, 255, 10, 13]);
    const base64 = bytes.toString('base64');
    for (const written of [base64, `${base64}\n`, `${base64.slice(0, 4)}\r\n${base64.slice(4)}`])
      expect(await shaped(text(written), { kind: 'base64' })).toEqual({ kind: 'binary', bytes });
  });

  test.each(['', 'not base64!', 'YQ', 'YR==', 'YQ==YQ==', 'Y Q=='])('refuses %j as Base64', async (value) => {
    expect(await codeOf(shaped(text(value), { kind: 'base64' }))).toBe('value-not-base64');
  });

  test('one key of a JSON object, byte for byte', async () => {
    const secret = text('{"user":"a","password":"p\\u0000\\r\\n\\"ü","__proto__":"x"}');
    expect(await shaped(secret, { kind: 'json-key', key: 'password' })).toEqual(text('p\u0000\r\n"ü'));
    expect(await shaped(secret, { kind: 'json-key', key: '__proto__' })).toEqual(text('x'));
  });

  test.each([
    ['not JSON', '{"a":', 'value-not-json'],
    ['a list', '["a"]', 'value-not-json'],
    ['null', 'null', 'value-not-json'],
    ['a missing key', '{"b":"c"}', 'json-key-missing'],
    ['an inherited key', '{}', 'json-key-missing'],
    ['a number, which could lose digits', '{"a":12345678901234567890}', 'json-key-not-text'],
    ['an object', '{"a":{"b":"c"}}', 'json-key-not-text'],
  ])('refuses %s, and does not quote it', async (_, value, code) => {
    const key = code === 'json-key-missing' && value === '{}' ? 'toString' : 'a';
    expect(await codeOf(shaped(text(value), { kind: 'json-key', key }))).toBe(code);
  });

  test('a JSON object with the secret under a key', async () => {
    const made = await shaped(text('p"\n'), { kind: 'json-object', key: 'pass"word' });
    expect(made.kind === 'text' && JSON.parse(made.text)).toEqual({ 'pass"word': 'p"\n' });
  });

  test.each<Shape>([{ kind: 'pem' }, { kind: 'pfx' }])('no certificate is made of a secret: %j', async (shape) => {
    expect(await codeOf(shaped(text('a'), shape))).toBe('shape-unfit');
  });

  test('a text and its bytes have the same content for fingerprints', () => {
    const bytes = Buffer.from('a ü', 'utf8');
    expect(Buffer.from(contentOf(text('a ü'))).equals(bytes)).toBe(true);
    expect(contentOf({ kind: 'binary', bytes })).toBe(bytes);
  });
});
