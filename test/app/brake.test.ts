import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstBadOf } from '../store/builders.ts';
import { type FollowingBed, followedServices, openFollowingBed } from '../support/following.ts';

const vault = 'kv-emptied';
const names = Array.from({ length: 100 }, (_, n) => `item-${n}`);
const deleted = names.slice(0, 11);

/** Eleven of a hundred are more than ten, and more than a tenth: nobody deletes so many without meaning it, or by mistake. */
describe.each(followedServices)('eleven of 100 sources are deleted, and their targets in %s', (service) => {
  let bed: FollowingBed;
  let ids: string[];
  beforeAll(async () => {
    bed = await openFollowingBed(service);
    await bed.addVault(vault);
    ids = await bed.follow(vault, names);
  }, 120_000);
  afterAll(async () => {
    expect(firstBadOf(bed.app.store.audit)).toBeNull();
    expect(bed.app.store.journal.openIntents()).toEqual([]);
    await bed.end();
  });

  const asked = () => ids.slice(0, deleted.length);
  const removed = () => names.filter((name) => bed.isRemoved(name));
  const kept = () => names.filter((name) => bed.holding.content(bed.targetOf(name))?.toString() === `value of ${name}`);

  // In this order: each goes on from where the one before it has got to.
  it('are all kept, and a person is asked', { timeout: 60_000 }, async () => {
    expect(kept()).toEqual(names);
    for (const name of deleted) bed.clouds.azure.vault(vault).remove(name);
    bed.clouds.desk.clearArrivals();
    expect(await bed.app.sync(ids)).toMatchObject({ written: 0, unchanged: 89, attention: 11 });
    expect(bed.removals()).toEqual([]);
    expect(removed()).toEqual([]);
    for (const id of asked())
      expect(await bed.app.record(id)).toMatchObject({
        ...{ status: 'failed', code: 'delete-brake', held: true, nextRunAt: null },
        ...{ conflictSeen: expect.stringMatching(/^delete:/), fix: expect.stringContaining('Allow deletion') },
        choices: expect.arrayContaining(['delete', 'keep']),
      });
    expect(await bed.app.ask('app.get', {})).toMatchObject({ waiting: { deletions: 11 } });
  });

  it('go on being kept however often it is synced', { timeout: 60_000 }, async () => {
    await bed.app.sync(ids);
    await bed.app.sync(asked().slice(0, 3));
    expect(bed.removals()).toEqual([]);
    expect(removed()).toEqual([]);
  });

  it('are removed once it is allowed: exactly those, each once', { timeout: 60_000 }, async () => {
    const records = await Promise.all(asked().map((id) => bed.app.record(id)));
    const items = records.map(({ id, conflictSeen }) => ({ id, seen: conflictSeen ?? '' }));
    await bed.app.ask('records.resolve', { items, choice: 'delete' });
    await bed.app.idle();
    expect(removed()).toEqual(deleted);
    expect(bed.removals()).toHaveLength(11);
    for (const id of asked())
      expect(await bed.app.record(id)).toMatchObject({ status: 'synced', code: 'deleted', conflictSeen: null });
    expect(await bed.app.sync(ids)).toMatchObject({ written: 0, unchanged: 100, attention: 0 });
    expect(bed.removals()).toHaveLength(11);
    expect(await bed.app.ask('app.get', {})).toMatchObject({ waiting: { deletions: 0 } });
  });

  it('are back with their source, with the value they had and no second version', { timeout: 60_000 }, async () => {
    const [name = '', ...others] = deleted;
    bed.clouds.azure.vault(vault).recover(name);
    bed.clouds.desk.clearArrivals();
    expect(await bed.app.sync(ids)).toMatchObject({ written: 1, unchanged: 99, attention: 0 });
    expect(removed()).toEqual(others);
    expect(bed.holding.content(bed.targetOf(name))?.toString()).toBe(`value of ${name}`);
    expect(bed.holding.writes(bed.targetOf(name))).toBe(1);
    expect(bed.clouds.desk.arrivals({ name: bed.holding.update })).toEqual([]);
    expect(await bed.app.record(ids[0] ?? '')).toMatchObject({ status: 'synced', code: 'restored' });
  });
});
