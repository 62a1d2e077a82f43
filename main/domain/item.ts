import type { CertificateFacts } from './certificate.ts';
import type { Payload } from './payload.ts';

/** A vault that a connection can see. */
export interface Vault {
  readonly name: string;
  /** Where its data plane answers, e.g. `https://kv-prod.vault.azure.net`. */
  readonly uri: string;
  readonly subscription: string;
}

/** A vault keeps both under names of their own; a certificate's key is kept as a secret of the same name. */
export const sourceKinds = ['secret', 'certificate'] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** What is known of a source secret or certificate without reading its value. */
export interface SourceItem {
  readonly kind: SourceKind;
  readonly vault: string;
  /** As first spelled in the source. Azure compares names without regard to case, targets do not. */
  readonly name: string;
  readonly enabled: boolean;
  /** Milliseconds since the epoch. Key Vault's resolution is one second, and any change moves it, tags included. */
  readonly updatedOn: number;
  readonly notBefore?: number;
  readonly expiresOn?: number;
  readonly contentType?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** A secret that belongs to a certificate: copied as a certificate, not as a secret. */
  readonly managed: boolean;
  /** Of several secrets taken as one: the metadata of the others; see `metadataOf`. */
  readonly others?: string;
  /** Of a certificate: SHA-1 of the current one, as Key Vault lists it. */
  readonly thumbprint?: string;
  /** The current version, where the source told it without reading the value. A vault's list does not. */
  readonly version?: string;
}

/** What a vault tells of one certificate beside its metadata, without its private key. */
export interface CertificateDescription {
  readonly facts: CertificateFacts;
  /** Whether the vault ever gives the private key out. Never for a key in an HSM. */
  readonly exportable: boolean;
}

/** A value just read. Lives only between the read and the write. */
export interface SourceValue {
  readonly payload: Payload;
  readonly version: string;
  readonly updatedOn: number;
}

/**
 * All metadata that can change without a new value, as one comparable text. If `updatedOn` moved and this did not, the
 * value changed; if this moved too, the source has to be asked which version is current.
 */
export function metadataOf(item: SourceItem): string {
  const tags = Object.entries(item.tags).sort(([a], [b]) => (a < b ? -1 : 1));
  const { enabled, notBefore = null, expiresOn = null, contentType = null, thumbprint, others } = item;
  const more = [thumbprint, others].filter((one) => one !== undefined);
  return JSON.stringify([enabled, notBefore, expiresOn, contentType, tags, ...more]);
}

/** The tags in a text of `metadataOf`; none in an empty one. */
export function tagsIn(metadata: string): Readonly<Record<string, string>> {
  if (metadata === '') return {};
  const [, , , , tags]: [unknown?, unknown?, unknown?, unknown?, [string, string][]?] = JSON.parse(metadata);
  return Object.fromEntries(tags ?? []);
}
