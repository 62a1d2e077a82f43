import type { Payload } from '../domain/payload.ts';

/** A payload's size as services count it, in bytes; of a certificate, that of all its texts. */
export function payloadBytes(payload: Payload): number {
  if (payload.kind === 'text') return Buffer.byteLength(payload.text, 'utf8');
  if (payload.kind === 'binary') return payload.bytes.byteLength;
  const { leaf, chain, privateKey } = payload.bundle;
  return [leaf, ...chain, privateKey].reduce((sum, text) => sum + Buffer.byteLength(text, 'utf8'), 0);
}
