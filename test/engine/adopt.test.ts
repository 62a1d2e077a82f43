import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';
import { calm, killAt } from '../support/faults.ts';
import { memoryFailure } from '../support/memory-calls.ts';

describe('a target that is taken over as it is', () => {
  let bed: EngineBed;
  let id: string;
  beforeEach(async () => {
    bed = openEngineBed();
    bed.service = 'secretmanager';
    bed.vaults.set('kv', 'api-key', 'the same', { tags: { env: 'live' } });
    bed.secrets.putOutside(bed.targetOf('api-key'), 'the same');
    bed.secrets.tagOutside(bed.targetOf('api-key'), { theirs: 'x' });
    id = bed.add('api-key');
    await bed.sync(id);
  });
  afterEach(() => {
    expect(bed.firstBadAudit()).toBeNull();
    bed.close();
  });

  const target = () => bed.secrets.secrets.get(bed.targetOf('api-key'));

  it('gets our marks and is remembered, and nothing is written to it', async () => {
    await bed.decide(id, 'adopt');
    expect(bed.row(id)).toMatchObject({
      status: { status: 'synced', code: 'adopted' },
      conflictSeen: null,
      record: { consent: null },
      ledger: { targetVersion: target()?.current, looked: true },
    });
    expect(target()?.tags).toMatchObject({ env: 'live', theirs: 'x', 'certifyclouds:record': id });
    expect([bed.secrets.count('write'), bed.versions('api-key')]).toEqual([0, 1]);
    const actions = bed.store.audit.list(10).map(({ action, outcome }) => `${action} ${outcome}`);
    expect(actions).toContain('target adopt succeeded');
    await bed.sync(id);
    expect(bed.outcomes(id)[0]).toBe('unchanged');
    bed.clock.time += 10_000;
    bed.vaults.set('kv', 'api-key', 'newer');
    await bed.sync(id);
    expect(bed.held('api-key')).toBe('newer');
  });

  it('is left as it is where it holds another value', async () => {
    bed.clock.time += 10_000;
    bed.vaults.set('kv', 'api-key', 'another');
    await bed.decide(id, 'adopt');
    expect(bed.row(id)).toMatchObject({
      status: { status: 'failed', code: 'adopt-differs' },
      ledger: null,
      record: { consent: null },
      conflictSeen: 'version:1',
    });
    expect(target()?.tags).toEqual({ theirs: 'x' });
    expect(bed.store.journal.openIntents()).toEqual([]);
    // The question was answered: the value is not read again for it.
    const reads = bed.vaults.count('read');
    await bed.sync(id);
    expect(bed.vaults.count('read')).toBe(reads);
    await bed.decide(id, 'overwrite');
    expect(bed.held('api-key')).toBe('another');
  });

  it('is left as it is where that cannot be told', async () => {
    const { open } = bed.secrets;
    bed.secrets.open = (rights) => ({ ...open(rights), holds: async () => undefined });
    await bed.decide(id, 'adopt');
    expect(bed.row(id)).toMatchObject({ status: { status: 'failed', code: 'adopt-unseen' }, ledger: null });
    expect(target()?.tags).toEqual({ theirs: 'x' });
  });

  it('is left as it is where somebody changes it while it is compared', async () => {
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation === 'holds') bed.secrets.putOutside(bed.targetOf('api-key'), 'by hand');
    };
    await bed.decide(id, 'adopt');
    calm(bed);
    expect(bed.row(id)).toMatchObject({ status: { status: 'failed', code: 'target-unowned' }, ledger: null });
    expect(bed.row(id).conflictSeen).toBe('version:2');
    expect(target()?.tags).toEqual({ theirs: 'x' });
  });

  it('is not taken over where its marks cannot be set', async () => {
    bed.secrets.hooks.before = ({ operation }) => {
      if (operation === 'tag') throw memoryFailure('denied', 'may-not-tag');
    };
    await bed.decide(id, 'adopt');
    calm(bed);
    expect(bed.row(id)).toMatchObject({ status: { status: 'failed', code: 'may-not-tag' }, ledger: null });
    await bed.sync(id);
    expect(bed.row(id).status).toMatchObject({ status: 'synced', code: 'adopted' });
  });

  for (const step of ['openIntent', 'read', 'holds', 'tag', 'finish'])
    for (const moment of ['before', 'after'] as const)
      it(`survives a kill ${moment} ${step}: one version, ours, nothing open`, async () => {
        const isKilled = killAt(bed, step, moment);
        await bed.decide(id, 'adopt');
        calm(bed);
        expect(isKilled()).toBe(true);
        await bed.engine().recover()?.finished;
        expect(bed.store.journal.openIntents()).toEqual([]);
        await bed.sync(id);
        // Once its marks are on it, it is ours, and what is in it is a question of its own.
        if (bed.row(id).status.status !== 'synced') await bed.decide(id, 'adopt');
        expect(bed.row(id).status.status).toBe('synced');
        expect([bed.secrets.count('write'), bed.versions('api-key')]).toEqual([0, 1]);
        expect(target()?.tags).toMatchObject({ env: 'live', 'certifyclouds:record': id });
      });
});
