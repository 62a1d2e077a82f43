/** A vault that a connection can see. */
export interface Vault {
  readonly name: string;
  /** Where its data plane answers, e.g. `https://kv-prod.vault.azure.net`. */
  readonly uri: string;
  readonly subscription: string;
}

/** What is known of a source secret without reading its value. */
export interface SourceItem {
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
  /** Belongs to a certificate: copied as a certificate, not as a secret. */
  readonly managed: boolean;
  /** The current version, where the source told it without reading the value. A vault's list does not. */
  readonly version?: string;
}

/** A value just read. Lives only between the read and the write. */
export interface SourceValue {
  readonly value: string;
  readonly version: string;
  readonly updatedOn: number;
}

/**
 * All metadata that can change without a new value, as one comparable text. If `updatedOn` moved and this did not, the
 * value changed; if this moved too, the source has to be asked which version is current.
 */
export function metadataOf(item: SourceItem): string {
  const tags = Object.entries(item.tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([item.enabled, item.notBefore ?? null, item.expiresOn ?? null, item.contentType ?? null, tags]);
}
