import { maxValueBytes, secretProblems } from '../../main/clouds/aws/rules.ts';
import { fitTagKey, fitTags } from '../../main/clouds/aws/tags.ts';
import type { Target, TestStep, WriteRequest, Written } from '../../main/clouds/ports.ts';
import { ownerTag } from '../../main/domain/ownership.ts';
import type { TargetState } from '../../main/domain/plan.ts';
import { product } from '../../main/product.ts';
import { type MemoryCalls, memoryCalls, memoryFailure } from './memory-calls.ts';

/** What a memory store holds under one name. */
interface MemorySecret {
  readonly id: string;
  /** Values by version, oldest first. */
  readonly versions: Map<string, string>;
  current: string;
  tags: Readonly<Record<string, string>>;
  pendingDeletion: boolean;
}

/** A secret store in memory with Secrets Manager's rules, and what a test may do behind its back. */
interface MemorySecrets extends MemoryCalls {
  readonly secrets: ReadonlyMap<string, MemorySecret>;
  /** Somebody else's write. Returns the version. */
  putOutside(name: string, value: string): string;
  tagOutside(name: string, tags: Readonly<Record<string, string>>): void;
  /** Schedules deletion, or deletes for good. */
  removeOutside(name: string, how?: 'recoverably' | 'for-good'): void;
  /** @param rights `write-only`: may not look at anything and not remove tags, as under the documented policy */
  open(rights?: 'full' | 'write-only'): Target;
}

const pageSize = 100;

export function memorySecrets(): MemorySecrets {
  const calls = memoryCalls();
  const secrets = new Map<string, MemorySecret>();
  let made = 0;

  function add(name: string, version: string, value: string, tags: Readonly<Record<string, string>>): MemorySecret {
    made += 1;
    const versions = new Map([[version, value]]);
    const secret = { id: `memory:${name}#${made}`, versions, current: version, tags, pendingDeletion: false };
    secrets.set(name, secret);
    return secret;
  }

  function existing(name: string): MemorySecret {
    const secret = secrets.get(name);
    if (!secret) throw new Error(`the memory store has no secret ${name}`);
    return secret;
  }

  /** The secret a request means, if it may be written. */
  function writable({ name, id }: { readonly name: string; readonly id?: string }): MemorySecret {
    const secret = secrets.get(name);
    if (!secret || (id !== undefined && id !== secret.id)) throw memoryFailure('not-found', 'target-missing');
    if (secret.pendingDeletion) throw memoryFailure('conflict', 'target-pending-deletion');
    return secret;
  }

  function write(request: WriteRequest): Written {
    const { mode, name, value, tags, idempotencyKey: version } = request;
    if (secretProblems(name, Buffer.byteLength(value)).length > 0) throw memoryFailure('invalid', 'memory-refused');
    const found = secrets.get(name);
    if (mode === 'create') {
      if (found?.pendingDeletion) throw memoryFailure('conflict', 'target-pending-deletion');
      if (found && found.versions.get(version) !== value) throw memoryFailure('conflict', 'target-exists');
      const secret = found ?? add(name, version, value, fitTags(tags, product.tagNamespace));
      return { id: secret.id, version, confirmed: true };
    }
    const secret = writable(request);
    const known = secret.versions.get(version);
    if (known !== undefined && known !== value) throw memoryFailure('conflict', 'version-exists');
    if (known === undefined) {
      secret.versions.set(version, value);
      secret.current = version;
    }
    return { id: secret.id, version, confirmed: secret.current === version };
  }

  return {
    ...calls,
    secrets,
    putOutside(name, value) {
      made += 1;
      const version = `outside-${made}`;
      const secret = secrets.get(name) ?? add(name, version, value, {});
      secret.versions.set(version, value);
      secret.current = version;
      return version;
    },
    tagOutside(name, tags) {
      const secret = existing(name);
      secret.tags = { ...secret.tags, ...tags };
    },
    removeOutside(name, how = 'recoverably') {
      if (how === 'for-good') secrets.delete(name);
      else existing(name).pendingDeletion = true;
    },

    open: (rights = 'full') => ({
      capabilities: { markers: true, idempotentWrites: true, tags: true, maxValueBytes },
      validate: secretProblems,
      inspect: (name, signal) =>
        calls.run('inspect', name, signal, () => {
          if (rights === 'write-only') return { kind: 'unreadable', missing: 'memory:Inspect' };
          const secret = secrets.get(name);
          return secret ? stateOf(secret) : { kind: 'absent' };
        }),
      overviewPage: (next, signal) =>
        calls.run('overviewPage', next ?? '', signal, () => {
          if (rights === 'write-only') throw memoryFailure('denied', 'memory-denied');
          const names = [...secrets.keys()].sort().filter((name) => name > (next ?? ''));
          const items = names.slice(0, pageSize).map((name) => ({ name, state: stateOf(existing(name)) }));
          const last = names[pageSize - 1];
          return last !== undefined && names.length > pageSize ? { items, next: last } : { items };
        }),
      write: (request, signal) => calls.run('write', request.name, signal, () => write(request)),
      tag: (target, { set, remove }, signal) =>
        calls.run('tag', target.name, signal, () => {
          const secret = writable(target);
          const fitted = fitTags(set, product.tagNamespace);
          const gone = new Set(remove.map(fitTagKey));
          secret.tags = { ...secret.tags, ...fitted };
          if (gone.size === 0) return;
          if (rights === 'write-only') throw memoryFailure('denied', 'memory-denied');
          const kept = Object.entries(secret.tags).filter(([key]) => Object.hasOwn(fitted, key) || !gone.has(key));
          secret.tags = Object.fromEntries(kept);
        }),
      remove: (target, signal) =>
        calls.run('remove', target.name, signal, () => {
          if (rights === 'write-only') throw memoryFailure('denied', 'memory-denied');
          if (!secrets.get(target.name)?.pendingDeletion) writable(target).pendingDeletion = true;
        }),
      async *test(prefix, signal) {
        const named = secretProblems(`${prefix}name`).length === 0;
        const step = { id: 'name', title: 'Check the name prefix', sentence: prefix, fix: '' } as const;
        yield { ...step, outcome: named ? 'passed' : 'failed' } satisfies TestStep;
        signal.throwIfAborted();
      },
      close() {},
    }),
  };
}

function stateOf({ id, current, tags, pendingDeletion }: MemorySecret): TargetState {
  if (pendingDeletion) {
    return {
      kind: 'closed',
      code: 'target-pending-deletion',
      why: 'It is scheduled for deletion.',
      fix: 'Restore it.',
    };
  }
  return { kind: 'present', id, version: current, ownerRecordId: tags[ownerTag(product.tagNamespace)] ?? null };
}
