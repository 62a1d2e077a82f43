import { randomBytes, type X509Certificate } from 'node:crypto';
import {
  type CertificateContentType,
  encodeMaterial,
  keyKind,
  pemType,
  pfxType,
  readMaterial,
} from './certificate-material.ts';
import { checkTags, currentVersion, type Deletion, Shelf } from './shelf.ts';
import type { SecretProps, StoredSecret } from './vault.ts';
import { VaultRefusal } from './vault-refusal.ts';

/** How the next version is made and what its secret holds; it belongs to the certificate, not to a version. */
interface CertificatePolicy {
  readonly exportable: boolean;
  readonly kty: 'RSA' | 'EC' | 'RSA-HSM' | 'EC-HSM';
  readonly key_size: number;
  readonly crv?: string;
  readonly reuse_key: boolean;
  readonly contentType: CertificateContentType;
  readonly issuer: string;
  /** Seconds since the epoch, like all times here. */
  readonly created: number;
  readonly updated: number;
}

export interface CertificateVersion {
  /** 32 hexadecimal digits, shared with the backing secret and key. */
  readonly version: string;
  readonly certificate: X509Certificate;
  readonly enabled: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly created: number;
  readonly updated: number;
}

export interface StoredCertificate {
  readonly name: string;
  /** Oldest first, never empty. */
  readonly versions: readonly CertificateVersion[];
  readonly policy: CertificatePolicy;
}

export type DeletedCertificate = StoredCertificate & Deletion;

/** PFX in base64 or PEM, as whoever owns the vault would import it. */
type CertificateSource = { readonly pfxBase64: string; readonly password?: string } | { readonly pem: string };

export interface CertificateProps {
  readonly enabled?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface CertificateOptions extends CertificateProps {
  /** Without it the secret holds certificates only. Default true. */
  readonly exportable?: boolean;
  /** A key in a hardware module, which is never exportable. */
  readonly hsm?: boolean;
  readonly reuseKey?: boolean;
  /** Default `Unknown`, as after an import. */
  readonly issuer?: string;
}

/** The secrets of the vault, as far as they belong to certificates. */
interface BackingSecrets {
  find(name: string): StoredSecret | undefined;
  store(name: string, value: string, props: SecretProps, version: string): void;
  update(name: string, props: SecretProps, version: string): void;
  remove(name: string): void;
  recover(name: string): void;
  purge(name: string): void;
}

/** The certificates of a vault, each with its secret. Every method throws a VaultRefusal as the service would answer. */
export class Certificates {
  private readonly secrets: BackingSecrets;
  private readonly seconds: () => number;
  private readonly shelf = new Shelf<StoredCertificate>('Certificate');

  constructor(secrets: BackingSecrets, seconds: () => number) {
    this.secrets = secrets;
    this.seconds = seconds;
  }

  /**
   * Makes a new version. The secret gets the material byte for byte if the key may leave the vault, so that a test
   * decides about chain order and encryption; a PFX with a password is packed anew without one, as an import does.
   */
  set(name: string, source: CertificateSource, options: CertificateOptions = {}): CertificateVersion {
    this.shelf.checkFree(name);
    checkTags(options.tags);
    const existing = this.shelf.peek(name);
    if (existing === undefined && this.secrets.find(name)?.managed === false) {
      throw new VaultRefusal(409, 'Conflict', `A secret with the name ${name} already exists in this key vault.`);
    }
    const [value, contentType, password] =
      'pem' in source ? ([source.pem, pemType] as const) : ([source.pfxBase64, pfxType, source.password] as const);
    const { privateKey, leaf, certificates } = readMaterial(value, contentType, password);
    const { kty, ...size } = keyKind(privateKey);
    const { enabled = true, tags, hsm = false, exportable = !hsm } = options;
    if (hsm && exportable) {
      throw new VaultRefusal(400, 'BadParameter', 'A key in a hardware security module can not be exportable.');
    }
    const time = this.seconds();
    const version = randomBytes(16).toString('hex');
    const secret = exportable
      ? password
        ? encodeMaterial({ privateKey, certificates }, contentType)
        : value
      : encodeMaterial({ certificates }, contentType);
    const props = { enabled, ...(tags === undefined ? {} : { tags }) };
    this.secrets.store(name, secret, { contentType, ...validity(leaf), ...props }, version);
    const made = { version, certificate: leaf, ...props, created: time, updated: time };
    this.shelf.put({
      name: existing?.name ?? name,
      versions: [...(existing?.versions ?? []), made],
      policy: {
        exportable,
        kty: hsm ? `${kty}-HSM` : kty,
        ...size,
        reuse_key: options.reuseKey ?? false,
        contentType,
        issuer: options.issuer ?? 'Unknown',
        created: existing?.policy.created ?? time,
        updated: time,
      },
    });
    return made;
  }

  /** Changes a version (the current one by default) and its secret with it. */
  update(name: string, props: CertificateProps, version?: string): CertificateVersion {
    checkTags(props.tags);
    const certificate = this.find(name);
    const old = this.version(certificate, version);
    const changed = { ...old, ...props, updated: this.seconds() };
    const versions = certificate.versions.map((candidate) => (candidate === old ? changed : candidate));
    this.secrets.update(name, props, old.version);
    this.shelf.put({ ...certificate, versions });
    return changed;
  }

  find(name: string): StoredCertificate {
    return this.shelf.find(name);
  }

  version(certificate: StoredCertificate, version: string | undefined): CertificateVersion {
    if (version === undefined) return currentVersion(certificate);
    const found = certificate.versions.find((candidate) => candidate.version === version.toLowerCase());
    return found ?? this.shelf.missing(`${certificate.name}/${version}`);
  }

  list(): readonly StoredCertificate[] {
    return this.shelf.list();
  }

  spelling(name: string): string {
    return this.shelf.spelling(name);
  }

  /** Deletes the certificate and its secret softly. */
  remove(name: string): DeletedCertificate {
    const deleted = this.shelf.remove(name, this.seconds());
    this.secrets.remove(name);
    return deleted;
  }

  findDeleted(name: string): DeletedCertificate {
    return this.shelf.findDeleted(name);
  }

  listDeleted(): readonly DeletedCertificate[] {
    return this.shelf.listDeleted();
  }

  recover(name: string): StoredCertificate {
    const certificate = this.shelf.recover(name);
    this.secrets.recover(name);
    return certificate;
  }

  purge(name: string): void {
    this.shelf.purge(name);
    this.secrets.purge(name);
  }
}

/** The times of a certificate and its secret are those of the X.509 certificate. */
export function validity({ validFrom, validTo }: X509Certificate): { notBefore: number; expires: number } {
  return { notBefore: Date.parse(validFrom) / 1000, expires: Date.parse(validTo) / 1000 };
}
