import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SyncRecord } from '../../main/domain/record.ts';
import { patience } from '../conformance/outcome.ts';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';

describe('a plan that was shown', () => {
  let bed: EngineBed;
  let ids: string[];
  beforeEach(() => {
    bed = openEngineBed();
    for (const name of ['a', 'b', 'c']) bed.vaults.set('kv', name, `value of ${name}`);
    ids = ['a', 'b', 'c'].map((name) => bed.add(name));
  });
  afterEach(() => bed.close());

  const show = async () => new Map((await bed.engine().plan(ids, patience())).map((step) => [step.recordId, step]));
  const apply = async (shown: Awaited<ReturnType<typeof show>>) => bed.engine().start(ids, 'user', shown).finished;
  const codes = () => ids.map((id) => bed.row(id).status.code);

  it('is what is done', async () => {
    expect(await apply(await show())).toMatchObject({ written: 3 });
    expect(codes()).toEqual(['synced', 'synced', 'synced']);
  });

  it('is not departed from, and the others are not held up', async () => {
    await bed.sync(...ids);
    bed.clock.time += 10_000;
    for (const name of ['a', 'b', 'c']) bed.vaults.set('kv', name, `newer ${name}`);
    bed.policy = 'overwrite';
    const shown = await show();
    bed.clock.time += 10_000;
    bed.vaults.set('kv', 'a', 'newest a');
    bed.secrets.putOutside('certifyclouds/b', 'by hand');
    expect(await apply(shown)).toMatchObject({ written: 1, attention: 2 });
    expect(codes()).toEqual(['plan-changed', 'plan-changed', 'synced']);
    expect([bed.held('a'), bed.held('b'), bed.held('c')]).toEqual(['value of a', 'by hand', 'newer c']);
    expect(bed.row(ids[1] ?? '').status.sentence).toContain('changed outside this app');
    expect(bed.outcomes(ids[0] ?? '')[0]).toBe('blocked');
    expect(await apply(await show())).toMatchObject({ written: 2 });
  });

  it('is fine with a target that turns out to need nothing, or a person', async () => {
    const shown = await show();
    bed.secrets.putOutside('certifyclouds/b', 'by hand');
    await bed.sync(ids[0] ?? '');
    await apply(shown);
    expect(codes()).toEqual(['unchanged', 'target-unowned', 'synced']);
  });

  it('names a target that somebody made since, and leaves it', async () => {
    const shown = await show();
    bed.secrets.hooks.before = ({ operation }) => {
      if (operation === 'write' && !bed.secrets.secrets.has('certifyclouds/c'))
        bed.secrets.putOutside('certifyclouds/c', 'by hand');
    };
    await apply(shown);
    expect(bed.held('c')).toBe('by hand');
    expect(bed.row(ids[2] ?? '')).toMatchObject({ status: { status: 'failed', code: 'target-unowned' } });
    expect(bed.row(ids[2] ?? '').conflictSeen).toMatch(/^version:/);
    expect(bed.store.journal.openIntents()).toEqual([]);
  });

  it('can be shown of records that do not exist yet', async () => {
    bed.secrets.putOutside('certifyclouds/b', 'by hand');
    const drafts: SyncRecord[] = ids.map((id) => ({ ...bed.row(id).record, id: crypto.randomUUID() }));
    bed.store.records.remove(ids);
    const steps = await bed.engine().planDrafts(drafts, patience());
    expect(steps.map(({ recordId }) => recordId)).toEqual(drafts.map(({ id }) => id));
    expect(steps.map(({ code }) => code)).toEqual(['new', 'target-unowned', 'new']);
    expect([bed.secrets.count('write'), bed.vaults.count('read')]).toEqual([0, 0]);
  });
});
