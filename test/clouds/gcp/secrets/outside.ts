import type { Projects } from '../projects.ts';
import { destroy, newEtag, type Secret, type VersionState } from './secret.ts';
import { readName, type SecretStore } from './store.ts';

/** A secret without its payloads. */
interface SecretView {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly replication: Secret['replication'];
  readonly etag: string;
  /** Oldest first, those that were destroyed included. */
  readonly versions: readonly { readonly number: number; readonly state: VersionState; readonly createdAt: number }[];
}

/**
 * Secrets as somebody sees and changes them who isn't the product: at once, past tokens, permissions and the desk. A
 * secret goes by its resource name, `projects/P/secrets/S` or `projects/P/locations/L/secrets/S`, with the project's id
 * or number. One that must exist and doesn't is an Error.
 */
export interface SecretsOutside {
  /** The ids of all secrets of a project, or of one of its regions, oldest first. */
  ids(project: string, location?: string): string[];
  get(name: string): SecretView | undefined;
  /** The payload of a version by number, alias or `latest`, disabled or not; undefined if it is destroyed. */
  value(name: string, version?: string): Buffer | undefined;
  /** Adds a version, creating the secret (replicated automatically) if need be. Returns the version's number. */
  put(name: string, value: string | Buffer): number;
  /** Adds or overwrites labels. */
  label(name: string, labels: Readonly<Record<string, string>>): void;
  unlabel(name: string, keys: readonly string[]): void;
  /** Adds or overwrites annotations. */
  annotate(name: string, annotations: Readonly<Record<string, string>>): void;
  setState(name: string, version: string, state: VersionState): void;
  /** For good: there is no other way. */
  remove(name: string): void;
}

export function createSecretsOutside(store: SecretStore, projects: Projects, now: () => number): SecretsOutside {
  function find(name: string): Secret | undefined {
    const { project, location, id } = readName(name, projects);
    return store.get(project, location, id, now());
  }
  function need(name: string): Secret {
    const secret = find(name);
    if (secret === undefined) throw new Error(`the stand-in GCP has no secret ${name}`);
    return secret;
  }
  function change(name: string, edit: (secret: Secret) => Partial<Pick<Secret, 'labels' | 'annotations'>>): void {
    const secret = need(name);
    Object.assign(secret, edit(secret), { etag: newEtag() });
  }

  return {
    ids(project, location) {
      const all = store.list(projects.need(project), location, now());
      return all.map(({ id }) => id).reverse();
    },
    get(name) {
      const secret = find(name);
      if (secret === undefined) return undefined;
      const { labels, annotations, replication, etag } = secret;
      const versions = secret.newestFirst(now()).reverse();
      return {
        labels,
        annotations,
        replication,
        etag,
        versions: versions.map(({ number, state, createdAt }) => ({ number, state, createdAt })),
      };
    },
    value: (name, version = 'latest') => find(name)?.version(version, now())?.data,
    put(name, value) {
      const { project, location, id } = readName(name, projects);
      const replication = location === undefined ? { automatic: {} } : undefined;
      const secret = find(name) ?? store.add(project, location, id, replication, now());
      return secret.addVersion(Buffer.from(value), false, now()).number;
    },
    label: (name, labels) => change(name, (secret) => ({ labels: { ...secret.labels, ...labels } })),
    unlabel: (name, keys) =>
      change(name, ({ labels }) => ({
        labels: Object.fromEntries(Object.entries(labels).filter(([key]) => !keys.includes(key))),
      })),
    annotate: (name, annotations) =>
      change(name, (secret) => ({ annotations: { ...secret.annotations, ...annotations } })),
    setState(name, number, state) {
      const version = need(name).version(number, now());
      if (version?.data === undefined) throw new Error(`version ${number} of ${name} is destroyed or was never there`);
      if (state === 'DESTROYED') destroy(version, now());
      else version.state = state;
      version.etag = newEtag();
    },
    remove: (name) => store.remove(need(name)),
  };
}
