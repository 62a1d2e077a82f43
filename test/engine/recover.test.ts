import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';
import { calm, killAt } from '../support/faults.ts';
import { memoryFailure } from '../support/memory-calls.ts';

const target = 'certifyclouds/api-key';

describe('recovery', () => {
  let bed: EngineBed;
  let id: string;
  beforeEach(() => {
    bed = openEngineBed();
    bed.vaults.set('kv', 'api-key', 'first');
    id = bed.add('api-key');
  });
  afterEach(() => {
    bed.secrets.hooks.before = undefined;
    expect(bed.firstBadAudit()).toBeNull();
    bed.close();
  });

  const crash = async (step: string, moment: 'before' | 'after') => {
    const isKilled = killAt(bed, step, moment);
    await bed.sync(id);
    calm(bed);
    expect(isKilled()).toBe(true);
  };
  const recover = async () => {
    await bed.engine().recover()?.finished;
  };
  const intents = () => bed.store.journal.openIntents();

  for (const step of ['openIntent', 'read', 'sealIntent', 'write', 'tag', 'finish', 'endRun']) {
    for (const moment of ['before', 'after'] as const) {
      for (const rights of ['full', 'write-only'] as const) {
        it(`of an update killed ${moment} ${step}, ${rights}: one version, synced, nothing open`, async () => {
          bed.rights = rights;
          await bed.sync(id);
          bed.clock.time += 10_000;
          bed.vaults.set('kv', 'api-key', 'second', { tags: { env: 'live' } });
          await crash(step, moment);
          await recover();
          expect(intents()).toEqual([]);
          await bed.sync(id);
          expect(bed.held('api-key')).toBe('second');
          expect(bed.versions('api-key')).toBe(2);
          expect(bed.row(id).status.status).toBe('synced');
          expect(bed.row(id).ledger?.targetVersion).toBe(bed.secrets.secrets.get(target)?.current);
          expect(bed.secrets.secrets.get(target)?.tags).toMatchObject({ env: 'live' });
        });
      }
    }
  }

  // What counts its versions has no key that makes a repeated write harmless: there the target is asked what it holds.
  for (const step of ['openIntent', 'read', 'sealIntent', 'write', 'tag', 'finish', 'endRun']) {
    for (const moment of ['before', 'after'] as const) {
      it(`of both writes killed ${moment} ${step}, where versions are counted: one version each`, async () => {
        bed.service = 'secretmanager';
        bed.vaults.set('kv', 'counted', 'first');
        const counted = bed.add('counted', { targetRegion: 'eu' });
        const held = () => [bed.held('counted', 'eu'), bed.versions('counted', 'eu')];
        const crashing = async () => {
          const isKilled = killAt(bed, step, moment);
          const { hooks } = bed.secretsIn('eu');
          hooks[moment] = bed.secrets.hooks[moment];
          await bed.sync(counted);
          calm(bed);
          hooks[moment] = undefined;
          await recover();
          expect(intents()).toEqual([]);
          await bed.sync(counted);
          expect(bed.row(counted).status.status).toBe('synced');
          return isKilled();
        };
        // A new target is made with its tags.
        expect(await crashing()).toBe(step !== 'tag');
        expect(held()).toEqual(['first', 1]);
        bed.clock.time += 10_000;
        bed.vaults.set('kv', 'counted', 'second', { tags: { env: 'live' } });
        expect(await crashing()).toBe(true);
        expect(held()).toEqual(['second', 2]);
      });
    }
  }

  it('an answer lost within a run is asked for at the target before anything is written again', async () => {
    bed.service = 'secretmanager';
    bed.vaults.set('kv', 'counted', 'first');
    const counted = bed.add('counted', { targetRegion: 'eu' });
    const { hooks } = bed.secretsIn('eu');
    let lost = 0;
    hooks.after = ({ operation }) => {
      if (operation === 'write' && lost++ === 0) throw memoryFailure('network', 'connection-lost');
    };
    await bed.sync(counted);
    expect(bed.row(counted).status).toMatchObject({ status: 'synced', code: 'synced' });
    expect([bed.held('counted', 'eu'), bed.versions('counted', 'eu')]).toEqual(['first', 1]);
  });

  it('an answer lost and somebody else’s write after it: neither repeated nor called synced', async () => {
    bed.service = 'secretmanager';
    bed.vaults.set('kv', 'counted', 'first');
    const counted = bed.add('counted', { targetRegion: 'eu' });
    const { hooks } = bed.secretsIn('eu');
    hooks.after = ({ operation }) => {
      if (operation !== 'write') return;
      hooks.after = undefined;
      bed.secretsIn('eu').putOutside(bed.targetOf('counted'), 'theirs');
      throw memoryFailure('network', 'connection-lost');
    };
    await bed.sync(counted);
    expect(bed.outcomes(counted)).toEqual(['unconfirmed']);
    await bed.sync(counted);
    expect(bed.row(counted)).toMatchObject({ status: { status: 'failed' }, conflictSeen: 'version:2' });
    expect([bed.held('counted', 'eu'), bed.versions('counted', 'eu')]).toEqual(['theirs', 2]);
  });

  it('takes back a deletion only when a person agrees to exactly that', async () => {
    await bed.sync(id);
    bed.secrets.removeOutside(target);
    bed.policy = 'overwrite';
    await bed.sync(id);
    expect(bed.row(id)).toMatchObject({ status: { code: 'target-pending-deletion' } });
    const seen = bed.row(id).conflictSeen ?? '';
    expect(seen).toMatch(/^deleted-at:/);
    expect(bed.secrets.count('restore')).toBe(0);
    bed.store.records.setConsent(id, seen);
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.secrets.secrets.get(target)?.pendingDeletion).toBe(false);
    expect(bed.held('api-key')).toBe('first');
    await bed.sync(id);
    expect(bed.outcomes(id)[0]).toBe('unchanged');
  });

  for (const step of ['openIntent', 'read', 'sealIntent', 'write', 'finish']) {
    for (const moment of ['before', 'after'] as const) {
      it(`of a create killed ${moment} ${step}: one version, synced, nothing open`, async () => {
        await crash(step, moment);
        await recover();
        expect(intents()).toEqual([]);
        await bed.sync(id);
        expect(bed.versions('api-key')).toBe(1);
        expect(bed.row(id).status.status).toBe('synced');
      });
    }
  }

  it('says that nothing was written when the intent was never sealed, and goes on', async () => {
    await crash('read', 'before');
    expect(intents()).toMatchObject([{ sealed: null }]);
    await recover();
    expect(bed.outcomes(id)).toEqual(['synced', 'interrupted']);
  });

  it('finds a sealed write that had arrived, and does not repeat it', async () => {
    await crash('write', 'after');
    const writes = bed.secrets.count('write');
    await recover();
    expect(bed.secrets.count('write')).toBe(writes);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.store.journal.history(id, 10).map(({ code }) => code)).toContain('recovered');
  });

  describe('of a change of tags', () => {
    const tags = () => Object.keys(bed.secrets.secrets.get(target)?.tags ?? {}).filter((key) => !key.includes(':'));
    const retag = (...keys: string[]) => {
      bed.clock.time += 10_000;
      bed.vaults.update('kv', 'api-key', { tags: Object.fromEntries(keys.map((key) => [key, 'x'])) });
    };

    it.each(['tags alone', 'tags with a value'])(
      'killed after it: %s that are gone from the source meanwhile go from the target',
      async (what) => {
        await bed.sync(id);
        if (what !== 'tags alone') bed.vaults.set('kv', 'api-key', 'second');
        retag('a');
        await crash('tag', 'after');
        expect(tags()).toEqual(['a']);
        retag('b');
        await recover();
        await bed.sync(id);
        expect(tags()).toEqual(['b']);
        expect(bed.row(id).status.status).toBe('synced');
        expect(bed.versions('api-key')).toBe(what === 'tags alone' ? 1 : 2);
      },
    );

    it.each(['tags alone', 'tags with a value'])(
      'whose answers are lost: %s are settled by the next sync',
      async (what) => {
        await bed.sync(id);
        if (what !== 'tags alone') bed.vaults.set('kv', 'api-key', 'second');
        retag('a');
        bed.secrets.hooks.after = ({ operation }) => {
          if (operation === 'tag') throw memoryFailure('network', 'lost');
        };
        await bed.sync(id);
        calm(bed);
        expect(bed.row(id).status.status).toBe('failed');
        retag('b');
        await bed.sync(id);
        expect(tags()).toEqual(['b']);
        expect(bed.row(id).status.status).toBe('synced');
      },
    );
  });

  it('leaves alone what somebody else wrote meanwhile', async () => {
    await crash('write', 'after');
    bed.secrets.putOutside(target, 'by hand');
    await recover();
    expect(bed.held('api-key')).toBe('by hand');
    expect(bed.row(id).status).toMatchObject({ status: 'failed' });
    expect(bed.row(id).conflictSeen).toMatch(/^version:outside/);
    expect(intents()).toEqual([]);
  });

  it('repeats the same write where it may not look, which makes no second version', async () => {
    bed.rights = 'write-only';
    await crash('write', 'after');
    await recover();
    // The create that was lost, its repetition, and the update that is told whether it is current.
    expect(bed.secrets.count('write')).toBe(3);
    expect(bed.versions('api-key')).toBe(1);
    expect(bed.row(id).status.status).toBe('synced');
  });

  it.each(['full', 'write-only'] as const)(
    'writes the newer version if the source moved on meanwhile, %s',
    async (rights) => {
      bed.rights = rights;
      for (const mode of ['create', 'update']) {
        bed.clock.time += 10_000;
        bed.vaults.set('kv', 'api-key', `${mode} lost`);
        await crash('write', 'before');
        bed.clock.time += 10_000;
        bed.vaults.set('kv', 'api-key', `${mode} newest`);
        await recover();
        expect(bed.held('api-key')).toBe(`${mode} newest`);
        expect(bed.row(id).status.status).toBe('synced');
      }
      expect(bed.versions('api-key')).toBe(2);
    },
  );

  it('keeps the intent while the target cannot be asked, and writes nothing', async () => {
    await crash('write', 'after');
    bed.secrets.hooks.before = () => {
      throw memoryFailure('network', 'down');
    };
    const writes = bed.secrets.count('write');
    await recover();
    expect(intents()).toHaveLength(1);
    expect(bed.secrets.count('write')).toBe(writes);
    expect(bed.row(id).status.status).toBe('unknown');
    bed.secrets.hooks.before = undefined;
    await recover();
    expect(intents()).toEqual([]);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.versions('api-key')).toBe(1);
  });

  it('leaves a write of unknown end unknown when the run is cancelled before it was asked about', async () => {
    bed.concurrency = 1;
    bed.vaults.set('kv', 'other', 'x');
    const both = [id, bed.add('other')];
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation === 'write') throw memoryFailure('network', 'lost');
    };
    await bed.sync(...both);
    bed.secrets.hooks.after = undefined;
    const run = bed.engine().start(both, 'user');
    run.cancel();
    await run.finished;
    expect(both.map((one) => bed.row(one).status.status)).toEqual(['unknown', 'unknown']);
    expect(intents()).toHaveLength(2);
    await recover();
    expect(both.map((one) => bed.row(one).status.status)).toEqual(['synced', 'synced']);
  });

  it('leaves the others alone while one cannot be settled', async () => {
    await crash('write', 'after');
    bed.vaults.set('kv', 'other', 'x');
    const other = bed.add('other', { targetRegion: 'eu-west-1' });
    bed.secrets.hooks.before = () => {
      throw memoryFailure('network', 'down');
    };
    await bed.sync(id, other);
    expect(bed.row(other).status.status).toBe('synced');
    expect(intents()).toHaveLength(1);
  });

  it('has nothing to do where nothing is open', () => {
    expect(bed.engine().recover()).toBeUndefined();
  });
});
