import type { Payload } from '../domain/payload.ts';
import type { TargetProblem } from './ports.ts';

/** A payload's size as services count it, in bytes; of a certificate, that of all its texts. */
export function payloadBytes(payload: Payload): number {
  if (payload.kind === 'text') return Buffer.byteLength(payload.text, 'utf8');
  if (payload.kind === 'binary') return payload.bytes.byteLength;
  const { leaf, chain, privateKey } = payload.bundle;
  return [leaf, ...chain, privateKey].reduce((sum, text) => sum + Buffer.byteLength(text, 'utf8'), 0);
}

/** What services that keep secrets say of a value of no bytes. @param service its title */
export function emptyValue(service: string): TargetProblem {
  return {
    code: 'value-empty',
    sentence: `The value is empty; ${service} does not store empty values.`,
    fix: 'Give the secret a value in Azure, or delete this record.',
  };
}
