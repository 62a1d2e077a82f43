/** Object identifiers, by the names their standards give them. */

const pkcs5 = '1.2.840.113549.1.5';
const pkcs7 = '1.2.840.113549.1.7';
const pkcs9 = '1.2.840.113549.1.9';
const pkcs12Bags = '1.2.840.113549.1.12.10.1';

export const oids = {
  data: `${pkcs7}.1`,
  encryptedData: `${pkcs7}.6`,
  localKeyId: `${pkcs9}.21`,
  x509Certificate: `${pkcs9}.22.1`,
  keyBag: `${pkcs12Bags}.1`,
  shroudedKeyBag: `${pkcs12Bags}.2`,
  certBag: `${pkcs12Bags}.3`,
  safeContentsBag: `${pkcs12Bags}.6`,
  pbkdf2: `${pkcs5}.12`,
  pbes2: `${pkcs5}.13`,
  hmacWithSha256: '1.2.840.113549.2.9',
  sha256: '2.16.840.1.101.3.4.2.1',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const;
