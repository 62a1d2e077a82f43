import type { TargetOptions } from './record.ts';

/** A service that records write to. What it is called in APIs and files is the product description's and never changes. */
export const targetServices = [
  'secretsmanager',
  'parameterstore',
  'acm',
  'secretmanager',
  'certificatemanager',
] as const;
export type TargetService = (typeof targetServices)[number];

interface ServiceFacts {
  readonly provider: 'aws' | 'gcp';
  readonly title: string;
  /** What it stores: a certificate can also go to a secrets service, as one text or file; a secret never to a certificates one. */
  readonly keeps: 'secrets' | 'certificates';
  /** What it can be told about a target it makes. */
  readonly options: readonly (keyof TargetOptions)[];
}

export const serviceFacts: Readonly<Record<TargetService, ServiceFacts>> = {
  secretsmanager: {
    provider: 'aws',
    title: 'AWS Secrets Manager',
    keeps: 'secrets',
    options: ['kmsKeyId', 'replicaRegions'],
  },
  parameterstore: { provider: 'aws', title: 'AWS Parameter Store', keeps: 'secrets', options: ['kmsKeyId', 'tier'] },
  acm: { provider: 'aws', title: 'AWS Certificate Manager', keeps: 'certificates', options: [] },
  secretmanager: {
    provider: 'gcp',
    title: 'GCP Secret Manager',
    keeps: 'secrets',
    options: ['replicaLocations', 'keepVersions'],
  },
  certificatemanager: { provider: 'gcp', title: 'GCP Certificate Manager', keeps: 'certificates', options: [] },
};

/** Whether a service keeps certificates, and nothing else. */
export function keepsCertificates(service: TargetService): service is 'acm' | 'certificatemanager' {
  return serviceFacts[service].keeps === 'certificates';
}
