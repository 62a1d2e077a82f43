import { readMaterial } from './material.ts';
import type { CertificateStore, HeldCertificate } from './store.ts';
import { pem } from './views.ts';

/** A certificate with its chain and key, in PEM. */
interface CertificatePem {
  readonly certificate: string;
  readonly privateKey: string;
  readonly chain?: string;
}

interface CertificateView {
  readonly arn: string;
  readonly type: HeldCertificate['type'];
  readonly domainName: string;
  readonly alternativeNames: readonly string[];
  readonly serial: string;
  readonly keyAlgorithm: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  readonly importedAt: number;
  /** PEM. */
  readonly certificate: string;
  /** PEM, from the signing certificate upwards. */
  readonly chain: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly inUseBy: readonly string[];
  /** How often it was imported, the first time included. */
  readonly imports: number;
}

/**
 * The account's certificates as somebody sees and changes them who isn't the product: at once, past signatures, policies,
 * quotas, the rules of a reimport and the desk. What is imported must still be valid by itself. A certificate that must
 * exist and doesn't is an Error.
 */
export interface CertificatesOutside {
  /** In order of creation. */
  arns(region: string): string[];
  get(region: string, arn: string): CertificateView | undefined;
  /** Imports a new certificate, or onto one that is there. Returns the ARN. */
  put(region: string, material: CertificatePem, arn?: string): string;
  /** Puts one that AWS issued, which can't be reimported. Returns the ARN. */
  putIssued(region: string, material: CertificatePem): string;
  /** Adds or overwrites tags. */
  tag(region: string, arn: string, tags: Readonly<Record<string, string>>): void;
  untag(region: string, arn: string, keys: readonly string[]): void;
  /** Sets what uses the certificate: the ARNs of load balancers and the like. */
  use(region: string, arn: string, by: readonly string[]): void;
  remove(region: string, arn: string): void;
  /** All imports there ever were, oldest first; `at` in milliseconds since the epoch. */
  imports(region: string): readonly { readonly arn: string; readonly at: number; readonly again: boolean }[];
}

export function createCertificatesOutside(
  storeOf: (region: string) => CertificateStore,
  now: () => number,
): CertificatesOutside {
  function mustFind(region: string, arn: string): HeldCertificate {
    const held = storeOf(region).get(arn);
    if (held === undefined) throw new Error(`no certificate ${arn} in ${region}`);
    return held;
  }

  return {
    arns: (region) =>
      storeOf(region)
        .all()
        .map(({ arn }) => arn),
    get(region, arn) {
      const store = storeOf(region);
      const held = store.get(arn);
      return held === undefined ? undefined : view(held, store);
    },
    put(region, material, arn) {
      const store = storeOf(region);
      const read = readPem(material, now());
      if (arn === undefined) return store.add(store.mintArn(), 'IMPORTED', read, now()).arn;
      store.renew(mustFind(region, arn), read, now());
      return arn;
    },
    putIssued(region, material) {
      const store = storeOf(region);
      return store.add(store.mintArn(), 'AMAZON_ISSUED', readPem(material, now()), now()).arn;
    },
    tag(region, arn, tags) {
      const held = mustFind(region, arn);
      for (const [key, value] of Object.entries(tags)) held.tags.set(key, value);
    },
    untag(region, arn, keys) {
      const held = mustFind(region, arn);
      for (const key of keys) held.tags.delete(key);
    },
    use(region, arn, by) {
      mustFind(region, arn).inUseBy = [...by];
    },
    remove: (region, arn) => storeOf(region).remove(mustFind(region, arn)),
    imports: (region) => [...storeOf(region).imports],
  };
}

function view(held: HeldCertificate, store: CertificateStore): CertificateView {
  const { arn, type, material, importedAt, tags, inUseBy } = held;
  const { domainName, alternativeNames, serial, keyAlgorithm, notAfter, chain } = material;
  return {
    arn,
    type,
    domainName,
    alternativeNames,
    serial,
    keyAlgorithm,
    notAfter,
    importedAt,
    certificate: pem(held).Certificate,
    chain: chain.map(String),
    tags: Object.fromEntries([...tags].map(([key, value]) => [key, value ?? ''])),
    inUseBy: [...inUseBy],
    imports: store.imports.filter((one) => one.arn === arn).length,
  };
}

function readPem({ certificate, privateKey, chain }: CertificatePem, now: number) {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return readMaterial(
    {
      Certificate: base64(certificate),
      PrivateKey: base64(privateKey),
      ...(chain === undefined || chain === '' ? {} : { CertificateChain: base64(chain) }),
    },
    now,
  );
}
