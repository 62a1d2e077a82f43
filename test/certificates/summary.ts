import { createHash } from 'node:crypto';
import { type CertificateContent, readBundle, toPem, toPfx } from '../../main/certificates/index.ts';
import { outcomeOf } from './outcome.ts';

/** For each content, what reading and writing it gives, without anything secret: digests, or the Failure's code. */
export function summariesOf(contents: readonly CertificateContent[]): unknown[] {
  return contents.map((content) => {
    const outcome = outcomeOf(() => readBundle(content));
    if ('code' in outcome) return outcome;
    const { facts } = outcome.value;
    return { facts, bundle: digestOf(JSON.stringify(outcome.value)), ...written(outcome.value) };
  });
}

function written(bundle: Parameters<typeof toPfx>[0]) {
  return { pem: digestOf(toPem(bundle)), pfx: digestOf(toPfx(bundle)) };
}

function digestOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
