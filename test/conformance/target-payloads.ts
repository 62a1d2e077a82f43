import { X509Certificate } from 'node:crypto';
import { readBundle } from '../../main/certificates/index.ts';
import type { Payload } from '../../main/domain/payload.ts';
import { keepsCertificates, type TargetService } from '../../main/domain/service.ts';
import { createIssuer, type IssuedCertificate } from '../clouds/kernel/certificate-chain.ts';

const certificates = 8;
const day = 24 * 60 * 60 * 1000;

/** Payloads to write, made for this run. */
export interface Payloads {
  /** One of up to eight, each with another content; certificates are renewals of each other. */
  nth(n: number): Payload;
  /** A payload of the kind that the service does not keep. */
  readonly wrongKind: Payload;
  /** A certificate whose time is over. */
  readonly expired: Payload;
}

/** @returns texts for a secrets service, certificates with a private key for the others */
export async function makePayloads(service: TargetService): Promise<Payloads> {
  const issuer = await createIssuer('P-256');
  const past = { notBefore: new Date(Date.now() - 60 * day), notAfter: new Date(Date.now() - day) };
  const expired = certificatePayload(await issuer.issue(past));
  const keeps = keepsCertificates(service);
  const issued = keeps ? await Promise.all(Array.from({ length: certificates }, () => issuer.issue())) : [];
  return {
    nth(n) {
      if (!keeps) return text(`value ${n}`);
      const certificate = issued[n - 1];
      if (!certificate) throw new Error(`there are ${certificates} certificates, none is number ${n}`);
      return certificatePayload(certificate);
    },
    wrongKind: keeps ? text('no certificate') : expired,
    expired,
  };
}

export function text(value: string): Payload {
  return { kind: 'text', text: value };
}

function certificatePayload({ pem }: IssuedCertificate): Payload {
  return { kind: 'certificate', bundle: readBundle({ contentType: 'application/x-pem-file', value: pem }) };
}

/** What readers get of a payload: a secret's bytes; of a certificate, which it is and which chain it has. */
export function contentOf(payload: Payload): Buffer {
  if (payload.kind === 'text') return Buffer.from(payload.text);
  if (payload.kind === 'binary') return Buffer.from(payload.bytes);
  return certificateContent([payload.bundle.leaf, ...payload.bundle.chain].join(''));
}

/** The SHA-256 of every certificate in PEM, in order, one a line. */
export function certificateContent(pem: string): Buffer {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return Buffer.from(blocks.map((block) => new X509Certificate(block).fingerprint256).join('\n'));
}
