import { expect, test } from 'vitest';
import { failureOf, patience } from './outcome.ts';
import { creating, expectHeld, instead, made, owner, present, type Scene, updating } from './target-scene.ts';

/** Deletions: ours, others', and taking them back. */
export function removalCases(scene: () => Scene): void {
  test('what is scheduled for deletion is closed, and stays as it is', async (context) => {
    const { target, bed, traits } = scene();
    const { ref, written } = await made(scene());
    await bed.removeOutside(ref.name, 'recoverably');
    if (traits.deletion === 'gone') {
      instead(context, 'deletion is for good: absent afterwards');
      expect(await target.inspect(ref, patience())).toEqual({ kind: 'absent' });
      expect(await bed.held(ref.name)).toBeUndefined();
      return;
    }
    const restorable = { id: ref.id, version: written.version, deletedAt: expect.any(Number) };
    const closed = { kind: 'closed', code: 'target-pending-deletion', restorable };
    expect(await target.inspect(ref, patience())).toMatchObject(closed);
    for (const write of [creating(scene(), { name: ref.name }), updating(scene(), ref, 2, written.version)]) {
      const refused = { kind: 'conflict', code: 'target-pending-deletion' };
      expect(await failureOf(target.write(write, patience()))).toMatchObject(refused);
    }
  });

  test('a pending deletion is taken back, and the target is as it was', async (context) => {
    const { target, bed, traits } = scene();
    const { ref, written, request } = await made(scene(), { tags: { env: 'prod' } });
    if (traits.deletion === 'gone') {
      instead(context, 'there is nothing to take back');
      expect(target.restore === undefined).toBe(traits.removal === 'gone');
      return;
    }
    await bed.removeOutside(ref.name, 'recoverably');
    // The second time as after a lost answer.
    for (let time = 0; time < 2; time++) await target.restore?.(ref, patience());
    expect(await target.inspect(ref, patience())).toMatchObject({
      kind: 'present',
      id: ref.id,
      version: written.version,
    });
    const { tags } = await expectHeld(scene(), ref.name, request.payload, 1);
    expect(tags).toEqual(bed.tags.kept({ env: 'prod' }));
    expect((await target.write(updating(scene(), ref, 2, written.version), patience())).confirmed).toBe(true);
  });

  test('what others wrote since a deletion was seen is not replaced after taking the deletion back', async (context) => {
    const { target, bed, traits, payloads } = scene();
    const { ref, written } = await made(scene());
    if (traits.deletion === 'gone') {
      instead(context, 'there is nothing to take back');
      expect(target.restore === undefined).toBe(traits.removal === 'gone');
      return;
    }
    await bed.removeOutside(ref.name, 'recoverably');
    await target.restore?.(ref, patience());
    await bed.putOutside(ref.name, payloads.nth(3));
    await bed.removeOutside(ref.name, 'recoverably');
    const state = await target.inspect(ref, patience());
    expect(state).toMatchObject({ kind: 'closed', restorable: { id: ref.id, version: expect.any(String) } });
    expect(state).not.toMatchObject({ restorable: { version: written.version } });
    await target.restore?.(ref, patience());
    const stale = updating(scene(), ref, 2, written.version);
    expect(await failureOf(target.write(stale, patience()))).toMatchObject({ code: 'target-changed' });
    await expectHeld(scene(), ref.name, payloads.nth(3), 2);
  });

  test('removes recoverably, and a second time without complaint', async (context) => {
    const { target, bed, traits, newName, writeOnly } = scene();
    const { ref, written } = await made(scene());
    expect(await failureOf((await writeOnly()).remove(ref, written.version, patience()))).toMatchObject({
      kind: 'denied',
    });
    expect((await bed.held(ref.name))?.live).toBe(1);
    for (let time = 0; time < 2; time++) await target.remove(ref, written.version, patience());
    const state = await target.inspect(ref, patience());
    expect(target.capabilities.recoverableRemoval).toBe(traits.removal === 'pending');
    if (traits.removal === 'pending') {
      const restorable = { id: ref.id, version: written.version, deletedAt: expect.any(Number) };
      expect(state).toMatchObject({ kind: 'closed', code: 'target-pending-deletion', restorable });
      for (const write of [creating(scene(), { name: ref.name }), updating(scene(), ref, 2, written.version)])
        expect(await failureOf(target.write(write, patience()))).toMatchObject({ kind: 'conflict' });
    } else {
      instead(context, 'for good: the service has no other way');
      expect(state).toEqual({ kind: 'absent' });
    }
    const never = target.remove({ name: newName() }, null, patience());
    expect(await failureOf(never)).toMatchObject({ kind: 'not-found', code: 'target-missing' });
  });

  test('a removal is taken back, and the target is as it was', async (context) => {
    const { target, bed, traits } = scene();
    const { ref, written, request } = await made(scene(), { tags: { env: 'prod', [owner]: 'r1' } });
    if (traits.removal === 'gone') {
      instead(context, 'there is nothing to take back');
      expect(target.restore).toBeUndefined();
      return;
    }
    await target.remove(ref, written.version, patience());
    // The second time as after a lost answer.
    for (let time = 0; time < 2; time++) await target.restore?.(ref, patience());
    const { id, version } = { ...ref, ...written };
    const before = { kind: 'present', id, version, ownerRecordId: 'r1' };
    expect(await target.inspect(ref, patience())).toEqual(before);
    const { tags, live } = await expectHeld(scene(), ref.name, request.payload, 1);
    expect(tags).toEqual(bed.tags.kept({ env: 'prod', [owner]: 'r1' }));
    expect(live).toBe(1);
    expect((await target.write(updating(scene(), ref, 2, version), patience())).confirmed).toBe(true);
  });

  test('a removal ends with what others wrote since: it is theirs to keep', async () => {
    const { target, bed, payloads } = scene();
    const { ref, written } = await made(scene());
    await bed.putOutside(ref.name, payloads.nth(3));
    const changed = { kind: 'conflict', code: 'target-changed' };
    expect(await failureOf(target.remove(ref, written.version, patience()))).toMatchObject(changed);
    await expectHeld(scene(), ref.name, payloads.nth(3), 2);
    // Who was told so, and means that one.
    const state = present(await target.inspect(ref, patience()));
    await target.remove(ref, state.version, patience());
    expect((await target.inspect(ref, patience())).kind).not.toBe('present');
  });

  test('what is gone already, by whomever, is as good as removed', async () => {
    const { target, bed } = scene();
    const { ref, written } = await made(scene());
    await bed.removeOutside(ref.name, 'for-good');
    await target.remove(ref, written.version, patience());
    expect(await target.inspect(ref, patience())).toEqual({ kind: 'absent' });
  });
}
