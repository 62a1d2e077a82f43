import type { KeyObject } from 'node:crypto';
import { invalid } from '../domain/failure.ts';
import type { Contents } from './contents.ts';
import { Malformed, parseDer } from './der.ts';
import { NotOpened, RoundsBudget } from './encryption.ts';
import { keyInEncrypted, parseKey, privateKeyOf } from './keys.ts';

/** A block's label, its header lines if any, and its Base64: RFC 7468, RFC 1421. */
const block = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*(?:-(?!----)[^-]*)*)-----END \1-----/g;

/**
 * All private keys and certificates of a PEM text, with whatever stands between them: keys in PKCS#8, PKCS#1 or SEC 1
 * form, also encrypted.
 * @param password of an encrypted key
 * @throws Failure `pem-unreadable`, `key-password-missing`, `key-password-wrong`, or as `decryptAsn1` and `privateKeyOf`
 */
export function openPem(text: string, password: string | undefined): Contents {
  const budget = new RoundsBudget();
  const keys: KeyObject[] = [];
  const certificates: Buffer[] = [];
  for (const [whole, label = '', body = ''] of text.matchAll(block)) {
    if (label === 'CERTIFICATE' || label === 'X509 CERTIFICATE') certificates.push(derOf(body));
    else if (label === 'ENCRYPTED PRIVATE KEY') keys.push(decryptedKey(body, password, budget));
    else if (/(^| )PRIVATE KEY$/.test(label)) keys.push(plainKey(whole, body, password));
  }
  return { keys, certificates };
}

/** @returns one PEM block, its lines ended by `\n` */
export function pemOf(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** Base64 as it should be, with white space anywhere; undefined if it isn't. */
export function strictBase64(text: string): Buffer | undefined {
  const compact = text.replace(/\s+/g, '');
  const bytes = Buffer.from(compact, 'base64');
  return compact !== '' && bytes.toString('base64') === compact ? bytes : undefined;
}

function derOf(body: string): Buffer {
  const der = strictBase64(body);
  if (der) return der;
  throw unreadable();
}

function decryptedKey(body: string, password: string | undefined, budget: RoundsBudget): KeyObject {
  if (!password) throw passwordMissing();
  try {
    return keyInEncrypted(parseDer(derOf(body)), password, budget);
  } catch (error) {
    if (error instanceof NotOpened) throw passwordWrong();
    if (error instanceof Malformed) throw unreadable();
    throw error;
  }
}

/** @param whole with its frame: the encryption of OpenSSL's old form stands in header lines */
function plainKey(whole: string, body: string, password: string | undefined): KeyObject {
  if (!/^Proc-Type: *4, *ENCRYPTED/m.test(body)) return privateKeyOf({ key: whole, format: 'pem' });
  if (!password) throw passwordMissing();
  const key = parseKey({ key: whole, format: 'pem', passphrase: password });
  if (key) return key;
  // Nothing in that form tells a wrong password from a key that can't be read.
  throw passwordWrong();
}

const decryptedFix = 'Import it into the vault again with the private key decrypted.';

function unreadable() {
  return invalid(
    'pem-unreadable',
    'A block of the PEM text is damaged.',
    'Import the certificate into the vault again, as PFX or PEM.',
  );
}

function passwordMissing() {
  return invalid(
    'key-password-missing',
    'The private key in the PEM text is encrypted, and no password is known for it.',
    decryptedFix,
  );
}

function passwordWrong() {
  return invalid(
    'key-password-wrong',
    'The password does not open the private key in the PEM text, or the key is of a kind that this app cannot read.',
    decryptedFix,
  );
}
