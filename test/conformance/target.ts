import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target, TestStep, WriteRequest } from '../../main/clouds/ports.ts';
import { ownerTag } from '../../main/domain/ownership.ts';
import type { TargetState } from '../../main/domain/plan.ts';
import { product } from '../../main/product.ts';
import { failureOf, patience } from './outcome.ts';
import type { TargetBed } from './target-bed.ts';

const prefix = 'certifyclouds/';

/** Every Target passes this suite. It knows the port and nothing of what is behind it. */
export function describeTarget(what: string, openBed: () => Promise<TargetBed>): void {
  describe(`${what} as a target`, () => {
    let bed: TargetBed;
    let target: Target;
    let writeOnly: Target;
    let names = 0;

    beforeAll(async () => {
      bed = await openBed();
      target = await bed.open('full');
      writeOnly = await bed.open('write-only');
    });
    afterAll(async () => {
      target.close();
      writeOnly.close();
      await bed.close();
    });

    const newName = () => `${prefix}case-${++names}`;
    const request = (change: Partial<WriteRequest> & Pick<WriteRequest, 'name'>): WriteRequest => ({
      mode: 'create',
      value: 'first value',
      tags: {},
      idempotencyKey: randomUUID(),
      ...change,
    });
    const present = (state: TargetState) => {
      if (state.kind !== 'present') throw new Error(`the target is ${state.kind}`);
      return state;
    };

    test('refuses names and sizes by the service’s rules before anything is sent', () => {
      expect(target.validate(`${prefix}api-key`)).toEqual([]);
      expect(target.validate('A/b_c+d=e.f@g-h')).toEqual([]);
      expect(target.validate('x'.repeat(512), 1)).toEqual([]);
      expect(target.validate(`${prefix}db-passwd`, 65_536)).toEqual([]);
      const codes = (name: string, bytes?: number) => target.validate(name, bytes).map(({ code }) => code);
      for (const name of ['', 'x'.repeat(513), 'with space', 'ümlaut', 'tab\t', 'a:b', 'emoji😀', '\u202egnp'])
        expect(codes(name)).toEqual(['name']);
      expect(codes('a', 0)).toEqual(['value-empty']);
      expect(codes('a', target.capabilities.maxValueBytes + 1)).toEqual(['value-too-large']);
    });

    test('creates, and says so only once it is the current version', async () => {
      const create = request({ name: newName(), tags: { env: 'prod', [ownerTag(product.tagNamespace)]: 'r1' } });
      expect(await target.inspect(create.name, patience())).toEqual({ kind: 'absent' });
      const written = await target.write(create, patience());
      expect(written).toEqual({ id: expect.any(String), version: create.idempotencyKey, confirmed: true });
      expect(bed.held(create.name)).toEqual({ value: 'first value', versions: 1, tags: create.tags });
      expect(await target.inspect(create.name, patience())).toEqual({
        kind: 'present',
        id: written.id,
        version: create.idempotencyKey,
        ownerRecordId: 'r1',
      });
    });

    test('updates by the identity it gave, and leaves tags alone', async () => {
      const name = newName();
      const { id } = await target.write(request({ name, tags: { env: 'prod' } }), patience());
      const update = request({ name, id, mode: 'update', value: 'second value', tags: { env: 'dev' } });
      expect(await target.write(update, patience())).toEqual({ id, version: update.idempotencyKey, confirmed: true });
      expect(bed.held(name)).toEqual({ value: 'second value', versions: 2, tags: { env: 'prod' } });
      expect(present(await target.inspect(name, patience())).version).toBe(update.idempotencyKey);
    });

    test('updates by name where no identity is known', async () => {
      const name = newName();
      bed.putOutside(name, 'theirs');
      const written = await target.write(request({ name, mode: 'update', value: 'ours' }), patience());
      expect(written.confirmed).toBe(true);
      expect(bed.held(name)?.value).toBe('ours');
    });

    test('a repeated write makes no second version', async () => {
      const create = request({ name: newName() });
      const created = await target.write(create, patience());
      expect(await target.write(create, patience())).toEqual(created);
      expect(bed.held(create.name)?.versions).toBe(1);
      const update = request({ name: create.name, id: created.id, mode: 'update', value: 'second value' });
      const updated = await target.write(update, patience());
      expect(await target.write(update, patience())).toEqual(updated);
      expect(bed.held(create.name)).toMatchObject({ value: 'second value', versions: 2 });
    });

    test('a repeated update does not claim to be current after somebody else wrote', async () => {
      const name = newName();
      const { id } = await target.write(request({ name }), patience());
      const update = request({ name, id, mode: 'update', value: 'ours' });
      await target.write(update, patience());
      bed.putOutside(name, 'theirs');
      expect(await target.write(update, patience())).toEqual({ id, version: update.idempotencyKey, confirmed: false });
      expect(bed.held(name)?.value).toBe('theirs');
    });

    test('the same key with another value is refused', async () => {
      const create = request({ name: newName() });
      const { id } = await target.write(create, patience());
      const other = { ...create, value: 'another value' };
      expect(await failureOf(target.write(other, patience()))).toMatchObject({ kind: 'conflict' });
      const update = { ...other, id, mode: 'update' as const };
      expect(await failureOf(target.write(update, patience()))).toMatchObject({ kind: 'conflict' });
      expect(bed.held(create.name)).toMatchObject({ value: 'first value', versions: 1 });
    });

    test('create refuses what exists, update what does not', async () => {
      const name = newName();
      bed.putOutside(name, 'theirs');
      const create = request({ name, value: 'ours' });
      expect(await failureOf(target.write(create, patience()))).toMatchObject({
        kind: 'conflict',
        code: 'target-exists',
      });
      expect(bed.held(name)?.value).toBe('theirs');
      const update = request({ name: newName(), mode: 'update' });
      const missing = { kind: 'not-found', code: 'target-missing' };
      expect(await failureOf(target.write(update, patience()))).toMatchObject(missing);
      expect(bed.held(update.name)).toBeUndefined();
    });

    test('an update never writes into a namesake made after ours was deleted', async () => {
      const name = newName();
      const { id } = await target.write(request({ name }), patience());
      bed.removeOutside(name, 'for-good');
      bed.putOutside(name, 'theirs');
      const update = request({ name, id, mode: 'update', value: 'ours' });
      expect(await failureOf(target.write(update, patience()))).toMatchObject({ code: 'target-missing' });
      expect(bed.held(name)?.value).toBe('theirs');
    });

    test('what is scheduled for deletion is closed, and stays as it is', async () => {
      const name = newName();
      const { id } = await target.write(request({ name }), patience());
      bed.removeOutside(name, 'recoverably');
      expect(await target.inspect(name, patience())).toMatchObject({ kind: 'closed', code: 'target-pending-deletion' });
      for (const write of [request({ name }), request({ name, id, mode: 'update', value: 'ours' })]) {
        const closed = { kind: 'conflict', code: 'target-pending-deletion' };
        expect(await failureOf(target.write(write, patience()))).toMatchObject(closed);
      }
    });

    test('sets and removes tags, and keeps everybody else’s', async () => {
      const name = newName();
      const { id } = await target.write(request({ name, tags: { env: 'prod', stale: 'yes' } }), patience());
      bed.tagOutside(name, { theirs: 'kept' });
      const set = { env: 'dev', added: '', [ownerTag(product.tagNamespace)]: 'r2' };
      await target.tag({ name, id }, { set, remove: ['stale', 'never there', 'env'] }, patience());
      expect(bed.held(name)?.tags).toEqual({ ...set, theirs: 'kept' });
      expect(present(await target.inspect(name, patience())).ownerRecordId).toBe('r2');
      await target.tag({ name }, { set: {}, remove: [ownerTag(product.tagNamespace)] }, patience());
      expect(present(await target.inspect(name, patience())).ownerRecordId).toBeNull();
    });

    test('takes any tag of the source in a form that the service accepts, and finds it again to remove it', async () => {
      const name = newName();
      const tags = { 'aws:reserved': 'x', 'who?': 'a;b', ['k'.repeat(300)]: 'v'.repeat(300), 'größe 😀': '☃' };
      const { id } = await target.write(request({ name, tags }), patience());
      const stored = Object.entries(bed.held(name)?.tags ?? {});
      expect(stored).toHaveLength(4);
      expect(stored.every(([key, value]) => key.length <= 128 && value.length <= 256)).toBe(true);
      await target.tag({ name, id }, { set: {}, remove: Object.keys(tags) }, patience());
      expect(bed.held(name)?.tags).toEqual({});
    });

    test('a foreign change moves the version marker', async () => {
      const name = newName();
      const { version } = await target.write(request({ name }), patience());
      bed.putOutside(name, 'theirs');
      const marker = present(await target.inspect(name, patience())).version;
      expect(marker).not.toBeNull();
      expect(marker).not.toBe(version);
    });

    test('the overview tells the same as looking closely, over all its pages', async () => {
      const many = Array.from({ length: 120 }, () => newName());
      for (const name of many) bed.putOutside(name, 'theirs');
      const [closed = '', owned = ''] = many;
      bed.removeOutside(closed, 'recoverably');
      bed.tagOutside(owned, { [ownerTag(product.tagNamespace)]: 'r3' });
      const seen = new Map<string, TargetState>();
      let next: string | undefined;
      let pages = 0;
      do {
        const page = await target.overviewPage(next, patience());
        for (const { name, state } of page.items) seen.set(name, state);
        next = page.next;
        pages += 1;
      } while (next !== undefined);
      expect(pages).toBeGreaterThan(1);
      for (const name of many) expect(seen.get(name)).toEqual(await target.inspect(name, patience()));
      expect(seen.get(closed)?.kind).toBe('closed');
      expect(seen.get(owned)).toMatchObject({ ownerRecordId: 'r3' });
    });

    test('under the documented write-only policy the whole write path works and nothing is read', async () => {
      bed.clearAsked();
      const create = request({ name: newName(), tags: { env: 'prod' } });
      expect(await writeOnly.inspect(create.name, patience())).toMatchObject({ kind: 'unreadable' });
      const created = await writeOnly.write(create, patience());
      expect(created.confirmed).toBe(true);
      const update = request({ name: create.name, id: created.id, mode: 'update', value: 'second value' });
      expect((await writeOnly.write(update, patience())).confirmed).toBe(true);
      await writeOnly.tag({ name: create.name, id: created.id }, { set: { env: 'dev' }, remove: [] }, patience());
      expect(bed.held(create.name)).toEqual({ value: 'second value', versions: 2, tags: { env: 'dev' } });
      const exists = request({ name: create.name });
      expect(await failureOf(writeOnly.write(exists, patience()))).toMatchObject({ code: 'target-exists' });
      const absent = request({ name: newName(), mode: 'update' });
      expect(await failureOf(writeOnly.write(absent, patience()))).toMatchObject({ code: 'target-missing' });
      const untag = writeOnly.tag({ name: create.name }, { set: {}, remove: ['env'] }, patience());
      expect(await failureOf(untag)).toMatchObject({ kind: 'denied' });
      expect(await failureOf(writeOnly.overviewPage(undefined, patience()))).toMatchObject({ kind: 'denied' });
      expect(bed.asked().length).toBeGreaterThan(0);
      for (const read of bed.valueReads) expect(bed.asked()).not.toContain(read);
    });

    test.each([
      ['line ends', 'a\r\nb\nc\rd\n'],
      ['UTF-8', 'pässwörd “quoted” \u00a0 日本語 e\u0301'],
      ['emoji and right-to-left', '👩‍👩‍👧‍👦 \u202eabc'],
      ['JSON', '{"user":"a","password":"\\u0000\\"<>&"}'],
      ['control characters', '\u0000\u0001\u001b[31m\u007f\u2028'],
      ['blanks', '  \t '],
      ['25 KB', 'ü'.repeat(12_800)],
      ['the largest', 'x'.repeat(65_536)],
    ])('keeps %s byte for byte', async (_, value) => {
      const create = request({ name: newName(), value });
      await target.write(create, patience());
      expect(Buffer.from(bed.held(create.name)?.value ?? '').equals(Buffer.from(value))).toBe(true);
    });

    test('an empty value and one byte too many are refused, and nothing is left behind', async () => {
      for (const value of ['', 'x'.repeat(65_537)]) {
        const create = request({ name: newName(), value });
        expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'invalid' });
        expect(bed.held(create.name)).toBeUndefined();
      }
    });

    test('throttling is told with how long to wait', async () => {
      const create = request({ name: newName() });
      bed.throttleNext('write', 7);
      const first = await failureOf(target.write(create, patience()));
      expect(first).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 });
      bed.throttleNext('inspect', new Date(bed.now() + 90_000).toUTCString());
      const second = await failureOf(target.inspect(create.name, patience()));
      expect(second).toMatchObject({ kind: 'throttled', retryAfterMs: 90_000 });
      bed.throttleNext('overviewPage', undefined);
      const third = await failureOf(target.overviewPage(undefined, patience()));
      expect(third).toMatchObject({ kind: 'throttled' });
      expect(third.retryAfterMs).toBeUndefined();
      expect(bed.held(create.name)).toBeUndefined();
      await target.write(create, patience());
      bed.throttleNext('tag', undefined);
      const tagging = target.tag({ name: create.name }, { set: { a: 'b' }, remove: [] }, patience());
      expect(await failureOf(tagging)).toMatchObject({ kind: 'throttled' });
      expect(bed.held(create.name)?.tags).toEqual({});
    });

    test('giving up before or during a call ends it as cancelled', async () => {
      const create = request({ name: newName() });
      const cancelled = { kind: 'cancelled' };
      expect(await failureOf(target.write(create, AbortSignal.abort()))).toMatchObject(cancelled);
      expect(await failureOf(target.inspect(create.name, AbortSignal.abort()))).toMatchObject(cancelled);
      const patient = new AbortController();
      const arrived = bed.holdNext('write');
      const write = failureOf(target.write(create, patient.signal));
      await arrived();
      patient.abort();
      expect(await write).toMatchObject(cancelled);
      expect(bed.held(create.name)).toBeUndefined();
    });

    test('a write whose reply was lost can be repeated, and leaves one version', async () => {
      const create = request({ name: newName(), tags: { env: 'prod' } });
      bed.loseNextWrite('create');
      expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
      expect(bed.held(create.name)?.versions).toBe(1);
      const { id } = await target.write(create, patience());
      expect(bed.held(create.name)).toEqual({ value: create.value, versions: 1, tags: create.tags });
      const update = request({ name: create.name, id, mode: 'update', value: 'second value' });
      bed.loseNextWrite('update');
      expect(await failureOf(target.write(update, patience()))).toMatchObject({ kind: 'network' });
      expect((await target.write(update, patience())).confirmed).toBe(true);
      expect(bed.held(create.name)).toMatchObject({ value: 'second value', versions: 2 });
    });

    test('removes recoverably, and a second time without complaint', async () => {
      const name = newName();
      const { id } = await target.write(request({ name }), patience());
      await target.remove({ name, id }, patience());
      expect(await target.inspect(name, patience())).toMatchObject({ kind: 'closed' });
      await target.remove({ name, id }, patience());
      expect(await failureOf(target.remove({ name: newName() }, patience()))).toMatchObject({ code: 'target-missing' });
      expect(await failureOf(writeOnly.remove({ name, id }, patience()))).toMatchObject({ kind: 'denied' });
    });

    test('its test changes nothing and says what will work', async () => {
      const steps = await allSteps(target.test(prefix, patience()));
      expect(steps.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'passed'));
      const limited = await allSteps(writeOnly.test(prefix, patience()));
      expect(limited.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      const refused = await allSteps(target.test('not allowed/', patience()));
      expect(refused[0]).toMatchObject({ id: 'name', outcome: 'failed' });
      expect(refused.slice(1).every(({ outcome }) => outcome === 'skipped')).toBe(true);
    });
  });
}

async function allSteps(steps: AsyncIterable<TestStep>): Promise<TestStep[]> {
  const all: TestStep[] = [];
  for await (const step of steps) all.push(step);
  return all;
}
