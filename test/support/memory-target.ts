import { fitTagKey, fitTags } from '../../main/clouds/aws/tags.ts';
import { fitName, nameProblems } from '../../main/clouds/names.ts';
import { payloadBytes } from '../../main/clouds/payload.ts';
import type { Target, TargetProblem, TargetRef, TestStep, WriteRequest, Written } from '../../main/clouds/ports.ts';
import { ownerTag } from '../../main/domain/ownership.ts';
import type { Payload } from '../../main/domain/payload.ts';
import type { TargetOptions } from '../../main/domain/record.ts';
import { keepsCertificates, type TargetService } from '../../main/domain/service.ts';
import { contentOf } from '../../main/engine/shape.ts';
import { product } from '../../main/product.ts';
import { type MemoryCalls, memoryCalls, memoryFailure } from './memory-calls.ts';
import {
  currentOf,
  disableAll,
  endOldVersions,
  type MemorySecret,
  scheduleDeletion,
  stateOf,
  takeBack,
} from './memory-secret.ts';
import { memoryServices } from './memory-services.ts';

/** A target place in memory, and what its owner can do behind the product's back. */
export interface MemorySecrets extends MemoryCalls {
  readonly secrets: ReadonlyMap<string, MemorySecret>;
  /** Somebody else's write. Returns the version. */
  putOutside(name: string, value: string | Payload): string;
  tagOutside(name: string, tags: Readonly<Record<string, string>>): void;
  /** Schedules deletion where the service does, or deletes for good. */
  removeOutside(name: string, how?: 'recoverably' | 'for-good'): void;
  /** @param rights `write-only`: the smallest that still write; may not look at anything */
  open(rights?: 'full' | 'write-only'): Target;
}

const pageSize = 100;
const owner = ownerTag(product.tagNamespace);

/** A place that behaves as one of the services does where the engine can tell; see `memoryServices`. */
export function memorySecrets(service: TargetService = 'secretsmanager'): MemorySecrets {
  const calls = memoryCalls();
  const secrets = new Map<string, MemorySecret>();
  const { marker, twoSteps, removal, blind, ...rules } = memoryServices[service];
  const byKey = marker === 'key';
  let made = 0;

  function shell(name: string, tags: Readonly<Record<string, string>>, wanted: TargetOptions = {}): MemorySecret {
    made += 1;
    const secret: MemorySecret = {
      id: `memory:${name}#${made}`,
      versions: new Map(),
      makers: new Map(),
      ended: new Map(),
      current: '',
      writes: 0,
      tags: fitTags(tags, product.tagNamespace),
      options: Object.fromEntries(
        rules.options.flatMap((key) => (wanted[key] === undefined ? [] : [[key, wanted[key]]])),
      ),
      pendingDeletion: false,
      removed: [],
      deletions: 0,
    };
    secrets.set(name, secret);
    return secret;
  }

  function put(secret: MemorySecret, version: string, content: Buffer, maker?: string): void {
    secret.versions.set(version, content);
    if (maker !== undefined) secret.makers.set(version, maker);
    secret.current = version;
    secret.writes += 1;
    // A newer version of somebody's makes it as good as any other again; the older ones stay disabled.
    if (removal === 'disabled') {
      secret.pendingDeletion = false;
      secret.removed = [];
    }
  }

  function existing(name: string): MemorySecret {
    const secret = secrets.get(name);
    if (!secret) throw new Error(`the memory store has no target ${name}`);
    return secret;
  }

  /** The target a request means: not a namesake that was made since. */
  function identified({ name, id }: TargetRef): MemorySecret {
    const secret = secrets.get(name);
    if (!secret || (id !== undefined && id !== secret.id)) throw memoryFailure('not-found', 'target-missing');
    return secret;
  }

  /** The same, if it may be written. */
  function writable(ref: TargetRef): MemorySecret {
    const secret = identified(ref);
    if (secret.pendingDeletion) throw memoryFailure('conflict', 'target-pending-deletion');
    return secret;
  }

  function markerOf({ mode, replaces, idempotencyKey, payload }: WriteRequest): string | undefined {
    if (byKey) return idempotencyKey;
    if (marker === 'fingerprint') return payload.kind === 'certificate' ? payload.bundle.facts.fingerprint : undefined;
    if (marker === 'number') return undefined;
    const before = mode === 'create' ? 0 : Number(replaces?.match(/^\d+/)?.[0]);
    return Number.isNaN(before) ? undefined : `${before + 1}#${idempotencyKey}`;
  }

  function nextVersion(secret: MemorySecret, { idempotencyKey, payload }: WriteRequest): string {
    if (byKey) return idempotencyKey;
    if (payload.kind === 'certificate') return payload.bundle.facts.fingerprint;
    const number = secret.versions.size + 1;
    return marker === 'number' ? `${number}` : `${number}#${idempotencyKey}`;
  }

  /** This very write, if it was carried out before. */
  function repeated(secret: MemorySecret, request: WriteRequest): Written | undefined {
    const version = markerOf(request);
    const known = version === undefined ? undefined : secret.versions.get(version);
    if (version === undefined || known === undefined) return undefined;
    // A key is the caller's word for a value; where the value is at hand, it is compared.
    if (byKey && !known.equals(bytesOf(request.payload))) throw memoryFailure('conflict', 'version-exists');
    return { id: secret.id, version, confirmed: secret.current === version };
  }

  /** The look before a write: what it finds is not what the write meets, if somebody else is quick. */
  function before(request: WriteRequest): void {
    if (problems(request.name, request.payload, request.options).length > 0)
      throw memoryFailure('invalid', 'memory-refused');
    const { mode, replaces } = request;
    const secret = secrets.get(request.name);
    if (mode === 'create' || replaces === null || !secret) return;
    if (secret.pendingDeletion) throw memoryFailure('conflict', 'target-pending-deletion');
    const now = currentOf(secret);
    if (now !== replaces && now !== markerOf(request)) throw memoryFailure('conflict', 'target-changed');
  }

  function create(request: WriteRequest): Written {
    const { name, tags, payload, options } = request;
    const found = secrets.get(name);
    if (found?.pendingDeletion) throw memoryFailure('conflict', 'target-pending-deletion');
    const isOurs = byKey || found?.tags[owner] === tags[owner];
    const again = found && isOurs ? repeated(found, request) : undefined;
    if (again && (byKey || again.confirmed)) return again;
    if (found && !(twoSteps && found.current === '' && isOurs)) throw memoryFailure('conflict', 'target-exists');
    const secret = found ?? shell(name, tags, options);
    put(secret, nextVersion(secret, request), bytesOf(payload), request.tags[owner]);
    return { id: secret.id, version: secret.current, confirmed: true };
  }

  function update(request: WriteRequest): Written {
    const secret = writable(request);
    const again = repeated(secret, request);
    // A certificate that was there before and is not now is written like any other.
    if (again && (again.confirmed || marker !== 'fingerprint')) return again;
    const unseen = request.replaces !== null && currentOf(secret) !== request.replaces;
    put(secret, nextVersion(secret, request), bytesOf(request.payload), request.tags[owner]);
    const { id, current: version } = secret;
    // Of certificates no version stays that could tell.
    const told = unseen && marker !== 'fingerprint';
    return { id, version, confirmed: true, ...(told ? { warning: overwroteUnseen } : {}) };
  }

  function problems(name: string, payload?: Payload, options: TargetOptions = {}): TargetProblem[] {
    const found: TargetProblem[] = nameProblems(service, name).map((sentence) => ({ code: 'name', sentence, fix: '' }));
    const problem = (code: string) =>
      found.push({ code, sentence: `Memory refuses: ${code}.`, fix: 'Change the test.' });
    if (!payload) return found;
    if ((payload.kind === 'certificate') !== keepsCertificates(service)) problem('payload');
    else if (payloadBytes(payload) === 0) problem('value-empty');
    else if (payloadBytes(payload) > rules.maxBytes(options)) problem('value-too-large');
    else if (payload.kind === 'certificate' && payload.bundle.facts.notAfter < Date.now())
      problem('certificate-expired');
    return found;
  }

  function refuseBlind(rights: 'full' | 'write-only', what: 'create' | 'tag' | 'untag' | 'look' | 'remove'): void {
    if (rights === 'write-only' && !blind.some((one) => one === what)) throw memoryFailure('denied', 'memory-denied');
  }

  return {
    ...calls,
    secrets,
    putOutside(name, value) {
      const payload: Payload = typeof value === 'string' ? { kind: 'text', text: value } : value;
      const secret = secrets.get(name) ?? shell(name, {});
      made += 1;
      const number = secret.versions.size + 1;
      const outside = { key: `outside-${made}`, 'number-and-key': `${number}#`, number: `${number}` };
      const version =
        marker !== 'fingerprint'
          ? outside[marker]
          : payload.kind === 'certificate'
            ? payload.bundle.facts.fingerprint
            : outside.key;
      put(secret, version, bytesOf(payload));
      return version;
    },
    tagOutside(name, tags) {
      const secret = existing(name);
      secret.tags = { ...secret.tags, ...tags };
    },
    removeOutside(name, how = 'recoverably') {
      if (how === 'for-good' || removal !== 'pending') secrets.delete(name);
      else scheduleDeletion(existing(name));
    },

    open: (rights = 'full') => ({
      capabilities: {
        idempotentWrites: byKey || service === 'certificatemanager',
        recoverableRemoval: removal !== 'gone',
      },
      validate: problems,
      markerOf,
      inspect: ({ name }, signal) =>
        calls.run('inspect', name, signal, () => {
          if (rights === 'write-only') return { kind: 'unreadable', missing: 'memory:Inspect' };
          const secret = secrets.get(name);
          return secret ? stateOf(secret) : { kind: 'absent' };
        }),
      ...(rules.overview && {
        overviewPage: (next: string | undefined, signal: AbortSignal) =>
          calls.run('overviewPage', next ?? '', signal, () => {
            refuseBlind(rights, 'look');
            const names = [...secrets.keys()].sort().filter((name) => name > (next ?? ''));
            const items = names.slice(0, pageSize).map((name) => ({ name, state: stateOf(existing(name)) }));
            const last = names[pageSize - 1];
            return last !== undefined && names.length > pageSize ? { items, next: last } : { items };
          }),
      }),
      async write(request, signal) {
        const { mode, name, tags, options } = request;
        before(request);
        if (mode === 'create') refuseBlind(rights, 'create');
        if (mode === 'create' && twoSteps && !secrets.has(name))
          await calls.run('shell', name, signal, () => shell(name, tags, options));
        return calls.run('write', name, signal, () => (mode === 'create' ? create(request) : update(request)));
      },
      holds: ({ name }, matches, signal) =>
        calls.run('holds', name, signal, () => {
          if (rights === 'write-only' || marker !== 'number') return undefined;
          const secret = secrets.get(name);
          const content = secret?.versions.get(secret.current);
          return content !== undefined && matches(content);
        }),
      tag: (target, { set, remove }, signal) =>
        calls.run('tag', target.name, signal, () => {
          refuseBlind(rights, 'tag');
          const secret = writable(target);
          const fitted = fitTags(set, product.tagNamespace);
          const gone = new Set(remove.map(fitTagKey));
          secret.tags = { ...secret.tags, ...fitted };
          if (gone.size === 0) return;
          refuseBlind(rights, 'untag');
          const kept = Object.entries(secret.tags).filter(([key]) => Object.hasOwn(fitted, key) || !gone.has(key));
          secret.tags = Object.fromEntries(kept);
        }),
      ...(marker === 'number' && {
        prune: ({ name }: TargetRef, { keepVersions }: TargetOptions, recordId: string, signal: AbortSignal) =>
          calls.run('prune', name, signal, () => {
            const secret = existing(name);
            if (keepVersions !== undefined && secret.tags[owner] === recordId)
              endOldVersions(secret, keepVersions, recordId);
          }),
      }),
      ...(removal !== 'gone' && {
        restore: (target: TargetRef, signal: AbortSignal) =>
          calls.run('restore', target.name, signal, () => takeBack(identified(target))),
      }),
      remove: (target, seen, signal) =>
        calls.run('remove', target.name, signal, () => {
          refuseBlind(rights, 'remove');
          const found = secrets.get(target.name);
          if (!found && target.id !== undefined) return;
          if (found?.pendingDeletion) return;
          const secret = writable(target);
          if (seen !== null && currentOf(secret) !== seen) throw memoryFailure('conflict', 'target-changed');
          if (removal === 'gone') secrets.delete(target.name);
          else if (removal === 'pending') scheduleDeletion(secret);
          else disableAll(secret);
        }),
      async *test(prefix, signal) {
        const name = fitName(service, `${prefix}name`, { vault: 'kv', name: 'name' });
        const named = nameProblems(service, name).length === 0;
        const without = blind.includes('create') ? 'warning' : 'failed';
        yield { ...step, id: 'name', outcome: named ? 'passed' : 'failed' } satisfies TestStep;
        signal.throwIfAborted();
        const outcome = !named ? 'skipped' : rights === 'full' ? 'passed' : without;
        yield { ...step, id: 'inspect', outcome } satisfies TestStep;
      },
      close() {},
    }),
  };
}

const step = { title: 'Try it in memory', sentence: 'It was tried.', fix: '' };

const overwroteUnseen = {
  code: 'overwrote-unseen',
  sentence: 'Somebody else wrote at the same moment.',
  fix: 'Look at the target.',
};

function bytesOf(payload: Payload): Buffer {
  return Buffer.from(contentOf(payload));
}
