import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source, SourceRef, TestStep } from '../../main/clouds/ports.ts';
import type { SourceItem, SourceKind, SourceValue } from '../../main/domain/item.ts';
import { everythingIn, failureOf, patience } from './outcome.ts';
import { describeCertificates } from './source-certificates.ts';

/** Of secrets, unless its name says otherwise. */
export type SourceOperation =
  | 'listVaults'
  | 'listPage'
  | 'describe'
  | 'read'
  | 'listCertificates'
  | 'describeCertificate';

/** What can be said about a secret beside its value. Times are milliseconds since the epoch, whole seconds. */
interface SecretProps {
  readonly enabled?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly notBefore?: number;
  readonly expiresOn?: number;
}

/** A certificate with its private key, in one of the forms that a vault takes; a PFX is without a password. */
type CertificateMaterial = { readonly pem: string } | { readonly pfxBase64: string };

type Awaitable<T> = T | Promise<T>;

/** Vaults as their owner sees and changes them behind the product's back. Every vault begins empty. */
export interface SourceBed {
  open(): Promise<Source>;
  /** Makes a vault that the connection may list and read, or may only see. */
  addVault(name: string, access: 'open' | 'seen-only'): Promise<void>;
  /** From now on a subscription of this name refuses to list its vaults. */
  refuseSubscription(name: string): Awaitable<void>;
  set(vault: string, name: string, value: string, props?: SecretProps): Awaitable<void>;
  /** Makes a certificate's new current version. @param props.exportable whether the vault gives the private key out */
  setCertificate(
    vault: string,
    name: string,
    material: CertificateMaterial,
    props?: { readonly tags?: Readonly<Record<string, string>>; readonly exportable?: boolean },
  ): Awaitable<void>;
  /** Changes what is said about the current version. */
  update(
    ref: SourceRef,
    props: { readonly enabled?: boolean; readonly tags?: Readonly<Record<string, string>> },
  ): Awaitable<void>;
  remove(ref: SourceRef): Awaitable<void>;
  advance(milliseconds: number): Awaitable<void>;
  /** Refuses the next call of this operation. @param retryAfter seconds or an HTTP date, as the header has it */
  throttleNext(operation: SourceOperation, retryAfter: number | string | undefined): void;
  /** Cuts the connection of the next call of this operation, before its reply or in the middle of it. */
  breakNext(operation: SourceOperation, how: 'reset' | 'truncate'): void;
  /** Never answers the next call of this operation; the promise is for its arrival. */
  holdNext(operation: SourceOperation): () => Promise<void>;
  now(): number;
  close(): Promise<void>;
}

/** The text that was read. Anything else fails the test. */
function textOf({ payload }: SourceValue): string {
  if (payload.kind !== 'text') throw new Error(`a text was expected, not ${payload.kind}`);
  return payload.text;
}

/** Every Source passes this suite. It knows the port and nothing of what is behind it. */
export function describeSource(what: string, openBed: () => Promise<SourceBed>): void {
  describe(`${what} as a source`, () => {
    let bed: SourceBed;
    let source: Source;
    const vault = 'kv-suite';
    const forbidden = 'kv-forbidden';

    beforeAll(async () => {
      bed = await openBed();
      await bed.addVault(vault, 'open');
      await bed.addVault(forbidden, 'seen-only');
      source = await bed.open();
    });
    afterAll(async () => {
      source.close();
      await bed.close();
    });

    const secret = (name: string): SourceRef => ({ kind: 'secret', vault, name });
    async function list(name: string, kind: SourceKind = 'secret'): Promise<SourceItem[]> {
      const items: SourceItem[] = [];
      let next: string | undefined;
      do {
        const page = await source.listPage(name, kind, next, patience());
        items.push(...page.items);
        next = page.next;
      } while (next !== undefined);
      return items;
    }
    const found = (items: readonly SourceItem[], name: string) => items.find((item) => item.name === name);

    test('lists the vaults it can see, and tells which subscriptions refuse', async () => {
      const before = await source.listVaults(patience());
      expect(before.vaults.map(({ name }) => name).sort()).toEqual([forbidden, vault]);
      expect(before.vaults.every(({ uri, subscription }) => uri !== '' && subscription !== '')).toBe(true);
      expect(before.refused).toEqual([]);
      await bed.refuseSubscription('Locked away');
      const after = await source.listVaults(patience());
      expect(after.vaults.map(({ name }) => name)).toEqual(before.vaults.map(({ name }) => name));
      expect(after.refused).toEqual([{ subscription: 'Locked away', sentence: expect.stringMatching(/\.$/) }]);
    });

    test('a listing of vaults that fails for a passing reason is not a short one', async () => {
      bed.throttleNext('listVaults', undefined);
      expect(await failureOf(source.listVaults(patience()))).toMatchObject({ kind: 'throttled' });
    });

    test('an empty vault lists nothing', async () => {
      await bed.addVault('kv-empty', 'open');
      const fresh = await bed.open();
      expect(await fresh.listPage('kv-empty', 'secret', undefined, patience())).toEqual({ items: [] });
      fresh.close();
    });

    test('lists metadata over many pages, each secret once, never a version or a value', async () => {
      await bed.addVault('kv-pages', 'open');
      const names = Array.from({ length: 60 }, (_, index) => `item-${String(index).padStart(3, '0')}`);
      for (const name of names) await bed.set('kv-pages', name, `value of ${name}`);
      const fresh = await bed.open();
      source.close();
      source = fresh;
      const first = await source.listPage('kv-pages', 'secret', undefined, patience());
      expect(first.items).toHaveLength(25);
      expect(first.next).toBeDefined();
      const items = await list('kv-pages');
      expect(items.map(({ name }) => name)).toEqual(names);
      expect(items.every((item) => item.version === undefined && item.vault === 'kv-pages')).toBe(true);
      expect(JSON.stringify(items)).not.toContain('value of');
    });

    test('a page that fails is no end of the listing, and can be asked for again', async () => {
      const first = await source.listPage('kv-pages', 'secret', undefined, patience());
      for (const how of ['reset', 'truncate'] as const) {
        bed.breakNext('listPage', how);
        const broken = await failureOf(source.listPage('kv-pages', 'secret', first.next, patience()));
        expect(broken).toMatchObject({ kind: 'network' });
      }
      bed.throttleNext('listPage', 3);
      const throttled = await failureOf(source.listPage('kv-pages', 'secret', first.next, patience()));
      expect(throttled).toMatchObject({ kind: 'throttled', retryAfterMs: 3000 });
      const second = await source.listPage('kv-pages', 'secret', first.next, patience());
      expect(await source.listPage('kv-pages', 'secret', first.next, patience())).toEqual(second);
      const third = await source.listPage('kv-pages', 'secret', second.next, patience());
      expect(third.next).toBeUndefined();
      expect([...first.items, ...second.items, ...third.items]).toHaveLength(60);
    });

    test('two listings of one vault at the same time do not disturb each other', async () => {
      const [a, b] = await Promise.all([list('kv-pages'), list('kv-pages')]);
      expect(a).toHaveLength(60);
      expect(b).toEqual(a);
    });

    test('tells all metadata, in the list and of one secret', async () => {
      const props = {
        tags: { env: 'prod', empty: '' },
        contentType: 'text/plain',
        notBefore: Date.UTC(2020, 0, 1),
        expiresOn: Date.UTC(2021, 0, 1),
      };
      await bed.set(vault, 'Full-Metadata', 'expired, still readable', props);
      const expected = {
        ...props,
        kind: 'secret',
        vault,
        name: 'Full-Metadata',
        enabled: true,
        managed: false,
        updatedOn: bed.now(),
      };
      expect(found(await list(vault), 'Full-Metadata')).toEqual(expected);
      const described = await source.describe(secret('Full-Metadata'), patience());
      const { version } = await source.read(secret('Full-Metadata'), patience());
      expect(described).toEqual({ ...expected, version });
    });

    test('names compare without regard to case, and keep their first spelling', async () => {
      await bed.set(vault, 'Mixed-Case', 'one');
      expect(textOf(await source.read(secret('mixed-case'), patience()))).toBe('one');
      expect((await source.describe(secret('MIXED-CASE'), patience()))?.name.toLowerCase()).toBe('mixed-case');
      expect(found(await list(vault), 'Mixed-Case')).toBeDefined();
    });

    test('reads the current value byte for byte, with its version', async () => {
      const value = 'a\r\nb\n\u0000 “ü” 👩‍👩‍👧‍👦 \u202e\n';
      for (const current of ['old', value, 'ü'.repeat(12_800), ' ']) {
        await bed.advance(1000);
        await bed.set(vault, 'bytes', current);
        const read = await source.read(secret('bytes'), patience());
        expect(Buffer.from(textOf(read)).equals(Buffer.from(current))).toBe(true);
        expect(read.updatedOn).toBe(bed.now());
        expect((await source.describe(secret('bytes'), patience()))?.version).toBe(read.version);
      }
    });

    test('a change of tags moves the date and not the version', async () => {
      await bed.set(vault, 'retagged', 'one', { tags: { a: '1' } });
      const before = await source.describe(secret('retagged'), patience());
      await bed.advance(5000);
      await bed.update(secret('retagged'), { tags: { a: '2' } });
      const after = await source.describe(secret('retagged'), patience());
      expect(after).toEqual({ ...before, tags: { a: '2' }, updatedOn: bed.now() });
    });

    test('two versions in one second: no version is told, until the clock has moved on', async () => {
      await bed.set(vault, 'twice', 'one');
      await bed.set(vault, 'twice', 'two');
      const unclear = await source.describe(secret('twice'), patience());
      expect(unclear).toMatchObject({ name: 'twice', enabled: true, updatedOn: bed.now() });
      expect(unclear?.version).toBeUndefined();
      expect(textOf(await source.read(secret('twice'), patience()))).toBe('two');
      await bed.advance(1000);
      await bed.set(vault, 'twice', 'three');
      const { version } = await source.read(secret('twice'), patience());
      expect((await source.describe(secret('twice'), patience()))?.version).toBe(version);
    });

    test('finds the current version among more than a page of them', async () => {
      for (let index = 0; index < 30; index++) {
        await bed.advance(1000);
        await bed.set(vault, 'many-versions', `value ${index}`);
      }
      const read = await source.read(secret('many-versions'), patience());
      expect(textOf(read)).toBe('value 29');
      expect((await source.describe(secret('many-versions'), patience()))?.version).toBe(read.version);
    });

    test('a disabled secret is listed as disabled, and not read, not even an older version', async () => {
      await bed.set(vault, 'disabled', 'old');
      await bed.advance(1000);
      await bed.set(vault, 'disabled', 'new');
      await bed.update(secret('disabled'), { enabled: false });
      expect(found(await list(vault), 'disabled')?.enabled).toBe(false);
      expect((await source.describe(secret('disabled'), patience()))?.enabled).toBe(false);
      const refused = { kind: 'invalid', code: 'source-disabled' };
      expect(await failureOf(source.read(secret('disabled'), patience()))).toMatchObject(refused);
    });

    test('what was deleted, and what never was there, is not found', async () => {
      await bed.set(vault, 'deleted', 'one');
      await bed.remove(secret('deleted'));
      expect(found(await list(vault), 'deleted')).toBeUndefined();
      for (const name of ['deleted', 'never-there']) {
        expect(await source.describe(secret(name), patience())).toBeUndefined();
        const missing = { kind: 'not-found', code: 'source-missing' };
        expect(await failureOf(source.read(secret(name), patience()))).toMatchObject(missing);
      }
      const noVault = source.listPage('kv-never-there', 'secret', undefined, patience());
      expect(await failureOf(noVault)).toMatchObject({ kind: 'not-found', code: 'vault-missing' });
    });

    test('a forbidden vault is denied, and the others go on', async () => {
      for (const call of [
        () => source.listPage(forbidden, 'secret', undefined, patience()),
        () => source.describe({ ...secret('any'), vault: forbidden }, patience()),
        () => source.read({ ...secret('any'), vault: forbidden }, patience()),
      ])
        expect(await failureOf(call())).toMatchObject({ kind: 'denied' });
      expect((await source.listPage(vault, 'secret', undefined, patience())).items.length).toBeGreaterThan(0);
    });

    test('throttling is told with how long to wait', async () => {
      await bed.set(vault, 'throttled', 'one');
      bed.throttleNext('read', new Date(bed.now() + 30_000).toUTCString());
      const read = await failureOf(source.read(secret('throttled'), patience()));
      expect(read).toMatchObject({ kind: 'throttled', retryAfterMs: 30_000 });
      bed.throttleNext('describe', undefined);
      const described = await failureOf(source.describe(secret('throttled'), patience()));
      expect(described.kind).toBe('throttled');
      expect(described.retryAfterMs).toBeUndefined();
      expect(textOf(await source.read(secret('throttled'), patience()))).toBe('one');
    });

    test('a broken reply is a failure that quotes nothing of it', async () => {
      await bed.set(vault, 'broken', 'canary-in-a-broken-reply'.repeat(50));
      bed.breakNext('read', 'truncate');
      const error: unknown = await source.read(secret('broken'), patience()).catch((thrown: unknown) => thrown);
      expect(await failureOf(Promise.reject(error))).toMatchObject({ kind: 'network' });
      expect(everythingIn(error)).not.toContain('canary');
    });

    test('giving up before or during a call ends it as cancelled', async () => {
      const cancelled = { kind: 'cancelled' };
      expect(await failureOf(source.read(secret('bytes'), AbortSignal.abort()))).toMatchObject(cancelled);
      for (const operation of ['listPage', 'read'] as const) {
        const patient = new AbortController();
        const arrived = bed.holdNext(operation);
        const { signal } = patient;
        const call =
          operation === 'read'
            ? source.read(secret('bytes'), signal)
            : source.listPage(vault, 'secret', undefined, signal);
        const ended = failureOf(call);
        await arrived();
        patient.abort();
        expect(await ended).toMatchObject(cancelled);
      }
    });

    describeCertificates(vault, forbidden, { bed: () => bed, source: () => source, list });

    test('its test says what will work', async () => {
      const steps: TestStep[] = [];
      for await (const step of source.test(patience())) steps.push(step);
      expect(steps.length).toBeGreaterThan(0);
      expect(steps.filter(({ outcome }) => outcome === 'failed' || outcome === 'skipped')).toEqual([]);
    });
  });
}
