import {
  type Icon,
  IconBrandAws,
  IconBrandAzure,
  IconBrandGoogle,
  IconCertificate,
  IconKey,
} from '@tabler/icons-react';
import type {
  ConnectionView,
  RecordView,
  ShapeView,
  SourceItemView,
  TargetServiceView,
} from '../../preload/contract/views.ts';

type Provider = ConnectionView['settings']['provider'];
type SourceKind = SourceItemView['kind'];

interface Look {
  readonly icon: Icon;
  readonly word: string;
}

export const providerLooks: Readonly<Record<Provider, Look>> = {
  azure: { icon: IconBrandAzure, word: 'Azure' },
  aws: { icon: IconBrandAws, word: 'AWS' },
  gcp: { icon: IconBrandGoogle, word: 'GCP' },
};

export const kindLooks: Readonly<Record<SourceKind, Look & { readonly many: string }>> = {
  secret: { icon: IconKey, word: 'Secret', many: 'Secrets' },
  certificate: { icon: IconCertificate, word: 'Certificate', many: 'Certificates' },
};

interface Service {
  readonly provider: 'aws' | 'gcp';
  readonly title: string;
  /** Where there is little room. */
  readonly short: string;
  /** What it stores: a certificate can also go to a secrets service, as one text or file; a secret never to a certificates one. */
  readonly keeps: 'secrets' | 'certificates';
  /** How a deleted copy can be brought back; not set where it can't. */
  readonly recoverable?: string;
}

/** The services that records write to, in the order they are offered. */
export const services: Readonly<Record<TargetServiceView, Service>> = {
  secretsmanager: {
    provider: 'aws',
    title: 'AWS Secrets Manager',
    short: 'Secrets Manager',
    keeps: 'secrets',
    recoverable: 'Secrets Manager keeps a deleted secret for 30 days.',
  },
  parameterstore: { provider: 'aws', title: 'AWS Parameter Store', short: 'Parameter Store', keeps: 'secrets' },
  acm: { provider: 'aws', title: 'AWS Certificate Manager', short: 'ACM', keeps: 'certificates' },
  secretmanager: {
    provider: 'gcp',
    title: 'GCP Secret Manager',
    short: 'GCP Secret Manager',
    keeps: 'secrets',
    recoverable: 'In GCP Secret Manager versions are disabled, not destroyed.',
  },
  certificatemanager: {
    provider: 'gcp',
    title: 'GCP Certificate Manager',
    short: 'GCP Certificate Manager',
    keeps: 'certificates',
  },
};
export const serviceIds = Object.keys(services) as TargetServiceView[];

/** What a place of this provider's is called. */
export const placeWords = { aws: 'Region', gcp: 'Location' } as const;

export const formWords: Readonly<Record<ShapeView['kind'], string>> = {
  whole: 'As it is',
  pem: 'PEM: private key, certificate and chain in one text',
  pfx: 'PFX: a PKCS#12 file without a password',
  base64: 'The bytes that its Base64 stands for',
  'json-key': 'One key of the JSON it holds',
  'json-object': 'JSON object with the secret under a key',
};

/** A secret in a JSON object of several, and the key it is under. */
export interface Part {
  readonly name: string;
  readonly key: string;
}

/** The secrets that a record writes as one JSON object; none where it copies one thing. */
export function bundleOf({ sourceName, shape }: Pick<RecordView, 'sourceName' | 'shape'>): readonly Part[] {
  if (shape.kind !== 'json-object' || !shape.more?.length) return [];
  return [{ name: sourceName, key: shape.key }, ...shape.more];
}

/** What a record copies: `api-key`, or `api-key + 3 more` */
export function sourceWords(record: Pick<RecordView, 'sourceName' | 'shape'>): string {
  const more = bundleOf(record).length - 1;
  return more > 0 ? `${record.sourceName} + ${more} more` : record.sourceName;
}

/** Where Azure's tags go. A JSON object of several secrets has its first one's only. */
export function tagsWords(provider: 'aws' | 'gcp', [first]: readonly Part[]): string {
  const where =
    provider === 'aws' ? 'Azure tags are written to the target too.' : 'Azure tags become labels of the target.';
  return first ? `${where} The JSON object gets those of ${first.name} only.` : where;
}

/** The form in which a value is written: `One key of the JSON it holds: username`, `4 secrets as one JSON object` */
export function shapeWords(shape: ShapeView): string {
  if (shape.kind === 'json-object' && shape.more?.length) return `${shape.more.length + 1} secrets as one JSON object`;
  return 'key' in shape ? `${formWords[shape.kind]}: ${shape.key}` : formWords[shape.kind];
}

const tierWords = { standard: 'Standard', advanced: 'Advanced', intelligent: 'Chosen by AWS' } as const;

/** What the service was told about the target, as names and what they are; nothing where it goes its own way. */
export function optionFacts(options: RecordView['options']): (readonly [name: string, value: string])[] {
  const { kmsKeyId, replicaRegions = [], tier, replicaLocations = [], keepVersions } = options;
  const facts: (readonly [string, string])[] = [];
  if (kmsKeyId !== undefined) facts.push(['KMS key', kmsKeyId]);
  if (replicaRegions.length > 0) facts.push(['Replicated to', replicaRegions.join(', ')]);
  if (tier !== undefined) facts.push(['Tier', tierWords[tier]]);
  if (replicaLocations.length > 0) facts.push(['Kept in', replicaLocations.join(', ')]);
  if (keepVersions !== undefined) facts.push(['Versions kept', `The newest ${keepVersions}`]);
  return facts;
}
