import { expect, test } from 'vitest';
import { patience } from './outcome.ts';
import { expectHeld, made, owner, present, type Scene } from './target-scene.ts';

/** Tags, by whatever name and form the service has them. */
export function tagCases(scene: () => Scene): void {
  test('sets and removes tags, and keeps everybody else’s', async () => {
    const { target, bed } = scene();
    const { ref, request } = await made(scene(), { tags: { env: 'prod', stale: 'yes' } });
    const { kept } = bed.tags;
    await bed.tagOutside(ref.name, kept({ theirs: 'kept' }));
    const set = { env: 'dev', added: '', [owner]: 'r2' };
    await target.tag(ref, { set, remove: ['stale', 'never there', 'env'] }, patience());
    expect((await bed.held(ref.name))?.tags).toEqual(kept({ ...set, theirs: 'kept' }));
    expect(present(await target.inspect(ref, patience())).ownerRecordId).toBe('r2');
    await target.tag({ name: ref.name }, { set: {}, remove: [owner] }, patience());
    expect(present(await target.inspect(ref, patience())).ownerRecordId).toBeNull();
    await expectHeld(scene(), ref.name, request.payload, 1);
  });

  test('the mark of the record that owns it is read, whoever set it', async () => {
    const { target, bed, newName, payloads } = scene();
    const name = newName();
    await bed.putOutside(name, payloads.nth(1));
    const ownerOf = async () => present(await target.inspect({ name }, patience())).ownerRecordId;
    expect(await ownerOf()).toBeNull();
    await bed.tagOutside(name, bed.tags.kept({ [owner]: 'another-installation' }));
    expect(await ownerOf()).toBe('another-installation');
  });

  test('takes any tag of the source in a form that the service accepts, and finds it again to remove it', async () => {
    const { target, bed } = scene();
    const tags = { 'aws:reserved': 'x', 'who?': 'a;b', ['k'.repeat(300)]: 'v'.repeat(300), 'größe 😀': '☃' };
    const { ref } = await made(scene(), { tags: { ...tags, [owner]: 'r1' } });
    const held = await bed.held(ref.name);
    const stored = Object.entries(held?.tags ?? {});
    expect(stored).toHaveLength(5);
    for (const [key, value] of stored) {
      expect(key).toMatch(bed.tags.key);
      expect(value).toMatch(bed.tags.value);
    }
    await target.tag(ref, { set: { [owner]: 'r1' }, remove: Object.keys(tags) }, patience());
    expect(await bed.held(ref.name)).toMatchObject({ tags: bed.tags.kept({ [owner]: 'r1' }), notes: [] });
  });
}
