import { createPrivateKey, createPublicKey, type KeyObject, type PrivateKeyInput, sign, verify } from 'node:crypto';
import { invalid } from '../domain/failure.ts';
import { type Asn1, children, octets, toDer } from './der.ts';
import { decryptAsn1, type Password, type RoundsBudget } from './encryption.ts';

/** Curves that both Node's OpenSSL and Electron's BoringSSL know: the same bundle must fare the same in both. */
const curves: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** @throws Failure `key-unsupported` */
export function privateKeyOf(key: PrivateKeyInput): KeyObject {
  const parsed = parseKey(key);
  if (parsed) return parsed;
  throw invalid(
    'key-unsupported',
    'The private key is damaged, or of a kind that this app cannot read.',
    'Use a certificate with an RSA key or an EC key on P-256, P-384 or P-521.',
  );
}

/** @returns undefined if it is no sound private key of a kind known here, or its passphrase doesn't open it */
export function parseKey(key: PrivateKeyInput): KeyObject | undefined {
  try {
    const parsed = createPrivateKey(key);
    if (!isSupported(parsed) || !isSound(parsed)) return undefined;
    // EC keys have several encodings. By way of JWK the same key is written the same, whatever it came in.
    return createPrivateKey({ key: parsed.export({ format: 'jwk' }), format: 'jwk' });
  } catch {
    // The library's text is not kept: it may quote the key.
    return undefined;
  }
}

/**
 * The key in a PrivateKeyInfo (RFC 5958, 2).
 * @throws Failure `key-unsupported`
 */
export function keyIn(privateKeyInfo: Asn1): KeyObject {
  return privateKeyOf({ key: toDer(privateKeyInfo), format: 'der', type: 'pkcs8' });
}

/**
 * The key in an EncryptedPrivateKeyInfo (RFC 5958, 3).
 * @throws as `decryptAsn1` and `keyIn`
 */
export function keyInEncrypted(
  encryptedPrivateKeyInfo: Asn1 | undefined,
  password: Password,
  budget: RoundsBudget,
): KeyObject {
  const [algorithm, ciphertext] = children(encryptedPrivateKeyInfo);
  return keyIn(decryptAsn1(algorithm, octets(ciphertext), password, budget));
}

function isSupported({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'ec') return curves.has(asymmetricKeyDetails?.namedCurve);
  return asymmetricKeyType === 'rsa' || asymmetricKeyType === 'ed25519';
}

/** Whether the public half, which the file may hold as well, belongs to the private one: OpenSSL does not check it. */
function isSound(key: KeyObject): boolean {
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const message = Buffer.from('any text');
  return verify(digest, message, createPublicKey(key), sign(digest, message, key));
}
