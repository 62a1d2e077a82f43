import { expect, test } from 'vitest';
import { failureOf, patience } from './outcome.ts';
import { arrived, creating, expectHeld, instead, owner, type Scene, updating } from './target-scene.ts';

/** What goes wrong between here and the service. */
export function faultCases(scene: () => Scene): void {
  test('throttling is told with how long to wait', async () => {
    const { target, bed } = scene();
    const create = creating(scene());
    await bed.throttleNext('write', 7);
    const first = await failureOf(target.write(create, patience()));
    expect(first).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 });
    expect(await bed.held(create.name)).toBeUndefined();
    const { id } = await target.write(create, patience());
    const ref = { name: create.name, id };
    await bed.throttleNext('inspect', new Date(bed.now() + 90_000).toUTCString());
    const second = await failureOf(target.inspect(ref, patience()));
    expect(second).toMatchObject({ kind: 'throttled', retryAfterMs: 90_000 });
    if (target.overviewPage) {
      await bed.throttleNext('overviewPage', undefined);
      const third = await failureOf(target.overviewPage(undefined, patience()));
      expect(third).toMatchObject({ kind: 'throttled' });
      expect(third.retryAfterMs).toBeUndefined();
    }
    await bed.throttleNext('tag', undefined);
    const tagging = target.tag(ref, { set: { a: 'b' }, remove: [] }, patience());
    expect(await failureOf(tagging)).toMatchObject({ kind: 'throttled' });
    expect((await bed.held(ref.name))?.tags).toEqual({});
  });

  test('giving up before or during a call ends it as cancelled', async () => {
    const { target, bed } = scene();
    const create = creating(scene());
    const cancelled = { kind: 'cancelled' };
    expect(await failureOf(target.write(create, AbortSignal.abort()))).toMatchObject(cancelled);
    expect(await failureOf(target.inspect(create, AbortSignal.abort()))).toMatchObject(cancelled);
    const patient = new AbortController();
    const held = await bed.holdNext('write');
    const write = failureOf(target.write(create, patient.signal));
    await held();
    patient.abort();
    expect(await write).toMatchObject(cancelled);
    expect(await bed.held(create.name)).toBeUndefined();
  });

  test('a create that was cut off leaves nothing, or a shell of its own that the same create fills', async (context) => {
    const { target, bed, traits } = scene();
    const create = creating(scene(), { tags: { [owner]: 'r1' } });
    await bed.cutNextCreate();
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
    const state = await target.inspect(create, patience());
    if (traits.twoSteps) {
      instead(context, 'the shell is its own, and nobody else fills it');
      expect(state).toMatchObject({ kind: 'present', version: null, ownerRecordId: 'r1' });
      const others = creating(scene(), { name: create.name, tags: { [owner]: 'r2' } });
      expect(await failureOf(target.write(others, patience()))).toMatchObject({ code: 'target-exists' });
      expect(await bed.held(create.name)).toMatchObject({ value: null, writes: 0 });
    } else {
      expect(state).toEqual({ kind: 'absent' });
      expect(await bed.held(create.name)).toBeUndefined();
    }
    expect((await target.write(create, patience())).confirmed).toBe(true);
    await expectHeld(scene(), create.name, create.payload, 1);
  });

  test('after a lost reply the target itself tells whether the write arrived', async () => {
    const { target, bed } = scene();
    const create = creating(scene(), { tags: { [owner]: 'r1' } });
    expect(await arrived(scene(), create)).toBe(false);
    await bed.loseNextWrite('create');
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
    expect(await arrived(scene(), create)).toBe(true);
    const { id, version } = await seen(scene(), create.name);
    const update = updating(scene(), { name: create.name, id }, 2, version);
    expect(await arrived(scene(), update)).toBe(false);
    await bed.loseNextWrite('update');
    expect(await failureOf(target.write(update, patience()))).toMatchObject({ kind: 'network' });
    expect(await arrived(scene(), update)).toBe(true);
    await expectHeld(scene(), create.name, update.payload, 2);
    // Another's write after it is not taken for ours.
    await bed.putOutside(create.name, scene().payloads.nth(3));
    expect(await arrived(scene(), update)).toBe(false);
  });

  test('a write whose reply was lost can be repeated, and leaves one version', async (context) => {
    const { target, bed, traits } = scene();
    const refusedAgain = traits.markerFrom === 'nothing';
    const count = await bed.count();
    const create = creating(scene(), { tags: { env: 'prod' } });
    await bed.loseNextWrite('create');
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
    if (refusedAgain) {
      instead(context, 'refused: the engine asks what is held');
      expect(await failureOf(target.write(create, patience()))).toMatchObject({ code: 'target-exists' });
    } else {
      expect((await target.write(create, patience())).confirmed).toBe(true);
    }
    const { tags } = await expectHeld(scene(), create.name, create.payload, 1);
    expect(tags).toEqual(bed.tags.kept({ env: 'prod' }));
    const { id, version } = await seen(scene(), create.name);
    const update = updating(scene(), { name: create.name, id }, 2, version);
    await bed.loseNextWrite('update');
    expect(await failureOf(target.write(update, patience()))).toMatchObject({ kind: 'network' });
    if (refusedAgain)
      expect(await failureOf(target.write(update, patience()))).toMatchObject({ code: 'target-changed' });
    else expect((await target.write(update, patience())).confirmed).toBe(true);
    await expectHeld(scene(), create.name, update.payload, 2);
    expect(await bed.count()).toBe(count + 1);
  });
}

/** What the target tells of itself to one who knows its name alone. */
async function seen({ target }: Scene, name: string): Promise<{ id: string; version: string }> {
  const state = await target.inspect({ name }, patience());
  if (state.kind !== 'present' || state.version === null) throw new Error('there is no version');
  const { id, version } = state;
  return { id, version };
}
