import { expect, type TestContext, test } from 'vitest';
import type { Payload } from '../../main/domain/payload.ts';
import { failureOf, patience } from './outcome.ts';
import { contentOf, text } from './target-payloads.ts';
import { creating, expectHeld, instead, type Scene } from './target-scene.ts';

/** Every byte: no text in UTF-8 has them. */
const allBytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);

const values: readonly (readonly [string, Payload])[] = [
  ['line ends (CR, LF, CRLF)', text('a\r\nb\nc\rd\n')],
  ['UTF-8', text('pässwörd “quoted” \u00a0 日本語 e\u0301')],
  ['emoji and right-to-left', text('👩‍👩‍👧‍👦 \u202eabc')],
  ['JSON', text('{"user":"a","password":"\\u0000\\"<>&"}')],
  ['control characters', text('\u0000\u0001\u001b[31m\u007f\u2028')],
  ['blanks', text('  \t ')],
  ['25 KB', text('ü'.repeat(12_800))],
  ['bytes without NUL', { kind: 'binary', bytes: allBytes.filter((byte) => byte !== 0) }],
  ['bytes with NUL', { kind: 'binary', bytes: allBytes }],
  ['25 KB of bytes', { kind: 'binary', bytes: new Uint8Array(25_600).map((_, index) => index * 7) }],
];

/** Values, byte for byte. */
export function valueCases(scene: () => Scene): void {
  test.for(values)('keeps %s byte for byte', async ([, payload], context) => {
    await keepsOrRefuses(scene(), payload, context);
  });

  test('keeps the largest byte for byte', async (context) => {
    const { traits } = scene();
    await keepsOrRefuses(scene(), text('x'.repeat(traits.largest?.bytes ?? 1)), context);
  });

  test('an empty value and one byte too many are refused, and no value is left behind', async (context) => {
    const { target, bed, traits, payloads } = scene();
    const refused = traits.largest
      ? [text(''), text('x'.repeat(traits.largest.bytes + 1))]
      : [payloads.wrongKind, payloads.expired];
    if (!traits.largest) instead(context, 'so are what is no certificate, and one that is over');
    for (const payload of refused) {
      const create = creating(scene(), { payload, options: traits.largest?.options ?? {} });
      expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'invalid' });
      expect((await bed.held(create.name))?.value ?? null).toBeNull();
    }
  });
}

/** A value that the service is too small for, or that is no certificate, is refused whole: by the check, and by the write. */
async function keepsOrRefuses(scene: Scene, payload: Payload, context: TestContext): Promise<void> {
  const { target, bed, traits } = scene;
  const { largest } = traits;
  const create = creating(scene, { payload, options: largest?.options ?? {} });
  const codes = target.validate(create.name, payload, create.options).map(({ code }) => code);
  const content = contentOf(payload);
  if (largest && content.byteLength <= largest.bytes) {
    expect(codes).toEqual([]);
    await target.write(create, patience());
    await expectHeld(scene, create.name, payload, 1);
    return;
  }
  instead(context, largest ? `refused: it keeps ${largest.bytes} bytes` : 'refused: it keeps certificates only');
  expect(codes).toEqual([largest ? 'value-too-large' : expect.stringMatching(/^payload/)]);
  expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'invalid' });
  expect((await bed.held(create.name))?.value ?? null).toBeNull();
}
