import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Attempt } from '../../main/store/ports.ts';
import { type DiscoveryBed, openDiscoveryBed } from '../support/discovery-bed.ts';
import { diskFull, gate, settle } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

let bed: DiscoveryBed;
beforeEach(() => {
  bed = openDiscoveryBed();
});
afterEach(() => {
  expect(bed.failed).toEqual([]);
  bed.close();
});

const itemOf = (name: string) => bed.store.discovery.items('source', 'kv', 'secret').get(name);
/** Waits until a record is; one that never is makes its test end by the runner's own limit. */
const synced = async (id: string) => {
  while (bed.row(id).status.status !== 'synced') await settle(1);
};
const later = (ms = 60_000) => {
  bed.clock.time += ms;
};

describe('a scan', () => {
  test('enters what a vault holds, without reading a value', async () => {
    bed.vaults.set('kv', 'api-key', 'one', { tags: { env: 'prod' } });
    bed.vaults.set('kv', 'Off', 'two', { enabled: false });
    bed.follower('api-key');
    expect(await bed.scan()).toBe(1);
    expect(itemOf('api-key')).toMatchObject({
      item: { name: 'api-key', tags: { env: 'prod' } },
      firstSeenAt: bed.clock.time,
      changedAt: bed.clock.time,
      deletedAt: null,
    });
    expect(itemOf('off')?.item.name).toBe('Off');
    expect(bed.vault()).toMatchObject({ items: 2, disabled: 1, deleted: 0, goneAt: null });
  });

  test('lists each vault and kind in use once, and reads and writes nothing if nothing changed', async () => {
    bed.vaults.addVault('unused');
    bed.vaults.set('kv', 'api-key', 'one');
    const id = bed.follower('api-key');
    await bed.scan();
    expect(bed.held('api-key')).toBe('one');
    later(3 * 3_600_000);
    await bed.scan();
    bed.vaults.made.length = 0;
    bed.secrets.made.length = 0;
    bed.started.length = 0;
    later();
    await bed.scan();
    expect(bed.vaults.made.map(({ operation, subject }) => `${operation} ${subject}`).sort()).toEqual([
      'listPage kv',
      'listVaults ',
    ]);
    expect(bed.secrets.made).toEqual([]);
    expect(bed.started).toEqual([]);
    expect(bed.row(id).status.status).toBe('synced');
  });

  test('of named vaults looks at both kinds', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    expect(await bed.scan('kv')).toBe(1);
    expect(
      bed
        .vault()
        ?.scans.map(({ kind }) => kind)
        .sort(),
    ).toEqual(['certificate', 'secret']);
    expect(bed.started).toEqual([]);
  });

  test('tells changed, deleted and returned items apart', async () => {
    bed.vaults.set('kv', 'stays', 'one');
    bed.vaults.set('kv', 'goes', 'one');
    bed.follower('stays');
    await bed.scan();
    const first = bed.clock.time;
    later();
    bed.vaults.remove('kv', 'goes');
    bed.vaults.update('kv', 'stays', { tags: { new: 'tag' } });
    await bed.scan();
    const second = bed.clock.time;
    expect(itemOf('stays')).toMatchObject({ firstSeenAt: first, changedAt: second, item: { tags: { new: 'tag' } } });
    expect(itemOf('goes')).toMatchObject({ firstSeenAt: first, changedAt: first, deletedAt: second });
    later();
    bed.vaults.set('kv', 'goes', 'two');
    await bed.scan();
    expect(itemOf('goes')).toMatchObject({ firstSeenAt: first, changedAt: bed.clock.time, deletedAt: null });
    expect(itemOf('stays')?.changedAt).toBe(second);
  });

  test('takes nothing for deleted from a listing that fails on a later page', async () => {
    for (let n = 0; n < 60; n++) bed.vaults.set('kv', `secret-${n}`, 'one');
    bed.follower('secret-1');
    await bed.scan();
    later();
    for (let n = 30; n < 60; n++) bed.vaults.remove('kv', `secret-${n}`);
    let pages = 0;
    bed.vaults.hooks.before = ({ operation }) => {
      if (operation === 'listPage' && ++pages > 1) throw memoryFailure('denied', 'page-two');
    };
    await bed.scan();
    expect(bed.vault()).toMatchObject({ items: 60, deleted: 0 });
    expect(bed.vault()?.scans).toMatchObject([{ kind: 'secret', failure: { code: 'page-two' } }]);
    bed.vaults.hooks.before = undefined;
    await bed.scan();
    expect(bed.vault()).toMatchObject({ items: 30, deleted: 30 });
    expect(bed.vault()?.scans).toMatchObject([{ kind: 'secret', failure: null }]);
  });

  test('believes that a vault is empty only when it says so twice', async () => {
    bed.vaults.set('kv', 'one', 'value');
    bed.vaults.set('kv', 'two', 'value');
    bed.follower('one');
    await bed.scan();
    bed.vaults.remove('kv', 'one');
    bed.vaults.remove('kv', 'two');
    later();
    await bed.scan();
    expect(bed.vault()).toMatchObject({ items: 2, deleted: 0 });
    expect(bed.vault()?.scans[0]?.failure?.code).toBe('vault-listed-nothing');
    // What was said once is stored: it counts after a restart too.
    bed.reborn();
    later();
    await bed.scan();
    expect(bed.vault()).toMatchObject({ items: 0, deleted: 2 });
  });

  test('believes that the last item of a vault was deleted', async () => {
    bed.vaults.set('kv', 'last', 'value');
    bed.follower('last');
    await bed.scan();
    bed.vaults.remove('kv', 'last');
    await bed.scan();
    expect(bed.vault()).toMatchObject({ items: 0, deleted: 1 });
  });

  test('of a vault that hangs holds up no other, and is not begun again', async () => {
    bed.vaults.addVault('hangs');
    bed.vaults.set('kv', 'api-key', 'one');
    bed.vaults.set('hangs', 'other', 'one');
    const id = bed.follower('api-key');
    bed.follower('other', { sourceVault: 'hangs' });
    const door = gate();
    bed.vaults.hooks.before = ({ operation, subject }) =>
      operation === 'listPage' && subject === 'hangs' ? door.passed : undefined;
    const { finished } = await bed.discovery.scan();
    await synced(id);
    expect(bed.discovery.isScanning('source', 'HANGS')).toBe(true);
    expect(bed.discovery.isScanning('source', 'kv')).toBe(false);
    const second = await bed.discovery.scan();
    await settle(200);
    expect(bed.listings('hangs')).toBe(1);
    expect(bed.listings('kv')).toBe(2);
    door.open();
    await Promise.all([finished, second.finished]);
    expect(bed.vault('hangs')).toMatchObject({ items: 1 });
    expect(bed.started.length).toBe(2);
  });

  test('of many vaults that fail holds up none that answers', async () => {
    const dead = Array.from({ length: 20 }, (_, n) => `dead-${n}`);
    for (const name of dead) bed.vaults.addVault(name, { open: false });
    for (const name of dead) bed.follower(`of-${name}`, { sourceVault: name });
    await bed.scan();
    expect(bed.vault('dead-19')?.scans[0]?.failure?.code).toBe('memory-denied');
    bed.vaults.set('kv', 'api-key', 'one');
    const id = bed.follower('api-key');
    const door = gate();
    bed.vaults.hooks.before = ({ operation, subject }) =>
      operation === 'listPage' && subject !== 'kv' ? door.passed : undefined;
    const { finished, vaults } = await bed.discovery.scan();
    await synced(id);
    expect(vaults).toBe(21);
    expect(dead.every((name) => bed.discovery.isScanning('source', name))).toBe(true);
    door.open();
    await finished;
    expect(dead.some((name) => bed.discovery.isScanning('source', name))).toBe(false);
  });

  test('marks vaults gone that the connection no longer sees, unless a subscription was refused or none was seen', async () => {
    bed.vaults.addVault('other');
    bed.vaults.set('kv', 'api-key', 'one');
    bed.follower('api-key');
    await bed.scan();
    expect(bed.store.discovery.vaults().map(({ vault, goneAt }) => [vault, goneAt])).toEqual([
      ['kv', null],
      ['other', null],
    ]);
    const see = (vaults: string[], refused: string[]) => {
      const source = bed.vaults.open();
      source.listVaults = async () => ({
        vaults: vaults.map((name) => ({ name, uri: '', subscription: 'Memory' })),
        refused: refused.map((subscription) => ({ subscription, sentence: 'No.' })),
      });
    };
    const gone = () => bed.store.discovery.vaults().filter(({ goneAt }) => goneAt !== null);
    see(['kv'], ['Memory']);
    await bed.scan();
    expect(gone()).toEqual([]);
    see([], []);
    await bed.scan();
    expect(gone()).toEqual([]);
    see(['kv'], []);
    await bed.scan();
    expect(gone().map(({ vault }) => vault)).toEqual(['other']);
    see(['kv', 'other'], []);
    await bed.scan();
    expect(gone()).toEqual([]);
  });

  test('whose failure can’t even be entered, or that meets a bug, is told to the log', async () => {
    bed.follower('api-key');
    bed.vaults.hooks.before = ({ operation }) => {
      if (operation === 'listPage') throw new Error('a bug');
    };
    await bed.scan();
    expect(bed.failed).toMatchObject([{ cause: { message: 'a bug' } }]);
    expect(bed.vault()?.scans[0]?.failure?.code).toBe('unexpected');
    const enterFailure = bed.store.discovery.enterFailure;
    bed.store.discovery.enterFailure = () => {
      throw diskFull();
    };
    await bed.scan();
    bed.store.discovery.enterFailure = enterFailure;
    expect(bed.failed).toMatchObject([{}, { detail: { code: 'disk-full' } }, { cause: { message: 'a bug' } }]);
    bed.failed.length = 0;
  });

  test('is refused while the credential store is locked', async () => {
    bed.locked = true;
    await expect(bed.discovery.scan()).rejects.toThrow('locked');
  });

  test('that is called off when the app ends enters nothing of what it had begun', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    bed.follower('api-key');
    const door = gate();
    bed.vaults.hooks.before = ({ operation }) => (operation === 'listPage' ? door.passed : undefined);
    const { finished } = await bed.discovery.scan();
    await settle();
    await bed.discovery.stop();
    await finished;
    expect(bed.vault()?.scans ?? []).toEqual([]);
    door.open();
  });
});

describe('a changed source', () => {
  test('reaches its target within one scan, with one value read', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    const id = bed.follower('api-key');
    await bed.scan();
    later();
    bed.vaults.set('kv', 'api-key', 'two');
    const reads = bed.vaults.count('read');
    await bed.scan();
    expect(bed.held('api-key')).toBe('two');
    expect(bed.vaults.count('read') - reads).toBe(1);
    expect(bed.store.journal.history(id, 10)[0]?.trigger).toBe('change');
  });

  test('that is disabled or deleted shows in its record', async () => {
    bed.vaults.set('kv', 'off', 'one');
    bed.vaults.set('kv', 'gone', 'one');
    const [off, gone] = [bed.follower('off'), bed.follower('gone')];
    await bed.scan();
    later();
    bed.vaults.update('kv', 'off', { enabled: false });
    bed.vaults.remove('kv', 'gone');
    await bed.scan();
    expect(bed.row(off).status.code).toBe('source-disabled');
    expect(bed.row(gone).status.code).toBe('source-missing');
    const starts = bed.started.length;
    later();
    await bed.scan();
    expect(bed.started.length).toBe(starts);
    // Back as it was: the record says so again.
    bed.vaults.set('kv', 'gone', 'one');
    bed.vaults.update('kv', 'off', { enabled: true });
    later();
    await bed.scan();
    expect(bed.row(off).status.status).toBe('synced');
    expect(bed.row(gone).status.status).toBe('synced');
  });

  test('that was deleted and is recovered as it was shows as such again, without a write', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    bed.vaults.set('kv', 'other', 'one');
    const id = bed.follower('api-key');
    await bed.scan();
    later(3 * 3_600_000);
    await bed.scan();
    bed.vaults.remove('kv', 'api-key');
    await bed.scan();
    expect(bed.row(id).status.code).toBe('source-missing');
    later();
    bed.vaults.recover('kv', 'api-key');
    await bed.scan();
    expect(itemOf('api-key')?.deletedAt).toBeNull();
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.versions('api-key')).toBe(1);
  });

  test('that was gone before it was ever seen shows in its record, and starts it once', async () => {
    const id = bed.follower('never-there');
    await bed.scan();
    expect(bed.row(id).status.code).toBe('source-missing');
    expect(itemOf('never-there')?.deletedAt).toBe(bed.clock.time);
    later();
    await bed.scan();
    expect(bed.started).toHaveLength(1);
    bed.vaults.set('kv', 'Never-There', 'here');
    await bed.scan();
    expect(bed.row(id).status.status).toBe('synced');
  });

  test('that is deleted takes its target along within one scan where the policy says so', async () => {
    for (const name of ['goes', 'stays']) bed.vaults.set('kv', name, 'value');
    const id = bed.follower('goes', { deletionPolicy: 'follow' });
    bed.follower('stays');
    await bed.scan();
    later();
    bed.vaults.remove('kv', 'goes');
    await bed.scan();
    expect(bed.row(id).status).toMatchObject({ status: 'synced', code: 'deleted' });
    expect(bed.secrets.secrets.get(bed.targetOf('goes'))?.pendingDeletion).toBe(true);
    const starts = bed.started.length;
    later();
    await bed.scan();
    expect(bed.started).toHaveLength(starts);
    bed.vaults.recover('kv', 'goes');
    later();
    await bed.scan();
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.secrets.secrets.get(bed.targetOf('goes'))?.pendingDeletion).toBe(false);
    expect(bed.held('stays')).toBe('value');
  });

  test('known before the first scan starts nothing that is synced already', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    later(3 * 3_600_000);
    const id = bed.follower('api-key');
    await bed.sync(id);
    later();
    await bed.scan();
    expect(bed.started).toEqual([]);
  });

  test('starts no record that is paused, does not follow changes, or waits for a person', async () => {
    for (const name of ['paused', 'manual', 'held']) bed.vaults.set('kv', name, 'one');
    bed.follower('paused', { enabled: false });
    bed.add('manual');
    const held = bed.follower('held');
    bed.secrets.putOutside(bed.targetOf('held'), 'somebody else’s');
    await bed.sync(held);
    expect(bed.row(held).conflictSeen).not.toBeNull();
    later();
    bed.vaults.set('kv', 'held', 'two');
    await bed.scan();
    later();
    await bed.scan();
    expect(bed.started).toEqual([]);
    expect(bed.row(held).status.code).toBe('target-unowned');
  });

  test('is found again after a pause, after a run that looked too early, and after a lost start', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    const id = bed.follower('api-key');
    await bed.scan();
    const change = (value: string) => {
      later();
      bed.vaults.set('kv', 'api-key', value);
    };
    change('two');
    bed.paused = true;
    await bed.scan();
    expect(bed.held('api-key')).toBe('one');
    bed.paused = false;
    await bed.scan();
    expect(bed.held('api-key')).toBe('two');

    change('three');
    bed.busy.add(id);
    await bed.scan();
    expect(bed.held('api-key')).toBe('two');
    bed.busy.clear();
    // The attempt that was under way ended after the scan, with what it had seen before.
    const { status } = bed.row(id);
    later();
    const entered = { conflictSeen: null, nextRunAt: null, enteredAt: bed.clock.time, failuresInRow: 0 };
    const attempt = unchangedAttempt(id, bed.clock.time);
    bed.store.journal.finish([{ attempt, status, ...entered, closeIntent: true, audit: null }]);
    later();
    await bed.scan();
    expect(bed.held('api-key')).toBe('three');

    change('four');
    bed.paused = true;
    await bed.scan();
    bed.reborn();
    bed.paused = false;
    later();
    await bed.scan();
    expect(bed.held('api-key')).toBe('four');
  });

  test('is acted on under a clock that was set back', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    bed.follower('api-key');
    await bed.scan();
    bed.clock.time -= 3_600_000;
    bed.vaults.set('kv', 'api-key', 'two');
    await bed.scan();
    expect(bed.held('api-key')).toBe('two');
  });

  test('whose record fails is not tried again by every scan', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    bed.follower('api-key');
    bed.secrets.hooks.before = ({ operation }) => {
      if (operation === 'write') throw memoryFailure('denied', 'no-write');
    };
    await bed.scan();
    expect(bed.started.length).toBe(1);
    for (let n = 0; n < 3; n++) {
      later();
      await bed.scan();
    }
    expect(bed.started.length).toBe(1);
    later();
    bed.vaults.set('kv', 'api-key', 'two');
    await bed.scan();
    expect(bed.started.length).toBe(2);
  });

  test('of a record that reads several is any of them', async () => {
    bed.vaults.set('kv', 'user', 'ann');
    bed.vaults.set('kv', 'password', 'one');
    const shape = { kind: 'json-object', key: 'user', more: [{ name: 'Password', key: 'password' }] } as const;
    bed.follower('user', { shape });
    await bed.scan();
    later();
    bed.vaults.set('kv', 'password', 'two');
    await bed.scan();
    expect(bed.held('user')).toBe('{"user":"ann","password":"two"}');
    later(3 * 3_600_000);
    await bed.scan();
    const starts = bed.started.length;
    later();
    await bed.scan();
    expect(bed.started.length).toBe(starts);
  });

  test('that changed twice in the second in which it was read is found by the scan after', async () => {
    bed.vaults.set('kv', 'api-key', 'one');
    bed.follower('api-key');
    await bed.scan();
    bed.vaults.set('kv', 'api-key', 'two');
    later();
    await bed.scan();
    expect(bed.held('api-key')).toBe('two');
  });
});

function unchangedAttempt(recordId: string, startedAt: number): Attempt {
  return {
    ...{ recordId, runId: 'run', trigger: 'schedule', startedAt, durationMs: 1 },
    ...{ outcome: 'unchanged', action: 'unchanged', code: 'unchanged', sentence: '', fix: '' },
    ...{ sourceVersion: null, targetVersion: null, writtenTo: null },
  };
}
