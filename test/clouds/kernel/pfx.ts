import { createHmac, createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import forge from 'node-forge';

const { asn1, pki, pkcs12 } = forge;

export interface PfxContent {
  readonly privateKey?: KeyObject;
  /** In the order in which they stand in the file. */
  readonly certificates: readonly X509Certificate[];
}

/** PBES2 with AES-256 as OpenSSL 3 and new Windows write it, or SHA-1 and triple DES as Windows did for decades. */
export type PfxEncryption = 'aes256' | '3des';

const { Class, Type } = asn1;
const macIterations = 2048;

/**
 * A PFX file (RFC 7292) with the key and the certificates encrypted and a SHA-1 MAC over the whole. node-forge writes
 * only RSA by itself; here it encrypts the parts and the rest is put together, so that any key will do. Only ASCII
 * passwords: others are encoded differently by each scheme.
 */
export function writePfx(content: PfxContent, password: string, encryption: PfxEncryption = 'aes256'): Buffer {
  const { privateKey, certificates } = content;
  // node-forge encrypts any structure, whatever the name says, and yields algorithm and ciphertext.
  const encrypt = (plain: forge.asn1.Asn1) => pki.encryptPrivateKeyInfo(plain, password, { algorithm: encryption });
  const certificateBags = sequence(...certificates.map(({ raw }) => bag(pki.oids['certBag'], x509Bag(raw))));
  const parts = [encryptedPart(encrypt(certificateBags))];
  if (privateKey !== undefined) {
    const info = parse(privateKey.export({ format: 'der', type: 'pkcs8' }));
    parts.push(dataPart(toDer(sequence(bag(pki.oids['pkcs8ShroudedKeyBag'], encrypt(info))))));
  }
  const authSafe = toDer(sequence(...parts));
  return toDer(sequence(integer(3), dataPart(authSafe), mac(authSafe, password)));
}

/** Reads a PFX file of any usual encryption. Throws an Error when it is none or the password is wrong. */
export function readPfx(file: Buffer, password: string): PfxContent {
  const certificates: X509Certificate[] = [];
  let privateKey: KeyObject | undefined;
  const { safeContents } = pkcs12.pkcs12FromAsn1(parse(file), true, password);
  for (const found of safeContents.flatMap(({ safeBags }) => safeBags)) {
    // node-forge parses RSA; what it cannot parse it leaves in `asn1`.
    if (found.type === pki.oids['certBag']) {
      certificates.push(new X509Certificate(toDer(found.cert ? pki.certificateToAsn1(found.cert) : found.asn1)));
    } else if (found.type === pki.oids['pkcs8ShroudedKeyBag'] || found.type === pki.oids['keyBag']) {
      privateKey = found.key
        ? createPrivateKey({ key: toDer(pki.privateKeyToAsn1(found.key)), format: 'der', type: 'pkcs1' })
        : createPrivateKey({ key: toDer(found.asn1), format: 'der', type: 'pkcs8' });
    }
  }
  return { certificates, ...(privateKey === undefined ? {} : { privateKey }) };
}

function bag(type: string | undefined, value: forge.asn1.Asn1): forge.asn1.Asn1 {
  return sequence(oid(type), tagged(value));
}

function x509Bag(certificate: Buffer): forge.asn1.Asn1 {
  return sequence(oid(pki.oids['x509Certificate']), tagged(octets(certificate)));
}

function dataPart(content: Buffer): forge.asn1.Asn1 {
  return sequence(oid(pki.oids['data']), tagged(octets(content)));
}

/** EncryptedData of PKCS#7 out of an EncryptedPrivateKeyInfo: the same algorithm, the ciphertext tagged otherwise. */
function encryptedPart({ value }: forge.asn1.Asn1): forge.asn1.Asn1 {
  const [algorithm, ciphertext] = value as [forge.asn1.Asn1, forge.asn1.Asn1];
  const hidden = asn1.create(Class.CONTEXT_SPECIFIC, 0, false, ciphertext.value as string);
  const content = sequence(integer(0), sequence(oid(pki.oids['data']), algorithm, hidden));
  return sequence(oid(pki.oids['encryptedData']), tagged(content));
}

function mac(authSafe: Buffer, password: string): forge.asn1.Asn1 {
  const salt = randomBytes(8);
  const saltBytes = forge.util.createBuffer(salt.toString('binary'));
  const macKey = pkcs12.generateKey(password, saltBytes, 3, macIterations, 20).getBytes();
  const digest = createHmac('sha1', Buffer.from(macKey, 'binary')).update(authSafe).digest();
  const algorithm = sequence(oid(pki.oids['sha1']), asn1.create(Class.UNIVERSAL, Type.NULL, false, ''));
  return sequence(sequence(algorithm, octets(digest)), octets(salt), integer(macIterations));
}

function sequence(...members: forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, members);
}

/** Explicitly tagged [0]; a SET of attributes, which may be left out, never follows here. */
function tagged(member: forge.asn1.Asn1): forge.asn1.Asn1 {
  return asn1.create(Class.CONTEXT_SPECIFIC, 0, true, [member]);
}

function octets(bytes: Buffer): forge.asn1.Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, bytes.toString('binary'));
}

function oid(dotted: string | undefined): forge.asn1.Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(dotted ?? '').getBytes());
}

function integer(value: number): forge.asn1.Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.INTEGER, false, asn1.integerToDer(value).getBytes());
}

function parse(der: Buffer): forge.asn1.Asn1 {
  return asn1.fromDer(der.toString('binary'));
}

function toDer(structure: forge.asn1.Asn1): Buffer {
  return Buffer.from(asn1.toDer(structure).getBytes(), 'binary');
}
