import type { CertificateProperties } from '@azure/keyvault-certificates';
import type { SecretProperties } from '@azure/keyvault-secrets';
import { Failure, invalid } from '../../domain/failure.ts';
import type { SourceItem, SourceKind } from '../../domain/item.ts';
import type { SourceRef } from '../ports.ts';

/** A secret as a vault lists it. */
export function secretItem(vault: string, properties: SecretProperties): SourceItem {
  const { contentType } = properties;
  return {
    ...commonOf('secret', vault, properties),
    ...(contentType === undefined ? {} : { contentType }),
    managed: properties.managed === true,
  };
}

/** A certificate as a vault lists it. Its dates are those of the X.509 certificate. */
export function certificateItem(vault: string, properties: CertificateProperties): SourceItem {
  const { x509ThumbprintString: thumbprint } = properties;
  return {
    ...commonOf('certificate', vault, properties),
    managed: false,
    ...(thumbprint ? { thumbprint: thumbprint.toLowerCase() } : {}),
  };
}

type Properties = Pick<
  SecretProperties & CertificateProperties,
  'enabled' | 'notBefore' | 'expiresOn' | 'updatedOn' | 'tags'
> & { readonly name?: string };

function commonOf(kind: SourceKind, vault: string, properties: Properties) {
  const { name = '', notBefore, expiresOn, tags = {} } = properties;
  return {
    kind,
    vault,
    name,
    enabled: properties.enabled !== false,
    updatedOn: timeOf({ kind, vault, name }, properties),
    ...(isDate(notBefore) ? { notBefore: notBefore.getTime() } : {}),
    ...(isDate(expiresOn) ? { expiresOn: expiresOn.getTime() } : {}),
    tags,
  };
}

/**
 * The current version of a secret out of all its versions: the one made last. Times have a resolution of one second, so if
 * two share the newest one it stays open which is current, and no version is told; the metadata is then that of the one
 * changed last, enabled if any is, because a read will tell.
 */
export function currentSecret(vault: string, versions: readonly SecretProperties[]): SourceItem | undefined {
  const madeAt = ({ createdOn }: SecretProperties) => createdOn?.getTime() ?? Number.NaN;
  const newest = Math.max(...versions.map(madeAt));
  const unclear = Number.isNaN(newest);
  const candidates = unclear ? [...versions] : versions.filter((version) => madeAt(version) === newest);
  const changedAt = (version: SecretProperties) => secretItem(vault, version).updatedOn;
  const [latest] = candidates.sort((a, b) => changedAt(b) - changedAt(a));
  if (!latest) return undefined;
  const item = secretItem(vault, latest);
  if (candidates.length > 1 || unclear || !latest.version) {
    return { ...item, enabled: candidates.some(({ enabled }) => enabled !== false) };
  }
  return { ...item, version: latest.version };
}

/** When an item was last changed, in milliseconds; the whole-second resolution is Key Vault's. */
export function timeOf(ref: SourceRef, { updatedOn }: Pick<Properties, 'updatedOn'>): number {
  if (!isDate(updatedOn)) throw incomplete(ref);
  return updatedOn.getTime();
}

/** The SDK makes a Date of any number, also of one that no Date can hold. */
function isDate(date: Date | undefined): date is Date {
  return date !== undefined && !Number.isNaN(date.getTime());
}

/** An answer of the right form that lacks what Key Vault always tells, or contradicts itself. */
export function incomplete({ kind, vault, name }: SourceRef): Failure {
  return new Failure({
    kind: 'bug',
    code: 'reply-unforeseen',
    sentence: `The answer about the ${kind} ${name} in the vault ${vault} was incomplete. Nothing was changed.`,
    fix: 'Try again. If it happens again, please report it with the steps that led here.',
  });
}

/** A secret or certificate that may not be read as it stands. */
export function disabled({ kind, vault, name }: SourceRef): Failure {
  return invalid(
    'source-disabled',
    `The ${kind} ${name} in the vault ${vault} is disabled, so it cannot be read.`,
    `Enable the ${kind} in Azure, or pause this record.`,
  );
}
