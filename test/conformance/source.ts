import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source, TestStep } from '../../main/clouds/ports.ts';
import type { SourceItem } from '../../main/domain/item.ts';
import { everythingIn, failureOf, patience } from './outcome.ts';

export type SourceOperation = 'listVaults' | 'listPage' | 'describe' | 'read';

/** What can be said about a secret beside its value. Times are milliseconds since the epoch, whole seconds. */
interface SecretProps {
  readonly enabled?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly notBefore?: number;
  readonly expiresOn?: number;
  readonly managed?: boolean;
}

/** Vaults as their owner sees and changes them behind the product's back. Every vault begins empty. */
export interface SourceBed {
  open(): Promise<Source>;
  /** Makes a vault that the connection may list and read, or may only see. */
  addVault(name: string, access: 'open' | 'seen-only'): Promise<void>;
  /** From now on a subscription of this name refuses to list its vaults. */
  refuseSubscription(name: string): void;
  set(vault: string, name: string, value: string, props?: SecretProps): void;
  update(vault: string, name: string, props: SecretProps): void;
  remove(vault: string, name: string): void;
  advance(milliseconds: number): void;
  /** Refuses the next call of this operation. @param retryAfter seconds or an HTTP date, as the header has it */
  throttleNext(operation: SourceOperation, retryAfter: number | string | undefined): void;
  /** Cuts the connection of the next call of this operation, before its reply or in the middle of it. */
  breakNext(operation: SourceOperation, how: 'reset' | 'truncate'): void;
  /** Never answers the next call of this operation; the promise is for its arrival. */
  holdNext(operation: SourceOperation): () => Promise<void>;
  now(): number;
  close(): Promise<void>;
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

    async function listAll(name: string): Promise<SourceItem[]> {
      const items: SourceItem[] = [];
      let next: string | undefined;
      do {
        const page = await source.listPage(name, next, patience());
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
      bed.refuseSubscription('Locked away');
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
      expect(await fresh.listPage('kv-empty', undefined, patience())).toEqual({ items: [] });
      fresh.close();
    });

    test('lists metadata over many pages, each secret once, never a version or a value', async () => {
      await bed.addVault('kv-pages', 'open');
      const names = Array.from({ length: 60 }, (_, index) => `item-${String(index).padStart(3, '0')}`);
      for (const name of names) bed.set('kv-pages', name, `value of ${name}`);
      const fresh = await bed.open();
      source.close();
      source = fresh;
      const first = await source.listPage('kv-pages', undefined, patience());
      expect(first.items).toHaveLength(25);
      expect(first.next).toBeDefined();
      const items = await listAll('kv-pages');
      expect(items.map(({ name }) => name)).toEqual(names);
      expect(items.every((item) => item.version === undefined && item.vault === 'kv-pages')).toBe(true);
      expect(JSON.stringify(items)).not.toContain('value of');
    });

    test('a page that fails is no end of the listing, and can be asked for again', async () => {
      const first = await source.listPage('kv-pages', undefined, patience());
      for (const how of ['reset', 'truncate'] as const) {
        bed.breakNext('listPage', how);
        const broken = await failureOf(source.listPage('kv-pages', first.next, patience()));
        expect(broken).toMatchObject({ kind: 'network' });
      }
      bed.throttleNext('listPage', 3);
      const throttled = await failureOf(source.listPage('kv-pages', first.next, patience()));
      expect(throttled).toMatchObject({ kind: 'throttled', retryAfterMs: 3000 });
      const second = await source.listPage('kv-pages', first.next, patience());
      expect(await source.listPage('kv-pages', first.next, patience())).toEqual(second);
      const third = await source.listPage('kv-pages', second.next, patience());
      expect(third.next).toBeUndefined();
      expect([...first.items, ...second.items, ...third.items]).toHaveLength(60);
    });

    test('two listings of one vault at the same time do not disturb each other', async () => {
      const [a, b] = await Promise.all([listAll('kv-pages'), listAll('kv-pages')]);
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
      bed.set(vault, 'Full-Metadata', 'expired, still readable', props);
      const expected = { ...props, vault, name: 'Full-Metadata', enabled: true, managed: false, updatedOn: bed.now() };
      expect(found(await listAll(vault), 'Full-Metadata')).toEqual(expected);
      const described = await source.describe(vault, 'Full-Metadata', patience());
      const { version } = await source.read(vault, 'Full-Metadata', patience());
      expect(described).toEqual({ ...expected, version });
    });

    test('names compare without regard to case, and keep their first spelling', async () => {
      bed.set(vault, 'Mixed-Case', 'one');
      expect((await source.read(vault, 'mixed-case', patience())).value).toBe('one');
      expect((await source.describe(vault, 'MIXED-CASE', patience()))?.name.toLowerCase()).toBe('mixed-case');
      expect(found(await listAll(vault), 'Mixed-Case')).toBeDefined();
    });

    test('reads the current value byte for byte, with its version', async () => {
      const value = 'a\r\nb\n\u0000 “ü” 👩‍👩‍👧‍👦 \u202e\n';
      for (const current of ['old', value, 'ü'.repeat(12_800), ' ']) {
        bed.advance(1000);
        bed.set(vault, 'bytes', current);
        const read = await source.read(vault, 'bytes', patience());
        expect(Buffer.from(read.value).equals(Buffer.from(current))).toBe(true);
        expect(read.updatedOn).toBe(bed.now());
        expect((await source.describe(vault, 'bytes', patience()))?.version).toBe(read.version);
      }
    });

    test('a change of tags moves the date and not the version', async () => {
      bed.set(vault, 'retagged', 'one', { tags: { a: '1' } });
      const before = await source.describe(vault, 'retagged', patience());
      bed.advance(5000);
      bed.update(vault, 'retagged', { tags: { a: '2' } });
      const after = await source.describe(vault, 'retagged', patience());
      expect(after).toEqual({ ...before, tags: { a: '2' }, updatedOn: bed.now() });
    });

    test('two versions in one second: no version is told, until the clock has moved on', async () => {
      bed.set(vault, 'twice', 'one');
      bed.set(vault, 'twice', 'two');
      const unclear = await source.describe(vault, 'twice', patience());
      expect(unclear).toMatchObject({ name: 'twice', enabled: true, updatedOn: bed.now() });
      expect(unclear?.version).toBeUndefined();
      expect((await source.read(vault, 'twice', patience())).value).toBe('two');
      bed.advance(1000);
      bed.set(vault, 'twice', 'three');
      const { version } = await source.read(vault, 'twice', patience());
      expect((await source.describe(vault, 'twice', patience()))?.version).toBe(version);
    });

    test('finds the current version among more than a page of them', async () => {
      for (let index = 0; index < 30; index++) {
        bed.advance(1000);
        bed.set(vault, 'many-versions', `value ${index}`);
      }
      const { version, value } = await source.read(vault, 'many-versions', patience());
      expect(value).toBe('value 29');
      expect((await source.describe(vault, 'many-versions', patience()))?.version).toBe(version);
    });

    test('a disabled secret is listed as disabled, and not read, not even an older version', async () => {
      bed.set(vault, 'disabled', 'old');
      bed.advance(1000);
      bed.set(vault, 'disabled', 'new');
      bed.update(vault, 'disabled', { enabled: false });
      expect(found(await listAll(vault), 'disabled')?.enabled).toBe(false);
      expect((await source.describe(vault, 'disabled', patience()))?.enabled).toBe(false);
      const refused = { kind: 'invalid', code: 'source-disabled' };
      expect(await failureOf(source.read(vault, 'disabled', patience()))).toMatchObject(refused);
    });

    test('what was deleted, and what never was there, is not found', async () => {
      bed.set(vault, 'deleted', 'one');
      bed.remove(vault, 'deleted');
      expect(found(await listAll(vault), 'deleted')).toBeUndefined();
      for (const name of ['deleted', 'never-there']) {
        expect(await source.describe(vault, name, patience())).toBeUndefined();
        const missing = { kind: 'not-found', code: 'source-missing' };
        expect(await failureOf(source.read(vault, name, patience()))).toMatchObject(missing);
      }
      const noVault = source.listPage('kv-never-there', undefined, patience());
      expect(await failureOf(noVault)).toMatchObject({ kind: 'not-found', code: 'vault-missing' });
    });

    test('marks what belongs to a certificate', async () => {
      bed.set(vault, 'certificate', 'key and certificate', { managed: true });
      expect(found(await listAll(vault), 'certificate')?.managed).toBe(true);
      expect((await source.describe(vault, 'certificate', patience()))?.managed).toBe(true);
    });

    test('a forbidden vault is denied, and the others go on', async () => {
      for (const call of [
        () => source.listPage(forbidden, undefined, patience()),
        () => source.describe(forbidden, 'any', patience()),
        () => source.read(forbidden, 'any', patience()),
      ])
        expect(await failureOf(call())).toMatchObject({ kind: 'denied' });
      expect((await source.listPage(vault, undefined, patience())).items.length).toBeGreaterThan(0);
    });

    test('throttling is told with how long to wait', async () => {
      bed.set(vault, 'throttled', 'one');
      bed.throttleNext('read', new Date(bed.now() + 30_000).toUTCString());
      const read = await failureOf(source.read(vault, 'throttled', patience()));
      expect(read).toMatchObject({ kind: 'throttled', retryAfterMs: 30_000 });
      bed.throttleNext('describe', undefined);
      const described = await failureOf(source.describe(vault, 'throttled', patience()));
      expect(described.kind).toBe('throttled');
      expect(described.retryAfterMs).toBeUndefined();
      expect((await source.read(vault, 'throttled', patience())).value).toBe('one');
    });

    test('a broken reply is a failure that quotes nothing of it', async () => {
      bed.set(vault, 'broken', 'canary-in-a-broken-reply'.repeat(50));
      bed.breakNext('read', 'truncate');
      const error: unknown = await source.read(vault, 'broken', patience()).catch((thrown: unknown) => thrown);
      expect(await failureOf(Promise.reject(error))).toMatchObject({ kind: 'network' });
      expect(everythingIn(error)).not.toContain('canary');
    });

    test('giving up before or during a call ends it as cancelled', async () => {
      const cancelled = { kind: 'cancelled' };
      expect(await failureOf(source.read(vault, 'bytes', AbortSignal.abort()))).toMatchObject(cancelled);
      for (const operation of ['listPage', 'read'] as const) {
        const patient = new AbortController();
        const arrived = bed.holdNext(operation);
        const { signal } = patient;
        const call =
          operation === 'read' ? source.read(vault, 'bytes', signal) : source.listPage(vault, undefined, signal);
        const ended = failureOf(call);
        await arrived();
        patient.abort();
        expect(await ended).toMatchObject(cancelled);
      }
    });

    test('its test says what will work', async () => {
      const steps: TestStep[] = [];
      for await (const step of source.test(patience())) steps.push(step);
      expect(steps.length).toBeGreaterThan(0);
      expect(steps.filter(({ outcome }) => outcome === 'failed' || outcome === 'skipped')).toEqual([]);
    });
  });
}
