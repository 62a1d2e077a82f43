import { expect, test } from 'vitest';
import { failureOf, patience } from './outcome.ts';
import { creating, expectHeld, instead, made, markerNow, owner, type Scene, updating } from './target-scene.ts';

/** What others do meanwhile. */
export function foreignCases(scene: () => Scene): void {
  test('a foreign change moves the version marker', async () => {
    const { bed, payloads } = scene();
    const { ref, written } = await made(scene());
    await bed.putOutside(ref.name, payloads.nth(2));
    expect(await markerNow(scene(), ref)).not.toBe(written.version);
  });

  test('a foreign change after the look is not overwritten', async () => {
    const { target, bed, payloads } = scene();
    const { ref, written } = await made(scene());
    await bed.putOutside(ref.name, payloads.nth(3));
    const stale = updating(scene(), ref, 2, written.version);
    const changed = { kind: 'conflict', code: 'target-changed' };
    expect(await failureOf(target.write(stale, patience()))).toMatchObject(changed);
    await expectHeld(scene(), ref.name, payloads.nth(3), 2);
    // What was seen and agreed to is replaced.
    const agreed = updating(scene(), ref, 2, await markerNow(scene(), ref));
    expect((await target.write(agreed, patience())).confirmed).toBe(true);
    await expectHeld(scene(), ref.name, agreed.payload, 3);
  });

  test('a foreign change in the middle of the write is told', async (context) => {
    const { target, bed, payloads, traits } = scene();
    const { ref, written } = await made(scene());
    const update = updating(scene(), ref, 2, written.version);
    let slipped = 0;
    await bed.beforeNextUpdate(async () => {
      slipped += 1;
      await bed.putOutside(ref.name, payloads.nth(3));
    });
    const { confirmed, warning } = await target.write(update, patience());
    expect(slipped).toBe(1);
    expect(confirmed).toBe(true);
    expect(warning?.code).toBe(traits.unseenWrite === 'warning' ? 'overwrote-unseen' : undefined);
    const held = await expectHeld(scene(), ref.name, update.payload, 3);
    if (traits.unseenWrite === 'lost')
      instead(context, 'the service has neither condition nor trace: the last write stays');
    else expect(held.live).toBe(3);
  });

  test('old versions that somebody else made are never ended', async (context) => {
    const { target, bed, payloads, traits, newName } = scene();
    if (!traits.prunes) {
      instead(context, 'nothing is ended by the product');
      expect(target.prune).toBeUndefined();
      return;
    }
    const ref = { name: newName() };
    const live = async () => (await bed.held(ref.name))?.live;
    const prune = (record: string) => target.prune?.(ref, { keepVersions: 1 }, record, patience());
    const update = async (n: number) => {
      const tags = { [owner]: 'r1' };
      await target.write({ ...updating(scene(), ref, n, await markerNow(scene(), ref)), tags }, patience());
    };
    await bed.putOutside(ref.name, payloads.nth(1));
    await bed.tagOutside(ref.name, bed.tags.kept({ [owner]: 'r1' }));
    for (const n of [2, 3]) await update(n);
    await bed.putOutside(ref.name, payloads.nth(4));
    await update(5);
    // As another record, whose secret it is not; then as its own: the second and the third version are ended.
    for (const [record, left] of [
      ['r2', 5],
      ['r1', 3],
      ['r1', 3],
    ] as const) {
      await prune(record);
      expect(await live()).toBe(left);
    }
    await expectHeld(scene(), ref.name, payloads.nth(5), 5);
  });

  test('an update never writes into a namesake made after ours was deleted', async () => {
    const { target, bed, payloads } = scene();
    const { ref, written } = await made(scene());
    await bed.removeOutside(ref.name, 'for-good');
    await bed.putOutside(ref.name, payloads.nth(3));
    const failure = await failureOf(target.write(updating(scene(), ref, 2, written.version), patience()));
    expect(['target-missing', 'target-changed']).toContain(failure.code);
    await expectHeld(scene(), ref.name, payloads.nth(3), 1);
  });

  test('what was deleted for good is absent, and can be created again', async () => {
    const { target, bed } = scene();
    const { ref, written } = await made(scene());
    await bed.removeOutside(ref.name, 'for-good');
    expect(await target.inspect(ref, patience())).toEqual({ kind: 'absent' });
    const update = updating(scene(), ref, 2, written.version);
    expect(await failureOf(target.write(update, patience()))).toMatchObject({ code: 'target-missing' });
    const later = await bed.open('full');
    const create = creating(scene(), { name: ref.name });
    expect((await later.write(create, patience())).confirmed).toBe(true);
    later.close();
    await expectHeld(scene(), ref.name, create.payload, 1);
  });
}
