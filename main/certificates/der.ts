import forge from 'node-forge';

export type Asn1 = forge.asn1.Asn1;

const { Class, Type } = forge.asn1;

/** Text is not the ASN.1 it should be. Says nothing more: the text may be a key. */
export class Malformed extends Error {
  override readonly name = 'Malformed';

  constructor() {
    super('not the expected ASN.1');
  }
}

/** One ASN.1 value, in DER or BER, and nothing after it. @throws {Malformed} */
export function parseDer(bytes: Buffer): Asn1 {
  try {
    return forge.asn1.fromDer(bytes.toString('latin1'));
  } catch {
    // The parser's error holds bytes of what it parsed.
    throw new Malformed();
  }
}

export function toDer(node: Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(node).getBytes(), 'latin1');
}

/** What a SEQUENCE, SET or explicit tag holds. @throws {Malformed} if it is neither */
export function children(node: Asn1 | undefined): Asn1[] {
  if (!node?.constructed || typeof node.value === 'string') throw new Malformed();
  return node.value;
}

/** The content of an OCTET STRING or implicitly tagged text, which BER may cut into pieces. @throws {Malformed} */
export function octets(node: Asn1 | undefined): Buffer {
  if (!node) throw new Malformed();
  return typeof node.value === 'string' ? Buffer.from(node.value, 'latin1') : Buffer.concat(node.value.map(octets));
}

/** An OBJECT IDENTIFIER in dots. @throws {Malformed} */
export function oid(node: Asn1 | undefined): string {
  if (node?.type !== Type.OID || typeof node.value !== 'string') throw new Malformed();
  return forge.asn1.derToOid(node.value);
}

/** A small, not negative INTEGER. @throws {Malformed} */
export function integer(node: Asn1 | undefined): number {
  const bytes = node?.type === Type.INTEGER ? octets(node) : Buffer.alloc(0);
  if (bytes.length < 1 || bytes.length > 6 || bytes.readInt8(0) < 0) throw new Malformed();
  return bytes.readUIntBE(0, bytes.length);
}

/** Whether this is `[number]`, a context-specific tag. */
export function isTagged(node: Asn1 | undefined, number: number): boolean {
  return node?.tagClass === Class.CONTEXT_SPECIFIC && Number(node.type) === number;
}

export const make = {
  sequence: (...items: Asn1[]): Asn1 => forge.asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, items),
  set: (...items: Asn1[]): Asn1 => forge.asn1.create(Class.UNIVERSAL, Type.SET, true, items),
  null: (): Asn1 => forge.asn1.create(Class.UNIVERSAL, Type.NULL, false, ''),
  oid: (dotted: string): Asn1 =>
    forge.asn1.create(Class.UNIVERSAL, Type.OID, false, forge.asn1.oidToDer(dotted).getBytes()),
  integer: (value: number): Asn1 =>
    forge.asn1.create(Class.UNIVERSAL, Type.INTEGER, false, forge.asn1.integerToDer(value).getBytes()),
  octets: (bytes: Buffer): Asn1 =>
    forge.asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, bytes.toString('latin1')),
  /** `[number] EXPLICIT` */
  explicit: (number: number, item: Asn1): Asn1 => forge.asn1.create(Class.CONTEXT_SPECIFIC, number, true, [item]),
  /** `[number] IMPLICIT OCTET STRING` */
  implicitOctets: (number: number, bytes: Buffer): Asn1 =>
    forge.asn1.create(Class.CONTEXT_SPECIFIC, number, false, bytes.toString('latin1')),
};
