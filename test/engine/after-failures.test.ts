import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

let bed: EngineBed;
beforeEach(() => {
  bed = openEngineBed();
  bed.deletions = 'follow';
  bed.vaults.set('kv', 'other', 'stays');
});
afterEach(() => {
  expect(bed.firstBadAudit()).toBeNull();
  bed.close();
});

/** Every call to the vault fails while `work` goes on. */
async function whileVaultFails(work: () => Promise<unknown>): Promise<void> {
  bed.vaults.hooks.before = () => {
    throw memoryFailure('network', 'memory-network');
  };
  await work();
  bed.vaults.hooks.before = undefined;
}

/** Records whose sources were all deleted: key-0 and so on. @returns their ids */
async function stoppedByBrake(): Promise<string[]> {
  const names = Array.from({ length: 30 }, (_, index) => `key-${index}`);
  for (const name of names) bed.vaults.set('kv', name, 'value');
  const ids = names.map((name) => bed.add(name, { schedule: { kind: 'every', hours: 1 } }));
  await bed.sync(...ids);
  for (const name of names) bed.vaults.remove('kv', name);
  await bed.sync(...ids);
  return ids;
}

it('leaves the target of what its tag excluded, when a look had failed before the source was deleted', async () => {
  bed.exclusions = ['tag:no-sync=true'];
  bed.vaults.set('kv', 'api-key', 'first');
  const id = bed.add('api-key');
  await bed.sync(id);
  bed.clock.time += 10_000;
  bed.vaults.update('kv', 'api-key', { tags: { 'no-sync': 'true' } });
  await bed.sync(id);
  expect(bed.row(id).status.code).toBe('excluded');
  await whileVaultFails(() => bed.sync(id));
  expect(bed.row(id).status.code).toBe('memory-network');
  bed.vaults.remove('kv', 'api-key');
  await bed.sync(id);
  expect(bed.row(id).status.code).toBe('excluded');
  expect(bed.secrets.count('remove')).toBe(0);
});

it('writes a value that was changed together with the tag that excluded it, once the tag is gone', async () => {
  bed.exclusions = ['tag:no-sync=true'];
  bed.clock.time += 3 * 3_600_000;
  bed.vaults.set('kv', 'api-key', 'first');
  const id = bed.add('api-key');
  bed.clock.time += 3 * 3_600_000;
  await bed.sync(id);
  bed.vaults.set('kv', 'api-key', 'second', { tags: { 'no-sync': 'true' } });
  await bed.sync(id);
  bed.exclusions = [];
  await bed.sync(id);
  expect(bed.held('api-key')).toBe('second');
  expect(bed.row(id).status.code).toBe('synced');
});

it('goes on trying a manual record that a change of its source had started', async () => {
  bed.vaults.set('kv', 'api-key', 'first');
  const id = bed.add('api-key', { syncOnChange: true });
  await bed.sync(id);
  bed.clock.time += 10_000;
  bed.vaults.set('kv', 'api-key', 'second');
  await whileVaultFails(async () => {
    await bed.engine().start([id], 'change').finished;
    expect(bed.row(id)).toMatchObject({ failuresInRow: 1, nextRunAt: bed.clock.time + 300_000 });
    await bed.engine().start([id], 'schedule').finished;
    expect(bed.row(id)).toMatchObject({ failuresInRow: 2, nextRunAt: bed.clock.time + 600_000 });
  });
  await bed.engine().start([id], 'schedule').finished;
  expect(bed.held('api-key')).toBe('second');
  expect(bed.row(id).nextRunAt).toBeNull();
});

it('does not take a failed look for an answer to what the brake asked', async () => {
  const ids = await stoppedByBrake();
  const few = ids.slice(0, 8);
  const [first = ''] = few;
  const asked = bed.row(first);
  expect(asked).toMatchObject({ status: { code: 'delete-brake' }, nextRunAt: null });
  await whileVaultFails(() => bed.sync(...few));
  expect(bed.row(first)).toMatchObject({ status: asked.status, conflictSeen: asked.conflictSeen, nextRunAt: null });
  expect(bed.outcomes(first)[0]).toBe('failed');
  await bed.engine().start(few, 'schedule').finished;
  expect(bed.secrets.count('remove')).toBe(0);
  // Once answered, a failure is only a failure: it is tried again.
  await whileVaultFails(() => bed.decide(first, 'delete'));
  expect(bed.row(first)).toMatchObject({ status: { code: 'memory-network' }, conflictSeen: null });
  expect(bed.row(first).nextRunAt).not.toBeNull();
  await bed.engine().start([first], 'schedule').finished;
  expect(bed.row(first).status.code).toBe('deleted');
});

it('does not take a vault that lists nothing for an answer to what the brake asked, in a sync or a check', async () => {
  const ids = await stoppedByBrake();
  const [first = '', second = ''] = ids;
  bed.vaults.remove('kv', 'other');
  await bed.sync(first);
  await bed.checker().start([second], false, 'user');
  await vi.waitFor(() => expect(bed.checker().active()).toBeUndefined());
  expect(bed.checks.at(-1)?.counts).toEqual({ 'source-missing': 1 });
  for (const id of [first, second])
    expect(bed.row(id)).toMatchObject({ status: { code: 'delete-brake' }, nextRunAt: null });
  bed.vaults.recover('kv', 'other');
  await bed.engine().start([first, second], 'schedule').finished;
  expect(bed.secrets.count('remove')).toBe(0);
});

it('forgets what the brake asked once nobody wants the deletion, or the source is back', async () => {
  const ids = await stoppedByBrake();
  const [back = '', kept = ''] = ids;
  bed.vaults.recover('kv', 'key-0');
  await bed.sync(back);
  expect(bed.row(back)).toMatchObject({ status: { code: 'unchanged' }, conflictSeen: null });
  bed.deletions = 'keep';
  await bed.sync(kept);
  expect(bed.row(kept)).toMatchObject({ status: { code: 'source-missing' }, conflictSeen: null });
  expect(bed.row(kept).nextRunAt).not.toBeNull();
});

it('does not do what a person agreed to before they chose to keep the target', async () => {
  bed.vaults.set('kv', 'api-key', 'first');
  const id = bed.add('api-key');
  await bed.sync(id);
  const name = bed.targetOf('api-key');
  bed.secrets.putOutside(name, 'theirs');
  const theirs = bed.secrets.secrets.get(name)?.current;
  await bed.sync(id);
  await whileVaultFails(() => bed.decide(id, 'overwrite'));
  bed.secrets.putOutside(name, 'newer');
  await bed.sync(id);
  await bed.engine().keep(id, bed.row(id).conflictSeen ?? '', new AbortController().signal);
  // The target is as it was when the person agreed, and the source is newer.
  Object.assign(bed.secrets.secrets.get(name) ?? {}, { current: theirs });
  bed.clock.time += 10_000;
  bed.vaults.set('kv', 'api-key', 'second');
  await bed.sync(id);
  expect(bed.row(id).status.code).toBe('target-changed');
  expect(bed.held('api-key')).toBe('theirs');
});
