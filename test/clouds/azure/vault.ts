import { randomBytes } from 'node:crypto';
import type { PageHabit } from './pages.ts';

/** A refusal of the vault itself, in Key Vault's codes and words. */
export class VaultRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly innerCode: string | undefined;

  constructor(status: number, code: string, message: string, innerCode?: string) {
    super(message);
    this.name = 'VaultRefusal';
    this.status = status;
    this.code = code;
    this.innerCode = innerCode;
  }
}

/** What can be said about a secret beside its value. Times are seconds since the epoch. */
export interface SecretProps {
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly enabled?: boolean;
  readonly notBefore?: number;
  readonly expires?: number;
}

export interface SecretVersion extends SecretProps {
  /** 32 hexadecimal digits. */
  readonly version: string;
  readonly value: string;
  readonly enabled: boolean;
  readonly created: number;
  readonly updated: number;
}

export interface StoredSecret {
  /** As it was first spelled; names compare without regard to case. */
  readonly name: string;
  /** Oldest first, never empty. */
  readonly versions: readonly SecretVersion[];
  /** Set when the secret is the private part of a certificate of the same name. */
  readonly managed: boolean;
}

export interface DeletedSecret extends StoredSecret {
  readonly deletedDate: number;
  readonly scheduledPurgeDate: number;
}

interface VaultPlace {
  readonly name: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
}

/** https://learn.microsoft.com/azure/key-vault/secrets/about-secrets and .../general/about-keys-secrets-certificates */
const maxValueBytes = 25 * 1024;
const maxTags = 15;
const namePattern = /^[0-9a-zA-Z-]{1,127}$/;

export const retentionDays = 90;

/** The secrets of one vault. Every method throws a VaultRefusal as the service would answer. */
export class Vault {
  readonly place: VaultPlace;
  readonly resourceId: string;
  /** How the lists of this vault are paged. */
  pageHabit: PageHabit = 'plain';
  private readonly now: () => number;
  private readonly secrets = new Map<string, StoredSecret>();
  private readonly deleted = new Map<string, DeletedSecret>();

  constructor(place: VaultPlace, now: () => number) {
    const { subscriptionId, resourceGroup, name } = place;
    this.place = place;
    const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
    this.resourceId = `${group}/providers/Microsoft.KeyVault/vaults/${name}`;
    this.now = now;
  }

  /** Makes a new version, which becomes the current one. */
  set(name: string, value: string, props: SecretProps = {}): SecretVersion {
    return this.store(name, value, props, false);
  }

  /** Makes a version of the secret that belongs to a certificate: the private key and the certificate in one. */
  setManaged(name: string, value: string, props: SecretProps = {}): SecretVersion {
    return this.store(name, value, props, true);
  }

  /** Changes the given properties of a version (the current one by default); the value and the rest stay. */
  update(name: string, props: SecretProps, version?: string): SecretVersion {
    checkTags(props.tags);
    const secret = this.find(name);
    const old = pickVersion(secret, version);
    const changed: SecretVersion = { ...old, ...props, enabled: props.enabled ?? old.enabled, updated: this.seconds() };
    const versions = secret.versions.map((candidate) => (candidate === old ? changed : candidate));
    this.secrets.set(name.toLowerCase(), { ...secret, versions });
    return changed;
  }

  disable(name: string): void {
    this.update(name, { enabled: false });
  }

  enable(name: string): void {
    this.update(name, { enabled: true });
  }

  /** Deletes softly: it can be recovered until it is purged. */
  remove(name: string): DeletedSecret {
    const secret = this.find(name);
    const deletedDate = this.seconds();
    const deleted = { ...secret, deletedDate, scheduledPurgeDate: deletedDate + retentionDays * 24 * 60 * 60 };
    this.secrets.delete(name.toLowerCase());
    this.deleted.set(name.toLowerCase(), deleted);
    return deleted;
  }

  recover(name: string): StoredSecret {
    const { deletedDate: _, scheduledPurgeDate: __, ...secret } = this.findDeleted(name);
    this.deleted.delete(name.toLowerCase());
    this.secrets.set(name.toLowerCase(), secret);
    return secret;
  }

  purge(name: string): void {
    this.findDeleted(name);
    this.deleted.delete(name.toLowerCase());
  }

  /** The named version or the current one, as a GET finds it: not when it is disabled. */
  read(name: string, version?: string): { readonly secret: StoredSecret; readonly found: SecretVersion } {
    const secret = this.find(name);
    const found = pickVersion(secret, version);
    if (!found.enabled) {
      const text = 'Operation get is not allowed on a disabled secret.';
      throw new VaultRefusal(403, 'Forbidden', text, 'SecretDisabled');
    }
    return { secret, found };
  }

  find(name: string): StoredSecret {
    checkName(name);
    const secret = this.secrets.get(name.toLowerCase());
    if (secret === undefined) throw notFound(name);
    return secret;
  }

  /** The name as it was first spelled, or as given if there is no such secret. */
  spelling(name: string): string {
    const key = name.toLowerCase();
    return (this.secrets.get(key) ?? this.deleted.get(key))?.name ?? name;
  }

  findDeleted(name: string): DeletedSecret {
    checkName(name);
    const secret = this.deleted.get(name.toLowerCase());
    if (secret === undefined) throw new VaultRefusal(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
    return secret;
  }

  /** In the order of the service's lists: by name. */
  list(): readonly StoredSecret[] {
    return [...this.secrets.values()].sort(byName);
  }

  listDeleted(): readonly DeletedSecret[] {
    return [...this.deleted.values()].sort(byName);
  }

  private store(name: string, value: string, props: SecretProps, managed: boolean): SecretVersion {
    checkName(name);
    checkTags(props.tags);
    const bytes = Buffer.byteLength(value, 'utf8');
    if (bytes > maxValueBytes) {
      const text = `The secret value is ${bytes} bytes long; at most ${maxValueBytes} are allowed.`;
      throw new VaultRefusal(400, 'BadParameter', text);
    }
    if (this.deleted.has(name.toLowerCase())) {
      const text =
        `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this ` +
        'state, the secret can only be recovered or purged.';
      throw new VaultRefusal(409, 'Conflict', text, 'ObjectIsDeletedButRecoverable');
    }
    const existing = this.secrets.get(name.toLowerCase());
    const time = this.seconds();
    const made: SecretVersion = {
      ...props,
      version: randomBytes(16).toString('hex'),
      value,
      enabled: props.enabled ?? true,
      created: time,
      updated: time,
    };
    const versions = [...(existing?.versions ?? []), made];
    this.secrets.set(name.toLowerCase(), {
      name: existing?.name ?? name,
      versions,
      managed: managed || (existing?.managed ?? false),
    });
    return made;
  }

  private seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}

/** The current version of a secret: the one made last. */
export function currentVersion(secret: StoredSecret): SecretVersion {
  const version = secret.versions.at(-1);
  if (version === undefined) throw new Error(`${secret.name} has no version`);
  return version;
}

function pickVersion(secret: StoredSecret, version: string | undefined): SecretVersion {
  if (version === undefined) return currentVersion(secret);
  const found = secret.versions.find((candidate) => candidate.version === version.toLowerCase());
  if (found === undefined) throw notFound(`${secret.name}/${version}`);
  return found;
}

function checkName(name: string): void {
  if (!namePattern.test(name)) {
    throw new VaultRefusal(400, 'BadParameter', `The request URI contains an invalid name: ${name}`);
  }
}

function checkTags(tags: SecretProps['tags']): void {
  if (Object.keys(tags ?? {}).length > maxTags) {
    throw new VaultRefusal(400, 'BadParameter', `A secret can have at most ${maxTags} tags.`);
  }
}

function notFound(nameOrId: string): VaultRefusal {
  const text =
    `A secret with (name/id) ${nameOrId} was not found in this key vault. If you recently deleted this secret you ` +
    'may be able to recover it using the correct recovery command. For help resolving this issue, please see ' +
    'https://go.microsoft.com/fwlink/?linkid=2125182';
  return new VaultRefusal(404, 'SecretNotFound', text);
}

function byName(a: StoredSecret, b: StoredSecret): number {
  const [first, second] = [a.name.toLowerCase(), b.name.toLowerCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}
