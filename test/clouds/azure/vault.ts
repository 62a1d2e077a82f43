import { randomBytes } from 'node:crypto';
import { Certificates } from './certificates.ts';
import type { PageHabit } from './pages.ts';
import { checkTags, currentVersion, type Deletion, Shelf } from './shelf.ts';
import { badParameter, VaultRefusal } from './vault-refusal.ts';

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
  readonly name: string;
  /** Oldest first, never empty. */
  readonly versions: readonly SecretVersion[];
  /** Set when the secret is the private part of a certificate of the same name. */
  readonly managed: boolean;
}

export type DeletedSecret = StoredSecret & Deletion;

interface VaultPlace {
  readonly name: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
}

/** https://learn.microsoft.com/azure/key-vault/secrets/about-secrets */
const maxValueBytes = 25 * 1024;

/** The secrets and certificates of one vault. Every method throws a VaultRefusal as the service would answer. */
export class Vault {
  readonly place: VaultPlace;
  readonly resourceId: string;
  readonly certificates: Certificates;
  /** How the lists of this vault are paged. */
  pageHabit: PageHabit = 'plain';
  private readonly now: () => number;
  private readonly secrets = new Shelf<StoredSecret>('Secret');

  constructor(place: VaultPlace, now: () => number) {
    const { subscriptionId, resourceGroup, name } = place;
    this.place = place;
    const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
    this.resourceId = `${group}/providers/Microsoft.KeyVault/vaults/${name}`;
    this.now = now;
    this.certificates = new Certificates(
      {
        find: (secret) => this.secrets.peek(secret),
        store: (secret, value, props, version) => this.store(secret, value, props, version),
        update: (secret, props, version) => this.update(secret, props, version),
        remove: (secret) => this.secrets.remove(secret, this.seconds()),
        recover: (secret) => this.secrets.recover(secret),
        purge: (secret) => this.secrets.purge(secret),
      },
      () => this.seconds(),
    );
  }

  /** Makes a new version, which becomes the current one. */
  set(name: string, value: string, props: SecretProps = {}): SecretVersion {
    refuseManaged(this.secrets.peek(name), 'set');
    return this.store(name, value, props);
  }

  /** Changes the given properties of a version (the current one by default); the value and the rest stay. */
  update(name: string, props: SecretProps, version?: string): SecretVersion {
    checkTags(props.tags);
    const secret = this.find(name);
    const old = this.pickVersion(secret, version);
    const changed: SecretVersion = { ...old, ...props, enabled: props.enabled ?? old.enabled, updated: this.seconds() };
    const versions = secret.versions.map((candidate) => (candidate === old ? changed : candidate));
    this.secrets.put({ ...secret, versions });
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
    refuseManaged(this.secrets.peek(name), 'delete');
    return this.secrets.remove(name, this.seconds());
  }

  recover(name: string): StoredSecret {
    refuseManaged(this.secrets.findDeleted(name), 'recover');
    return this.secrets.recover(name);
  }

  purge(name: string): void {
    refuseManaged(this.secrets.findDeleted(name), 'purge');
    this.secrets.purge(name);
  }

  /** The named version or the current one, as a GET finds it: not when it is disabled. */
  read(name: string, version?: string): { readonly secret: StoredSecret; readonly found: SecretVersion } {
    const secret = this.find(name);
    const found = this.pickVersion(secret, version);
    if (!found.enabled) {
      const text = 'Operation get is not allowed on a disabled secret.';
      throw new VaultRefusal(403, 'Forbidden', text, 'SecretDisabled');
    }
    return { secret, found };
  }

  find(name: string): StoredSecret {
    return this.secrets.find(name);
  }

  /** The name as it was first spelled, or as given if there is no such secret. */
  spelling(name: string): string {
    return this.secrets.spelling(name);
  }

  findDeleted(name: string): DeletedSecret {
    return this.secrets.findDeleted(name);
  }

  /** In the order of the service's lists: by name. */
  list(): readonly StoredSecret[] {
    return this.secrets.list();
  }

  listDeleted(): readonly DeletedSecret[] {
    return this.secrets.listDeleted();
  }

  /** `managedAs` is the version of the certificate that the secret belongs to. */
  private store(name: string, value: string, props: SecretProps, managedAs?: string): SecretVersion {
    this.secrets.checkFree(name);
    checkTags(props.tags);
    const bytes = Buffer.byteLength(value, 'utf8');
    if (bytes > maxValueBytes) {
      throw badParameter(`The secret value is ${bytes} bytes long; at most ${maxValueBytes} are allowed.`);
    }
    const existing = this.secrets.peek(name);
    const time = this.seconds();
    const made: SecretVersion = {
      ...props,
      version: managedAs ?? newVersion(),
      value,
      enabled: props.enabled ?? true,
      created: time,
      updated: time,
    };
    const versions = [...(existing?.versions ?? []), made];
    const managed = managedAs !== undefined || (existing?.managed ?? false);
    this.secrets.put({ name: existing?.name ?? name, versions, managed });
    return made;
  }

  private pickVersion(secret: StoredSecret, version: string | undefined): SecretVersion {
    if (version === undefined) return currentVersion(secret);
    const found = secret.versions.find((candidate) => candidate.version === version.toLowerCase());
    return found ?? this.secrets.missing(`${secret.name}/${version}`);
  }

  private seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}

function newVersion(): string {
  return randomBytes(16).toString('hex');
}

function refuseManaged(secret: StoredSecret | undefined, operation: string): void {
  if (!secret?.managed) return;
  const text =
    `Operation "${operation}" is not allowed on this secret, since it is associated with a certificate. Perform the ` +
    'operation on the corresponding certificate. For more information refer to ' +
    'https://docs.microsoft.com/en-us/azure/key-vault/certificates/about-certificates#composition-of-a-certificate';
  throw new VaultRefusal(403, 'Forbidden', text, 'SecretManagedByKeyVault');
}
