import type { CertificateFacts } from '../domain/certificate.ts';
import type { CertificateDescription } from '../domain/item.ts';
import type { TargetService } from '../domain/service.ts';

/** What speaks against writing a certificate to a service now. */
export type CertificateProblems = (
  service: TargetService,
  facts: CertificateFacts,
) => readonly { readonly sentence: string; readonly fix: string }[];

/**
 * Why a certificate could never arrive at a service, in words; none if it can.
 * @param name as `vault/name`
 * @param described undefined for one that is gone
 */
export function certificateSentences(
  name: string,
  service: TargetService,
  described: CertificateDescription | undefined,
  problemsOf: CertificateProblems,
): string[] {
  if (!described) return [`There is no certificate ${name} in Key Vault any more.`];
  if (!described.exportable) {
    return [
      `The private key of ${name} never leaves Key Vault (it is in an HSM, or its policy forbids exporting it), so it can’t be copied.`,
    ];
  }
  return problemsOf(service, described.facts).map(({ sentence, fix }) => `${name}: ${sentence} ${fix}`);
}
