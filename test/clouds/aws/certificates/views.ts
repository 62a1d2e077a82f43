import type { HeldCertificate } from './store.ts';

export function statusOf({ material }: HeldCertificate, now: number): 'ISSUED' | 'EXPIRED' {
  return material.notAfter < now ? 'EXPIRED' : 'ISSUED';
}

/** What DescribeCertificate and ListCertificates both tell. Times travel as seconds since the epoch, with fractions. */
function common(held: HeldCertificate, now: number): Record<string, unknown> {
  const { arn, type, material, createdAt, importedAt } = held;
  return {
    CertificateArn: arn,
    DomainName: material.domainName,
    Status: statusOf(held, now),
    Type: type,
    KeyAlgorithm: material.keyAlgorithm,
    NotBefore: material.notBefore / 1000,
    NotAfter: material.notAfter / 1000,
    CreatedAt: createdAt / 1000,
    ...(type === 'IMPORTED' ? { ImportedAt: importedAt / 1000 } : { IssuedAt: createdAt / 1000 }),
    RenewalEligibility: 'INELIGIBLE',
  };
}

export function detail(held: HeldCertificate, now: number): object {
  const { material, inUseBy } = held;
  return {
    ...common(held, now),
    SubjectAlternativeNames: material.alternativeNames,
    Serial: material.serial,
    Subject: material.subject,
    Issuer: material.issuer,
    SignatureAlgorithm: material.signatureAlgorithm,
    InUseBy: inUseBy,
    KeyUsages: (material.keyUsages ?? []).map((Name) => ({ Name })),
    ExtendedKeyUsages: material.extendedKeyUsages ?? [],
    Options: { CertificateTransparencyLoggingPreference: 'DISABLED', Export: 'DISABLED' },
  };
}

/** "Up to 100 domain names": CertificateSummary. */
const maxNames = 100;

export function summary(held: HeldCertificate, now: number): object {
  const { material, inUseBy } = held;
  return {
    ...common(held, now),
    SubjectAlternativeNameSummaries: material.alternativeNames.slice(0, maxNames),
    HasAdditionalSubjectAlternativeNames: material.alternativeNames.length > maxNames,
    KeyUsages: material.keyUsages ?? [],
    ExtendedKeyUsages: (material.extendedKeyUsages ?? []).map(({ Name }) => Name),
    InUse: inUseBy.length > 0,
    Exported: false,
    ExportOption: 'DISABLED',
  };
}

export function pem({ material }: HeldCertificate): { Certificate: string; CertificateChain?: string } {
  const Certificate = material.certificate.toString();
  const chain = material.chain.map(String).join('');
  return chain === '' ? { Certificate } : { Certificate, CertificateChain: chain };
}
