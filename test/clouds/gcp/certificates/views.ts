import { EnumValue, rfc3339 } from '../payload.ts';
import type { Certificate, Operation, Scope } from './store.ts';

export const scopes: Readonly<Record<Scope, EnumValue>> = {
  DEFAULT: new EnumValue('DEFAULT', 0),
  EDGE_CACHE: new EnumValue('EDGE_CACHE', 1),
  ALL_REGIONS: new EnumValue('ALL_REGIONS', 2),
};

const packageUrl = 'type.googleapis.com/google.cloud.certificatemanager.v1';

/** A Certificate message. The private key never leaves the service. */
export function certificateView(certificate: Certificate): object {
  const { name, description, labels, scope, material } = certificate;
  return {
    name,
    ...(description === '' ? {} : { description }),
    createTime: rfc3339(certificate.createdAt),
    updateTime: rfc3339(certificate.updatedAt),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    selfManaged: {},
    ...(material.dnsNames.length === 0 ? {} : { sanDnsnames: material.dnsNames }),
    pemCertificate: material.pemCertificate,
    expireTime: rfc3339(material.expiresAt),
    ...(scope === 'DEFAULT' ? {} : { scope: scopes[scope] }),
  };
}

/** The certificate as an operation answers with it, packed. */
export function packedCertificate(certificate: Certificate): object {
  return { '@type': `${packageUrl}.Certificate`, ...certificateView(certificate) };
}

/** A google.longrunning.Operation. */
export function operationView({ name, createdAt, endedAt, target, verb, outcome }: Operation): object {
  const metadata = {
    '@type': `${packageUrl}.OperationMetadata`,
    createTime: rfc3339(createdAt),
    ...(endedAt === undefined ? {} : { endTime: rfc3339(endedAt) }),
    target,
    verb,
    requestedCancellation: false,
    apiVersion: 'v1',
  };
  if (endedAt === undefined) return { name, metadata, done: false };
  return { name, metadata, done: true, ...('error' in outcome ? { error: outcome.error.toStatus() } : outcome) };
}
