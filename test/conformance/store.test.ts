import { describe, expect, test } from 'vitest';
import { targetPlace } from '../../main/domain/record.ts';
import {
  auditOf,
  connectionNamed,
  epoch,
  failureOf,
  firstBadOf,
  idOf,
  intentOf,
  ledgerOf,
  outcomeOf,
  pending,
  recordNamed,
  synced,
  tokenOf,
} from '../store/builders.ts';
import { filledStore, stores } from '../store/stores.ts';

describe.each(stores)('%s', (_, open) => {
  const filled = (...names: string[]) => filledStore(open, names);

  describe('connections', () => {
    test('are kept whole, in the order they were added', () => {
      const subject = open();
      const azure = {
        ...connectionNamed('azure'),
        settings: { provider: 'azure', tenantId: 't', clientId: 'c', signIn: 'secret', cloud: 'public' },
      } as const;
      subject.store.connections.save(azure, null);
      subject.store.connections.save(connectionNamed('aws'), null);
      subject.store.connections.save({ ...azure, name: 'renamed' }, null);
      expect(subject.reopen().connections.list()).toEqual([{ ...azure, name: 'renamed' }, connectionNamed('aws')]);
    });

    test('are found by id', () => {
      const { store } = filled();
      expect(store.connections.get(idOf('aws'))).toEqual(connectionNamed('aws'));
      expect(store.connections.get(idOf('nobody'))).toBeUndefined();
    });

    test('keep their token until another is saved', () => {
      const subject = open();
      const [first, second] = [tokenOf('first'), tokenOf('second')];
      subject.store.connections.save(connectionNamed('aws'), null);
      expect(subject.store.connections.token(idOf('aws'))).toBeUndefined();
      subject.store.connections.save(connectionNamed('aws'), first);
      subject.store.connections.save(connectionNamed('aws'), null);
      expect(subject.store.connections.token(idOf('aws'))).toBe(first);
      subject.store.connections.save(connectionNamed('aws'), second);
      expect(subject.reopen().connections.token(idOf('aws'))).toBe(second);
    });

    test('refuse a credential that is not a token, and then keep nothing', () => {
      const { store } = open();
      expect(() =>
        store.connections.save(connectionNamed('aws'), 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
      ).toThrow();
      expect(store.connections.list()).toEqual([]);
    });

    test('go with their token, but not while a record uses them', () => {
      const { store } = filled('one');
      expect(failureOf(() => store.connections.remove(idOf('aws'), { withRecords: false })).detail).toMatchObject({
        kind: 'conflict',
        code: 'connection-in-use',
      });
      expect(store.connections.token(idOf('aws'))).toBeDefined();
      store.records.remove([idOf('one')]);
      store.connections.remove(idOf('aws'), { withRecords: false });
      expect(store.connections.get(idOf('aws'))).toBeUndefined();
      expect(store.connections.token(idOf('aws'))).toBeUndefined();
      expect(store.connections.list()).toHaveLength(1);
    });
  });

  describe('records', () => {
    test('are kept whole, in the order they were added', () => {
      const subject = filled('one', 'two');
      const manual = recordNamed('three', { schedule: { kind: 'manual' }, conflictPolicy: 'skip', consent: 'absent' });
      subject.store.records.insert([{ record: manual, status: synced, nextRunAt: null }]);
      const rest = { conflictSeen: null, lastRunAt: null, failuresInRow: 0, ledger: null };
      expect(subject.reopen().records.list()).toEqual([
        { record: recordNamed('one'), status: pending, nextRunAt: epoch, nextRunSetAt: epoch, ...rest },
        { record: recordNamed('two'), status: pending, nextRunAt: epoch, nextRunSetAt: epoch, ...rest },
        { record: manual, status: synced, nextRunAt: null, nextRunSetAt: null, ...rest },
      ]);
    });

    test('keep any name as it is', () => {
      const subject = filled();
      const name = 'ümläut \u202e=cmd|\u0000\ud800 <img onerror=x> \'"; DROP TABLE records; --';
      subject.store.records.insert([
        { record: recordNamed('odd', { sourceName: name, targetName: name }), status: pending, nextRunAt: null },
      ]);
      expect(subject.reopen().records.get(idOf('odd'))?.record).toMatchObject({ sourceName: name, targetName: name });
    });

    test('are found by id, one and many, in the order asked for', () => {
      const { store } = filled('one', 'two', 'three');
      expect(store.records.get(idOf('two'))?.record).toEqual(recordNamed('two'));
      expect(store.records.get(idOf('nobody'))).toBeUndefined();
      const found = store.records.getMany([idOf('three'), idOf('nobody'), idOf('one')]);
      expect(found.map(({ record }) => record.sourceName)).toEqual(['three', 'one']);
      expect(store.records.getMany([])).toEqual([]);
    });

    test('may not share a target place, and then none is added', () => {
      const { store } = filled('one');
      const rows = [recordNamed('two'), recordNamed('three', { targetName: 'certifyclouds/one' })];
      const failure = failureOf(() =>
        store.records.insert(rows.map((record) => ({ record, status: pending, nextRunAt: null }))),
      );
      expect(failure.detail).toMatchObject({ kind: 'conflict', code: 'duplicate-target' });
      expect(failure.detail.sentence).toContain('certifyclouds/one');
      expect(store.records.list()).toHaveLength(1);
    });

    test('may share a target name elsewhere', () => {
      const { store } = filled('one');
      const elsewhere = recordNamed('two', { targetName: 'certifyclouds/one', targetRegion: 'eu-west-1' });
      const otherCase = recordNamed('three', { targetName: 'certifyclouds/ONE' });
      store.records.insert([elsewhere, otherCase].map((record) => ({ record, status: pending, nextRunAt: null })));
      expect(store.records.list()).toHaveLength(3);
    });

    test('free their target place when they go', () => {
      const { store } = filled('one');
      store.records.remove([idOf('one')]);
      const record = recordNamed('two', { targetName: 'certifyclouds/one' });
      store.records.insert([{ record, status: pending, nextRunAt: null }]);
      expect(store.records.list().map((row) => row.record.id)).toEqual([record.id]);
    });

    test('need both their connections', () => {
      const { store } = filled();
      const record = recordNamed('one', { targetConnectionId: idOf('nobody') });
      const failure = failureOf(() => store.records.insert([{ record, status: pending, nextRunAt: null }]));
      expect(failure.detail).toMatchObject({ kind: 'not-found', code: 'no-such-connection' });
      expect(store.records.list()).toEqual([]);
    });

    test('change together or not at all', () => {
      const { store } = filled('one', 'two');
      const change = { schedule: { kind: 'manual' }, enabled: false, copyTags: false, conflictPolicy: 'skip' } as const;
      expect(failureOf(() => store.records.update([idOf('one'), idOf('nobody')], change)).detail.code).toBe(
        'no-such-record',
      );
      expect(store.records.get(idOf('one'))?.record).toEqual(recordNamed('one'));
      store.records.update([idOf('one'), idOf('two')], change);
      expect(store.records.list().map(({ record }) => record)).toEqual([
        recordNamed('one', change),
        recordNamed('two', change),
      ]);
    });

    test('keep consent until it is taken back', () => {
      const { store } = filled('one');
      store.records.setConsent(idOf('one'), 'adopt:version:v7');
      store.records.setConsent(idOf('one'), null);
      expect(store.records.get(idOf('one'))?.record.consent).toBeNull();
    });

    test('take consent, and lose it with the write it was given for, not before', () => {
      const { store } = filled('one');
      const id = idOf('one');
      store.records.setConsent(id, 'version:v7');
      expect(store.records.get(id)?.record.consent).toBe('version:v7');
      const { attempt } = outcomeOf(id);
      store.journal.finish([outcomeOf(id, { attempt: { ...attempt, outcome: 'failed' }, ledger: undefined })]);
      expect(store.records.get(id)?.record.consent).toBe('version:v7');
      store.journal.finish([outcomeOf(id)]);
      expect(store.records.get(id)?.record.consent).toBeNull();
      expect(failureOf(() => store.records.setConsent(idOf('nobody'), 'absent')).detail.code).toBe('no-such-record');
    });

    test('are misplaced while their next run was counted at a time that lies ahead', () => {
      const { store } = filled('right', 'wrong', 'off', 'never');
      const ahead = epoch + 400 * 86_400_000;
      const runs = ['wrong', 'off', 'never'].map((name) => ({
        id: idOf(name),
        at: name === 'never' ? null : ahead + 5,
      }));
      store.records.setNextRuns(runs, ahead);
      store.records.update([idOf('off')], { enabled: false });
      expect(store.records.misplaced(epoch)).toEqual([idOf('wrong')]);
      expect(store.records.misplaced(ahead)).toEqual([]);
      expect(store.records.due(epoch)).toEqual([idOf('right')]);
      expect(store.records.get(idOf('wrong'))).toMatchObject({ nextRunAt: ahead + 5, nextRunSetAt: ahead });
      expect(store.records.get(idOf('never'))).toMatchObject({ nextRunAt: null, nextRunSetAt: null });
    });

    test('get their next runs together or not at all', () => {
      const { store } = filled('one', 'two');
      const runs = ['one', 'two', 'nobody'].map((name) => ({ id: idOf(name), at: epoch + 9 }));
      expect(failureOf(() => store.records.setNextRuns(runs, epoch + 1)).detail.code).toBe('no-such-record');
      expect(store.records.list().map(({ nextRunAt }) => nextRunAt)).toEqual([epoch, epoch]);
      store.records.setNextRuns(runs.slice(0, 2), epoch + 1);
      expect(store.records.list().map(({ nextRunAt }) => nextRunAt)).toEqual([epoch + 9, epoch + 9]);
    });

    test('are marked with what a check found, and nothing else of them changes', () => {
      const { store } = filled('one', 'two');
      store.journal.finish([outcomeOf(idOf('one'), { failuresInRow: 2 })]);
      const before = store.records.get(idOf('one'));
      const found = { status: 'failed', code: 'target-changed', sentence: 'It was changed.', fix: '' } as const;
      store.records.mark([
        { id: idOf('nobody'), status: found, conflictSeen: null },
        { id: idOf('one'), status: found, conflictSeen: 'version:other' },
      ]);
      expect(store.records.get(idOf('one'))).toEqual({ ...before, status: found, conflictSeen: 'version:other' });
      expect(store.records.get(idOf('two'))?.status).toEqual(pending);
      expect(store.journal.history(idOf('one'), 10)).toHaveLength(1);
    });

    test('are found by vault, by rule and by the code of their status', () => {
      const { store } = filled('one', 'two');
      store.connections.save(connectionNamed('other'), null);
      const more = [
        recordNamed('three', { sourceVault: 'KV-Prod', sourceConnectionId: idOf('other') }),
        recordNamed('four', { sourceVault: 'kv-dev', ruleId: idOf('rule') }),
        recordNamed('five', { ruleId: idOf('rule') }),
      ];
      store.records.insert(more.map((record) => ({ record, status: pending, nextRunAt: null })));
      store.journal.finish([outcomeOf(idOf('two'))]);
      const names = (where: Parameters<typeof store.records.idsWhere>[0]) =>
        store.records.getMany(store.records.idsWhere(where)).map(({ record }) => record.sourceName);
      expect(names({ sourceVault: 'kv-prod' })).toEqual(['one', 'two', 'three', 'five']);
      expect(names({ sourceVault: 'kv-prod', sourceConnectionId: idOf('azure') })).toEqual(['one', 'two', 'five']);
      expect(names({ ruleId: idOf('rule') })).toEqual(['four', 'five']);
      expect(names({ ruleId: idOf('rule'), sourceVault: 'KV-DEV' })).toEqual(['four']);
      expect(names({ code: 'written' })).toEqual(['two']);
      expect(names({ code: "' OR TRUE --" })).toEqual([]);
      expect(names({})).toHaveLength(5);
    });

    test('tell which target places are taken, whatever their names', () => {
      const { store } = filled('one');
      const odd = 'ümläut "quoted" \\ \u202e';
      const record = recordNamed('two', { sourceName: odd, targetName: odd, sourceKind: 'certificate' });
      store.records.insert([{ record, status: pending, nextRunAt: null }]);
      const one = recordNamed('one');
      expect([...store.records.places()]).toEqual([
        [targetPlace(one), { id: one.id, sourceVault: 'kv-prod', sourceName: 'one', sourceKind: 'secret' }],
        [targetPlace(record), { id: record.id, sourceVault: 'kv-prod', sourceName: odd, sourceKind: 'certificate' }],
      ]);
      expect(store.records.count()).toBe(2);
    });

    test('are disowned by a mark that says so: what was written is not what is current', () => {
      const { store } = filled('one', 'two');
      store.journal.finish([outcomeOf(idOf('one'))]);
      const { revision } = store.records.changes(null, 10);
      const mark = { status: pending, conflictSeen: 'version:other', disowned: true };
      store.records.mark(['one', 'two'].map((name) => ({ id: idOf(name), ...mark })));
      expect(store.records.get(idOf('one'))?.ledger).toEqual(ledgerOf(idOf('one'), { targetVersion: null }));
      expect(store.records.get(idOf('two'))?.ledger).toBeNull();
      expect(store.records.changes(revision, 10).rows).toEqual(store.records.list());
    });

    test('are counted while they wait for a person', () => {
      const { store } = filled('one', 'two', 'three', 'four');
      expect(store.records.countWaiting()).toEqual({ conflicts: 0, deletions: 0 });
      const seen = ['version:other', 'delete:version:v1', 'absent'];
      store.records.mark(
        seen.map((conflictSeen, n) => ({ id: idOf(['one', 'two', 'three'][n] ?? ''), status: pending, conflictSeen })),
      );
      expect(store.records.countWaiting()).toEqual({ conflicts: 2, deletions: 1 });
      store.journal.finish([outcomeOf(idOf('two'))]);
      expect(store.records.countWaiting()).toEqual({ conflicts: 2, deletions: 0 });
    });

    test.each([{ sourceName: 'other' }, { sourceVault: 'kv-dev' }, { sourceConnectionId: idOf('aws') }])(
      'prove nothing by times once they are pointed at another source: %o',
      (source) => {
        const { store } = filled('one');
        const id = idOf('one');
        store.journal.finish([outcomeOf(id)]);
        store.records.update([id], { copyTags: false, sourceVault: 'KV-Prod', sourceName: 'ONE' });
        expect(store.records.get(id)?.ledger).toEqual(ledgerOf(id));
        store.records.update([id], source);
        expect(store.records.get(id)?.ledger).toEqual(ledgerOf(id, { settled: false }));
      },
    );

    test('may be pointed at another source, but not through a connection that is gone', () => {
      const { store } = filled('one');
      const elsewhere = { sourceVault: 'kv-dev', sourceName: 'other' };
      store.records.update([idOf('one')], elsewhere);
      expect(store.records.get(idOf('one'))?.record).toEqual(recordNamed('one', elsewhere));
      const failure = failureOf(() =>
        store.records.update([idOf('one')], { sourceName: 'third', sourceConnectionId: idOf('nobody') }),
      );
      expect(failure.detail).toMatchObject({ kind: 'not-found', code: 'no-such-connection' });
      expect(store.records.get(idOf('one'))?.record).toEqual(recordNamed('one', elsewhere));
    });

    test('are due when enabled and their time has come, oldest first', () => {
      const { store } = filled('late', 'early', 'off', 'never', 'future');
      store.records.setNextRuns([{ id: idOf('early'), at: epoch - 5 }], epoch);
      store.records.setNextRuns([{ id: idOf('never'), at: null }], epoch);
      store.records.setNextRuns([{ id: idOf('future'), at: epoch + 1 }], epoch);
      store.records.update([idOf('off')], { enabled: false });
      expect(store.records.due(epoch)).toEqual([idOf('early'), idOf('late')]);
      expect(store.records.due(epoch + 1)).toEqual([idOf('early'), idOf('late'), idOf('future')]);
      expect(failureOf(() => store.records.setNextRuns([{ id: idOf('nobody'), at: epoch }], epoch)).detail.code).toBe(
        'no-such-record',
      );
    });

    test('go with ledger and open intent, while history and audit stay', () => {
      const { store } = filled('one', 'two');
      store.journal.finish([outcomeOf(idOf('one'))]);
      store.journal.openIntent(intentOf(idOf('one')), auditOf('begin', 'started'));
      store.records.remove([idOf('one'), idOf('nobody')]);
      expect(store.records.list().map(({ record }) => record.sourceName)).toEqual(['two']);
      expect(store.journal.openIntents()).toEqual([]);
      expect(store.journal.history(idOf('one'), 10)).toHaveLength(1);
      expect(store.audit.list(10)).toHaveLength(2);
      store.records.insert([{ record: recordNamed('one'), status: pending, nextRunAt: null }]);
      expect(store.records.get(idOf('one'))?.ledger).toBeNull();
    });

    test('are counted by status', () => {
      const { store } = filled('one', 'two', 'three');
      store.journal.finish([outcomeOf(idOf('one'))]);
      const counts = (['pending', 'synced', 'failed'] as const).map((status) => store.records.countWithStatus(status));
      expect(counts).toEqual([2, 1, 0]);
    });

    test('are counted for each connection', () => {
      const { store } = filled('one', 'two');
      store.connections.save(connectionNamed('other'), null);
      const record = recordNamed('three', { targetConnectionId: idOf('other') });
      store.records.insert([{ record, status: pending, nextRunAt: null }]);
      expect(Object.fromEntries(store.records.countByConnection())).toEqual({
        [idOf('azure')]: 3,
        [idOf('aws')]: 2,
        [idOf('other')]: 1,
      });
    });
  });

  describe('audit', () => {
    test('is listed newest first, page by page, and its chain fits', () => {
      const subject = open();
      expect(firstBadOf(subject.store.audit)).toBeNull();
      for (const name of ['a', 'b', 'c']) subject.store.audit.append(auditOf(name));
      const page = subject.reopen().audit.list(2);
      expect(page.map(({ subject }) => subject)).toEqual(['c', 'b']);
      expect(subject.store.audit.list(2, page.at(-1)?.id).map(({ subject }) => subject)).toEqual(['a']);
      expect(firstBadOf(subject.store.audit)).toBeNull();
    });
  });

  test('refuses everything once closed', () => {
    const { store } = filled('one');
    store.close();
    expect(() => store.records.list()).toThrow();
    expect(() => store.audit.append(auditOf('late'))).toThrow();
    store.close();
  });
});
