import type { CertificateBundle } from '../domain/certificate.ts';

/** Private key, leaf, chain, in one PEM text. */
export function toPem({ privateKey, leaf, chain }: CertificateBundle): string {
  return [privateKey, leaf, ...chain].join('');
}
