import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalid } from '../domain/failure.ts';
import type { Contents } from './contents.ts';
import { type Asn1, children, integer, isTagged, Malformed, octets, oid, parseDer } from './der.ts';
import { decryptAsn1, deriveLegacy, NotOpened, type Password, RoundsBudget, unsupported } from './encryption.ts';
import { keyIn, keyInEncrypted } from './keys.ts';
import { oids } from './oids.ts';

const macDigests: Readonly<
  Record<string, { readonly name: 'sha1' | 'sha256' | 'sha384' | 'sha512'; readonly bytes: number }>
> = {
  '1.3.14.3.2.26': { name: 'sha1', bytes: 20 },
  [oids.sha256]: { name: 'sha256', bytes: 32 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', bytes: 48 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', bytes: 64 },
};

const importFix =
  'Import the file into Key Vault as a certificate, with its password: the vault then hands it out without one.';

/**
 * All keys and certificates of a PKCS#12 container (RFC 7292), with whatever protection tools have written since 1999.
 * Written out here because node-forge's own reader re-encodes certificates and understands RSA keys only, and others
 * open no legacy ciphers.
 * @param password undefined or empty: the container should open without one
 * @throws Failure `pfx-unreadable`, `pfx-password-missing`, `pfx-password-wrong`, or as `decryptAsn1` and `keyIn`
 */
export function openPfx(bytes: Buffer, password: string | undefined): Contents {
  const budget = new RoundsBudget();
  try {
    // Some tools take an empty password for none at all, and derive another key.
    for (const candidate of password ? [password] : ['', null]) {
      const contents = tryOpen(bytes, candidate, budget);
      if (contents) return contents;
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw invalid(
      'pfx-unreadable',
      'The value is not a PFX (PKCS#12) file, or it is damaged.',
      'Import the certificate into the vault again, as PFX or PEM.',
    );
  }
  if (!password)
    throw invalid(
      'pfx-password-missing',
      'The PFX file does not open without a password: it has one that is not known here, or it is damaged.',
      importFix,
    );
  throw invalid('pfx-password-wrong', 'The password does not open the PFX file, or the file is damaged.', importFix);
}

/** @returns undefined if another password is needed */
function tryOpen(bytes: Buffer, password: Password, budget: RoundsBudget): Contents | undefined {
  const [version, authenticatedSafe, macData] = children(parseDer(bytes));
  if (integer(version) !== 3) throw new Malformed();
  const content = dataOf(authenticatedSafe);
  if (macData && !isMacRight(macData, content, password, budget)) return undefined;
  try {
    const safes = children(parseDer(content)).map((safe) => children(safeContents(safe, password, budget)));
    const bags = safes.flat().flatMap((bag) => openBag(bag, password, budget));
    return { keys: bags.flatMap(({ keys }) => keys), certificates: bags.flatMap(({ certificates }) => certificates) };
  } catch (error) {
    if (error instanceof NotOpened) return undefined;
    throw error;
  }
}

/** The bytes of a ContentInfo that holds plain data. A container signed with a public key is refused. */
function dataOf(contentInfo: Asn1 | undefined): Buffer {
  const [type, content] = children(contentInfo);
  if (oid(type) !== oids.data) throw unsupported();
  return octets(children(content)[0]);
}

function isMacRight(macData: Asn1, content: Buffer, password: Password, budget: RoundsBudget): boolean {
  const [digestInfo, salt, rounds] = children(macData);
  const [algorithm, expected] = children(digestInfo);
  const digest = macDigests[oid(children(algorithm)[0])];
  if (!digest) throw unsupported();
  const taken = budget.take(rounds ? integer(rounds) : 1, 'legacy');
  const key = deriveLegacy(password, octets(salt), taken, 3, digest.bytes, digest.name);
  const mac = createHmac(digest.name, key).update(content).digest();
  const wanted = octets(expected);
  return mac.length === wanted.length && timingSafeEqual(mac, wanted);
}

function safeContents(contentInfo: Asn1, password: Password, budget: RoundsBudget): Asn1 {
  const [type, content] = children(contentInfo);
  if (oid(type) !== oids.encryptedData) return parseDer(dataOf(contentInfo));
  const [, encrypted] = children(children(content)[0]);
  const [, algorithm, ciphertext] = children(encrypted);
  return decryptAsn1(algorithm, isTagged(ciphertext, 0) ? octets(ciphertext) : Buffer.alloc(0), password, budget);
}

function openBag(bag: Asn1, password: Password, budget: RoundsBudget): Contents[] {
  const [type, tagged] = children(bag);
  const [value] = children(tagged);
  switch (oid(type)) {
    case oids.keyBag:
      return value ? [{ keys: [keyIn(value)], certificates: [] }] : [];
    case oids.shroudedKeyBag:
      return [{ keys: [keyInEncrypted(value, password, budget)], certificates: [] }];
    case oids.certBag: {
      const [kind, certificate] = children(value);
      if (oid(kind) !== oids.x509Certificate) return [];
      return [{ keys: [], certificates: [octets(children(certificate)[0])] }];
    }
    case oids.safeContentsBag:
      return children(value).flatMap((inner) => openBag(inner, password, budget));
    default:
      // Revocation lists and other secrets are no part of a certificate.
      return [];
  }
}
