import type { CertificateContent } from '../../main/certificates/index.ts';
import type { CertificateKeyType } from '../../main/domain/certificate.ts';
import { type Certificate, type Key, type KeyType, keyTypes, type OpenSsl } from './openssl.ts';

/** One bundle to read, and what has to come of it. */
export interface Cell {
  readonly row: string;
  readonly column: string;
  readonly content: CertificateContent;
  readonly expected: Refused | Read;
}

interface Refused {
  /** The Failure's code. */
  readonly refused: string;
}

interface Read {
  readonly keyType: CertificateKeyType;
  readonly leaf: Certificate;
  /** From the leaf's issuer upwards. */
  readonly chain: readonly Certificate[];
  readonly root: Certificate | null;
  readonly missingIssuer: string | null;
}

/** A hierarchy of three authorities whose keys are of one family. */
interface Authorities {
  readonly root: Certificate;
  readonly upper: Certificate;
  readonly issuing: Certificate;
}

const password = 'Tr0ub4dor & Grün';

function authorities(openssl: OpenSsl, type: KeyType): Authorities {
  const make = (name: string, issuer?: Certificate) =>
    openssl.certificate(`${type} ${name}`, {
      key: openssl.key(type),
      authority: true,
      days: 100,
      ...(issuer ? { issuer } : {}),
    });
  const root = make('root');
  const upper = make('upper', root);
  return { root, upper, issuing: make('issuing', upper) };
}

/** Every key type in every container and encryption, with the chain up to the root. */
export function keyCells(openssl: OpenSsl): Cell[] {
  const rsa = authorities(openssl, 'RSA-2048');
  const ec = authorities(openssl, 'EC-P256');
  return keyTypes.flatMap((type) => {
    const { root, upper, issuing } = type.startsWith('RSA') ? rsa : ec;
    const leaf = openssl.certificate(`${type.toLowerCase()}.example`, {
      key: openssl.key(type),
      issuer: issuing,
      extensions: { keyUsage: 'digitalSignature', extendedKeyUsage: 'serverAuth' },
    });
    const keyType = type === 'Ed25519' ? 'other' : type;
    const read: Read = { keyType, leaf, chain: [issuing, upper], root, missingIssuer: null };
    const all = [leaf, issuing, upper, root];
    return [...pfxCells(openssl, type, all, read), ...pemCells(openssl, type, all, read)];
  });
}

function pfxCells(openssl: OpenSsl, type: KeyType, certificates: readonly Certificate[], read: Read): Cell[] {
  const expected = isReadable(type) ? read : { refused: 'key-unsupported' };
  const make = (pass: string, ...args: string[]) => openssl.pfx(certificates, pass, ...args).toString('base64');
  const cell = (column: string, value: string, outcome: Cell['expected'] = expected, given?: string): Cell => ({
    row: type,
    column,
    content: { contentType: 'application/x-pkcs12', value, ...(given === undefined ? {} : { password: given }) },
    expected: outcome,
  });
  const schemes = (scheme: string) => ['-legacy', '-keypbe', scheme, '-certpbe', scheme, '-macalg', 'sha1'];
  const locked = make(password);
  return [
    cell('PFX PBES2 AES-256', make('')),
    cell('PFX 3DES', make('', ...schemes('PBE-SHA1-3DES'))),
    cell('PFX 3DES + RC2-40', make('', '-legacy')),
    cell('PFX RC2-128', make('', ...schemes('PBE-SHA1-RC2-128'))),
    cell('PFX without MAC', make('', '-nomac')),
    cell('PFX unencrypted', make('', '-keypbe', 'NONE', '-certpbe', 'NONE')),
    cell('PFX password right', locked, expected, password),
    cell('PFX legacy password right', make(password, '-legacy'), expected, password),
    cell('PFX password wrong', locked, { refused: 'pfx-password-wrong' }, `${password}!`),
    cell('PFX password missing', locked, { refused: 'pfx-password-missing' }),
    cell('PFX without MAC, wrong', make(password, '-nomac'), { refused: 'pfx-password-wrong' }, `${password}!`),
    cell('PFX without key', make('', '-nokeys'), { refused: 'no-private-key' }),
  ];
}

function pemCells(openssl: OpenSsl, type: KeyType, certificates: readonly Certificate[], read: Read): Cell[] {
  const expected = isReadable(type) ? read : { refused: 'key-unsupported' };
  const { key } = read.leaf;
  const chain = certificates.map(({ pem }) => pem).join('');
  const cell = (column: string, keyText: string, outcome: Cell['expected'] = expected, given?: string): Cell => ({
    row: type,
    column,
    content: {
      contentType: 'application/x-pem-file',
      value: keyText + chain,
      ...(given === undefined ? {} : { password: given }),
    },
    expected: outcome,
  });
  const encrypted = openssl.run('pkcs8', '-topk8', '-in', key.file, '-passout', `pass:${password}`).toString();
  return [
    cell('PEM PKCS#8', key.pem),
    cell('PEM PKCS#8 encrypted', encrypted, expected, password),
    cell('PEM PKCS#8 wrong', encrypted, { refused: 'key-password-wrong' }, `${password}!`),
    cell('PEM PKCS#8 missing', encrypted, { refused: 'key-password-missing' }),
    // The older form of a key, where it has one.
    ...(type === 'Ed25519' ? [] : traditionalCells(openssl, key, expected, cell)),
    cell('PEM without key', '', { refused: 'no-private-key' }),
  ];
}

function traditionalCells(
  openssl: OpenSsl,
  key: Key,
  expected: Cell['expected'],
  cell: (column: string, keyText: string, outcome: Cell['expected'], given?: string) => Cell,
): Cell[] {
  const traditional = (...args: string[]) => openssl.run('pkey', '-traditional', '-in', key.file, ...args).toString();
  const wrong: Refused = { refused: 'key-password-wrong' };
  const encrypted = traditional('-aes256', '-passout', `pass:${password}`);
  return [
    cell('PEM PKCS#1/SEC 1', traditional(), expected),
    // Encrypted in this form, a key that can't be read looks like one that isn't opened.
    cell('PEM PKCS#1/SEC 1 encrypted', encrypted, 'refused' in expected ? wrong : expected, password),
    cell('PEM PKCS#1/SEC 1 wrong', encrypted, wrong, `${password}!`),
    cell('PEM PKCS#1/SEC 1 missing', encrypted, { refused: 'key-password-missing' }),
  ];
}

/** What Electron's BoringSSL knows. */
function isReadable(type: KeyType): boolean {
  return type !== 'EC-P256K';
}

/** Every order and make-up of a chain, in both containers, with a P-256 key. */
export function chainCells(openssl: OpenSsl): Cell[] {
  const { root, upper, issuing } = authorities(openssl, 'EC-P256');
  const leaf = openssl.certificate('www.example', { issuer: issuing });
  const older = openssl.certificate('www.example', { issuer: issuing, key: leaf.key, days: 5 });
  const selfSigned = openssl.certificate('www.example', { key: leaf.key, days: 60 });
  const direct = openssl.certificate('direct.example', { issuer: root });
  const stranger = openssl.certificate('stranger.example', { issuer: issuing });
  const unreadable = openssl.certificate('p256k.example', { key: openssl.key('EC-P256K') });
  const strangerRoot = openssl.certificate('Stranger root', { authority: true });
  // The same authority, also signed by a root that no bundle holds; and a longer way to the root.
  const crossSigned = openssl.certificate('EC-P256 issuing', {
    key: issuing.key,
    issuer: strangerRoot,
    authority: true,
    days: 200,
  });
  const shortcut = openssl.certificate('EC-P256 issuing', {
    key: issuing.key,
    issuer: root,
    authority: true,
    days: 50,
  });
  const renewedIssuing = openssl.certificate('EC-P256 issuing', {
    key: issuing.key,
    issuer: upper,
    authority: true,
    days: 150,
  });
  // By name alone, its issuer could be either: what tells is the signature.
  const nameOnly = openssl.certificate('name.example', {
    issuer: issuing,
    extensions: { authorityKeyIdentifier: 'none' },
  });
  const namesake = openssl.certificate('EC-P256 issuing', { issuer: root, authority: true, days: 300 });
  // Two authorities that sign each other.
  const ringA = openssl.certificate('Ring A', { authority: true });
  const ringB = openssl.certificate('Ring B', { authority: true });
  const aByB = openssl.certificate('Ring A', { key: ringA.key, issuer: ringB, authority: true });
  const bByA = openssl.certificate('Ring B', { key: ringB.key, issuer: ringA, authority: true });
  const inRing = openssl.certificate('ring.example', { issuer: aByB });

  const whole = read(leaf, [issuing, upper], root);
  const rows: [string, readonly Certificate[], Cell['expected']][] = [
    ['leaf first', [leaf, issuing, upper, root], whole],
    ['reversed', [root, upper, issuing, leaf], whole],
    ['shuffled', [upper, leaf, root, issuing], whole],
    ['shuffled otherwise', [issuing, root, leaf, upper], whole],
    ['without root', [leaf, issuing, upper], read(leaf, [issuing, upper], null)],
    ['without root, reversed', [upper, issuing, leaf], read(leaf, [issuing, upper], null)],
    ['every one twice', [leaf, leaf, issuing, root, upper, issuing, root, upper], whole],
    ['issuing missing', [leaf, upper, root], read(leaf, [], null, 'CN=EC-P256 issuing')],
    ['upper missing', [leaf, issuing, root], read(leaf, [issuing], null, 'CN=EC-P256 upper')],
    ['leaf alone', [leaf], read(leaf, [], null, 'CN=EC-P256 issuing')],
    ['issued by the root', [root, direct], read(direct, [], root)],
    ['self-signed', [selfSigned], read(selfSigned, [], null)],
    ['self-signed placeholder left in', [selfSigned, leaf, issuing, upper, root], whole],
    ['placeholder, without root', [selfSigned, leaf, issuing, upper], read(leaf, [issuing, upper], null)],
    ['two leaves, one key', [older, leaf, issuing, upper, root], whole],
    ['two leaves, the other a stranger', [stranger, leaf, issuing, upper, root], whole],
    ['strangers', [unreadable, strangerRoot, stranger, leaf, issuing, upper, root], whole],
    ['cross-signed', [leaf, crossSigned, issuing, upper, root], whole],
    ['two ways to the root', [leaf, issuing, upper, shortcut, root], read(leaf, [shortcut], root)],
    ['issuing renewed', [leaf, issuing, renewedIssuing, upper, root], read(leaf, [renewedIssuing, upper], root)],
    ['a namesake of the issuer', [nameOnly, namesake, issuing, upper, root], read(nameOnly, [issuing, upper], root)],
    ['authorities in a ring', [bByA, aByB, inRing], read(inRing, [aByB, bByA], null)],
  ];
  return [
    ...rows.flatMap(([row, certificates, expected]) => orderCells(openssl, row, certificates, expected)),
    ...refusedCells(leaf, stranger, issuing),
  ];
}

function read(
  leaf: Certificate,
  chain: readonly Certificate[],
  root: Certificate | null,
  missingIssuer: string | null = null,
): Read {
  return { keyType: 'EC-P256', leaf, chain, root, missingIssuer };
}

function orderCells(
  openssl: OpenSsl,
  row: string,
  certificates: readonly Certificate[],
  expected: Cell['expected'],
): Cell[] {
  const key = 'leaf' in expected ? expected.leaf.key : undefined;
  if (!key) throw new Error(`${row} has no leaf`);
  const pem = certificates.map((one) => one.pem).join('');
  // OpenSSL puts a certificate of the key first and keeps the others' order; keys without certificates it doesn't write.
  const first = certificates.filter((one) => one.key === key);
  const others = certificates.filter((one) => one.key !== key);
  const pfx = openssl.pfx([...first, ...others], '', '-keypbe', 'NONE', '-certpbe', 'NONE').toString('base64');
  const asText = (value: string): CertificateContent => ({ contentType: 'application/x-pem-file', value });
  return [
    { row, column: 'PEM key first', content: asText(key.pem + pem), expected },
    { row, column: 'PEM key last', content: asText(pem + key.pem), expected },
    { row, column: 'PEM CRLF and notes', content: asText(annotated(pem + key.pem)), expected },
    { row, column: 'PFX', content: { contentType: 'application/x-pkcs12', value: pfx }, expected },
  ];
}

/** As OpenSSL prints the bags of a PFX file, on Windows. */
function annotated(pem: string): string {
  return pem
    .replaceAll('-----BEGIN', 'Bag Attributes\n    localKeyID: 01 00 00 00 \nsubject=CN = a-b\n-----BEGIN')
    .replaceAll('\n', '\r\n');
}

function refusedCells(leaf: Certificate, stranger: Certificate, issuing: Certificate): Cell[] {
  const cell = (row: string, value: string, refused: string): Cell => ({
    row,
    column: 'PEM key first',
    content: { contentType: 'application/x-pem-file', value },
    expected: { refused },
  });
  return [
    cell("another certificate's key", stranger.key.pem + leaf.pem + issuing.pem, 'key-mismatch'),
    cell('two leaves, two keys', leaf.key.pem + stranger.key.pem + leaf.pem + stranger.pem, 'several-keys'),
    cell('key alone', leaf.key.pem, 'not-a-certificate'),
  ];
}
