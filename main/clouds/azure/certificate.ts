import type { KeyVaultCertificate, KeyVaultCertificateWithPolicy } from '@azure/keyvault-certificates';
import type { KeyVaultSecret } from '@azure/keyvault-secrets';
import { factsOf, readBundle } from '../../certificates/index.ts';
import type { CertificateBundle } from '../../domain/certificate.ts';
import { Failure, invalid } from '../../domain/failure.ts';
import type { CertificateDescription } from '../../domain/item.ts';
import type { SourceRef } from '../ports.ts';
import { disabled, incomplete } from './items.ts';

/** What a certificate's public part and its policy say. @throws Failure `source-pending` if it was never issued */
export function descriptionOf(ref: SourceRef, certificate: KeyVaultCertificateWithPolicy): CertificateDescription {
  const { exportable, keyType } = certificate.policy ?? {};
  return {
    facts: factsOf(derOf(ref, certificate)),
    // A key is exportable unless its policy says otherwise, and never out of an HSM:
    // https://learn.microsoft.com/azure/key-vault/certificates/about-certificates#exportable-or-nonexportable-key
    exportable: exportable !== false && keyType?.endsWith('-HSM') !== true,
  };
}

/** @throws Failure `source-disabled`, `source-pending` */
export function checkReadable(ref: SourceRef, certificate: KeyVaultCertificate): void {
  if (certificate.properties.enabled === false) throw disabled(ref);
  derOf(ref, certificate);
}

/** The version of the secret that holds a certificate's private key: the same as that of `certificate` itself. */
export function secretVersionOf(ref: SourceRef, { secretId }: KeyVaultCertificate): string {
  const version = /\/secrets\/[^/]+\/(\w+)$/.exec(secretId ?? '')?.[1];
  if (version === undefined) throw incomplete(ref);
  return version;
}

/**
 * A certificate with its private key and chain.
 * @param certificate the public part, from the certificates API
 * @param secret what its `secretId` holds
 * @throws Failure `source-not-exportable` if the vault keeps the private key to itself, or why it cannot be read
 */
export function bundleOf(ref: SourceRef, certificate: KeyVaultCertificate, secret: KeyVaultSecret): CertificateBundle {
  const { contentType } = secret.properties;
  if (secret.value === undefined) throw incomplete(ref);
  if (contentType !== 'application/x-pkcs12' && contentType !== 'application/x-pem-file')
    throw invalid(
      'source-content-type',
      `${named(ref)} is kept as something other than PFX or PEM, so it cannot be read.`,
      'Set the content type of its issuance policy to PKCS #12 or PEM in Azure, and issue a new version.',
    );
  const bundle = readNamed(ref, { contentType, value: secret.value });
  // One version of one certificate was asked for in two requests: they have to speak of the same.
  if (bundle.facts.fingerprint !== factsOf(derOf(ref, certificate)).fingerprint) throw incomplete(ref);
  return bundle;
}

function readNamed(ref: SourceRef, content: Parameters<typeof readBundle>[0]): CertificateBundle {
  try {
    return readBundle(content);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.detail.code === 'no-private-key') throw notExportable(ref);
    throw new Failure({ ...error.detail, sentence: `${named(ref)} cannot be used. ${error.detail.sentence}` }, error);
  }
}

function derOf(ref: SourceRef, { cer }: KeyVaultCertificate): Uint8Array {
  if (cer && cer.byteLength > 0) return cer;
  throw invalid(
    'source-pending',
    `${named(ref)} was asked for but is not issued yet.`,
    'Wait for the authority, or finish or cancel the request in Azure (Certificates > the certificate > operation).',
  );
}

function named({ vault, name }: SourceRef): string {
  return `The certificate ${name} in the vault ${vault}`;
}

function notExportable(ref: SourceRef): Failure {
  return invalid(
    'source-not-exportable',
    `${named(ref)} has a private key that never leaves the vault, so it cannot be copied anywhere.`,
    'Issue a new version with an exportable private key (not possible for keys in an HSM), or delete this record.',
  );
}
