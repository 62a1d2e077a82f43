import { bundleProblems } from '../../certificates/index.ts';
import type { CertificateBundle } from '../../domain/certificate.ts';
import { Failure } from '../../domain/failure.ts';
import type { Payload } from '../../domain/payload.ts';
import { emptyValue, payloadBytes } from '../payload.ts';
import type { TargetProblem } from '../ports.ts';

/** SecretPayload.data: https://cloud.google.com/secret-manager/quotas#content_limits */
const maxValueBytes = 65_536;

const noSecret: TargetProblem = {
  code: 'payload',
  sentence: 'GCP Secret Manager stores texts and bytes, not certificates.',
  fix: 'Copy the certificate as PEM or PFX, or to GCP Certificate Manager.',
};
const noCertificate: TargetProblem = {
  code: 'payload',
  sentence: 'GCP Certificate Manager stores certificates with their private key, and nothing else.',
  fix: 'Choose GCP Secret Manager for secrets.',
};

/** Why Secret Manager would not take this value. */
export function secretProblems(payload: Payload): TargetProblem[] {
  if (payload.kind === 'certificate') return [noSecret];
  const bytes = payloadBytes(payload);
  if (bytes === 0) return [emptyValue('GCP Secret Manager')];
  if (bytes <= maxValueBytes) return [];
  return [
    {
      code: 'value-too-large',
      sentence: `The value has ${bytes} bytes; GCP Secret Manager stores up to 65,536.`,
      fix: 'Shorten the secret in Azure, or delete this record.',
    },
  ];
}

/** Why Certificate Manager would not take this certificate. @param now milliseconds since the epoch */
export function certificateProblems(payload: Payload, now: number): TargetProblem[] {
  return payload.kind === 'certificate' ? bundleProblems(payload.bundle, 'certificatemanager', now) : [noCertificate];
}

/** A secret's bytes. @throws Failure `invalid` for what Secret Manager would not take: before a secret is made for it */
export function secretBytes(payload: Payload): Uint8Array {
  refuse(secretProblems(payload));
  if (payload.kind === 'certificate') throw unfit(noSecret);
  return payload.kind === 'text' ? Buffer.from(payload.text, 'utf8') : payload.bytes;
}

/** A certificate taken apart. @throws Failure `invalid` for what Certificate Manager would not take */
export function certificateBundle(payload: Payload, now: number): CertificateBundle {
  refuse(certificateProblems(payload, now));
  if (payload.kind !== 'certificate') throw unfit(noCertificate);
  return payload.bundle;
}

function refuse([problem]: readonly TargetProblem[]): void {
  if (problem) throw unfit(problem);
}

function unfit(problem: TargetProblem): Failure {
  return new Failure({ kind: 'invalid', ...problem, code: `target-${problem.code}` });
}
