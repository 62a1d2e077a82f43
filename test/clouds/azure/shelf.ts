import { badParameter, VaultRefusal } from './vault-refusal.ts';

export interface Deletion {
  readonly deletedDate: number;
  readonly scheduledPurgeDate: number;
}

interface Named {
  /** As it was first spelled; names compare without regard to case. */
  readonly name: string;
}

export const retentionDays = 90;

/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates */
const namePattern = /^[0-9a-zA-Z-]{1,127}$/;
const maxTags = 15;

/** The objects of one kind in a vault, with soft deletion. Every method throws a VaultRefusal as the service answers. */
export class Shelf<T extends Named> {
  private readonly kind: 'Secret' | 'Certificate';
  private readonly live = new Map<string, T>();
  private readonly deleted = new Map<string, T & Deletion>();
  /** By name; kept while nothing changes, so that a page of a long list costs what is on it. */
  private sorted: readonly T[] | undefined;

  constructor(kind: 'Secret' | 'Certificate') {
    this.kind = kind;
  }

  /** Puts an object in the place of the one of its name. */
  put(item: T): void {
    this.checkFree(item.name);
    this.live.set(item.name.toLowerCase(), item);
    this.sorted = undefined;
  }

  /** Refuses a name that is illegal or that of a deleted object. */
  checkFree(name: string): void {
    checkName(name);
    if (!this.deleted.has(name.toLowerCase())) return;
    const text =
      `${this.kind} ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this ` +
      `state, the ${this.kind.toLowerCase()} can only be recovered or purged.`;
    throw new VaultRefusal(409, 'Conflict', text, 'ObjectIsDeletedButRecoverable');
  }

  peek(name: string): T | undefined {
    return this.live.get(name.toLowerCase());
  }

  find(name: string): T {
    checkName(name);
    return this.peek(name) ?? this.missing(name);
  }

  /** Refuses with what the service says of a name or `name/version` that is not there. */
  missing(nameOrId: string): never {
    const kind = this.kind.toLowerCase();
    const text =
      `A ${kind} with (name/id) ${nameOrId} was not found in this key vault. If you recently deleted this ${kind} ` +
      'you may be able to recover it using the correct recovery command. For help resolving this issue, please see ' +
      'https://go.microsoft.com/fwlink/?linkid=2125182';
    throw new VaultRefusal(404, `${this.kind}NotFound`, text);
  }

  /** Deletes softly, at `deletedDate` in seconds: it can be recovered until it is purged. */
  remove(name: string, deletedDate: number): T & Deletion {
    const deleted = {
      ...this.find(name),
      deletedDate,
      scheduledPurgeDate: deletedDate + retentionDays * 24 * 60 * 60,
    };
    this.live.delete(name.toLowerCase());
    this.sorted = undefined;
    this.deleted.set(name.toLowerCase(), deleted);
    return deleted;
  }

  findDeleted(name: string): T & Deletion {
    checkName(name);
    const item = this.deleted.get(name.toLowerCase());
    if (item !== undefined) return item;
    throw new VaultRefusal(404, `${this.kind}NotFound`, `Deleted ${this.kind} not found: ${name}`);
  }

  recover(name: string): T {
    const item = this.findDeleted(name);
    this.deleted.delete(name.toLowerCase());
    this.put(item);
    return item;
  }

  purge(name: string): void {
    this.findDeleted(name);
    this.deleted.delete(name.toLowerCase());
  }

  /** The name as it was first spelled, or as given if there is no such object. */
  spelling(name: string): string {
    return (this.peek(name) ?? this.deleted.get(name.toLowerCase()))?.name ?? name;
  }

  /** In the order of the service's lists: by name. */
  list(): readonly T[] {
    this.sorted ??= [...this.live.values()].sort(byName);
    return this.sorted;
  }

  listDeleted(): readonly (T & Deletion)[] {
    return [...this.deleted.values()].sort(byName);
  }
}

/** The current version of an object: the one made last. */
export function currentVersion<V>({ name, versions }: { readonly name: string; readonly versions: readonly V[] }): V {
  const version = versions.at(-1);
  if (version === undefined) throw new Error(`${name} has no version`);
  return version;
}

function checkName(name: string): void {
  if (!namePattern.test(name)) throw badParameter(`The request URI contains an invalid name: ${name}`);
}

export function checkTags(tags: Readonly<Record<string, string>> | undefined): void {
  if (Object.keys(tags ?? {}).length > maxTags) throw badParameter(`An object can have at most ${maxTags} tags.`);
}

function byName(a: Named, b: Named): number {
  const [first, second] = [a.name.toLowerCase(), b.name.toLowerCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}
