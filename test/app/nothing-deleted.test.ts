import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { firstBadOf } from '../store/builders.ts';
import { type FollowingBed, followedServices, openFollowingBed } from '../support/following.ts';

/**
 * Records' sources are gone and their targets may follow them, but the vault does not say so as a whole: then nothing is removed.
 * There are three pages of secrets, so that a listing can end in the middle.
 */
describe.each(followedServices)('a listing that cannot be trusted removes nothing from %s', (service) => {
  let bed: FollowingBed;
  let count = 0;
  let vault = '';
  let ids: string[];
  const names = () => Array.from({ length: 60 }, (_, n) => `v${count}-${String(n).padStart(2, '0')}`);
  const followed = () => names().slice(0, 3);

  beforeAll(async () => {
    bed = await openFollowingBed(service);
  }, 60_000);
  beforeEach(async () => {
    vault = `kv-listed-${++count}`;
    await bed.addVault(vault);
    for (const name of names().slice(3)) bed.clouds.azure.vault(vault).set(name, 'stays');
    ids = await bed.follow(vault, followed());
    expect(await Promise.all(ids.map((id) => bed.app.record(id)))).toMatchObject(ids.map(() => ({ status: 'synced' })));
    bed.clouds.desk.clearArrivals();
  });
  afterEach(() => bed.clouds.desk.clearFaults());
  afterAll(async () => {
    expect(firstBadOf(bed.app.store.audit)).toBeNull();
    await bed.end();
  });

  const shelf = () => bed.clouds.azure.vault(vault);
  const listings = (after: number, fault: { kind: 'status'; status: number } | { kind: 'reset' | 'truncate' }) =>
    bed.clouds.desk.addFault({ cloud: 'keyvault', name: 'ListSecrets', after, fault });
  const gone = (...which: string[]) => {
    for (const name of which) shelf().remove(name);
  };

  it.each<[string, () => void | Promise<void>]>([
    ['the whole vault vanished', () => bed.clouds.azure.removeVault(vault)],
    ['the vault lists nothing at all', () => gone(...names())],
    [
      'the listing is refused',
      () => {
        gone(...followed());
        listings(0, { kind: 'status', status: 403 });
      },
    ],
    [
      'the second page is refused',
      () => {
        gone(...followed());
        listings(1, { kind: 'status', status: 403 });
      },
    ],
    [
      'the second page fails at the vault, every time',
      () => {
        gone(...followed());
        listings(1, { kind: 'status', status: 503 });
      },
    ],
    [
      'the second page never arrives',
      () => {
        gone(...followed());
        listings(1, { kind: 'reset' });
      },
    ],
    [
      'the second page arrives in half',
      () => {
        gone(...followed());
        listings(1, { kind: 'truncate' });
      },
    ],
    [
      'a page leads back to itself',
      () => {
        gone(...followed());
        shelf().pageHabit = 'repeat-link';
      },
    ],
  ])('where %s', { timeout: 60_000 }, async (_, arrange) => {
    await arrange();
    expect(await bed.app.sync(ids)).toMatchObject({ written: 0, attention: 3 });
    expect(bed.removals()).toEqual([]);
    for (const [n, name] of followed().entries()) {
      expect(bed.isRemoved(name)).toBe(false);
      expect(bed.holding.content(bed.targetOf(name))?.toString()).toBe(`value of ${name}`);
      const record = await bed.app.record(ids[n] ?? '');
      expect(record).toMatchObject({ status: 'failed', fix: expect.stringMatching(/./) });
      expect(record.code).not.toMatch(/delete/);
    }
    expect(bed.app.store.journal.openIntents()).toEqual([]);
  });

  it('though a whole one does, with an empty page in it or not', { timeout: 60_000 }, async () => {
    gone(...followed());
    shelf().pageHabit = 'empty-pages';
    expect(await bed.app.sync(ids)).toMatchObject({ written: 3, attention: 0 });
    for (const name of followed()) expect(bed.isRemoved(name)).toBe(true);
  });
});
