import { describe, expect, test } from 'vitest';
import { openStore } from '../../main/store/index.ts';
import type { Store } from '../../main/store/ports.ts';
import {
  auditOf,
  connectionNamed,
  contentOf,
  epoch,
  failureOf,
  fill,
  idOf,
  intentOf,
  ledgerOf,
  outcomeOf,
  pending,
  recordNamed,
  sealed,
  synced,
  temporaryFolder,
  tokenOf,
} from '../store/builders.ts';

/** What every store must do, whatever it is made of. `reopen` gives the same store as a later start would. */
interface Subject {
  store: Store;
  reopen(): Store;
}

const stores: readonly (readonly [name: string, open: () => Subject])[] = [
  [
    'libsql file',
    () => {
      const folder = temporaryFolder();
      const open = () => openStore(folder, { now: () => epoch }).store;
      const subject: Subject = {
        store: open(),
        reopen: () => {
          subject.store.close();
          subject.store = open();
          return subject.store;
        },
      };
      return subject;
    },
  ],
];

describe.each(stores)('%s', (_, open) => {
  const filled = (...names: string[]) => {
    const subject = open();
    fill(subject.store, names);
    return subject;
  };

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
      expect(failureOf(() => store.connections.remove(idOf('aws'))).detail).toMatchObject({
        kind: 'conflict',
        code: 'connection-in-use',
      });
      expect(store.connections.token(idOf('aws'))).toBeDefined();
      store.records.remove([idOf('one')]);
      store.connections.remove(idOf('aws'));
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
      const rest = { conflictSeen: null, lastRunAt: null, ledger: null };
      expect(subject.reopen().records.list()).toEqual([
        { record: recordNamed('one'), status: pending, nextRunAt: epoch, ...rest },
        { record: recordNamed('two'), status: pending, nextRunAt: epoch, ...rest },
        { record: manual, status: synced, nextRunAt: null, ...rest },
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

    test('are due when enabled and their time has come, oldest first', () => {
      const { store } = filled('late', 'early', 'off', 'never', 'future');
      store.records.setNextRun(idOf('early'), epoch - 5);
      store.records.setNextRun(idOf('never'), null);
      store.records.setNextRun(idOf('future'), epoch + 1);
      store.records.update([idOf('off')], { enabled: false });
      expect(store.records.due(epoch)).toEqual([idOf('early'), idOf('late')]);
      expect(store.records.due(epoch + 1)).toEqual([idOf('early'), idOf('late'), idOf('future')]);
      expect(failureOf(() => store.records.setNextRun(idOf('nobody'), epoch)).detail.code).toBe('no-such-record');
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

  describe('journal', () => {
    const start = { id: idOf('run'), trigger: 'user', startedAt: epoch, total: 2 } as const;

    test('keeps runs from start to end, newest first', () => {
      const subject = filled();
      subject.store.journal.startRun(start, auditOf('run', 'started'));
      subject.store.journal.startRun(
        { ...start, id: idOf('second'), trigger: 'schedule' },
        auditOf('second', 'started'),
      );
      const numbers = { cancelled: true, written: 1, unchanged: 1, attention: 0 };
      const ended = { ...start, ...numbers, endedAt: epoch + 5 };
      // The engine hands over its progress, which has more fields than a run.
      subject.store.journal.endRun({ ...ended, ...{ phase: 'done' } }, auditOf('run'));
      const begun = { endedAt: null, cancelled: false, written: 0, unchanged: 0, attention: 0 };
      const second = { ...start, ...begun, id: idOf('second'), trigger: 'schedule' };
      expect(subject.reopen().journal.runs(10)).toEqual([second, ended]);
      expect(subject.store.journal.runs(1)).toEqual([second]);
      expect(subject.store.audit.list(10).map(({ outcome }) => outcome)).toEqual(['succeeded', 'started', 'started']);
    });

    test('refuses the end of a run that never started, and its audit row', () => {
      const { store } = filled();
      const run = { ...start, endedAt: epoch, cancelled: false, written: 0, unchanged: 0, attention: 0 };
      expect(() => store.journal.endRun(run, auditOf('run'))).toThrow();
      expect(store.audit.list(10)).toEqual([]);
    });

    test('opens an intent together with its audit row, and seals it', () => {
      const subject = filled('one', 'two');
      subject.store.journal.openIntent(intentOf(idOf('one')), auditOf('begin one', 'started'));
      subject.store.journal.openIntent(
        intentOf(idOf('two'), { mode: 'update', targetId: 'arn' }),
        auditOf('begin two', 'started'),
      );
      subject.store.journal.sealIntent(idOf('one'), sealed);
      expect(subject.reopen().journal.openIntents()).toEqual([
        intentOf(idOf('one'), { sealed }),
        intentOf(idOf('two'), { mode: 'update', targetId: 'arn' }),
      ]);
      expect(subject.store.audit.list(10).map(({ subject }) => subject)).toEqual(['begin two', 'begin one']);
    });

    test('refuses a second intent of a record, and its audit row', () => {
      const { store } = filled('one');
      store.journal.openIntent(intentOf(idOf('one')), auditOf('begin', 'started'));
      const failure = failureOf(() =>
        store.journal.openIntent(intentOf(idOf('one'), { mode: 'update' }), auditOf('again', 'started')),
      );
      expect(failure.detail).toMatchObject({ kind: 'conflict', code: 'intent-open' });
      expect(store.journal.openIntents()).toEqual([intentOf(idOf('one'))]);
      expect(store.audit.list(10)).toHaveLength(1);
    });

    test('refuses an intent of a record that is gone, and its seal', () => {
      const { store } = filled('one');
      store.journal.openIntent(intentOf(idOf('one')), auditOf('begin', 'started'));
      store.records.remove([idOf('one')]);
      expect(failureOf(() => store.journal.sealIntent(idOf('one'), sealed)).detail.code).toBe('no-such-record');
      const open = () => store.journal.openIntent(intentOf(idOf('one')), auditOf('begin', 'started'));
      expect(failureOf(open).detail).toMatchObject({ kind: 'not-found', code: 'no-such-record' });
      expect(store.audit.list(10)).toHaveLength(1);
    });

    test('enters an outcome everywhere at once', () => {
      const subject = filled('one');
      const id = idOf('one');
      subject.store.journal.openIntent(intentOf(id), auditOf('begin', 'started'));
      const outcome = outcomeOf(id, { conflictSeen: 'version:other' });
      subject.store.journal.finish([outcome]);
      const row = {
        record: recordNamed('one'),
        status: synced,
        conflictSeen: 'version:other',
        lastRunAt: outcome.attempt.startedAt,
        nextRunAt: outcome.nextRunAt,
        ledger: ledgerOf(id),
      };
      expect(subject.reopen().records.get(id)).toEqual(row);
      expect(subject.store.records.list()).toEqual([row]);
      expect(subject.store.journal.openIntents()).toEqual([]);
      expect(subject.store.journal.history(id, 10)).toEqual([{ ...outcome.attempt, id: expect.any(Number) }]);
      expect(subject.store.audit.list(1)).toEqual([{ ...auditOf(id), id: expect.any(Number) }]);
    });

    test('leaves ledger, audit and intent alone where an outcome says so', () => {
      const { store } = filled('one');
      const id = idOf('one');
      store.journal.finish([outcomeOf(id)]);
      store.journal.openIntent(intentOf(id), auditOf('begin', 'started'));
      store.journal.finish([outcomeOf(id, { ledger: undefined, audit: null, closeIntent: false, nextRunAt: null })]);
      expect(store.records.get(id)).toMatchObject({ ledger: ledgerOf(id), nextRunAt: null });
      expect(store.journal.openIntents()).toEqual([intentOf(id)]);
      expect(store.audit.list(10)).toHaveLength(2);
      store.journal.finish([outcomeOf(id, { ledger: ledgerOf(id, { targetVersion: 'newer' }) })]);
      expect(store.records.get(id)?.ledger?.targetVersion).toBe('newer');
    });

    test('enters all outcomes of a batch or none', () => {
      const { store } = filled('one', 'two', 'three');
      store.journal.openIntent(intentOf(idOf('one')), auditOf('begin', 'started'));
      const before = contentOf(store);
      const good = outcomeOf(idOf('one'));
      const bad = outcomeOf(idOf('two'), { attempt: { ...good.attempt, durationMs: Number.NaN } });
      const badAudit = outcomeOf(idOf('three'), { audit: { ...auditOf('three'), at: -1 } });
      for (const wrong of [bad, badAudit]) {
        expect(() => store.journal.finish([good, wrong])).toThrow();
        expect(contentOf(store)).toBe(before);
        expect(store.journal.history(idOf('one'), 10)).toEqual([]);
        expect(store.audit.list(10)).toHaveLength(1);
      }
      store.journal.finish([good]);
      expect(store.audit.verify()).toBeNull();
    });

    test('keeps history and audit of a record that was removed meanwhile, and enters the rest', () => {
      const { store } = filled('one', 'two');
      store.records.remove([idOf('one')]);
      store.journal.finish([outcomeOf(idOf('one')), outcomeOf(idOf('two'))]);
      expect(store.records.list()).toHaveLength(1);
      expect(store.records.get(idOf('two'))?.ledger).toEqual(ledgerOf(idOf('two')));
      expect(store.journal.history(idOf('one'), 10)).toHaveLength(1);
      expect(store.audit.list(10)).toHaveLength(2);
    });

    test('pages history of one record, newest first', () => {
      const { store } = filled('one', 'two');
      const { attempt } = outcomeOf(idOf('one'));
      for (let n = 0; n < 5; n += 1) {
        store.journal.finish([
          outcomeOf(idOf('one'), { attempt: { ...attempt, durationMs: n } }),
          outcomeOf(idOf('two')),
        ]);
      }
      const first = store.journal.history(idOf('one'), 3);
      expect(first.map(({ durationMs }) => durationMs)).toEqual([4, 3, 2]);
      const rest = store.journal.history(idOf('one'), 3, first.at(-1)?.id);
      expect(rest.map(({ durationMs }) => durationMs)).toEqual([1, 0]);
    });

    test('enters 10,000 outcomes, and lists 10,000 records with what they left', { timeout: 60_000 }, () => {
      const names = Array.from({ length: 10_000 }, (_, n) => `secret-${n}`);
      const { store } = filled(...names);
      store.journal.finish(names.map((name) => outcomeOf(idOf(name))));
      const rows = store.records.list();
      expect(rows).toHaveLength(10_000);
      expect(rows.every((row) => row.ledger?.recordId === row.record.id && row.status.status === 'synced')).toBe(true);
      expect(store.audit.verify()).toBeNull();
      expect(store.audit.list(20_000)).toHaveLength(10_000);
    });
  });

  describe('audit', () => {
    test('is listed newest first, page by page, and its chain fits', () => {
      const subject = open();
      expect(subject.store.audit.verify()).toBeNull();
      for (const name of ['a', 'b', 'c']) subject.store.audit.append(auditOf(name));
      const page = subject.reopen().audit.list(2);
      expect(page.map(({ subject }) => subject)).toEqual(['c', 'b']);
      expect(subject.store.audit.list(2, page.at(-1)?.id).map(({ subject }) => subject)).toEqual(['a']);
      expect(subject.store.audit.verify()).toBeNull();
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
