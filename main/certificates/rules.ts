import type { CertificateBundle, CertificateFacts, CertificateKeyType } from '../domain/certificate.ts';
import { validityProblem } from '../domain/validity.ts';

export type CertificateService = 'acm' | 'certificatemanager';

/** What a service does not take, and what a person can do about it. */
export interface CertificateProblem {
  readonly code: string;
  readonly sentence: string;
  readonly fix: string;
}

interface ServiceRules {
  readonly title: string;
  readonly keyTypes: ReadonlySet<CertificateKeyType>;
  readonly keyTypesFix: string;
}

const rules: Readonly<Record<CertificateService, ServiceRules>> = {
  // https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
  acm: {
    title: 'AWS Certificate Manager',
    keyTypes: new Set(['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-P256', 'EC-P384', 'EC-P521']),
    keyTypesFix: 'Issue it with an RSA key of 2048, 3072 or 4096 bits, or an EC key on P-256, P-384 or P-521.',
  },
  // https://cloud.google.com/certificate-manager/docs/certificates
  certificatemanager: {
    title: 'GCP Certificate Manager',
    keyTypes: new Set(['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-P256', 'EC-P384']),
    keyTypesFix: 'Issue it with an RSA key of 2048, 3072 or 4096 bits, or an EC key on P-256 or P-384.',
  },
};

/** ACM's limits, in bytes of PEM: ImportCertificate in its API reference, and the prerequisites above. */
const acmMaxKeyBytes = 5_120;
const acmMaxCertificateBytes = 32_768;
const acmMaxChainBytes = 2 * 1024 * 1024;
const acmMaxOcspUrlLength = 1_000;

const clientAuth = '1.3.6.1.5.5.7.3.2';

/**
 * Why a service would refuse a certificate, or serve clients one they refuse, as far as the certificate alone tells.
 * @param now milliseconds since the epoch
 */
export function targetProblems(
  facts: CertificateFacts,
  service: CertificateService,
  now: number,
): CertificateProblem[] {
  const validity = validityProblem(facts, now);
  return [
    ...(validity ? [validity] : []),
    ...keyProblems(facts, service),
    ...(service === 'acm' ? acmProblems(facts) : []),
  ];
}

/** As `targetProblems`, with what only the whole bundle tells: sizes. */
export function bundleProblems(
  bundle: CertificateBundle,
  service: CertificateService,
  now: number,
): CertificateProblem[] {
  const problems = targetProblems(bundle.facts, service, now);
  if (service !== 'acm') return problems;
  const sizes: [string, string, number][] = [
    ['private key', bundle.privateKey, acmMaxKeyBytes],
    ['certificate', bundle.leaf, acmMaxCertificateBytes],
    ['certificate chain', bundle.chain.join(''), acmMaxChainBytes],
  ];
  for (const [what, text, limit] of sizes) {
    const bytes = Buffer.byteLength(text, 'utf8');
    if (bytes <= limit) continue;
    problems.push({
      code: 'certificate-too-large',
      sentence: `The ${what} has ${bytes} bytes as PEM; AWS Certificate Manager takes up to ${limit}.`,
      fix: 'Issue a smaller one, or sync the certificate to a secret target.',
    });
  }
  return problems;
}

const newArn =
  'add a sync of it under another target name, which gets a new ARN, move what uses the old one, then delete this record.';

/**
 * Why ACM would refuse to import a certificate again under the ARN of an earlier one
 * (https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html, and the prerequisites above), or undefined.
 */
export function reimportProblem(before: CertificateFacts, after: CertificateFacts): CertificateProblem | undefined {
  if (before.keyType !== after.keyType)
    return reimport(
      'key-type',
      `The renewed certificate has a key of type ${after.keyType}, the one in ACM ${before.keyType}; under the same ARN, type and size cannot change.`,
      `Renew it with a key of type ${before.keyType}, or ${newArn}`,
    );
  const isEc = after.keyType.startsWith('EC-');
  return (
    usageProblem('key usage', before.keyUsages, after.keyUsages, isEc ? 'keyEncipherment' : undefined) ??
    usageProblem('extended key usage', before.extendedKeyUsages, after.extendedKeyUsages, clientAuth) ??
    namesProblem(before, after)
  );
}

/** @param mayGo the value that may be removed all the same */
function usageProblem(
  what: 'key usage' | 'extended key usage',
  before: readonly string[] | null,
  after: readonly string[] | null,
  mayGo: string | undefined,
): CertificateProblem | undefined {
  const code = what.replaceAll(' ', '-');
  if (before === null) {
    if (after === null) return undefined;
    return reimport(
      `${code}-added`,
      `The renewed certificate has a ${what} extension, the one in ACM has none; under the same ARN, none can be added.`,
      `Renew it without that extension, or ${newArn}`,
    );
  }
  const gone = before.filter((usage) => usage !== mayGo && !after?.includes(usage));
  if (gone.length === 0) return undefined;
  return reimport(
    `${code}-removed`,
    `The renewed certificate lacks the ${what} ${gone.join(', ')}, which the one in ACM has; under the same ARN, it cannot be removed.`,
    `Renew it with that ${what}, or ${newArn}`,
  );
}

function namesProblem(before: CertificateFacts, after: CertificateFacts): CertificateProblem | undefined {
  if (before.names.length === 0 || before.names.some((name) => after.names.includes(name))) return undefined;
  return reimport(
    'names',
    'The renewed certificate is for none of the domain names of the one in ACM; under the same ARN, one has to stay.',
    `Check that the right certificate was renewed. If so, ${newArn}`,
  );
}

function reimport(code: string, sentence: string, fix: string): CertificateProblem {
  return { code: `certificate-reimport-${code}`, sentence, fix };
}

function keyProblems({ keyType }: CertificateFacts, service: CertificateService): CertificateProblem[] {
  const { title, keyTypes, keyTypesFix } = rules[service];
  if (keyTypes.has(keyType)) return [];
  return [
    {
      code: 'certificate-key-type',
      sentence: `The certificate's key is of type ${keyType}, which ${title} does not take.`,
      fix: keyTypesFix,
    },
  ];
}

function acmProblems({ keyType, signatureFamily, version, issuer, ocspUrls }: CertificateFacts): CertificateProblem[] {
  const problems: CertificateProblem[] = [];
  const problem = (code: string, sentence: string, fix: string) => problems.push({ code, sentence, fix });
  const family = keyType.startsWith('RSA-') ? 'RSA' : 'EC';
  if (signatureFamily !== family && rules.acm.keyTypes.has(keyType))
    problem(
      'certificate-signature-family',
      `The certificate has an ${family} key, but its authority signed it with a key of another kind; AWS Certificate Manager wants both alike.`,
      `Have it issued by an authority with an ${family} key, or with a key of the authority's kind.`,
    );
  if (version !== 3)
    problem(
      'certificate-version',
      `The certificate is of X.509 version ${version}; AWS Certificate Manager takes version 3.`,
      'Issue it again as a version 3 certificate.',
    );
  if (issuer === '')
    problem(
      'certificate-issuer',
      'The certificate names no issuer; AWS Certificate Manager wants one.',
      'Have it issued by an authority with a name.',
    );
  if (ocspUrls.some((url) => url.length > acmMaxOcspUrlLength))
    problem(
      'certificate-ocsp-url',
      `The certificate has an OCSP address of more than ${acmMaxOcspUrlLength} characters; AWS Certificate Manager takes none so long.`,
      'Have it issued with a shorter OCSP address.',
    );
  return problems;
}
