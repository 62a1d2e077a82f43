import { expect, test } from 'vitest';
import type { Target, TestStep } from '../../main/clouds/ports.ts';
import type { TargetState } from '../../main/domain/plan.ts';
import { failureOf, patience } from './outcome.ts';
import { creating, expectHeld, instead, made, owner, type Scene, updating } from './target-scene.ts';

/** What can be seen, with which rights, and what is told before anything is done. */
export function lookCases(scene: () => Scene): void {
  test('refuses names and sizes by the service’s rules before anything is sent', () => {
    const { target, bed, traits, payloads } = scene();
    bed.clearAsked();
    for (const name of traits.names.good) expect(target.validate(name, payloads.nth(1))).toEqual([]);
    for (const name of traits.names.bad)
      expect({ name, codes: target.validate(name).map(({ code }) => code) }).toEqual({ name, codes: ['name'] });
    const { good } = traits.names;
    const codes = (payload: Parameters<Target['validate']>[1]) =>
      target.validate(good[0] ?? '', payload, traits.largest?.options).map(({ code }) => code);
    expect(codes(payloads.wrongKind)).toEqual([expect.stringMatching(/^payload/)]);
    if (traits.largest) {
      const { bytes } = traits.largest;
      expect(codes({ kind: 'text', text: '' })).toEqual(['value-empty']);
      expect(codes({ kind: 'text', text: 'x'.repeat(bytes) })).toEqual([]);
      expect(codes({ kind: 'text', text: 'x'.repeat(bytes + 1) })).toEqual(['value-too-large']);
      expect(codes({ kind: 'text', text: 'ü'.repeat(bytes / 2 + 1) })).toEqual(['value-too-large']);
    } else {
      expect(codes(payloads.expired)).toEqual(['certificate-expired']);
    }
    expect(bed.asked()).toEqual([]);
  });

  test('the overview tells the same as looking closely, over all its pages', async (context) => {
    const { target, bed, traits, payloads, newName } = scene();
    if (!target.overviewPage) {
      instead(context, 'there is no overview');
      return;
    }
    const many = Array.from({ length: 120 }, () => newName());
    for (const name of many) await bed.putOutside(name, payloads.nth(1));
    const { ref: owned } = await made(scene(), { tags: { [owner]: 'r3' } });
    const [deleted = ''] = many;
    await bed.removeOutside(deleted, 'recoverably');
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
    for (const name of [owned.name, ...many]) {
      const close = await target.inspect({ name }, patience());
      expect(seen.get(name) ?? { kind: 'absent' }).toEqual(close);
    }
    expect(seen.get(deleted)?.kind).toBe(traits.deletion === 'pending' ? 'closed' : undefined);
    expect(seen.get(owned.name)).toMatchObject({ kind: 'present', id: owned.id, ownerRecordId: 'r3' });
  });

  test('under the smallest rights that write, the write path works and nothing is read', async (context) => {
    const { bed, traits, newName, payloads, writeOnly } = scene();
    const blind = await writeOnly();
    const create = creating(scene(), { tags: { env: 'prod' } });
    bed.clearAsked();
    expect(await blind.inspect(create, patience())).toMatchObject({ kind: 'unreadable', missing: expect.any(String) });
    const denied = { kind: 'denied' };
    let name = create.name;
    let id: string;
    if (traits.blind.create) {
      const created = await blind.write(create, patience());
      expect(created.confirmed).toBe(true);
      ({ id } = created);
      const exists = creating(scene(), { name, payload: payloads.nth(3) });
      expect(await failureOf(blind.write(exists, patience()))).toMatchObject({ code: 'target-exists' });
      const absent = updating(scene(), { name: newName() }, 2, null);
      expect(await failureOf(blind.write(absent, patience()))).toMatchObject({ code: 'target-missing' });
      expect(await bed.held(absent.name)).toBeUndefined();
    } else {
      instead(context, 'creating needs the right to look; updating does not');
      expect(await failureOf(blind.write(create, patience()))).toMatchObject(denied);
      expect(await bed.held(name)).toBeUndefined();
      ({
        ref: { name, id },
      } = await made(scene(), { tags: { env: 'prod' } }));
    }
    const update = updating(scene(), { name, id }, 2, null);
    expect((await blind.write(update, patience())).confirmed).toBe(true);
    const tag = blind.tag({ name, id }, { set: { env: 'dev' }, remove: [] }, patience());
    if (traits.blind.tag) await tag;
    else expect(await failureOf(tag)).toMatchObject(denied);
    const { tags } = await expectHeld(scene(), name, update.payload, 2);
    expect(tags).toEqual(bed.tags.kept({ env: traits.blind.tag ? 'dev' : 'prod' }));
    const untag = blind.tag({ name, id }, { set: {}, remove: ['env'] }, patience());
    if (traits.blind.untag) await untag;
    else expect(await failureOf(untag)).toMatchObject(denied);
    if (blind.overviewPage) expect(await failureOf(blind.overviewPage(undefined, patience()))).toMatchObject(denied);
    expect(await blind.holds({ name, id }, () => true, patience())).toBeUndefined();
    expect(bed.asked().length).toBeGreaterThan(0);
    const reads = bed.asked().filter((operation) => bed.valueReads.includes(operation));
    // Asked for by `holds` alone, and refused.
    expect(reads.length).toBeLessThanOrEqual(1);
  });

  test('its test changes nothing and says what will work', async (context) => {
    const { target, bed, traits, writeOnly } = scene();
    const { ref, request } = await made(scene());
    const count = await bed.count();
    const passed = await allSteps(target.test(traits.prefix, patience()));
    expect(passed.map(({ outcome }) => outcome)).toEqual(passed.map(() => 'passed'));
    const limited = await allSteps((await writeOnly()).test(traits.prefix, patience()));
    expect(limited.some(({ outcome }) => outcome === 'failed')).toBe(!traits.blind.create);
    expect(limited.map(({ outcome }) => outcome)).not.toEqual(passed.map(() => 'passed'));
    await expectHeld(scene(), ref.name, request.payload, 1);
    expect(await bed.count()).toBe(count);
    if (traits.badPrefix === null) {
      instead(context, 'any prefix is made fit');
      const [first] = await allSteps(target.test('not allowed/', patience()));
      expect(first).toMatchObject({ id: 'name', outcome: 'passed' });
      return;
    }
    const refused = await allSteps(target.test(traits.badPrefix, patience()));
    expect(refused[0]).toMatchObject({ id: 'name', outcome: 'failed' });
    expect(refused.slice(1).every(({ outcome }) => outcome === 'skipped')).toBe(true);
  });
}

async function allSteps(steps: AsyncIterable<TestStep>): Promise<TestStep[]> {
  const all: TestStep[] = [];
  for await (const step of steps) all.push(step);
  return all;
}
