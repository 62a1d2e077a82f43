import type { Page, Source, SourceRef, TestStep } from '../../main/clouds/ports.ts';
import type { CertificateBundle } from '../../main/domain/certificate.ts';
import type { SourceItem, SourceKind, Vault } from '../../main/domain/item.ts';
import type { Payload } from '../../main/domain/payload.ts';
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
  readonly payload: Payload;
  /** Of a certificate. */
  readonly exportable: boolean;
  readonly createdOn: number;
  readonly updatedOn: number;
}

interface MemoryVault extends Vault {
  /** Whether the connection may list and read it. */
  readonly open: boolean;
  /** By name in lower case; versions oldest first. */
  readonly secret: Map<string, MemoryItem>;
  readonly certificate: Map<string, MemoryItem>;
}

interface MemoryItem {
  readonly name: string;
  readonly versions: MemoryVersion[];
}

/** Vaults in memory, as complete as a Source can see them, and what a test may do behind its back. */
interface MemoryVaults extends MemoryCalls {
  addVault(name: string, options?: { readonly open?: boolean; readonly subscription?: string }): void;
  /** Lists this subscription among the refused ones. */
  refuseSubscription(name: string): void;
  /** Makes a new current version and returns its id. */
  set(vault: string, name: string, value: string, props?: MemoryProps): string;
  /** Makes a certificate's new current version and returns its id. */
  setCertificate(
    vault: string,
    name: string,
    bundle: CertificateBundle,
    props?: MemoryProps & { readonly exportable?: boolean },
  ): string;
  /** Changes what is said about the current version. */
  update(vault: string, name: string, props: MemoryProps, kind?: SourceKind): void;
  /** Deletes it, softly. */
  remove(vault: string, name: string, kind?: SourceKind): void;
  /** Takes back its last deletion. */
  recover(vault: string, name: string, kind?: SourceKind): void;
  open(): Source;
}

const pageSize = 25;

/** @param now the clock in milliseconds; like Key Vault's, what is stored has a resolution of one second */
export function memoryVaults(now: () => number): MemoryVaults {
  const calls = memoryCalls();
  const vaults = new Map<string, MemoryVault>();
  const refused: string[] = [];
  const deleted = new Map<string, MemoryItem>();
  const deletedKey = (...parts: [vault: string, name: string, kind: SourceKind]) => parts.join('\n').toLowerCase();
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

    listPage: (vault, kind, next, signal) =>
      calls.run('listPage', vault, signal, (): Page<SourceItem> => {
        const names = [...vaultOf(vault)[kind].keys()].sort().filter((name) => name > (next ?? ''));
        const items = names.slice(0, pageSize).flatMap((name) => itemOf(vaultOf(vault), kind, name) ?? []);
        const last = names[pageSize - 1];
        return last !== undefined && names.length > pageSize ? { items, next: last } : { items };
      }),

    describe: (ref, signal) =>
      calls.run('describe', `${ref.vault}/${ref.name}`, signal, () => {
        const versions = versionsOf(ref);
        const item = itemOf(vaultOf(ref.vault), ref.kind, ref.name);
        const [current, before] = [versions.at(-1), versions.at(-2)];
        if (!item || !current) return item;
        // Two versions in one second: times alone do not tell which is current. Of a certificate, the vault says it.
        if (ref.kind === 'secret' && current.createdOn === before?.createdOn) return item;
        return { ...item, version: current.version };
      }),

    describeCertificate: (vault, name, signal) =>
      calls.run('describeCertificate', `${vault}/${name}`, signal, () => {
        const current = versionsOf({ kind: 'certificate', vault, name }).at(-1);
        if (current?.payload.kind !== 'certificate') return undefined;
        return { facts: current.payload.bundle.facts, exportable: current.exportable };
      }),

    read: (ref, signal) =>
      calls.run('read', `${ref.vault}/${ref.name}`, signal, () => {
        const current = versionsOf(ref).at(-1);
        if (!current) throw memoryFailure('not-found', 'source-missing');
        if (current.enabled === false) throw memoryFailure('invalid', 'source-disabled');
        if (!current.exportable) throw memoryFailure('invalid', 'source-not-exportable');
        return { payload: current.payload, version: current.version, updatedOn: current.updatedOn };
      }),

    async *test(signal) {
      const { vaults: found } = await source.listVaults(signal);
      yield { id: 'list', title: 'List vaults', outcome: 'passed', sentence: `${found.length}`, fix: '' } as TestStep;
    },
    close() {},
  };

  function versionsOf({ kind, vault, name }: SourceRef): MemoryVersion[] {
    return vaultOf(vault)[kind].get(name.toLowerCase())?.versions ?? [];
  }

  function add(
    { kind, vault, name }: SourceRef,
    what: Omit<MemoryVersion, 'version' | 'createdOn' | 'updatedOn'>,
  ): string {
    const items = vaultOf(vault)[kind];
    const item = items.get(name.toLowerCase()) ?? { name, versions: [] };
    versions += 1;
    const version = versions.toString(16).padStart(32, '0');
    item.versions.push({ ...what, version, createdOn: seconds(), updatedOn: seconds() });
    items.set(name.toLowerCase(), item);
    return version;
  }

  return {
    ...calls,
    addVault(name, { open = true, subscription = 'Memory' } = {}) {
      const empty = { secret: new Map(), certificate: new Map() };
      vaults.set(name.toLowerCase(), { name, uri: `memory:${name}`, subscription, open, ...empty });
    },
    refuseSubscription: (name) => refused.push(name),
    set: (vault, name, text, props = {}) =>
      add({ kind: 'secret', vault, name }, { ...props, payload: { kind: 'text', text }, exportable: true }),
    setCertificate(vault, name, bundle, { exportable = true, ...props } = {}) {
      const { notBefore, notAfter: expiresOn } = bundle.facts;
      const payload = { kind: 'certificate', bundle } as const;
      return add({ kind: 'certificate', vault, name }, { notBefore, expiresOn, ...props, payload, exportable });
    },
    update(vault, name, props, kind = 'secret') {
      const stored = versionsOf({ kind, vault, name });
      const current = stored.pop();
      if (!current) throw new Error(`the memory vault ${vault} has no ${kind} ${name}`);
      stored.push({ ...current, ...props, updatedOn: seconds() });
    },
    remove(vault, name, kind = 'secret') {
      const items = vaultOf(vault)[kind];
      const item = items.get(name.toLowerCase());
      if (item) deleted.set(deletedKey(vault, name, kind), item);
      items.delete(name.toLowerCase());
    },
    recover(vault, name, kind = 'secret') {
      const item = deleted.get(deletedKey(vault, name, kind));
      if (item) vaultOf(vault)[kind].set(name.toLowerCase(), item);
    },
    open: () => source,
  };
}

function itemOf(vault: MemoryVault, kind: SourceKind, name: string): SourceItem | undefined {
  const stored = vault[kind].get(name.toLowerCase());
  const current = stored?.versions.at(-1);
  if (!stored || !current) return undefined;
  const { updatedOn, notBefore, expiresOn, contentType, payload, enabled = true, tags = {}, managed = false } = current;
  return {
    kind,
    vault: vault.name,
    name: stored.name,
    enabled,
    updatedOn,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(expiresOn === undefined ? {} : { expiresOn }),
    ...(contentType === undefined ? {} : { contentType }),
    tags,
    managed,
    // Any text that is another for another certificate: only compared, never shown.
    ...(payload.kind === 'certificate' ? { thumbprint: payload.bundle.facts.fingerprint.slice(0, 40) } : {}),
  };
}
