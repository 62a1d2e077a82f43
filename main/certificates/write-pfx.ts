import { createCipheriv, createHash, createHmac, createPrivateKey, pbkdf2Sync, X509Certificate } from 'node:crypto';
import type { CertificateBundle } from '../domain/certificate.ts';
import { type Asn1, make, toDer } from './der.ts';
import { deriveLegacy } from './encryption.ts';
import { oids } from './oids.ts';

/** Nothing hides behind an empty password: this is what readers expect to find, and no more. OpenSSL's own default. */
const rounds = 2048;

/**
 * Private key, leaf and chain as a PKCS#12 file with an empty password. Protected as OpenSSL 3 does it by default (PBES2
 * with AES-256-CBC, a SHA-256 MAC), which Windows reads since 10 1709 and Server 2019, Java since 8u301.
 *
 * The same bundle always gives the very same bytes: a write that is repeated after a crash must send what it sent
 * before, or the target would keep a second version, or refuse. So salts and IVs, random elsewhere, come from the
 * bundle. They protect nothing here: whoever has the file opens it with the empty password.
 */
export function toPfx({ privateKey, leaf, chain }: CertificateBundle): Uint8Array {
  const key = createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'der' });
  const certificates = [leaf, ...chain].map((pem) => new X509Certificate(pem).raw);
  const derive = (purpose: string, bytes: number) => {
    const hmac = createHmac('sha256', key).update(purpose);
    for (const certificate of certificates) hmac.update(certificate);
    return hmac.digest().subarray(0, bytes);
  };
  // Readers, Java above all, find the key's certificate by this.
  const attributes = make.set(
    make.sequence(
      make.oid(oids.localKeyId),
      make.set(
        make.octets(
          createHash('sha1')
            .update(certificates[0] ?? '')
            .digest(),
        ),
      ),
    ),
  );
  const bags = certificates.map((certificate, index) =>
    bag(
      oids.certBag,
      make.sequence(make.oid(oids.x509Certificate), make.explicit(0, make.octets(certificate))),
      ...(index === 0 ? [attributes] : []),
    ),
  );
  const sealedCertificates = seal(
    toDer(make.sequence(...bags)),
    derive('certificates', 16),
    derive('certificates-iv', 16),
  );
  const sealedKey = seal(key, derive('key', 16), derive('key-iv', 16));
  const shrouded = make.sequence(sealedKey.algorithm, make.octets(sealedKey.ciphertext));
  const authenticatedSafe = toDer(
    make.sequence(
      contentInfo(
        oids.encryptedData,
        make.sequence(
          make.integer(0),
          make.sequence(
            make.oid(oids.data),
            sealedCertificates.algorithm,
            make.implicitOctets(0, sealedCertificates.ciphertext),
          ),
        ),
      ),
      contentInfo(oids.data, make.octets(toDer(make.sequence(bag(oids.shroudedKeyBag, shrouded, attributes))))),
    ),
  );
  return toDer(
    make.sequence(
      make.integer(3),
      contentInfo(oids.data, make.octets(authenticatedSafe)),
      macData(authenticatedSafe, derive('mac', 16)),
    ),
  );
}

function bag(type: string, value: Asn1, ...attributes: Asn1[]): Asn1 {
  return make.sequence(make.oid(type), make.explicit(0, value), ...attributes);
}

function contentInfo(type: string, content: Asn1): Asn1 {
  return make.sequence(make.oid(type), make.explicit(0, content));
}

/** PBES2: RFC 8018, 6.2 and A.4. */
function seal(plaintext: Buffer, salt: Buffer, iv: Buffer): { algorithm: Asn1; ciphertext: Buffer } {
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync('', salt, rounds, 32, 'sha256'), iv);
  const prf = make.sequence(make.oid(oids.hmacWithSha256), make.null());
  const derivation = make.sequence(make.oid(oids.pbkdf2), make.sequence(make.octets(salt), make.integer(rounds), prf));
  const encryption = make.sequence(make.oid(oids.aes256Cbc), make.octets(iv));
  return {
    algorithm: make.sequence(make.oid(oids.pbes2), make.sequence(derivation, encryption)),
    ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final()]),
  };
}

/** RFC 7292, 4. */
function macData(content: Buffer, salt: Buffer): Asn1 {
  const mac = createHmac('sha256', deriveLegacy('', salt, rounds, 3, 32, 'sha256'))
    .update(content)
    .digest();
  const algorithm = make.sequence(make.oid(oids.sha256), make.null());
  return make.sequence(make.sequence(algorithm, make.octets(mac)), make.octets(salt), make.integer(rounds));
}
