import { toPem } from '../certificates/text.ts';
import { type Failure, invalid } from '../domain/failure.ts';
import type { Payload, Shape } from '../domain/payload.ts';

/**
 * What to write, made of what was read as the record says. The same value always gives the same bytes, so that a repeated
 * write repeats exactly.
 * @throws Failure `invalid` if the value is not what the shape needs; never quotes it
 */
export async function shaped(payload: Payload, shape: Shape): Promise<Payload> {
  if (payload.kind === 'certificate') {
    if (shape.kind === 'whole') return payload;
    if (shape.kind === 'pem') return { kind: 'text', text: toPem(payload.bundle) };
    if (shape.kind === 'pfx') {
      // What reads and writes such files is large, and few records need it.
      const { toPfx } = await import('../certificates/index.ts');
      return { kind: 'binary', bytes: toPfx(payload.bundle) };
    }
    throw unfit();
  }
  if (shape.kind === 'whole') return payload;
  if (payload.kind !== 'text') throw unfit();
  switch (shape.kind) {
    case 'base64':
      return { kind: 'binary', bytes: bytesOf(payload.text) };
    case 'json-key':
      return { kind: 'text', text: valueUnder(payload.text, shape.key) };
    case 'json-object':
      return { kind: 'text', text: JSON.stringify({ [shape.key]: payload.text }) };
    default:
      throw unfit();
  }
}

/** A payload's content, as fingerprints are made of it: the same for a text and for its UTF-8 bytes. */
export function contentOf(payload: Payload): string | Uint8Array {
  if (payload.kind === 'text') return payload.text;
  return payload.kind === 'binary' ? payload.bytes : toPem(payload.bundle);
}

/** Strict (RFC 4648, 4): Node's own decoder skips what it does not know. Line ends are let pass, tools break lines. */
function bytesOf(text: string): Uint8Array {
  const compact = text.replace(/[\r\n]/g, '');
  const bytes = Buffer.from(compact, 'base64');
  if (bytes.toString('base64') === compact && compact !== '') return bytes;
  throw invalid(
    'value-not-base64',
    'The secret is not Base64 text, so there are no bytes to write. The target was not touched.',
    'Correct the secret in Azure, or delete this record and add it again to copy the text as it is.',
  );
}

function valueUnder(text: string, key: string): string {
  const object = parsed(text);
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw invalid(
      'value-not-json',
      'The secret is not a JSON object, so it has no keys to pick from. The target was not touched.',
      'Correct the secret in Azure, or delete this record and add it again to copy the text as it is.',
    );
  }
  const entry = Object.entries(object).find(([name]) => name === key);
  if (!entry) {
    throw invalid(
      'json-key-missing',
      `The secret's JSON has no key ${key}. The target was not touched.`,
      'Add the key to the secret in Azure, or delete this record.',
    );
  }
  if (typeof entry[1] === 'string') return entry[1];
  // Numbers and objects could only be written as this app spells them, which is not how they stand in the secret.
  throw invalid(
    'json-key-not-text',
    `What the secret's JSON has under ${key} is not a text. The target was not touched.`,
    'Put it in quotation marks in Azure, or delete this record and add it again to copy the whole JSON.',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's words quote the text, so nothing of them is kept.
    return undefined;
  }
}

function unfit(): Failure {
  return invalid(
    'shape-unfit',
    'What this record reads can’t be written in the form it asks for. Nothing was written.',
    'Delete this record and add it again with another form.',
  );
}
