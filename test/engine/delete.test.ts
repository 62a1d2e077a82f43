import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';
import { calm, killAt } from '../support/faults.ts';
import { memoryFailure } from '../support/memory-calls.ts';

describe.each(['secretsmanager', 'secretmanager'] as const)('a deleted source, and its target in %s', (service) => {
  let bed: EngineBed;
  let id: string;
  beforeEach(async () => {
    bed = openEngineBed();
    bed.service = service;
    bed.deletions = 'follow';
    bed.vaults.set('kv', 'other', 'stays');
    bed.vaults.set('kv', 'api-key', 'first');
    id = bed.add('api-key');
    await bed.sync(id);
  });
  afterEach(() => {
    expect(bed.firstBadAudit()).toBeNull();
    bed.close();
  });

  const target = () => bed.secrets.secrets.get(bed.targetOf('api-key'));
  const audited = () =>
    bed.store.audit
      .list(100)
      .filter(({ action }) => action === 'target delete')
      .map(({ outcome }) => outcome)
      .reverse();
  const failing = (operation: string, failure: Error) => {
    bed.secrets.hooks.before = (call) => {
      if (call.operation === operation) throw failure;
    };
  };

  it('is removed, recoverably, journaled and audited, and that is the end of it', async () => {
    bed.vaults.remove('kv', 'api-key');
    expect(await bed.sync(id)).toMatchObject({ written: 1, attention: 0 });
    expect(target()?.pendingDeletion).toBe(true);
    expect(bed.row(id)).toMatchObject({
      status: { status: 'synced', code: 'deleted' },
      conflictSeen: null,
      ledger: { removedAt: bed.clock.time },
    });
    expect(audited()).toEqual(['started', 'succeeded']);
    expect(bed.store.journal.openIntents()).toEqual([]);
    expect(bed.store.journal.countDeletes(0)).toBe(1);
    await bed.sync(id);
    expect(bed.outcomes(id)).toEqual(['unchanged', 'deleted', 'synced']);
    expect(bed.row(id).status).toMatchObject({ status: 'synced', code: 'deleted' });
    expect(bed.secrets.count('remove')).toBe(1);
  });

  it('is restored when the source is back, without a second version of an unchanged value', async () => {
    bed.vaults.remove('kv', 'api-key');
    await bed.sync(id);
    bed.clock.time += 10_000;
    bed.vaults.recover('kv', 'api-key');
    await bed.sync(id);
    expect(bed.row(id)).toMatchObject({ status: { status: 'synced', code: 'restored' }, ledger: { removedAt: null } });
    expect(target()).toMatchObject({ pendingDeletion: false });
    expect([bed.held('api-key'), bed.versions('api-key')]).toEqual(['first', 1]);
    expect(target()?.ended.size).toBe(0);
    await bed.sync(id);
    expect(bed.outcomes(id)[0]).toBe('unchanged');
  });

  it('is restored with the newer value when the source is back with one', async () => {
    bed.vaults.remove('kv', 'api-key');
    await bed.sync(id);
    bed.clock.time += 10_000;
    bed.vaults.set('kv', 'api-key', 'second', { tags: { env: 'live' } });
    await bed.sync(id);
    expect(bed.row(id)).toMatchObject({ status: { status: 'synced' }, ledger: { removedAt: null } });
    expect([bed.held('api-key'), bed.versions('api-key')]).toEqual(['second', 2]);
    expect(target()?.tags).toMatchObject({ env: 'live' });
  });

  it('is made again when it is gone for good by then', async () => {
    bed.vaults.remove('kv', 'api-key');
    await bed.sync(id);
    bed.secrets.removeOutside(bed.targetOf('api-key'), 'for-good');
    bed.clock.time += 10_000;
    bed.vaults.recover('kv', 'api-key');
    await bed.sync(id);
    expect(bed.row(id)).toMatchObject({ status: { status: 'synced', code: 'synced' }, ledger: { removedAt: null } });
    expect(bed.held('api-key')).toBe('first');
  });

  it('is not removed again once somebody brought it back', async () => {
    bed.vaults.remove('kv', 'api-key');
    await bed.sync(id);
    const secret = target();
    if (!secret) throw new Error('no target');
    secret.pendingDeletion = false;
    for (const version of secret.removed) secret.ended.delete(version);
    await bed.sync(id);
    expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'source-missing' });
    expect(bed.secrets.count('remove')).toBe(1);
  });

  it('is kept by default', async () => {
    bed.deletions = 'keep';
    bed.vaults.remove('kv', 'api-key');
    await bed.sync(id);
    expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'source-missing' });
    expect(bed.held('api-key')).toBe('first');
  });

  it.each<[string, () => void]>([
    ['the list is empty', () => bed.vaults.remove('kv', 'other')],
    [
      'the list fails',
      () => {
        bed.vaults.hooks.before = ({ operation }) => {
          if (operation === 'listPage') throw memoryFailure('denied', 'may-not-list');
        };
      },
    ],
    [
      'part of the list fails',
      () => {
        for (let n = 0; n < 40; n++) bed.vaults.set('kv', `more-${n}`, 'x');
        bed.vaults.hooks.before = ({ operation, count }) => {
          if (operation === 'listPage' && count === 2) throw memoryFailure('denied', 'page-refused');
        };
      },
    ],
    [
      'the source cannot be asked',
      () => {
        bed.vaults.hooks.before = ({ operation }) => {
          if (operation === 'describe') throw memoryFailure('denied', 'may-not-get');
        };
      },
    ],
    [
      'an exclusion keeps it out',
      () => {
        bed.exclusions = ['name:api-*'];
      },
    ],
  ])('is kept where %s', async (_, arrange) => {
    bed.vaults.remove('kv', 'api-key');
    arrange();
    await bed.sync(id);
    expect(bed.secrets.count('remove')).toBe(0);
    expect(bed.held('api-key')).toBe('first');
    bed.vaults.hooks.before = undefined;
  });

  it('is kept when the source is back between the look and the removal', async () => {
    bed.vaults.remove('kv', 'api-key');
    let looks = 0;
    bed.secrets.hooks.before = ({ operation }) => {
      // The second look is the one before the removal.
      if (operation === 'inspect' && ++looks === 2) bed.vaults.recover('kv', 'api-key');
    };
    await bed.sync(id);
    bed.secrets.hooks.before = undefined;
    expect(bed.outcomes(id)[0]).toBe('interrupted');
    expect(bed.row(id).status).toMatchObject({ status: 'pending', code: 'source-back' });
    expect(bed.secrets.count('remove')).toBe(0);
  });

  it('is kept, and a conflict, when somebody else changed it, even in the last moment', async () => {
    bed.vaults.remove('kv', 'api-key');
    bed.secrets.hooks.before = ({ operation }) => {
      if (operation === 'remove') bed.secrets.putOutside(bed.targetOf('api-key'), 'by hand');
    };
    bed.policy = 'overwrite';
    await bed.sync(id);
    bed.secrets.hooks.before = undefined;
    expect(bed.held('api-key')).toBe('by hand');
    expect(bed.row(id)).toMatchObject({ status: { status: 'failed', code: 'delete-changed' } });
    expect(bed.row(id).conflictSeen).not.toBeNull();
    await bed.sync(id);
    expect(bed.row(id).status.code).toBe('delete-changed');
    expect(bed.store.journal.openIntents()).toEqual([]);
  });

  it('says that a removal was refused, and keeps the target', async () => {
    bed.vaults.remove('kv', 'api-key');
    failing('remove', memoryFailure('denied', 'may-not-delete'));
    await bed.sync(id);
    bed.secrets.hooks.before = undefined;
    expect(bed.row(id)).toMatchObject({
      status: { status: 'failed', code: 'may-not-delete' },
      ledger: { removedAt: null },
    });
    expect(audited()).toEqual(['started', 'failed']);
    expect(bed.store.journal.openIntents()).toEqual([]);
  });

  it('does not know the end of a removal whose replies are lost, says so, and finds out next time', async () => {
    bed.vaults.remove('kv', 'api-key');
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation === 'remove') throw memoryFailure('network', 'lost');
    };
    await bed.sync(id);
    bed.secrets.hooks.after = undefined;
    expect(bed.row(id)).toMatchObject({ status: { status: 'unknown' }, ledger: { removedAt: null } });
    expect(bed.store.journal.openIntents()).toMatchObject([{ mode: 'delete' }]);
    const calls = bed.secrets.count('remove');
    await bed.sync(id);
    expect(bed.secrets.count('remove')).toBe(calls);
    expect(bed.row(id)).toMatchObject({ status: { status: 'synced', code: 'deleted' } });
    expect(bed.store.journal.openIntents()).toEqual([]);
  });

  describe('killed', () => {
    const crash = async (step: string, moment: 'before' | 'after') => {
      const isKilled = killAt(bed, step, moment);
      await bed.sync(id);
      calm(bed);
      expect(isKilled()).toBe(true);
    };
    const moments = ['before', 'after'] as const;

    for (const step of ['openIntent', 'remove', 'finish', 'endRun'])
      for (const moment of moments)
        it(`${moment} ${step} of a removal: removed once, nothing open`, async () => {
          bed.vaults.remove('kv', 'api-key');
          await crash(step, moment);
          await bed.engine().recover()?.finished;
          expect(bed.store.journal.openIntents()).toEqual([]);
          await bed.sync(id);
          expect(target()).toMatchObject({ pendingDeletion: true, deletions: 1 });
          expect(bed.row(id)).toMatchObject({ status: { status: 'synced', code: 'deleted' } });
          expect(bed.store.journal.countDeletes(0)).toBe(1);
          expect(bed.row(id).ledger?.removedAt).not.toBeNull();
        });

    const steps = ['openIntent', 'sealIntent', 'restore', 'tag', 'finish'];
    for (const value of ['first', 'second'])
      for (const step of value === 'first' ? steps : [...steps, 'write'])
        for (const moment of moments)
          it(`${moment} ${step} of a restoration to the ${value} value: there once, nothing open`, async () => {
            bed.vaults.remove('kv', 'api-key');
            await bed.sync(id);
            bed.clock.time += 10_000;
            if (value === 'first') {
              bed.vaults.recover('kv', 'api-key');
              bed.vaults.update('kv', 'api-key', { tags: { env: 'live' } });
            } else bed.vaults.set('kv', 'api-key', value, { tags: { env: 'live' } });
            await crash(step, moment);
            await bed.engine().recover()?.finished;
            expect(bed.store.journal.openIntents()).toEqual([]);
            await bed.sync(id);
            expect(bed.row(id)).toMatchObject({ status: { status: 'synced' }, ledger: { removedAt: null } });
            expect([bed.held('api-key'), bed.versions('api-key')]).toEqual([value, value === 'first' ? 1 : 2]);
            expect(target()).toMatchObject({ pendingDeletion: false, tags: { env: 'live' } });
          });
  });

  it('found changed after a crash in the middle of its removal is a conflict', async () => {
    bed.vaults.remove('kv', 'api-key');
    bed.secrets.hooks.before = ({ operation }) => {
      if (operation !== 'remove') return;
      bed.kill();
      throw new Error('killed');
    };
    await bed.sync(id);
    bed.secrets.hooks.before = undefined;
    bed.secrets.putOutside(bed.targetOf('api-key'), 'by hand');
    await bed.engine().recover()?.finished;
    expect(bed.row(id)).toMatchObject({ status: { code: 'delete-changed' } });
    expect(bed.held('api-key')).toBe('by hand');
    expect(bed.store.journal.openIntents()).toEqual([]);
  });
});

describe('a service that deletes for good', () => {
  it('is never asked to follow', async () => {
    const bed = openEngineBed();
    bed.service = 'parameterstore';
    bed.deletions = 'follow';
    bed.vaults.set('kv', 'other', 'stays');
    bed.vaults.set('kv', 'api-key', 'first');
    const id = bed.add('api-key');
    await bed.sync(id);
    bed.vaults.remove('kv', 'api-key');
    await bed.sync(id);
    expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'source-missing' });
    expect(bed.row(id).status.sentence).toContain('could not take its deletion back');
    expect(bed.held('api-key')).toBe('first');
    bed.close();
  });
});

describe('a record of several secrets', () => {
  it('is followed only once all of them are gone', async () => {
    const bed = openEngineBed();
    bed.deletions = 'follow';
    for (const name of ['other', 'one', 'two']) bed.vaults.set('kv', name, name);
    const id = bed.add('one', { shape: { kind: 'json-object', key: 'a', more: [{ name: 'two', key: 'b' }] } });
    await bed.sync(id);
    bed.vaults.remove('kv', 'one');
    await bed.sync(id);
    expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'source-missing' });
    expect(bed.secrets.count('remove')).toBe(0);
    bed.vaults.remove('kv', 'two');
    await bed.sync(id);
    expect(bed.row(id).status).toMatchObject({ status: 'synced', code: 'deleted' });
    bed.close();
  });
});
