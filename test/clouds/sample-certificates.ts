import type { CertificateOptions } from './azure/certificates.ts';
import type { Vault } from './azure/vault.ts';
import {
  type CertificateIssuer,
  type CertificateKeyType,
  createIssuer,
  type IssuedCertificate,
} from './kernel/certificate-chain.ts';

type Source = Parameters<Vault['certificates']['set']>[1];

/** A certificate of the sample company, as it is in its vault. */
interface Kept {
  readonly vault: 'kv-production' | 'kv-certificates';
  readonly name: string;
  readonly keyType: CertificateKeyType;
  /** `pem-shuffled`: from the root down, the key last: an order that no target takes. */
  readonly format: 'pfx' | 'pfx-3des' | 'pem-shuffled';
  /** In days from now. Default: since yesterday, for 90 days. */
  readonly valid?: readonly [from: number, to: number];
  readonly options?: CertificateOptions;
}

const day = 24 * 60 * 60 * 1000;

const kept: readonly Kept[] = [
  { vault: 'kv-production', name: 'www-contoso-example', keyType: 'RSA-2048', format: 'pfx' },
  {
    vault: 'kv-certificates',
    name: 'api-contoso-example',
    keyType: 'P-256',
    format: 'pem-shuffled',
    options: { tags: { env: 'production', owner: 'platform' } },
  },
  // As Windows exported them for decades.
  { vault: 'kv-certificates', name: 'mail-contoso-example', keyType: 'P-256', format: 'pfx-3des' },
  { vault: 'kv-certificates', name: 'vpn-contoso-example', keyType: 'P-384', format: 'pfx' },
  { vault: 'kv-certificates', name: 'soon-contoso-example', keyType: 'P-256', format: 'pfx', valid: [-70, 20] },
  { vault: 'kv-certificates', name: 'old-contoso-example', keyType: 'P-256', format: 'pfx', valid: [-100, -10] },
  { vault: 'kv-certificates', name: 'signing-contoso-example', keyType: 'P-521', format: 'pfx' },
  {
    vault: 'kv-certificates',
    name: 'locked-contoso-example',
    keyType: 'P-256',
    format: 'pfx',
    options: { exportable: false },
  },
];

/** Made when the first sample of a process is, and the same in its next ones: RSA keys take their time. */
let made: Promise<readonly { readonly certificate: Kept; readonly issued: IssuedCertificate }[]> | undefined;

/** Puts the sample company's certificates into its vaults, each under its root and an intermediate. */
export async function seedCertificates(vaultOf: (name: string) => Vault): Promise<void> {
  made ??= makeAll();
  for (const { certificate, issued } of await made) {
    const { vault, name, format, options } = certificate;
    vaultOf(vault).certificates.set(name, sourceIn(format, issued), options);
  }
}

function makeAll() {
  const issuers = new Map<CertificateKeyType, Promise<CertificateIssuer>>();
  return Promise.all(
    kept.map(async (certificate) => {
      const { name, keyType, valid: [from, to] = [-1, 90] } = certificate;
      const issuer = issuers.get(keyType) ?? createIssuer(keyType);
      issuers.set(keyType, issuer);
      const issued = await (await issuer).issue({
        commonName: name.replaceAll('-', '.'),
        notBefore: new Date(Date.now() + from * day),
        notAfter: new Date(Date.now() + to * day),
      });
      return { certificate, issued };
    }),
  );
}

function sourceIn(format: Kept['format'], issued: IssuedCertificate): Source {
  if (format === 'pem-shuffled') {
    const { root, intermediate, leaf, privateKey } = issued;
    return { pem: [root, intermediate, leaf, privateKey.export({ format: 'pem', type: 'pkcs8' })].join('') };
  }
  return { pfxBase64: issued.pfxBase64('', format === 'pfx-3des' ? '3des' : 'aes256') };
}
