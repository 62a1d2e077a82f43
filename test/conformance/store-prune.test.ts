import { describe, expect, test } from 'vitest';
import type { Attempt, Store } from '../../main/store/ports.ts';
import { auditOf, checkNamed, checkRowOf, epoch, firstBadOf, idOf, outcomeOf } from '../store/builders.ts';
import { filledStore, stores } from '../store/stores.ts';

const day = 86_400_000;
const ago = (days: number) => epoch - days * day;
/** A month of attempts that found nothing to do, half a year of the rest. */
const limits = { unchanged: ago(30), others: ago(180) };

type Outcome = Attempt['outcome'];

/** Enters one attempt; only a synced one writes. */
function attempt(store: Store, name: string, outcome: Outcome, daysAgo: number): void {
  const { attempt: made, ...rest } = outcomeOf(idOf(name), { ledger: undefined });
  const writtenTo = outcome === 'synced' ? made.writtenTo : null;
  store.journal.finish([{ ...rest, attempt: { ...made, outcome, writtenTo, startedAt: ago(daysAgo) } }]);
}

function historyOf(store: Store, name: string): string[] {
  return store.journal
    .history(idOf(name), 100)
    .map(({ outcome, startedAt }) => `${outcome} ${(epoch - startedAt) / day}`)
    .reverse();
}

function pruneAll(store: Store, limit = 3): number {
  let sum = 0;
  for (;;) {
    const forgotten = store.journal.prune(limits, limit);
    expect(forgotten).toBeLessThanOrEqual(limit);
    sum += forgotten;
    if (forgotten < limit) return sum;
  }
}

describe.each(stores)('forgetting history in a %s', (_, open) => {
  const filled = (...names: string[]) => filledStore(open, names);

  test('goes by age and by what an attempt did', () => {
    const subject = filled('one');
    const { store } = subject;
    for (const [outcome, days] of [
      ['synced', 366],
      ['synced', 364],
      ['failed', 200],
      ['deleted', 190],
      ['unchanged', 100],
      ['failed', 100],
      ['deleted', 90],
      ['unchanged', 31],
      ['unchanged', 29],
    ] as const) {
      attempt(store, 'one', outcome, days);
    }
    expect(pruneAll(store)).toBe(5);
    const left = ['synced 364', 'failed 100', 'deleted 90', 'unchanged 29'];
    expect(historyOf(subject.reopen(), 'one')).toEqual(left);
    expect(pruneAll(subject.store)).toBe(0);
  });

  test('keeps writes of a year even if history is kept shorter, and no longer than history is', () => {
    const { store } = filled('one');
    for (const days of [800, 400, 300, 0]) attempt(store, 'one', 'synced', days);
    expect(store.journal.prune({ unchanged: epoch, others: ago(500) }, 10)).toBe(1);
    expect(historyOf(store, 'one')).toEqual(['synced 400', 'synced 300', 'synced 0']);
    expect(store.journal.prune({ unchanged: epoch, others: epoch }, 10)).toBe(1);
    expect(historyOf(store, 'one')).toEqual(['synced 300', 'synced 0']);
    expect(store.journal.countWrites('secretsmanager', ago(365))).toMatchObject([{ count: 2 }]);
  });

  test('keeps the last attempt of every record, but not of one that was removed', () => {
    const { store } = filled('one', 'two', 'gone');
    for (const name of ['one', 'two', 'gone']) {
      attempt(store, name, 'failed', 900);
      attempt(store, name, 'unchanged', 800);
    }
    store.records.remove([idOf('gone')]);
    expect(pruneAll(store)).toBe(4);
    expect(['one', 'two', 'gone'].map((name) => historyOf(store, name))).toEqual([
      ['unchanged 800'],
      ['unchanged 800'],
      [],
    ]);
  });

  test('takes ended runs and checks with what they found, never those that go on', () => {
    const { store } = filled();
    const run = { trigger: 'user', startedAt: ago(400), total: 0 } as const;
    const numbers = { cancelled: false, written: 0, unchanged: 0, attention: 0 };
    // What checks found is kept for 90 days at most, whatever history is kept.
    for (const [name, ended, checked] of [
      ['old', ago(181), ago(91)],
      ['new', ago(179), ago(89)],
      ['open', null, null],
    ] as const) {
      store.journal.startRun({ ...run, id: idOf(name) }, auditOf(name, 'started'));
      store.checks.start(checkNamed(name), auditOf(name, 'started'));
      store.checks.add(
        idOf(name),
        Array.from({ length: 7 }, (_, n) => checkRowOf(`${n}`)),
      );
      if (ended === null) continue;
      store.journal.endRun({ ...run, ...numbers, id: idOf(name), endedAt: ended }, auditOf(name));
      store.checks.end(checkNamed(name, { endedAt: checked }), auditOf(name));
    }
    const audit = store.audit.list(100);
    expect(pruneAll(store)).toBe(7 + 1 + 1);
    const left = [idOf('open'), idOf('new')];
    expect(store.journal.runs(10).map(({ id }) => id)).toEqual(left);
    expect(store.checks.list(10).map(({ id }) => id)).toEqual(left);
    const found = ['old', 'new', 'open'].map((name) => store.checks.rows(idOf(name), { after: 0, limit: 100 }).length);
    expect(found).toEqual([0, 7, 7]);
    expect(store.audit.list(100)).toEqual(audit);
    expect(firstBadOf(store.audit)).toBeNull();
  });
});

describe.each(stores)('deletions in a %s', (_, open) => {
  test('are counted since a time', () => {
    const { store } = filledStore(open, ['one', 'two']);
    attempt(store, 'one', 'deleted', 2);
    attempt(store, 'two', 'deleted', 1);
    attempt(store, 'two', 'synced', 0);
    expect([3, 2, 1, 0].map((days) => store.journal.countDeletes(ago(days)))).toEqual([2, 2, 1, 0]);
  });

  test('use up the consent that was given for them', () => {
    const { store } = filledStore(open, ['one']);
    store.records.setConsent(idOf('one'), 'delete:version:v1');
    attempt(store, 'one', 'blocked', 1);
    expect(store.records.get(idOf('one'))?.record.consent).toBe('delete:version:v1');
    attempt(store, 'one', 'deleted', 0);
    expect(store.records.get(idOf('one'))?.record.consent).toBeNull();
  });
});
