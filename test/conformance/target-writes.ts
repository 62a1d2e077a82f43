import { expect, test } from 'vitest';
import { failureOf, patience } from './outcome.ts';
import {
  creating,
  expectHeld,
  instead,
  made,
  markerNow,
  owner,
  present,
  type Scene,
  updating,
} from './target-scene.ts';
import { allOptions } from './target-traits.ts';

/** Creating and updating, by one who is alone at it. */
export function writeCases(scene: () => Scene): void {
  test('creates, and says so only once it is the current version', async () => {
    const { target, bed, traits } = scene();
    const create = creating(scene(), { tags: { env: 'prod', [owner]: 'r1' } });
    expect(await target.inspect(create, patience())).toEqual({ kind: 'absent' });
    const written = await target.write(create, patience());
    expect(written).toEqual({ id: expect.any(String), version: expect.any(String), confirmed: true });
    expect(target.markerOf(create)).toBe(traits.markerFrom === 'nothing' ? undefined : written.version);
    const { tags, live } = await expectHeld(scene(), create.name, create.payload, 1);
    expect({ tags, live }).toEqual({ tags: bed.tags.kept(create.tags), live: 1 });
    const { id, version } = written;
    const state = { kind: 'present', id, version, ownerRecordId: 'r1' };
    expect(await target.inspect({ name: create.name }, patience())).toEqual(state);
    expect(await target.inspect({ name: create.name, id }, patience())).toEqual(state);
  });

  test('updates by the identity it gave, and leaves tags alone', async () => {
    const { target, bed, traits } = scene();
    const { ref, written } = await made(scene(), { tags: { env: 'prod' } });
    const update = { ...updating(scene(), ref, 2, written.version), tags: { env: 'dev' } };
    const updated = await target.write(update, patience());
    expect(updated).toEqual({ id: ref.id, version: expect.any(String), confirmed: true });
    expect(updated.version).not.toBe(written.version);
    if (traits.markerFrom !== 'nothing') expect(target.markerOf(update)).toBe(updated.version);
    const { tags } = await expectHeld(scene(), ref.name, update.payload, 2);
    expect(tags).toEqual(bed.tags.kept({ env: 'prod' }));
    expect(present(await target.inspect(ref, patience())).version).toBe(updated.version);
  });

  test('updates by name where no identity is known', async () => {
    const { target, bed, newName, payloads } = scene();
    const name = newName();
    await bed.putOutside(name, payloads.nth(1));
    const update = updating(scene(), { name }, 2, await markerNow(scene(), { name }));
    expect((await target.write(update, patience())).confirmed).toBe(true);
    await expectHeld(scene(), name, update.payload, 2);
  });

  test('keeps its identity through every renewal, and is found by it and by name', async () => {
    const { target, bed } = scene();
    const { ref, written } = await made(scene());
    let { version } = written;
    for (const n of [2, 3, 4]) {
      const renewed = await target.write(updating(scene(), ref, n, version), patience());
      expect(renewed).toMatchObject({ id: ref.id, confirmed: true });
      version = renewed.version;
    }
    await expectHeld(scene(), ref.name, scene().payloads.nth(4), 4);
    const later = await bed.open('full');
    for (const known of [ref, { name: ref.name }])
      expect(present(await later.inspect(known, patience()))).toMatchObject({ id: ref.id, version });
    later.close();
  });

  test('a repeated write makes no second version', async (context) => {
    const { target, traits } = scene();
    const { request: create, written, ref } = await made(scene());
    const update = updating(scene(), ref, 2, written.version);
    // Without anything to tell a write by, a repetition is refused like any write over what it did not see.
    if (traits.markerFrom === 'nothing') {
      instead(context, 'refused: the engine asks what is held');
      expect(await failureOf(target.write(create, patience()))).toMatchObject({ code: 'target-exists' });
      await expectHeld(scene(), ref.name, create.payload, 1);
      await target.write(update, patience());
      expect(await failureOf(target.write(update, patience()))).toMatchObject({ code: 'target-changed' });
    } else {
      expect(await target.write(create, patience())).toEqual(written);
      await expectHeld(scene(), ref.name, create.payload, 1);
      const updated = await target.write(update, patience());
      expect(await target.write(update, patience())).toEqual(updated);
    }
    await expectHeld(scene(), ref.name, update.payload, 2);
  });

  test('a repeated update does not claim to be current after somebody else wrote', async () => {
    const { target, bed, payloads, traits } = scene();
    const { written, ref } = await made(scene());
    const update = updating(scene(), ref, 2, written.version);
    await target.write(update, patience());
    await bed.putOutside(ref.name, payloads.nth(3));
    expect(await failureOf(target.write(update, patience()))).toMatchObject({ code: 'target-changed' });
    // Where the key alone tells, also to one who could not look.
    if (traits.markerFrom === 'key' && target.capabilities.idempotentWrites) {
      const { id } = ref;
      const blind = await target.write({ ...update, replaces: null }, patience());
      expect(blind).toEqual({ id, version: update.idempotencyKey, confirmed: false });
    }
    await expectHeld(scene(), ref.name, payloads.nth(3), 3);
  });

  test('the same key with another value is refused', async (context) => {
    const { target, traits, payloads } = scene();
    const { request: create, ref } = await made(scene());
    const other = { ...create, payload: payloads.nth(2) };
    if (traits.markerFrom === 'key' && !target.capabilities.idempotentWrites) {
      instead(context, 'taken for a repetition, and not written');
      expect(await target.write(other, patience())).toMatchObject({ id: ref.id });
    } else {
      expect(await failureOf(target.write(other, patience()))).toMatchObject({ kind: 'conflict' });
    }
    if (target.capabilities.idempotentWrites && traits.markerFrom === 'key') {
      const update = { ...other, id: ref.id, mode: 'update' as const };
      expect(await failureOf(target.write(update, patience()))).toMatchObject({ kind: 'conflict' });
    }
    await expectHeld(scene(), ref.name, create.payload, 1);
  });

  test('what it holds already is not written once more', async (context) => {
    const { target, bed, traits } = scene();
    const { request, written, ref } = await made(scene());
    bed.clearAsked();
    const same = updating(scene(), ref, 1, written.version);
    const again = await target.write(same, patience());
    expect(again).toMatchObject({ id: ref.id, confirmed: true });
    if (traits.markerFrom === 'payload') {
      expect(again.version).toBe(written.version);
      for (const write of bed.valueWrites) expect(bed.asked()).not.toContain(write);
      await expectHeld(scene(), ref.name, request.payload, 1);
    } else {
      // A new key is a new write: that nothing changed, the engine knows from the source.
      instead(context, 'a new version: equal values are the engine’s to know');
      expect(again.version).not.toBe(written.version);
      await expectHeld(scene(), ref.name, request.payload, 2);
    }
  });

  test('create refuses what exists, update what does not', async () => {
    const { target, bed, newName, payloads } = scene();
    const name = newName();
    await bed.putOutside(name, payloads.nth(3));
    const exists = { kind: 'conflict', code: 'target-exists' };
    expect(await failureOf(target.write(creating(scene(), { name }), patience()))).toMatchObject(exists);
    await expectHeld(scene(), name, payloads.nth(3), 1);
    const missing = { kind: 'not-found', code: 'target-missing' };
    const update = updating(scene(), { name: newName() }, 1, null);
    expect(await failureOf(target.write(update, patience()))).toMatchObject(missing);
    expect(await bed.held(update.name)).toBeUndefined();
  });

  test('makes the target as the options say, and passes over those of other services', async () => {
    const { bed, traits } = scene();
    const { request, ref, written } = await made(scene(), { options: allOptions });
    expect(written.warning).toBeUndefined();
    const { options } = await expectHeld(scene(), ref.name, request.payload, 1);
    expect(options).toEqual(bed.options ?? traits.options);
  });

  test('ends old versions as the options say, and never the current one', async (context) => {
    const { target, bed, payloads, traits } = scene();
    const { ref, written } = await made(scene(), { tags: { [owner]: 'r1' } });
    let { version } = written;
    for (const n of [2, 3, 4]) {
      const update = { ...updating(scene(), ref, n, version), tags: { [owner]: 'r1' } };
      ({ version } = await target.write(update, patience()));
    }
    const live = async () => (await bed.held(ref.name))?.live;
    const prune = (keepVersions?: number) => target.prune?.(ref, { keepVersions }, 'r1', patience());
    if (traits.prunes) {
      await prune(undefined);
      expect(await live()).toBe(4);
      for (const keep of [2, 2, 1, 1]) {
        await prune(keep);
        expect(await live()).toBe(keep);
      }
    } else {
      instead(context, traits.keepsVersions ? 'the service ends versions by itself' : 'it keeps one certificate');
      expect(target.prune).toBeUndefined();
      expect(await live()).toBe(traits.keepsVersions ? 4 : 1);
    }
    await expectHeld(scene(), ref.name, payloads.nth(4), 4);
    expect(await markerNow(scene(), ref)).toBe(version);
  });
}
