/**
 * Why a certificate serves nobody now; null if it does. ACM takes one with NotBefore ≤ now ≤ NotAfter
 * (https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html).
 * @param notBefore and notAfter, now: milliseconds since the epoch; undefined where not known
 */
export function validityProblem(
  { notBefore, notAfter }: { readonly notBefore?: number | undefined; readonly notAfter?: number | undefined },
  now: number,
): { readonly code: string; readonly sentence: string; readonly fix: string } | null {
  if (notAfter !== undefined && notAfter < now) {
    return {
      code: 'certificate-expired',
      sentence: `The certificate expired on ${day(notAfter)}.`,
      fix: 'Renew it in Key Vault. The new version is synced by itself.',
    };
  }
  if (notBefore !== undefined && notBefore > now) {
    return {
      code: 'certificate-not-yet-valid',
      sentence: `The certificate is not valid before ${day(notBefore)}.`,
      fix: "Wait until then. If it should be valid already, check this computer's clock.",
    };
  }
  return null;
}

function day(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
