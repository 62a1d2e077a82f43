/** A certificate with its private key, taken apart. Lives only between the read and the write. */
export interface CertificateBundle {
  /** The certificate whose key this is: PEM. */
  readonly leaf: string;
  /** From the leaf's issuer upwards, PEM each, without a self-signed root. */
  readonly chain: readonly string[];
  /** The self-signed root above the leaf, if the bundle held it: PEM. */
  readonly root: string | null;
  /** PKCS#8 PEM, unencrypted. */
  readonly privateKey: string;
  readonly facts: CertificateFacts;
}

/** What targets' rules ask about a public key. */
export type CertificateKeyType =
  | 'RSA-2048'
  | 'RSA-3072'
  | 'RSA-4096'
  | 'RSA-other'
  | 'EC-P256'
  | 'EC-P384'
  | 'EC-P521'
  | 'EC-P256K'
  | 'other';

/** What a certificate says, without its private key. */
export interface CertificateFacts {
  readonly keyType: CertificateKeyType;
  /** E.g. `CN=www.example.com, O=Example`; empty if it has none. */
  readonly subject: string;
  /** As `subject`. */
  readonly issuer: string;
  /** The DNS names it is for, in lower case; if it lists none, its common names. */
  readonly names: readonly string[];
  /** Lower-case hex. */
  readonly serial: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  /** SHA-256 of the leaf's DER, lower-case hex: the certificate's identity. */
  readonly fingerprint: string;
  /**
   * The issuer that the bundle lacks, by name. Null if the chain reaches a root, or ends in an authority's certificate
   * and nothing tells that more belongs between it and its root: bundles leave the root out more often than not.
   */
  readonly missingIssuer: string | null;
  /** X.509 version: 1 to 3. */
  readonly version: number;
  /** The family of the key that signed it. */
  readonly signatureFamily: 'RSA' | 'EC' | 'other';
  /** Names of RFC 5280, 4.2.1.3, e.g. `keyEncipherment`; null without that extension. */
  readonly keyUsages: readonly string[] | null;
  /** Object identifiers; null without that extension. */
  readonly extendedKeyUsages: readonly string[] | null;
  /** Where its revocation can be asked. */
  readonly ocspUrls: readonly string[];
}
