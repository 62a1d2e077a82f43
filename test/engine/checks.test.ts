import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Check, CheckRow } from '../../main/domain/check.ts';
import { endInterruptedChecks } from '../../main/engine/checks.ts';
import { diskFull, type EngineBed, gate, openEngineBed, settle } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

describe('a check', () => {
  let bed: EngineBed;
  beforeEach(() => {
    bed = openEngineBed();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    bed.close();
  });

  async function synced(count: number, change: Parameters<EngineBed['add']>[1] = {}, prefix = 's'): Promise<string[]> {
    const ids = Array.from({ length: count }, (_, n) => {
      bed.vaults.set('kv', `${prefix}-${n}`, `value ${n}`);
      return bed.add(`${prefix}-${n}`, change);
    });
    await bed.sync(...ids);
    bed.clock.time += 60_000;
    return ids;
  }
  /** Starts a check and waits until it is over. */
  async function check(ids: readonly string[] | null = null, values = false): Promise<Check> {
    const { id } = await bed.checker().start(ids, values, 'user');
    await over();
    return known(id);
  }
  async function over(): Promise<void> {
    while (bed.checker().active()) await settle(1);
  }
  function known(id: string): Check {
    const found = bed.store.checks.get(id);
    if (!found) throw new Error('the check was not kept');
    return found;
  }
  const rowsOf = ({ id }: Check): CheckRow[] => bed.store.checks.rows(id, { after: 0, limit: 1000 });
  const rowOf = (one: Check, recordId: string) => rowsOf(one).find((row) => row.recordId === recordId);

  it('finds all well without reading a value or writing anything', async () => {
    const ids = await synced(120);
    const reads = bed.vaults.count('read');
    const before = bed.secrets.made.length;
    const found = await check();
    expect(found).toMatchObject({ total: 120, counts: { 'same-version': 120 }, cancelled: false, values: false });
    expect(
      rowsOf(found)
        .map(({ recordId }) => recordId)
        .sort(),
    ).toEqual([...ids].sort());
    expect(rowsOf(found)[0]).toMatchObject({ method: 'marker', source: 'kv/s-0', target: bed.targetOf('s-0') });
    expect(rowsOf(found).every(({ sourceVersion, targetVersion }) => sourceVersion && targetVersion)).toBe(true);
    expect(bed.vaults.count('read')).toBe(reads);
    const calls = new Set(bed.secrets.made.slice(before).map(({ operation }) => operation));
    expect(calls).toEqual(new Set(['overviewPage']));
  });

  it('is in the audit trail with who asked, and tells how it goes on', async () => {
    await synced(2);
    const found = await check();
    const entries = bed.store.audit.list(10, undefined, { text: found.id });
    expect(entries.map(({ outcome, actor, action }) => [outcome, actor, action])).toEqual([
      ['succeeded', 'user', 'check targets'],
      ['started', 'user', 'check targets'],
    ]);
    expect(entries[0]?.detail).toContain('2 same-version');
    expect(bed.checks.at(0)).toMatchObject({ id: found.id, endedAt: null });
    expect(bed.checks.at(-1)).toMatchObject({ id: found.id, endedAt: bed.clock.time, counts: { 'same-version': 2 } });
  });

  it('finds what others did to targets, and shows it as the conflict that a sync would', async () => {
    const [edited = '', gone = '', fine = '', untagged = ''] = await synced(4);
    bed.secrets.putOutside(bed.targetOf('s-0'), 'theirs');
    bed.secrets.removeOutside(bed.targetOf('s-1'), 'for-good');
    const target = bed.secrets.secrets.get(bed.targetOf('s-3'));
    if (target) target.tags = {};
    const found = await check();
    expect(found.counts).toEqual({ changed: 1, missing: 1, 'same-version': 1, 'mark-removed': 1 });
    expect(bed.row(edited).status).toMatchObject({ status: 'failed', code: 'target-changed' });
    expect(bed.row(gone).status).toMatchObject({ status: 'failed', code: 'target-deleted' });
    expect(bed.row(fine).status).toMatchObject({ status: 'synced' });
    expect(bed.row(untagged).status).toMatchObject({ status: 'pending', code: 'mark-removed' });
    const [step] = await bed.engine().plan([edited], new AbortController().signal);
    expect(step).toMatchObject({ action: 'conflict', targetSeen: bed.row(edited).conflictSeen });
    // What was found is what the sync finds.
    await bed.sync(edited, gone);
    expect(bed.row(edited).status).toMatchObject({ status: 'failed', code: 'target-changed' });
    expect(bed.held('s-0')).toBe('theirs');
  });

  it('holds a record that now waits for a person, and lets it go once there is nothing left to decide', async () => {
    const [id = ''] = await synced(1, { schedule: { kind: 'every', hours: 1 } });
    expect(bed.row(id).nextRunAt).not.toBeNull();
    const before = bed.secrets.secrets.get(bed.targetOf('s-0'))?.current ?? '';
    bed.secrets.putOutside(bed.targetOf('s-0'), 'theirs');
    await check();
    expect(bed.row(id)).toMatchObject({ nextRunAt: null, status: { code: 'target-changed' } });
    const secret = bed.secrets.secrets.get(bed.targetOf('s-0'));
    if (secret) secret.current = before;
    await check();
    expect(bed.row(id)).toMatchObject({ conflictSeen: null, status: { status: 'synced' } });
    expect(bed.row(id).nextRunAt).toBeGreaterThan(bed.clock.time);
  });

  it('shows a newer source as pending, never as a failure made well', async () => {
    const [moved = '', failed = ''] = await synced(2);
    bed.vaults.set('kv', 's-0', 'newer');
    bed.secrets.hooks.before = ({ operation, subject }) => {
      if (operation === 'write' && subject.endsWith('s-1')) throw memoryFailure('denied', 'may-not-write');
    };
    bed.vaults.set('kv', 's-1', 'newer');
    await bed.sync(failed);
    const found = await check();
    expect(found.counts).toEqual({ behind: 2 });
    expect(bed.row(moved).status).toMatchObject({ status: 'pending', code: 'source-changed' });
    expect(bed.row(failed).status).toMatchObject({ status: 'failed', code: 'may-not-write' });
    await bed.sync(moved);
    expect(bed.row(moved).status).toMatchObject({ status: 'synced' });
  });

  it('knows nothing where the credential may not look, and says so', async () => {
    bed.rights = 'write-only';
    const [id = ''] = await synced(1);
    const found = await check([id], true);
    expect(found.counts).toEqual({ unknown: 1 });
    expect(rowOf(found, id)).toMatchObject({ method: 'none', targetVersion: null });
    expect(bed.row(id).status.status).toBe('synced');
  });

  describe('of values', () => {
    beforeEach(() => {
      // A service that gives values back.
      bed.service = 'secretmanager';
    });

    it('proves that they are the same, reading each once and keeping none', async () => {
      await synced(3);
      const reads = bed.vaults.count('read');
      const found = await check(null, true);
      expect(found).toMatchObject({ values: true, counts: { 'same-value': 3 } });
      expect(rowsOf(found).every(({ method }) => method === 'value')).toBe(true);
      expect(bed.vaults.count('read')).toBe(reads + 3);
      expect(bed.secrets.count('holds')).toBe(3);
      expect(JSON.stringify(rowsOf(found))).not.toContain('value 0');
    });

    it('finds another value behind the version that was written, and makes it a conflict that stays one', async () => {
      const [id = ''] = await synced(1);
      const target = bed.secrets.secrets.get(bed.targetOf('s-0'));
      // As if deleted and made anew by hand: the same name and marks, and again the first version.
      target?.versions.set(target.current, Buffer.from('theirs'));
      expect(await check([id])).toMatchObject({ counts: { 'same-version': 1 } });
      const found = await check([id], true);
      expect(rowOf(found, id)).toMatchObject({ verdict: 'changed', code: 'value-differs', method: 'value' });
      expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'target-changed' });
      await bed.sync(id);
      expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'target-changed' });
      expect(bed.held('s-0')).toBe('theirs');
    });

    it('reads nothing of what is kept out', async () => {
      const ids = await synced(2);
      bed.exclusions.push('name:s-1');
      const reads = bed.vaults.made.length;
      const found = await check(ids, true);
      expect(found.counts).toEqual({ 'same-value': 1, 'left-out': 1 });
      const read = bed.vaults.made.slice(reads).filter(({ operation }) => operation === 'read');
      expect(read.map(({ subject }) => subject)).toEqual(['kv/s-0']);
    });

    it('keeps to versions where a value may not be read, and says why', async () => {
      const [id = ''] = await synced(1);
      bed.vaults.hooks.before = ({ operation }) => {
        if (operation === 'read') throw memoryFailure('denied', 'may-not-read');
      };
      const found = await check([id], true);
      expect(rowOf(found, id)).toMatchObject({ verdict: 'same-version', method: 'marker' });
      expect(rowOf(found, id)?.sentence).toContain('not compared');
    });
  });

  it('looks at a record that is being synced once that is over', async () => {
    const [id = ''] = await synced(1);
    bed.vaults.set('kv', 's-0', 'newer');
    const { passed, open } = gate();
    bed.secrets.hooks.before = async ({ operation }) => {
      if (operation === 'write') await passed;
    };
    const run = bed.engine().start([id], 'user');
    await settle();
    const { id: checkId } = await bed.checker().start([id], false, 'user');
    await settle();
    expect(known(checkId).endedAt).toBeNull();
    expect(bed.store.checks.rows(checkId, { after: 0, limit: 10 })).toEqual([]);
    open();
    await run.finished;
    await over();
    expect(known(checkId).counts).toEqual({ 'same-version': 1 });
  });

  it('does not believe what it saw of a record that was synced before it was judged', async () => {
    const [id = ''] = await synced(1);
    const { passed, open } = gate();
    let held = false;
    bed.vaults.set('kv', 's-0', 'newer');
    bed.secrets.hooks.after = async ({ operation }) => {
      if (held || operation !== 'inspect') return;
      held = true;
      await passed;
    };
    const { id: checkId } = await bed.checker().start([id], false, 'user');
    await settle();
    expect(held).toBe(true);
    await bed.sync(id);
    open();
    await over();
    expect(known(checkId).counts).toEqual({ 'same-version': 1 });
    expect(bed.row(id).status.status).toBe('synced');
  });

  it('says nothing of a target that a write of unknown end is on its way to', async () => {
    const [id = ''] = await synced(1);
    bed.vaults.set('kv', 's-0', 'newer');
    bed.secrets.hooks.after = ({ operation }) => {
      if (operation === 'write') throw memoryFailure('network', 'no-answer');
    };
    bed.secrets.hooks.before = ({ operation, count }) => {
      if (operation === 'inspect' && count > 4) throw memoryFailure('network', 'no-answer');
    };
    await bed.sync(id);
    bed.secrets.hooks.after = undefined;
    bed.secrets.hooks.before = undefined;
    expect(bed.store.journal.openIntents()).toHaveLength(1);
    const found = await check();
    expect(rowOf(found, id)).toMatchObject({ verdict: 'unknown', code: 'write-unconfirmed' });
    expect(bed.row(id).status.status).toBe('unknown');
  });

  it('is not kept from the others by a target that hangs, and ends at once when it is cancelled', async () => {
    const here = await synced(2);
    const there = await synced(2, { targetRegion: 'eu-west-1' }, 'e');
    bed.secretsIn('eu-west-1').hooks.before = () => new Promise<void>(() => {});
    const { id } = await bed.checker().start([...here, ...there], false, 'user');
    while (bed.store.checks.rows(id, { after: 0, limit: 10 }).length < 2) await settle(1);
    bed.checker().cancel(id);
    await over();
    expect(known(id)).toMatchObject({ cancelled: true, total: 4, counts: { 'same-version': 2 } });
    expect(bed.failures).toEqual([]);
    expect(bed.store.audit.list(1)[0]).toMatchObject({ outcome: 'failed', detail: '2 same-version, 2 not reached' });
  });

  it('marks what a failing target keeps it from, and changes no status for it', async () => {
    const ids = await synced(2);
    bed.secrets.hooks.before = () => {
      throw memoryFailure('denied', 'may-not-look');
    };
    const found = await check(ids);
    expect(found.counts).toEqual({ failed: 2 });
    expect(ids.map((id) => bed.row(id).status.status)).toEqual(['synced', 'synced']);
  });

  it('is joined by one that asks for no more, and refuses one that does', async () => {
    const ids = await synced(3);
    const { passed, open } = gate();
    bed.vaults.hooks.before = () => passed;
    const one = await bed.checker().start(ids, false, 'schedule');
    expect(await bed.checker().start(ids.slice(1), false, 'user')).toMatchObject({ id: one.id });
    const refused = { detail: { kind: 'conflict', code: 'check-going-on' } };
    await expect(bed.checker().start(ids, true, 'user')).rejects.toMatchObject(refused);
    bed.vaults.set('kv', 'more', 'x');
    await expect(bed.checker().start([bed.add('more')], false, 'user')).rejects.toMatchObject(refused);
    // One that is being cancelled will not look at what is asked for.
    bed.checker().cancel(one.id);
    await expect(bed.checker().start(ids, false, 'user')).rejects.toMatchObject(refused);
    open();
    await over();
    expect(bed.store.checks.list(10)).toHaveLength(1);
    expect(await check(ids, true)).toMatchObject({ cancelled: false, total: 3 });
  });

  it('is refused where there is nothing to check, and then another can begin', async () => {
    await expect(check()).rejects.toMatchObject({ detail: { code: 'nothing-to-check' } });
    await expect(check([crypto.randomUUID()])).rejects.toMatchObject({ detail: { kind: 'not-found' } });
    await synced(1);
    expect((await check()).counts).toEqual({ 'same-version': 1 });
  });

  it('leaves out records that are removed while it goes on', async () => {
    const [first = '', second = ''] = await synced(2);
    const { passed, open } = gate();
    bed.vaults.hooks.before = () => passed;
    const { id } = await bed.checker().start(null, false, 'user');
    bed.store.records.remove([first]);
    open();
    await over();
    expect(known(id)).toMatchObject({ total: 1, counts: { 'same-version': 1 } });
    expect(rowsOf(known(id)).map(({ recordId }) => recordId)).toEqual([second]);
  });

  it('stops when the store fails, and says so', async () => {
    await synced(2);
    vi.spyOn(bed.store.checks, 'add').mockImplementation(() => {
      throw diskFull();
    });
    const { id } = await bed.checker().start(null, false, 'user');
    await over();
    expect(bed.failures.map(({ detail }) => detail.code)).toEqual(['disk-full']);
    expect(known(id)).toMatchObject({ cancelled: true, counts: {} });
    expect(known(id).endedAt).not.toBeNull();
  });

  it('does not begin where it can’t be entered: no audit, no check', async () => {
    await synced(1);
    const looks = bed.secrets.made.length;
    vi.spyOn(bed.store.checks, 'start').mockImplementation(() => {
      throw diskFull();
    });
    await expect(bed.checker().start(null, false, 'user')).rejects.toMatchObject({ detail: { code: 'disk-full' } });
    expect(bed.checker().active()).toBeUndefined();
    expect(bed.secrets.made).toHaveLength(looks);
  });

  it('that a killed app had begun is ended at the next start', async () => {
    await synced(1);
    const { passed, open } = gate();
    bed.vaults.hooks.before = () => passed;
    const { id } = await bed.checker().start(null, false, 'user');
    endInterruptedChecks(bed.store, bed.clock);
    expect(known(id)).toMatchObject({ endedAt: bed.clock.time, cancelled: true });
    expect(bed.store.audit.list(1)[0]).toMatchObject({ actor: 'recovery', outcome: 'failed' });
    open();
    await over();
  });
});
