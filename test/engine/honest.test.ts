import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownerTag } from '../../main/domain/ownership.ts';
import { product } from '../../main/product.ts';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';

const target = 'certifyclouds/api-key';

describe('what the engine says and does when others meddle', () => {
  let bed: EngineBed;
  let id: string;
  beforeEach(() => {
    bed = openEngineBed();
    bed.vaults.set('kv', 'api-key', 'first');
    id = bed.add('api-key');
  });
  afterEach(() => {
    bed.secrets.hooks.before = undefined;
    bed.secrets.hooks.after = undefined;
    bed.close();
  });

  /** Kills the app once the write has arrived and before its answer. */
  const crashAfterWrite = async () => {
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation !== 'write') return;
      bed.kill();
      throw new Error('killed');
    };
    await bed.sync(id);
    bed.secrets.hooks.after = undefined;
  };
  const newVersion = (value: string) => {
    bed.clock.time += 10_000;
    return bed.vaults.set('kv', 'api-key', value);
  };

  for (const mode of ['create', 'update'] as const) {
    describe(`a ${mode} that cannot look, repeated after somebody else wrote`, () => {
      beforeEach(async () => {
        bed.rights = 'write-only';
        if (mode === 'update') {
          await bed.sync(id);
          newVersion('second');
        }
        await crashAfterWrite();
        bed.secrets.putOutside(target, 'by hand');
      });

      it('is a conflict, never Synced, however often it is synced', async () => {
        await bed.engine().recover()?.finished;
        await bed.sync(id);
        await bed.sync(id);
        expect(bed.held('api-key')).toBe('by hand');
        expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'target-changed' });
        expect(bed.store.journal.openIntents()).toEqual([]);
      });

      it('is settled by taking over', async () => {
        await bed.engine().recover()?.finished;
        const seen = bed.row(id).conflictSeen;
        expect(seen).not.toBeNull();
        bed.store.records.setConsent(id, seen ?? '');
        await bed.sync(id);
        expect(bed.held('api-key')).toBe(mode === 'create' ? 'first' : 'second');
        expect(bed.row(id).status.status).toBe('synced');
      });

      it('is settled by the policy that Azure wins', async () => {
        bed.policy = 'overwrite';
        await bed.engine().recover()?.finished;
        expect(bed.held('api-key')).toBe(mode === 'create' ? 'first' : 'second');
        expect(bed.row(id).status.status).toBe('synced');
      });
    });
  }

  it('does not overwrite a target of the same name that somebody else made anew, whatever the policy', async () => {
    bed.policy = 'overwrite';
    await bed.sync(id);
    bed.secrets.removeOutside(target, 'for-good');
    bed.secrets.putOutside(target, 'not ours');
    await bed.sync(id);
    expect(bed.held('api-key')).toBe('not ours');
    expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'target-unowned' });
    bed.store.records.setConsent(id, bed.row(id).conflictSeen ?? '');
    await bed.sync(id);
    expect(bed.held('api-key')).toBe('first');
  });

  it('uses a consent up once the target is found as it should be', async () => {
    await bed.sync(id);
    bed.secrets.removeOutside(target, 'recoverably');
    bed.store.records.setConsent(id, 'absent');
    const kept = bed.secrets.secrets.get(target);
    if (!kept) throw new Error('no target');
    kept.pendingDeletion = false;
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('synced');
    bed.secrets.removeOutside(target, 'for-good');
    await bed.sync(id);
    expect(bed.held('api-key')).toBeUndefined();
    expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'target-deleted' });
  });

  it('does not mark a target as its own that another took over since the scan', async () => {
    await bed.sync(id);
    bed.clock.time += 10_000;
    bed.vaults.update('kv', 'api-key', { tags: { env: 'live' } });
    let looks = 0;
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation !== 'inspect') return;
      looks += 1;
      if (looks === 1) bed.secrets.tagOutside(target, { [ownerTag(product.tagNamespace)]: 'another' });
    };
    await bed.sync(id);
    expect(bed.secrets.secrets.get(target)?.tags).toMatchObject({ [ownerTag(product.tagNamespace)]: 'another' });
    expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'target-owned-by-other' });
  });

  it.each(['full', 'write-only'] as const)(
    'finds out about a paused record after a crash, and writes nothing to it, %s',
    async (rights) => {
      bed.rights = rights;
      for (const n of [1, 2]) {
        newVersion(`${n} journaled`);
        bed.secrets.hooks.before = ({ operation }) => {
          if (operation !== 'write') return;
          bed.kill();
          throw new Error('killed');
        };
        await bed.sync(id);
        bed.secrets.hooks.before = undefined;
        bed.store.records.update([id], { enabled: false });
        const writes = bed.secrets.count('write');
        newVersion(`${n} later`);
        await bed.engine().recover()?.finished;
        expect(bed.secrets.count('write')).toBe(writes);
        bed.store.records.update([id], { enabled: true });
        await bed.sync(id);
        expect(bed.held('api-key')).toBe(`${n} later`);
        expect(bed.row(id).status.status).toBe('synced');
      }
    },
  );

  describe('a change made to a record while its run goes on', () => {
    let second: string;
    /** Changes the second record while the first one, which goes before it, is being written. */
    const changeMeanwhile = async (change: Parameters<typeof bed.store.records.update>[1]) => {
      bed.concurrency = 1;
      bed.policy = 'overwrite';
      bed.vaults.set('kv', 'second', 'from Azure');
      second = bed.add('second');
      await bed.sync(id, second);
      newVersion('newer');
      bed.secrets.putOutside('certifyclouds/second', 'by hand');
      bed.secrets.hooks.before = ({ operation, subject }) => {
        if (operation === 'write' && subject === target) bed.store.records.update([second], change);
      };
      await bed.sync(id, second);
      expect(bed.held('api-key')).toBe('newer');
    };

    it('that has conflicts wait for a person counts at once', async () => {
      await changeMeanwhile({ conflictPolicy: 'alert' });
      expect(bed.held('second')).toBe('by hand');
      expect(bed.row(second).status).toMatchObject({ status: 'failed', code: 'target-changed' });
    });

    it('that pauses it keeps it from being written', async () => {
      await changeMeanwhile({ enabled: false });
      expect(bed.held('second')).toBe('by hand');
      expect(bed.engine().isSyncing(second)).toBe(false);
    });
  });

  describe('tags with unusual names', () => {
    const sync = async (tags: Readonly<Record<string, string>>) => {
      bed.clock.time += 10_000;
      bed.vaults.update('kv', 'api-key', { tags });
      await bed.sync(id);
      return bed.secrets.secrets.get(target)?.tags ?? {};
    };

    it('are removed though every object has something by that name', async () => {
      expect(Object.keys(await sync({ constructor: 'x', env: 'live' }))).toContain('constructor');
      expect(Object.keys(await sync({ env: 'live' }))).not.toContain('constructor');
    });

    it('keep what another tag still wants once one of the two is gone', async () => {
      await sync({ 'a*b': '2', 'a?b': '1' });
      expect(await sync({ 'a?b': '1' })).toMatchObject({ a_b: '1' });
    });

    it('never take the mark that the target is ours with them', async () => {
      const mark = ownerTag(product.tagNamespace);
      await sync({ [`${mark} `]: 'x' });
      expect(await sync({})).toMatchObject({ [mark]: id });
    });

    it('are not written again at every sync', async () => {
      await sync(JSON.parse('{"__proto__":"x"}'));
      await sync(JSON.parse('{"__proto__":"x"}'));
      const calls = bed.secrets.count('tag');
      await bed.sync(id);
      await bed.sync(id);
      expect(bed.secrets.count('tag')).toBe(calls);
      expect(bed.row(id).status).toMatchObject({ status: 'synced', code: 'unchanged' });
    });
  });
});
