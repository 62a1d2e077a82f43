import type { KeyObject, X509Certificate } from 'node:crypto';

export interface Chain {
  readonly leaf: X509Certificate;
  /** From the leaf's issuer upwards, without the root. */
  readonly chain: readonly X509Certificate[];
  readonly root: X509Certificate | null;
  /** As in `CertificateFacts`. */
  readonly missingIssuer: string | null;
}

/**
 * Puts a bundle's certificates in order. Where they stand in the bundle counts for nothing.
 *
 * The leaf is the certificate of this key; among several, one signed by an authority before a self-signed one, then the
 * one valid longest. The chain is the shortest way up to a self-signed root; without a root, as far up as it goes. Among
 * equals, as with cross-signed authorities, the certificate valid longest is taken. What belongs to no such chain is
 * left out.
 * @returns undefined if no certificate is of this key
 */
export function chainOf(certificates: readonly X509Certificate[], key: KeyObject): Chain | undefined {
  const all = [...new Map(certificates.map((one) => [one.fingerprint256, one])).values()].sort(byValidity);
  const own = all.filter((one) => one.checkPrivateKey(key));
  const leaf = own.find((one) => !isSelfSigned(one)) ?? own[0];
  if (!leaf) return undefined;
  if (isSelfSigned(leaf)) return { leaf, chain: [], root: null, missingIssuer: null };

  // Level by level, each certificate once: finds the shortest way, and ends where authorities sign each other.
  const issuedBy = new Map<X509Certificate, X509Certificate | null>([[leaf, null]]);
  let top = leaf;
  for (let level = [leaf]; level[0]; level = nextLevel(level, all, issuedBy)) {
    top = level.find(isSelfSigned) ?? level[0];
    if (isSelfSigned(top)) break;
  }
  const upwards: X509Certificate[] = [];
  for (let one: X509Certificate | null = top; one && one !== leaf; one = issuedBy.get(one) ?? null)
    upwards.unshift(one);
  if (isSelfSigned(top)) return { leaf, chain: upwards.slice(0, -1), root: top, missingIssuer: null };
  // A root that nothing leads to shows that something is missing on the way.
  const isHole = top === leaf || all.some((one) => !own.includes(one) && isSelfSigned(one));
  return { leaf, chain: upwards, root: null, missingIssuer: isHole ? nameOf(top.issuer) : null };
}

/** Whether a certificate's own key signed it. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return isIssuedBy(certificate, certificate);
}

/** A certificate's subject or issuer on one line; empty if it has none. */
export function nameOf(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

/** The issuers of a level's certificates that were not met before. Notes whom each was met above. */
function nextLevel(
  level: readonly X509Certificate[],
  all: readonly X509Certificate[],
  issuedBy: Map<X509Certificate, X509Certificate | null>,
): X509Certificate[] {
  const next: X509Certificate[] = [];
  for (const child of level) {
    for (const issuer of all) {
      if (issuedBy.has(issuer) || !isIssuedBy(child, issuer)) continue;
      issuedBy.set(issuer, child);
      next.push(issuer);
    }
  }
  return next;
}

function isIssuedBy(child: X509Certificate, issuer: X509Certificate): boolean {
  if (!child.checkIssued(issuer)) return false;
  try {
    return child.verify(issuer.publicKey);
  } catch {
    // A key of a kind that can't be worked with here: whether it signed can't be told, so it doesn't count.
    return false;
  }
}

/** Valid longest first; then by fingerprint, so that the same certificates always give the same chain. */
function byValidity(a: X509Certificate, b: X509Certificate): number {
  const later = Date.parse(b.validTo) - Date.parse(a.validTo);
  return later !== 0 ? later : a.fingerprint256 < b.fingerprint256 ? -1 : 1;
}
