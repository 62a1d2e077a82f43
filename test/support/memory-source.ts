import type { Page, Source, TestStep } from '../../main/clouds/ports.ts';
import type { SourceItem, Vault } from '../../main/domain/item.ts';
import { type MemoryCalls, memoryCalls, memoryFailure } from './memory-calls.ts';

/** What can be said about a secret beside its value. Times are milliseconds since the epoch. */
interface MemoryProps {
  readonly enabled?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly notBefore?: number;
  readonly expiresOn?: number;
  readonly managed?: boolean;
}

interface MemoryVersion extends MemoryProps {
  readonly version: string;
  readonly value: string;
  readonly createdOn: number;
  readonly updatedOn: number;
}

interface MemoryVault extends Vault {
  /** Whether the connection may list and read it. */
  readonly open: boolean;
  /** By name in lower case; versions oldest first. */
  readonly secrets: Map<string, { readonly name: string; readonly versions: MemoryVersion[] }>;
}

/** Vaults in memory, as complete as a Source can see them, and what a test may do behind its back. */
interface MemoryVaults extends MemoryCalls {
  addVault(name: string, options?: { readonly open?: boolean; readonly subscription?: string }): void;
  /** Lists this subscription among the refused ones. */
  refuseSubscription(name: string): void;
  /** Makes a new current version and returns its id. */
  set(vault: string, name: string, value: string, props?: MemoryProps): string;
  /** Changes what is said about the current version. */
  update(vault: string, name: string, props: MemoryProps): void;
  remove(vault: string, name: string): void;
  open(): Source;
}

const pageSize = 25;

/** @param now the clock in milliseconds; like Key Vault's, what is stored has a resolution of one second */
export function memoryVaults(now: () => number): MemoryVaults {
  const calls = memoryCalls();
  const vaults = new Map<string, MemoryVault>();
  const refused: string[] = [];
  let versions = 0;
  const seconds = () => Math.floor(now() / 1000) * 1000;

  function vaultOf(name: string): MemoryVault {
    const vault = vaults.get(name.toLowerCase());
    if (!vault) throw memoryFailure('not-found', 'vault-missing');
    if (!vault.open) throw memoryFailure('denied', 'memory-denied');
    return vault;
  }

  const source: Source = {
    listVaults: (signal) =>
      calls.run('listVaults', '', signal, () => ({
        vaults: [...vaults.values()].map(({ name, uri, subscription }) => ({ name, uri, subscription })),
        refused: refused.map((subscription) => ({ subscription, sentence: 'The memory cloud does not let you in.' })),
      })),

    listPage: (vault, next, signal) =>
      calls.run('listPage', vault, signal, (): Page<SourceItem> => {
        const names = [...vaultOf(vault).secrets.keys()].sort().filter((name) => name > (next ?? ''));
        const items = names.slice(0, pageSize).flatMap((name) => itemOf(vaultOf(vault), name) ?? []);
        const last = names[pageSize - 1];
        return last !== undefined && names.length > pageSize ? { items, next: last } : { items };
      }),

    describe: (vault, name, signal) =>
      calls.run('describe', `${vault}/${name}`, signal, () => {
        const versions = vaultOf(vault).secrets.get(name.toLowerCase())?.versions ?? [];
        const item = itemOf(vaultOf(vault), name);
        const [current, before] = [versions.at(-1), versions.at(-2)];
        // Two versions in one second: times alone do not tell which is current.
        if (!item || !current || current.createdOn === before?.createdOn) return item;
        return { ...item, version: current.version };
      }),

    read: (vault, name, signal) =>
      calls.run('read', `${vault}/${name}`, signal, () => {
        const current = vaultOf(vault).secrets.get(name.toLowerCase())?.versions.at(-1);
        if (!current) throw memoryFailure('not-found', 'source-missing');
        if (current.enabled === false) throw memoryFailure('invalid', 'source-disabled');
        return { value: current.value, version: current.version, updatedOn: current.updatedOn };
      }),

    async *test(signal) {
      const { vaults: found } = await source.listVaults(signal);
      yield { id: 'list', title: 'List vaults', outcome: 'passed', sentence: `${found.length}`, fix: '' } as TestStep;
    },
    close() {},
  };

  return {
    ...calls,
    addVault(name, { open = true, subscription = 'Memory' } = {}) {
      vaults.set(name.toLowerCase(), { name, uri: `memory:${name}`, subscription, open, secrets: new Map() });
    },
    refuseSubscription: (name) => refused.push(name),
    set(vault, name, value, props = {}) {
      const { secrets } = vaultOf(vault);
      const secret = secrets.get(name.toLowerCase()) ?? { name, versions: [] };
      versions += 1;
      const version = versions.toString(16).padStart(32, '0');
      secret.versions.push({ ...props, version, value, createdOn: seconds(), updatedOn: seconds() });
      secrets.set(name.toLowerCase(), secret);
      return version;
    },
    update(vault, name, props) {
      const stored = vaultOf(vault).secrets.get(name.toLowerCase())?.versions ?? [];
      const current = stored.pop();
      if (!current) throw new Error(`the memory vault ${vault} has no secret ${name}`);
      stored.push({ ...current, ...props, updatedOn: seconds() });
    },
    remove: (vault, name) => void vaultOf(vault).secrets.delete(name.toLowerCase()),
    open: () => source,
  };
}

function itemOf(vault: MemoryVault, name: string): SourceItem | undefined {
  const secret = vault.secrets.get(name.toLowerCase());
  const current = secret?.versions.at(-1);
  if (!secret || !current) return undefined;
  const { version: _, value: __, createdOn: ___, enabled = true, tags = {}, managed = false, ...rest } = current;
  return { ...rest, vault: vault.name, name: secret.name, enabled, tags, managed };
}
