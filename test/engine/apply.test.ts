import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskFull, type EngineBed, openEngineBed } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

const target = 'certifyclouds/api-key';

describe('one write', () => {
  let bed: EngineBed;
  let id: string;
  beforeEach(() => {
    bed = openEngineBed();
    bed.vaults.set('kv', 'api-key', 'first', { tags: { env: 'live' } });
    id = bed.add('api-key');
  });
  afterEach(() => {
    // Whatever a test did, the audit trail stays whole, and every write that was announced has an end in it.
    expect(bed.firstBadAudit()).toBeNull();
    bed.close();
  });

  const openIntents = () => bed.store.journal.openIntents();
  const audited = () =>
    bed.store.audit
      .list(100)
      .filter(({ action }) => action.startsWith('target '))
      .map(({ outcome }) => outcome)
      .reverse();
  const failing = (operation: string, times: number, failure: () => Error) => {
    let left = times;
    return (call: { operation: string }) => {
      if (call.operation !== operation || left === 0) return;
      left -= 1;
      throw failure();
    };
  };
  const network = () => memoryFailure('network', 'reset');

  it('writes to the target that was seen, not to one of the same name that is gone', async () => {
    await bed.sync(id);
    bed.secrets.removeOutside(target, 'for-good');
    bed.secrets.putOutside(target, 'made anew by somebody');
    await bed.sync(id);
    expect(bed.row(id)).toMatchObject({ status: { code: 'target-unowned' } });
    bed.store.records.setConsent(id, bed.row(id).conflictSeen ?? '');
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.held('api-key')).toBe('first');
    expect(bed.row(id).ledger?.targetId).toBe(bed.secrets.secrets.get(target)?.id);
    expect(bed.secrets.secrets.get(target)?.tags).toMatchObject({ env: 'live', 'certifyclouds:record': id });
  });

  it('takes over what goes by the name now, where it may not look', async () => {
    bed.rights = 'write-only';
    await bed.sync(id);
    bed.secrets.removeOutside(target, 'for-good');
    bed.secrets.putOutside(target, 'made anew by somebody');
    bed.vaults.set('kv', 'api-key', 'second');
    const codes: string[] = [];
    for (let n = 0; n < 3 && bed.held('api-key') !== 'second'; n++) {
      await bed.sync(id);
      codes.push(bed.row(id).status.code);
      const { conflictSeen } = bed.row(id);
      if (conflictSeen) bed.store.records.setConsent(id, conflictSeen);
    }
    // The old identity is gone; made again, it turns out to exist; then it is replaced.
    expect(codes).toEqual(['target-deleted', 'target-exists', 'synced']);
    expect(bed.held('api-key')).toBe('second');
  });

  it('enters ledger, history, status and audit, and leaves nothing open', async () => {
    await bed.sync(id);
    expect(bed.held('api-key')).toBe('first');
    const { ledger, status, conflictSeen } = bed.row(id);
    const secret = bed.secrets.secrets.get(target);
    expect(ledger).toMatchObject({ targetId: secret?.id, targetVersion: secret?.current });
    expect(status).toMatchObject({ status: 'synced', code: 'synced' });
    expect(conflictSeen).toBeNull();
    expect(bed.outcomes(id)).toEqual(['synced']);
    expect(audited()).toEqual(['started', 'succeeded']);
    expect(openIntents()).toEqual([]);
  });

  it('journals before it reads and before it writes', async () => {
    const order: string[] = [];
    bed.storeHook = (step, moment) => void (moment === 'after' && order.push(step));
    bed.vaults.hooks.before = ({ operation }) => void order.push(operation);
    bed.secrets.hooks.before = ({ operation }) => void order.push(operation);
    await bed.sync(id);
    expect(order.slice(order.indexOf('openIntent'))).toEqual([
      'openIntent',
      'read',
      'sealIntent',
      'onDisk',
      'write',
      'finish',
      'endRun',
    ]);
  });

  it('changes nothing at the target before the disk holds what it is about to do', async () => {
    bed.service = 'secretmanager';
    bed.deletions = 'follow';
    const place = bed.secretsIn('eu');
    for (const name of ['other', 'late', 'theirs']) bed.vaults.set('kv', name, name);
    const [late, theirs] = ['late', 'theirs'].map((name) => bed.add(name, { targetRegion: 'eu' })) as [string, string];
    const seen = new Set<string>();
    let written = true;
    bed.storeHook = (step, moment) => {
      if (step === 'openIntent' || step === 'sealIntent') written = false;
      if (step === 'onDisk' && moment === 'after') written = true;
    };
    place.hooks.before = ({ operation }) => {
      if (!['write', 'shell', 'tag', 'remove', 'restore'].includes(operation)) return;
      seen.add(operation);
      expect(written, operation).toBe(true);
    };
    const later = () => {
      bed.clock.time += 3 * 3_600_000;
    };
    await bed.sync(late);
    later();
    bed.vaults.set('kv', 'late', 'newer', { tags: { env: 'live' } });
    await bed.sync(late);
    later();
    bed.vaults.update('kv', 'late', { tags: {} });
    await bed.sync(late);
    bed.vaults.remove('kv', 'late');
    await bed.sync(late);
    bed.vaults.recover('kv', 'late');
    await bed.sync(late);
    expect(bed.outcomes(late)).toEqual(['synced', 'deleted', 'synced', 'synced', 'synced']);
    place.putOutside(bed.targetOf('theirs'), 'theirs');
    await bed.sync(theirs);
    await bed.decide(theirs, 'adopt');
    await bed.engine().unlink([{ id: theirs }], new AbortController().signal);
    expect([...seen].sort()).toEqual(['remove', 'restore', 'shell', 'tag', 'write']);
  });

  it('tells of a read that fails for good, and writes nothing', async () => {
    bed.vaults.hooks.before = failing('read', 99, () => memoryFailure('denied', 'may-not-read'));
    await bed.sync(id);
    expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'may-not-read' });
    expect(bed.secrets.count('write')).toBe(0);
    expect(openIntents()).toEqual([]);
    expect(audited()).toEqual(['started', 'failed']);
  });

  it('repeats a read that fails in passing', async () => {
    bed.vaults.hooks.before = failing('read', 2, network);
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.versions('api-key')).toBe(1);
  });

  it('tells of a refused write, and forgets the intent: nothing can have been written', async () => {
    bed.secrets.hooks.before = failing('write', 1, () => memoryFailure('denied', 'may-not-write'));
    await bed.sync(id);
    expect(bed.row(id)).toMatchObject({ ledger: null, status: { status: 'failed', code: 'may-not-write' } });
    expect(openIntents()).toEqual([]);
    expect(audited()).toEqual(['started', 'failed']);
  });

  it('makes one version when replies are lost and the write is repeated', async () => {
    bed.secrets.hooks.after = failing('write', 3, network);
    await bed.sync(id);
    expect(bed.secrets.count('write')).toBe(4);
    expect(bed.versions('api-key')).toBe(1);
    expect(bed.row(id).status.status).toBe('synced');
  });

  it('does not know the end of a write whose replies are all lost, says so, and finds out next time', async () => {
    bed.secrets.hooks.after = failing('write', 99, network);
    await bed.sync(id);
    expect(bed.row(id)).toMatchObject({ ledger: null, status: { status: 'unknown', code: 'write-unconfirmed' } });
    expect(openIntents()).toHaveLength(1);
    bed.secrets.hooks.after = undefined;
    const writes = bed.secrets.count('write');
    await bed.sync(id);
    expect(bed.secrets.count('write')).toBe(writes);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.versions('api-key')).toBe(1);
    expect(openIntents()).toEqual([]);
  });

  it('keeps the intent when a lost reply is followed by a refusal: the first try may have arrived', async () => {
    bed.secrets.hooks.after = failing('write', 1, network);
    bed.secrets.hooks.before = ({ operation, count }) => {
      if (operation === 'write' && count > 1) throw memoryFailure('denied', 'policy-changed');
    };
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('unknown');
    expect(openIntents()).toHaveLength(1);
    bed.secrets.hooks.before = undefined;
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.row(id).ledger?.targetVersion).toBe(bed.secrets.secrets.get(target)?.current);
    expect(bed.versions('api-key')).toBe(1);
  });

  it('keeps the intent when the answer to a write cannot be understood', async () => {
    bed.secrets.hooks.after = failing('write', 1, () => new Error('unforeseen'));
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('unknown');
    bed.secrets.hooks.after = undefined;
    await bed.sync(id);
    expect(bed.row(id).status.status).toBe('synced');
    expect(bed.versions('api-key')).toBe(1);
  });

  it('says throttled, not unknown, of a write that was only ever turned away', async () => {
    bed.secrets.hooks.before = failing('write', 99, () => memoryFailure('throttled', 'slow-down'));
    await bed.sync(id);
    expect(bed.row(id).status).toMatchObject({ status: 'failed', code: 'slow-down' });
    expect(openIntents()).toEqual([]);
  });

  it('keeps the ledger of a written value whose tags then fail, and plans only the tags again', async () => {
    await bed.sync(id);
    bed.clock.time += 10_000;
    const version = bed.vaults.set('kv', 'api-key', 'second', { tags: { env: 'test' } });
    bed.secrets.hooks.before = failing('tag', 99, () => memoryFailure('denied', 'may-not-tag'));
    await bed.sync(id);
    expect(bed.held('api-key')).toBe('second');
    expect(bed.row(id)).toMatchObject({ status: { status: 'failed', code: 'may-not-tag' } });
    expect(bed.row(id).ledger).toMatchObject({ sourceVersion: version, tagsWritten: { env: 'live' } });
    bed.secrets.hooks.before = undefined;
    bed.clock.time += 10_000;
    const writes = bed.secrets.count('write');
    await bed.sync(id);
    expect(bed.secrets.count('write')).toBe(writes);
    expect(bed.secrets.secrets.get(target)?.tags).toMatchObject({ env: 'test' });
    expect(bed.row(id).status.status).toBe('synced');
  });

  it('audits the end of a write whose source turned out to hold the same value, even if its tags fail', async () => {
    // Two versions in one second: the vault does not tell which is current, so the value has to be read to find out.
    bed.vaults.set('kv', 'api-key', 'second', { tags: { env: 'live' } });
    await bed.sync(id);
    bed.clock.time += 10_000;
    bed.vaults.update('kv', 'api-key', { tags: { env: 'test' } });
    bed.secrets.hooks.before = failing('tag', 99, () => memoryFailure('denied', 'may-not-tag'));
    await bed.sync(id);
    expect(bed.vaults.count('read')).toBe(2);
    expect(bed.versions('api-key')).toBe(1);
    const starts = audited().filter((outcome) => outcome === 'started').length;
    expect(audited()).toHaveLength(starts * 2);
    expect(openIntents()).toEqual([]);
  });

  it('removes tags that are gone, leaves everybody else’s, and only warns where it may not remove', async () => {
    await bed.sync(id);
    bed.secrets.tagOutside(target, { 'cost-centre': '42' });
    bed.clock.time += 10_000;
    bed.vaults.update('kv', 'api-key', { tags: {} });
    await bed.sync(id);
    const tags = bed.secrets.secrets.get(target)?.tags ?? {};
    expect(Object.keys(tags).sort()).toEqual(['certifyclouds:record', 'certifyclouds:source', 'cost-centre']);
    expect(bed.versions('api-key')).toBe(1);
  });

  it('refuses a value the target cannot hold, before sending it', async () => {
    for (const [value, code] of [
      ['', 'target-value-empty'],
      ['ä'.repeat(32_769), 'target-value-too-large'],
    ] as const) {
      bed.clock.time += 10_000;
      bed.vaults.set('kv', 'api-key', value);
      await bed.sync(id);
      expect(bed.row(id).status).toMatchObject({ status: 'failed', code });
      expect(bed.secrets.count('write')).toBe(0);
    }
  });

  describe('when the store fails', () => {
    for (const step of ['startRun', 'openIntent', 'sealIntent', 'onDisk'] as const) {
      for (const moment of ['before', 'after'] as const) {
        it(`writes nothing: ${moment} ${step}`, async () => {
          bed.storeHook = (at, when) => {
            if (at === step && when === moment) throw diskFull();
          };
          if (step === 'startRun') expect(() => bed.engine().start([id], 'user')).toThrow('The disk is full.');
          else await bed.sync(id);
          expect(bed.secrets.count('write')).toBe(0);
          expect(bed.secrets.secrets.size).toBe(0);
          bed.storeHook = undefined;
          await bed.sync(id);
          expect(bed.row(id).status.status).toBe('synced');
          expect(bed.versions('api-key')).toBe(1);
          expect(openIntents()).toEqual([]);
        });
      }
    }

    for (const moment of ['before', 'after'] as const) {
      it(`loses no ledger: ${moment} finish`, async () => {
        bed.storeHook = (at, when) => {
          if (at === 'finish' && when === moment) throw diskFull();
        };
        await bed.sync(id);
        expect(bed.failures.map(({ detail }) => detail.code)).toEqual(['disk-full']);
        bed.storeHook = undefined;
        const writes = bed.secrets.count('write');
        await bed.sync(id);
        expect(bed.secrets.count('write')).toBe(writes);
        expect(bed.row(id)).toMatchObject({ status: { status: 'synced' } });
        expect(bed.row(id).ledger?.targetVersion).toBe(bed.secrets.secrets.get(target)?.current);
        expect(openIntents()).toEqual([]);
      });
    }
  });

  describe('somebody else at the target', () => {
    it('replaces only the state that was agreed to', async () => {
      bed.secrets.putOutside(target, 'by hand');
      await bed.sync(id);
      expect(bed.row(id).status.code).toBe('target-unowned');
      const seen = bed.row(id).conflictSeen ?? '';
      bed.secrets.putOutside(target, 'by another hand');
      bed.store.records.setConsent(id, seen);
      await bed.sync(id);
      expect(bed.held('api-key')).toBe('by another hand');
      expect(bed.row(id).conflictSeen).not.toBe(seen);
      bed.store.records.setConsent(id, bed.row(id).conflictSeen ?? '');
      await bed.sync(id);
      expect(bed.held('api-key')).toBe('first');
      expect(bed.row(id).record.consent).toBeNull();
    });

    it('sees a change made between scan and write', async () => {
      await bed.sync(id);
      bed.clock.time += 10_000;
      bed.vaults.set('kv', 'api-key', 'second');
      let inspected = 0;
      bed.secrets.hooks.before = ({ operation }) => {
        if (operation === 'inspect' && ++inspected === 2) bed.secrets.putOutside(target, 'by hand');
      };
      await bed.sync(id);
      expect(bed.row(id).status.code).toBe('target-changed');
      expect(bed.held('api-key')).toBe('by hand');
    });

    it('skips under Skip, overwrites under Overwrite, once each', async () => {
      await bed.sync(id);
      bed.secrets.putOutside(target, 'by hand');
      bed.policy = 'skip';
      await bed.sync(id);
      expect(bed.held('api-key')).toBe('by hand');
      bed.policy = 'overwrite';
      await bed.sync(id);
      expect(bed.held('api-key')).toBe('first');
      const writes = bed.secrets.count('write');
      bed.clock.time += 10_000;
      await bed.sync(id);
      expect(bed.secrets.count('write')).toBe(writes);
      expect(bed.outcomes(id)).toEqual(['unchanged', 'synced', 'conflict', 'synced']);
    });
  });

  describe('two source changes within one second', () => {
    it('ends with the second, though dates tell nothing', async () => {
      await bed.sync(id);
      bed.clock.time = Math.ceil(bed.clock.time / 1000) * 1000 + 5_000;
      bed.vaults.set('kv', 'api-key', 'second');
      await bed.sync(id);
      expect(bed.held('api-key')).toBe('second');
      bed.clock.time += 300;
      bed.vaults.set('kv', 'api-key', 'third');
      await bed.sync(id);
      expect(bed.held('api-key')).toBe('third');
      for (let n = 0; n < 3; n++) {
        bed.clock.time += 3 * 3_600_000;
        await bed.sync(id);
      }
      expect(bed.versions('api-key')).toBe(3);
      expect(bed.row(id).ledger?.settled).toBe(true);
      const reads = bed.vaults.count('read');
      await bed.sync(id);
      expect(bed.vaults.count('read')).toBe(reads);
    });

    it('is not fooled by a look that was taken in that second and acted on later', async () => {
      // Twelve, so that the vault is listed and a settled date alone would decide.
      const others = Array.from({ length: 11 }, (_, n) => {
        bed.vaults.set('kv', `other-${n}`, 'x');
        return bed.add(`other-${n}`);
      });
      await bed.sync(id, ...others);
      bed.clock.time = Math.ceil(bed.clock.time / 1000) * 1000 + 5_000;
      bed.vaults.set('kv', 'api-key', 'second');
      await bed.sync(id, ...others);
      // Looked at within the second, but the rest of the run took its time; meanwhile it changed in the same second.
      bed.clock.time += 200;
      bed.vaults.hooks.after = ({ operation, subject }) => {
        if (operation !== 'describe' || subject !== 'kv/api-key') return;
        bed.vaults.hooks.after = undefined;
        bed.vaults.set('kv', 'api-key', 'third');
        bed.clock.time += 5_000;
      };
      await bed.sync(id, ...others);
      for (let n = 0; n < 2; n++) {
        bed.clock.time += 3 * 3_600_000;
        await bed.sync(id, ...others);
      }
      expect(bed.held('api-key')).toBe('third');
    });
  });
});
