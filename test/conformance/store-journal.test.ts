import { describe, expect, test } from 'vitest';
import {
  auditOf,
  contentOf,
  epoch,
  failureOf,
  firstBadOf,
  idOf,
  intentOf,
  ledgerOf,
  outcomeOf,
  recordNamed,
  sealed,
  synced,
} from '../store/builders.ts';
import { filledStore, stores } from '../store/stores.ts';

describe.each(stores)('the journal of a %s', (_, open) => {
  const filled = (...names: string[]) => filledStore(open, names);

  const start = { id: idOf('run'), trigger: 'user', startedAt: epoch, total: 2 } as const;

  test('keeps runs from start to end, newest first', () => {
    const subject = filled();
    subject.store.journal.startRun(start, auditOf('run', 'started'));
    subject.store.journal.startRun({ ...start, id: idOf('second'), trigger: 'schedule' }, auditOf('second', 'started'));
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
    const outcome = outcomeOf(id, { conflictSeen: 'version:other', failuresInRow: 3 });
    subject.store.journal.finish([outcome]);
    const row = {
      record: recordNamed('one'),
      status: synced,
      conflictSeen: 'version:other',
      lastRunAt: outcome.attempt.startedAt,
      nextRunAt: outcome.nextRunAt,
      nextRunSetAt: outcome.enteredAt,
      failuresInRow: 3,
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
    expect(firstBadOf(store.audit)).toBeNull();
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
    expect(firstBadOf(store.audit)).toBeNull();
    expect(store.audit.list(20_000)).toHaveLength(10_000);
  });
});
