import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import forge from 'node-forge';
import { invalid } from '../domain/failure.ts';
import { type Asn1, children, integer, Malformed, octets, oid, parseDer } from './der.ts';
import { oids } from './oids.ts';

/** What was encrypted doesn't open with this password, or is damaged: which of the two can't be told. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened';

  constructor() {
    super('not opened by this password');
  }
}

/** Null is no password at all, which PKCS#12's key derivation tells apart from an empty one. */
export type Password = string | null;

/**
 * For all of a file together, in rounds of PBKDF2: two seconds of work at most, during which nothing else runs. Tools write up
 * to 600,000 for each of two parts; Java before 8u301 wrote 50,000 of PKCS#12's own for each, and 100,000 for the MAC.
 */
const maxRounds = 4_000_000;
/** PKCS#12's own derivation runs in JavaScript: one of its rounds takes as long as ten. Others are counted as they are. */
const legacyCost = 10;

/** The rounds of key derivation that one file may still ask for: it says itself how many, and for how many parts. */
export class RoundsBudget {
  #left = maxRounds;

  /** @returns the rounds, now taken off @throws {Malformed} @throws Failure `encryption-too-slow` */
  take(rounds: number, kind: 'pbkdf2' | 'legacy'): number {
    if (rounds < 1) throw new Malformed();
    this.#left -= rounds * (kind === 'legacy' ? legacyCost : 1);
    if (this.#left < 0) throw tooSlow();
    return rounds;
  }
}

/** AES and 3DES in CBC mode, in PBES2: RFC 8018, B.2. */
const ciphers: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  [oids.aes256Cbc]: { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
};

/** HMACs in PBKDF2: RFC 8018, B.1. */
const digests: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  [oids.hmacWithSha256]: 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

type Decrypt = (key: Buffer, iv: Buffer, ciphertext: Buffer) => Buffer;

/** PKCS#12's own schemes: RFC 7292, C. Windows wrote them until 2019, and Azure passes them on. */
const legacySchemes: Readonly<Record<string, { readonly keyBytes: number; readonly decrypt: Decrypt }>> = {
  '1.2.840.113549.1.12.1.3': { keyBytes: 24, decrypt: decryptWith('des-ede3-cbc') },
  '1.2.840.113549.1.12.1.4': { keyBytes: 16, decrypt: decryptWith('des-ede-cbc') },
  '1.2.840.113549.1.12.1.5': { keyBytes: 16, decrypt: decryptRc2(128) },
  '1.2.840.113549.1.12.1.6': { keyBytes: 5, decrypt: decryptRc2(40) },
};

/**
 * Opens what a password encrypted.
 * @param algorithm the AlgorithmIdentifier: PBES2 (RFC 8018, 6.2) or a scheme of PKCS#12
 * @param budget of the file that it is a part of
 * @returns the ASN.1 it held
 * @throws {NotOpened} @throws {Malformed} the algorithm's parameters are none
 * @throws Failure `encryption-unsupported`, `encryption-too-slow`
 */
export function decryptAsn1(
  algorithm: Asn1 | undefined,
  ciphertext: Buffer,
  password: Password,
  budget: RoundsBudget,
): Asn1 {
  const [id, parameters] = children(algorithm);
  const name = oid(id);
  const open =
    name === oids.pbes2 ? openPbes2(parameters, password, budget) : openLegacy(name, parameters, password, budget);
  try {
    return parseDer(open(ciphertext));
  } catch {
    // A wrong key gives bad padding, or by chance good padding and noise: neither cause tells more.
    throw new NotOpened();
  }
}

/**
 * A key of PKCS#12's own key derivation (RFC 7292, B.2).
 * @param rounds trusted: those that a file asks for are taken from its budget first
 * @param purpose 1: a cipher's key; 2: its IV; 3: a MAC's key
 */
export function deriveLegacy(
  password: Password,
  salt: Buffer,
  rounds: number,
  purpose: 1 | 2 | 3,
  bytes: number,
  digest: 'sha1' | 'sha256' | 'sha384' | 'sha512',
): Buffer {
  const saltBuffer = forge.util.createBuffer(salt.toString('latin1'));
  const md = forge.md[digest].create();
  const key = forge.pkcs12.generateKey(password, saltBuffer, purpose, rounds, bytes, md);
  return Buffer.from(key.getBytes(), 'latin1');
}

function openPbes2(
  parameters: Asn1 | undefined,
  password: Password,
  budget: RoundsBudget,
): (ciphertext: Buffer) => Buffer {
  const [derivation, encryption] = children(parameters);
  const [derivationId, derivationParameters] = children(derivation);
  const [cipherId, iv] = children(encryption);
  const [salt, rounds, ...rest] = children(derivationParameters);
  const prf = rest.find((item) => item.constructed);
  const cipher = ciphers[oid(cipherId)];
  const digest = prf ? digests[oid(children(prf)[0])] : 'sha1';
  if (oid(derivationId) !== oids.pbkdf2 || !cipher || !digest) throw unsupported();
  const key = pbkdf2Sync(password ?? '', octets(salt), budget.take(integer(rounds), 'pbkdf2'), cipher.keyBytes, digest);
  return (ciphertext) => decryptWith(cipher.name)(key, octets(iv), ciphertext);
}

function openLegacy(
  name: string,
  parameters: Asn1 | undefined,
  password: Password,
  budget: RoundsBudget,
): (ciphertext: Buffer) => Buffer {
  const scheme = legacySchemes[name];
  if (!scheme) throw unsupported();
  const [saltNode, roundsNode] = children(parameters);
  const salt = octets(saltNode);
  const rounds = integer(roundsNode);
  const key = deriveLegacy(password, salt, budget.take(rounds, 'legacy'), 1, scheme.keyBytes, 'sha1');
  const iv = deriveLegacy(password, salt, budget.take(rounds, 'legacy'), 2, 8, 'sha1');
  return (ciphertext) => scheme.decrypt(key, iv, ciphertext);
}

function decryptWith(cipher: string): Decrypt {
  return (key, iv, ciphertext) => {
    const decipher = createDecipheriv(cipher, key, iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  };
}

/** RC2 is in no current OpenSSL without its legacy provider. */
function decryptRc2(bits: number): Decrypt {
  return (key, iv, ciphertext) => {
    const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), bits);
    cipher.start(iv.toString('latin1'));
    cipher.update(forge.util.createBuffer(ciphertext.toString('latin1')));
    if (!cipher.finish()) throw new NotOpened();
    return Buffer.from(cipher.output.getBytes(), 'latin1');
  };
}

function tooSlow() {
  return invalid(
    'encryption-too-slow',
    `The file with the certificate asks for more key derivation than this app does for one: ${maxRounds} rounds of PBKDF2, or a tenth of that of the older kind.`,
    'Export the certificate again with the usual protection, and import that file into the vault.',
  );
}

export function unsupported() {
  return invalid(
    'encryption-unsupported',
    "The certificate's key is protected by a scheme that this app does not know.",
    'Export it again with AES-256 or 3DES protection, and import that file into the vault.',
  );
}
