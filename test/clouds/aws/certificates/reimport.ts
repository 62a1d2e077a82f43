import { AwsFailure } from '../failure.ts';
import type { Material } from './material.ts';

/**
 * The conditions of a reimport, by "Reimport a certificate" and the prerequisites in ACM's user guide. AWS publishes the
 * rules and not the sentences.
 * @throws AwsFailure ValidationException
 */
export function checkReimport(before: Material, after: Material): void {
  if (after.keyAlgorithm !== before.keyAlgorithm) {
    throw refused(`The key type and size cannot be changed: ${before.keyAlgorithm} to ${after.keyAlgorithm}.`);
  }
  if (!after.alternativeNames.some((name) => before.alternativeNames.includes(name))) {
    throw refused('You cannot remove all of the domain names from a certificate.');
  }
  const elliptic = before.keyAlgorithm.startsWith('EC_');
  checkUsages('Key Usage', before.keyUsages, after.keyUsages, elliptic ? 'KEY_ENCIPHERMENT' : undefined);
  const clientAuthentication = '1.3.6.1.5.5.7.3.2';
  checkUsages('Extended Key Usage', oids(before), oids(after), clientAuthentication);
}

/** @param removable the one value that may go */
function checkUsages(
  extension: string,
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
  removable: string | undefined,
): void {
  if (before === undefined && after !== undefined) {
    throw refused(`You cannot add the ${extension} extension if the previously imported certificate lacks it.`);
  }
  const removed = (before ?? []).filter((usage) => usage !== removable && !after?.includes(usage));
  if (removed.length > 0) throw refused(`You cannot remove ${extension} values: ${removed.join(', ')}.`);
}

function oids({ extendedKeyUsages }: Material): string[] | undefined {
  return extendedKeyUsages?.map(({ OID }) => OID);
}

function refused(message: string): AwsFailure {
  return new AwsFailure('ValidationException', message);
}
