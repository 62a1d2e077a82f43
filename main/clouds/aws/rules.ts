import { bundleProblems } from '../../certificates/index.ts';
import type { CertificateBundle } from '../../domain/certificate.ts';
import { invalid } from '../../domain/failure.ts';
import type { Payload } from '../../domain/payload.ts';
import type { TargetOptions } from '../../domain/record.ts';
import { emptyValue, payloadBytes } from '../payload.ts';
import type { TargetProblem } from '../ports.ts';

/** In bytes, of SecretString and SecretBinary: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const maxSecretBytes = 65_536;

/** In bytes: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
const maxParameterBytes = { standard: 4_096, advanced: 8_192, intelligent: 8_192 };

/** What a secrets service is given: a certificate comes as a text or a file, never taken apart. */
export type Content = Exclude<Payload, { kind: 'certificate' }>;

/** @throws Failure `invalid` for a certificate: the record says neither PEM nor PFX */
export function storable(payload: Payload): Content {
  if (payload.kind !== 'certificate') return payload;
  const { sentence, fix } = wantsText;
  throw invalid('target-payload', sentence, fix);
}

/** @throws Failure `invalid` for anything but a certificate */
export function bundleOf(payload: Payload): CertificateBundle {
  if (payload.kind === 'certificate') return payload.bundle;
  const { sentence, fix } = wantsCertificate;
  throw invalid('target-payload', sentence, fix);
}

/** Secrets Manager's rules for a value, and for the regions it is to be replicated to. */
export function secretValueProblems(
  payload: Payload,
  { replicaRegions }: TargetOptions,
  region: string,
): TargetProblem[] {
  if (payload.kind === 'certificate') return [wantsText];
  const bytes = payloadBytes(payload);
  return [
    ...(bytes === 0 ? [emptyValue('AWS Secrets Manager')] : []),
    ...(bytes > maxSecretBytes
      ? [
          {
            code: 'value-too-large',
            sentence: `The value has ${bytes} bytes; AWS Secrets Manager stores up to 65,536.`,
            fix: 'Store a smaller value in Azure, or split it into several secrets.',
          },
        ]
      : []),
    ...(replicaRegions?.includes(region)
      ? [
          {
            code: 'replica-region',
            sentence: `The secret is itself in ${region}, so it cannot be replicated to there.`,
            fix: 'Take that region out of the replica regions of the record.',
          },
        ]
      : []),
  ];
}

/** A value as Parameter Store keeps it: it has texts only, so bytes go as Base64. */
export function parameterText(content: Content): string {
  return content.kind === 'text' ? content.text : Buffer.from(content.bytes).toString('base64');
}

/** Parameter Store's rules for a value: PutParameter in the API reference. */
export function parameterValueProblems(payload: Payload, { tier = 'standard' }: TargetOptions): TargetProblem[] {
  if (payload.kind === 'certificate') return [wantsText];
  const text = parameterText(payload);
  const bytes = Buffer.byteLength(text, 'utf8');
  const limit = maxParameterBytes[tier];
  const problems: TargetProblem[] = [];
  if (bytes === 0) problems.push(emptyValue('AWS Parameter Store'));
  if (bytes > limit) problems.push(parameterTooLarge(bytes, payload.kind, tier, limit));
  if (payload.kind === 'text' && text.includes('{{')) {
    problems.push({
      code: 'value-braces',
      sentence: 'The value holds {{, which AWS Parameter Store does not take: it would refer to another parameter.',
      fix: 'Sync this secret to AWS Secrets Manager instead.',
    });
  }
  return problems;
}

function parameterTooLarge(
  bytes: number,
  kind: Content['kind'],
  tier: keyof typeof maxParameterBytes,
  limit: number,
): TargetProblem {
  const size = `The value has ${bytes} bytes${kind === 'binary' ? ' as Base64' : ''}`;
  const elsewhere = 'sync it to AWS Secrets Manager, which stores 65,536 bytes.';
  if (tier === 'standard' && bytes <= maxParameterBytes.advanced) {
    return {
      code: 'value-too-large',
      sentence: `${size}; a standard parameter, which costs nothing, holds up to ${limit}.`,
      fix: `Set the tier of the record to advanced or intelligent (up to 8,192 bytes, about $0.05 a month for each advanced parameter), or ${elsewhere}`,
    };
  }
  return {
    code: 'value-too-large',
    sentence: `${size}; AWS Parameter Store holds up to 8,192, whatever the tier.`,
    fix: `Store a smaller value in Azure, or ${elsewhere}`,
  };
}

/** ACM's rules for a certificate. @param now milliseconds since the epoch */
export function certificateProblems(payload: Payload, now: number): TargetProblem[] {
  if (payload.kind !== 'certificate') return [wantsCertificate];
  const { bundle } = payload;
  const { subject, issuer } = bundle.facts;
  const problems = bundleProblems(bundle, 'acm', now);
  if (acmChain(bundle) !== '' || subject === issuer) return problems;
  return [
    ...problems,
    {
      code: 'certificate-chain',
      sentence: `The bundle in Azure does not hold the certificate of the issuer (${issuer}), which AWS Certificate Manager asks for.`,
      fix: 'Import the certificate into Key Vault again, with its whole chain.',
    },
  ];
}

/**
 * The chain that ACM is given, in PEM; '' for a self-signed certificate, which needs none. The root is left out unless it
 * signed the leaf itself: ACM wants to see who signed it.
 */
export function acmChain({ chain, root }: CertificateBundle): string {
  return chain.length > 0 ? chain.join('') : (root ?? '');
}

const wantsText: TargetProblem = {
  code: 'payload',
  sentence: 'This service keeps texts and files, and was to be given a certificate taken apart.',
  fix: 'Choose in the record how the certificate is to be stored: as PEM or as PFX.',
};

const wantsCertificate: TargetProblem = {
  code: 'payload',
  sentence: 'AWS Certificate Manager keeps certificates only.',
  fix: 'Choose a certificate as the source of the record, or another service as its target.',
};
