import type { Projects } from '../projects.ts';
import { readMaterial } from './material.ts';
import { type Certificate, type CertificateStore, readName } from './store.ts';

/** A certificate without its private key. */
interface CertificateView {
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string;
  readonly scope: Certificate['scope'];
  /** The chain in PEM, as it was uploaded. */
  readonly pemCertificate: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/**
 * Certificates as somebody sees and changes them who isn't the product: at once, past tokens, permissions and the desk.
 * A certificate goes by its resource name, `projects/P/locations/L/certificates/C`, with the project's id or number. One
 * that must exist and doesn't is an Error.
 */
export interface CertificatesOutside {
  /** The ids of all certificates of a project's location, in alphabetical order. */
  ids(project: string, location: string): string[];
  get(name: string): CertificateView | undefined;
  /** Uploads a certificate, creating it with scope DEFAULT if need be. Throws what the service would refuse it with. */
  put(name: string, pemCertificate: string, pemPrivateKey: string): void;
  /** Adds or overwrites labels. */
  label(name: string, labels: Readonly<Record<string, string>>): void;
  unlabel(name: string, keys: readonly string[]): void;
  remove(name: string): void;
  /** A map entry begins or ceases to serve the certificate, which can't be deleted meanwhile. */
  use(name: string, used: boolean): void;
  /** How often an operation says that it isn't done before it is. Default 0. */
  setPollsBeforeDone(polls: number): void;
  /** Whether a bad certificate is refused at once (the default) or by its operation. */
  setRefusal(where: 'request' | 'operation'): void;
}

export function createCertificatesOutside(
  store: CertificateStore,
  projects: Projects,
  now: () => number,
): CertificatesOutside {
  const find = (name: string) => store.get(readName(name, projects));

  function need(name: string): Certificate {
    const certificate = find(name);
    if (certificate === undefined) throw new Error(`the stand-in GCP has no certificate ${name}`);
    return certificate;
  }

  return {
    ids(project, location) {
      const all = store.list(`projects/${projects.need(project).id}/locations/${location}`);
      return all.map(({ name }) => name.slice(name.lastIndexOf('/') + 1));
    },
    get(name) {
      const certificate = find(name);
      if (certificate === undefined) return undefined;
      const { labels, description, scope, createdAt, updatedAt, material } = certificate;
      return { labels, description, scope, createdAt, updatedAt, pemCertificate: material.pemCertificate };
    },
    put(name, pemCertificate, pemPrivateKey) {
      const material = readMaterial(pemCertificate, pemPrivateKey);
      const existing = find(name);
      if (existing === undefined) store.add(readName(name, projects), { material }, now());
      else Object.assign(existing, { material, updatedAt: now() });
    },
    label(name, labels) {
      const certificate = need(name);
      certificate.labels = { ...certificate.labels, ...labels };
      certificate.updatedAt = now();
    },
    unlabel(name, keys) {
      const certificate = need(name);
      const kept = Object.entries(certificate.labels).filter(([key]) => !keys.includes(key));
      certificate.labels = Object.fromEntries(kept);
      certificate.updatedAt = now();
    },
    remove: (name) => store.remove(need(name).name),
    use(name, used) {
      need(name).used = used;
    },
    setPollsBeforeDone(polls) {
      store.habits.pollsBeforeDone = polls;
    },
    setRefusal(where) {
      store.habits.refusal = where;
    },
  };
}
