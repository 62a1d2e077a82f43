import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consentTo } from '../../main/domain/decision.ts';
import { type EngineBed, gate, openEngineBed, settle } from '../support/engine-bed.ts';

const day = 24 * 3_600_000;

describe('the brake on deletions', { timeout: 30_000 }, () => {
  let bed: EngineBed;
  beforeEach(() => {
    bed = openEngineBed();
    bed.deletions = 'follow';
    bed.vaults.set('kv', 'stays', 'x');
  });
  afterEach(() => {
    expect(bed.firstBadAudit()).toBeNull();
    bed.close();
  });

  const addAll = (count: number, change: Parameters<EngineBed['add']>[1] = {}, prefix = 's') =>
    Array.from({ length: count }, (_, n) => {
      bed.vaults.set('kv', `${prefix}-${n}`, `value ${n}`);
      return bed.add(`${prefix}-${n}`, change);
    });
  const remove = (from: number, to: number, prefix = 's') => {
    for (let n = from; n < to; n++) bed.vaults.remove('kv', `${prefix}-${n}`);
  };
  const removed = () => [...bed.secrets.secrets.values()].filter(({ pendingDeletion }) => pendingDeletion).length;
  const codes = (ids: readonly string[]) => new Set(ids.map((id) => bed.row(id).status.code));

  it('lets ten go, however few there are', async () => {
    const ids = addAll(10);
    await bed.sync(...ids);
    remove(0, 10);
    expect(await bed.sync(...ids)).toMatchObject({ written: 10 });
    expect(removed()).toBe(10);
  });

  it('stops the eleventh, and with it all: the records wait for a person, and nothing starts them', async () => {
    const ids = addAll(11, { schedule: { kind: 'every', hours: 1 }, conflictPolicy: 'overwrite' });
    await bed.sync(...ids);
    remove(0, 11);
    expect(await bed.sync(...ids)).toMatchObject({ written: 0, attention: 11 });
    expect(removed()).toBe(0);
    expect(codes(ids)).toEqual(new Set(['delete-brake']));
    for (const id of ids) {
      expect(bed.row(id)).toMatchObject({ status: { status: 'failed' }, nextRunAt: null });
      expect(bed.row(id).conflictSeen).toMatch(/^delete:version:/);
    }
    expect(bed.decisions).toEqual([11]);
    // Asked once, not at every look.
    await bed.sync(...ids);
    expect(bed.decisions).toEqual([11]);
    expect(bed.store.journal.openIntents()).toEqual([]);
  });

  it('lets more go where that is no more than a tenth, and no more', async () => {
    const ids = addAll(130);
    await bed.sync(...ids);
    remove(0, 13);
    await bed.sync(...ids);
    expect(removed()).toBe(13);
    remove(13, 14);
    await bed.sync(...ids);
    expect(removed()).toBe(13);
  });

  it('counts only records that follow', async () => {
    const ids = addAll(11);
    const others = addAll(100, { deletionPolicy: 'keep' }, 'other');
    await bed.sync(...ids, ...others);
    remove(0, 11);
    await bed.sync(...ids);
    expect(removed()).toBe(0);
  });

  it('counts what was removed within a day, in this run or another', async () => {
    const ids = addAll(12);
    await bed.sync(...ids);
    remove(0, 6);
    await bed.sync(...ids);
    bed.clock.time += day / 2;
    remove(6, 12);
    await bed.sync(...ids);
    expect(removed()).toBe(6);
    bed.clock.time += day;
    const more = addAll(3, {}, 'more');
    await bed.sync(...more);
    remove(0, 3, 'more');
    await bed.sync(...more);
    expect(removed()).toBe(9);
  });

  it('goes on asking, even once there are few left', async () => {
    const ids = addAll(11);
    await bed.sync(...ids);
    remove(0, 11);
    await bed.sync(...ids);
    bed.vaults.recover('kv', 's-0');
    bed.clock.time += 2 * day;
    await bed.sync(...ids);
    expect(removed()).toBe(0);
    expect(codes(ids.slice(1))).toEqual(new Set(['delete-brake']));
  });

  it('counts what another run is removing at the same time', async () => {
    const ids = addAll(12);
    await bed.sync(...ids);
    remove(0, 12);
    const { passed, open } = gate();
    bed.secrets.hooks.before = async ({ operation }) => {
      if (operation === 'remove') await passed;
    };
    const first = bed.engine().start(ids.slice(0, 6), 'user');
    for (let turn = 0; turn < 500 && bed.secrets.count('remove') < 6; turn++) await settle(1);
    await bed.sync(...ids.slice(6));
    expect(codes(ids.slice(6))).toEqual(new Set(['delete-brake']));
    open();
    await first.finished;
    expect(removed()).toBe(6);
  });

  it('lets go what a person allowed, and that alone', async () => {
    const ids = addAll(11);
    const [allowed = '', changed = ''] = ids;
    await bed.sync(...ids);
    remove(0, 11);
    await bed.sync(...ids);
    const seen = bed.row(changed).conflictSeen ?? '';
    bed.secrets.putOutside('certifyclouds/s-1', 'by hand');
    bed.store.records.setConsent(changed, consentTo('delete', seen));
    bed.store.records.setConsent(allowed, consentTo('delete', bed.row(allowed).conflictSeen ?? ''));
    await bed.sync(...ids);
    expect(removed()).toBe(1);
    expect(bed.row(allowed)).toMatchObject({
      status: { status: 'synced', code: 'deleted' },
      record: { consent: null },
      conflictSeen: null,
    });
    expect(bed.row(changed).status.code).toBe('delete-changed');
    expect(bed.held('s-1')).toBe('by hand');
  });

  it('is answered by keeping the target, too', async () => {
    const ids = addAll(11, { schedule: { kind: 'every', hours: 1 } });
    const [kept = ''] = ids;
    await bed.sync(...ids);
    remove(0, 11);
    await bed.sync(...ids);
    await bed.engine().keep(kept, bed.row(kept).conflictSeen ?? '', new AbortController().signal);
    expect(bed.row(kept)).toMatchObject({ status: { status: 'unknown', code: 'kept' }, conflictSeen: null });
    expect(bed.row(kept).nextRunAt).not.toBeNull();
    await bed.sync(kept);
    expect(bed.row(kept).status.code).toBe('kept');
    expect(bed.held('s-0')).toBe('value 0');
  });

  it('holds up no other work of the run', async () => {
    const ids = addAll(12);
    await bed.sync(...ids);
    remove(0, 11);
    bed.clock.time += 10_000;
    bed.vaults.set('kv', 's-11', 'newer');
    expect(await bed.sync(...ids)).toMatchObject({ written: 1, attention: 11 });
    expect(bed.held('s-11')).toBe('newer');
  });
});
