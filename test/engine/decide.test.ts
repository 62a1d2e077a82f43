import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, patience } from '../conformance/outcome.ts';
import { type EngineBed, gate, openEngineBed, settle } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

const target = 'certifyclouds/api-key';

describe('a person’s decision', () => {
  let bed: EngineBed;
  let id: string;
  beforeEach(async () => {
    bed = openEngineBed();
    bed.vaults.set('kv', 'api-key', 'first', { tags: { env: 'live' } });
    id = bed.add('api-key', { schedule: { kind: 'every', hours: 1 } });
    await bed.sync(id);
  });
  afterEach(() => {
    bed.secrets.hooks.before = undefined;
    expect(bed.firstBadAudit()).toBeNull();
    bed.close();
  });

  const conflict = async () => {
    bed.secrets.putOutside(target, 'by hand');
    await bed.sync(id);
    return bed.row(id).conflictSeen ?? '';
  };
  const keep = (seen: string) => bed.engine().keep(id, seen, patience());
  const unlink = () => bed.engine().unlink([{ id }], patience());

  describe('to keep the target', () => {
    it('leaves it, and lets the schedule go on', async () => {
      const seen = await conflict();
      expect(bed.row(id).nextRunAt).toBeNull();
      await keep(seen);
      expect(bed.row(id)).toMatchObject({
        status: { status: 'unknown', code: 'kept' },
        conflictSeen: null,
        nextRunAt: bed.clock.now() + 3_600_000,
      });
      for (const policy of ['alert', 'overwrite', 'skip'] as const) {
        bed.policy = policy;
        expect(await bed.sync(id)).toMatchObject({ attention: 0, unchanged: 1 });
        expect(bed.outcomes(id)[0]).toBe('kept');
      }
      expect(bed.held('api-key')).toBe('by hand');
    });

    it('holds until the source changes, or the target does', async () => {
      await keep(await conflict());
      bed.secrets.putOutside(target, 'by another hand');
      await bed.sync(id);
      expect(bed.row(id).status.code).toBe('target-changed');
      await keep(bed.row(id).conflictSeen ?? '');
      bed.clock.time += 10_000;
      bed.vaults.set('kv', 'api-key', 'second');
      await bed.sync(id);
      expect(bed.row(id).status.code).toBe('target-changed');
      expect(bed.held('api-key')).toBe('by another hand');
    });

    it('keeps it deleted', async () => {
      bed.secrets.removeOutside(target, 'for-good');
      await bed.sync(id);
      await keep(bed.row(id).conflictSeen ?? '');
      await bed.sync(id);
      expect(bed.row(id).status.code).toBe('kept');
      expect(bed.secrets.secrets.has(target)).toBe(false);
    });

    it('is refused for a target that is not as it was shown', async () => {
      const seen = await conflict();
      bed.secrets.putOutside(target, 'by another hand');
      expect(await failureOf(keep(seen))).toMatchObject({ kind: 'conflict', code: 'seen-changed' });
      expect(bed.row(id)).toMatchObject({ record: { kept: null }, conflictSeen: seen });
    });

    it('is refused while the target cannot be looked at', async () => {
      const seen = await conflict();
      bed.secrets.hooks.before = () => {
        throw memoryFailure('network', 'down');
      };
      expect(await failureOf(keep(seen))).toMatchObject({ kind: 'network', code: 'down' });
      expect(bed.row(id).record.kept).toBeNull();
    });

    it('is refused while the record is synced, and no sync begins while it is made', async () => {
      const seen = await conflict();
      const { passed, open } = gate();
      bed.secrets.hooks.before = async () => await passed;
      const run = bed.engine().start([id], 'user');
      await settle();
      expect(await failureOf(keep(seen))).toMatchObject({ code: 'still-syncing' });
      open();
      await run.finished;
      const second = gate();
      bed.secrets.hooks.before = async () => await second.passed;
      const kept = keep(seen);
      expect(() => bed.engine().start([id], 'schedule')).toThrow();
      second.open();
      await kept;
      expect(bed.row(id).status.code).toBe('kept');
    });
  });

  describe('to unlink', () => {
    it('forgets the record and takes our marks off, and nothing else', async () => {
      expect(await unlink()).toEqual({ removed: 1, left: [] });
      expect(bed.store.records.get(id)).toBeUndefined();
      expect(bed.secrets.secrets.get(target)?.tags).toEqual({ env: 'live' });
      expect(bed.held('api-key')).toBe('first');
      const actions = bed.store.audit.list(10).map(({ action, outcome }) => `${action} ${outcome}`);
      expect(actions.filter((one) => one.startsWith('target unlink'))).toEqual([
        'target unlink succeeded',
        'target unlink started',
      ]);
      expect(bed.store.journal.openIntents()).toEqual([]);
    });

    it('does not touch a target that is not ours', async () => {
      bed.secrets.tagOutside(target, { 'certifyclouds:record': 'another' });
      expect(await unlink()).toEqual({ removed: 1, left: [] });
      expect(bed.secrets.count('tag')).toBe(0);
    });

    it.each<[string, () => void]>([
      [
        'is dead',
        () => {
          bed.secrets.hooks.before = () => {
            throw memoryFailure('network', 'down');
          };
        },
      ],
      [
        'may not be looked at',
        () => {
          bed.rights = 'write-only';
        },
      ],
      [
        'refuses',
        () => {
          bed.secrets.hooks.before = ({ operation }) => {
            if (operation === 'tag') throw memoryFailure('denied', 'may-not-tag');
          };
        },
      ],
    ])('forgets the record of a target that %s, and says what was left', async (_, arrange) => {
      arrange();
      const { removed, left } = await unlink();
      expect(removed).toBe(1);
      expect(left).toMatchObject([{ recordId: id, sentence: expect.stringContaining(target) }]);
      expect(bed.store.records.get(id)).toBeUndefined();
      expect(bed.secrets.secrets.get(target)?.tags).toMatchObject({ 'certifyclouds:record': id });
    });

    it('puts the marks back if the app dies before the record is forgotten', async () => {
      bed.secrets.hooks.after = ({ operation }) => {
        if (operation !== 'tag') return;
        bed.kill();
        throw new Error('killed');
      };
      // The store outlives the process here, and so does its last word: what was killed forgets nothing.
      const { remove } = bed.store.records;
      bed.store.records.remove = () => {
        throw new Error('killed');
      };
      await expect(unlink()).rejects.toThrow('killed');
      bed.store.records.remove = remove.bind(bed.store.records);
      bed.secrets.hooks.after = undefined;
      expect(bed.store.journal.openIntents()).toHaveLength(1);
      await bed.engine().recover()?.finished;
      expect(bed.row(id).status.status).toBe('synced');
      expect(bed.secrets.secrets.get(target)?.tags).toMatchObject({ 'certifyclouds:record': id });
    });

    it('is refused while one of them is synced, before anything is done', async () => {
      const { passed, open } = gate();
      bed.secrets.hooks.before = async () => await passed;
      const run = bed.engine().start([id], 'user');
      await settle();
      expect(await failureOf(unlink())).toMatchObject({ code: 'still-syncing' });
      open();
      await run.finished;
      expect(bed.store.records.get(id)).toBeDefined();
    });
  });
});
