import { describe, expect, test } from 'vitest';
import type { RecordStore } from '../../main/store/ports.ts';
import { idOf, outcomeOf, pending, recordNamed } from '../store/builders.ts';
import { filledStore, stores } from '../store/stores.ts';

/** Asks page by page until there is no more. @returns the source names of the rows, the ids removed, and where it ended */
function allSince(records: RecordStore, since: number | null, limit = 2) {
  const names: string[] = [];
  const removed: string[] = [];
  let revision = since;
  for (;;) {
    const page = records.changes(revision, limit);
    expect(page.rows.length + page.removed.length).toBeLessThanOrEqual(limit);
    names.push(...page.rows.map(({ record }) => record.sourceName));
    removed.push(...page.removed);
    revision = page.revision;
    if (!page.more) return { names, removed, revision };
  }
}

describe.each(stores)('what changed in the records of a %s', (_, open) => {
  const filled = (...names: string[]) => filledStore(open, names);

  test('is everything at first, a page at a time and as rows are', () => {
    const { store } = filled('one', 'two', 'three', 'four', 'five');
    const first = store.records.changes(null, 2);
    expect(first.rows).toEqual(store.records.list().slice(0, 2));
    expect(first).toMatchObject({ removed: [], more: true });
    const { names, revision } = allSince(store.records, null);
    expect(names).toEqual(['one', 'two', 'three', 'four', 'five']);
    expect(store.records.changes(revision, 2)).toEqual({ rows: [], removed: [], revision, more: false });
    expect(store.records.changes(null, 5).more).toBe(false);
  });

  test('is nothing in an empty store', () => {
    const { store } = filled();
    expect(store.records.changes(null, 10)).toEqual({ rows: [], removed: [], revision: 0, more: false });
  });

  const id = idOf('two');
  test.each<[what: string, change: (store: ReturnType<typeof filled>['store']) => void]>([
    ['an outcome', ({ journal }) => journal.finish([outcomeOf(id)])],
    ['an edit', ({ records }) => records.update([id], { enabled: false })],
    ['a consent', ({ records }) => records.setConsent(id, 'absent')],
    ['a next run', ({ records }) => records.setNextRuns([{ id, at: null }], 1)],
    ['a check', ({ records }) => records.mark([{ id, status: pending, conflictSeen: 'absent' }])],
  ])('is a record after %s, as it is now and once', (_, change) => {
    const { store } = filled('one', 'two', 'three');
    const { revision } = allSince(store.records, null);
    change(store);
    change(store);
    expect(store.records.changes(revision, 10)).toEqual({
      rows: [store.records.get(id)],
      removed: [],
      revision: expect.any(Number),
      more: false,
    });
    expect(allSince(store.records, null).names).toEqual(['one', 'three', 'two']);
  });

  test('is given again if it changed after it was given', () => {
    const { store } = filled('one', 'two', 'three');
    const first = store.records.changes(null, 1);
    store.records.update([idOf('one')], { enabled: false });
    expect(allSince(store.records, first.revision).names).toEqual(['two', 'three', 'one']);
  });

  test('is told of what was removed, and of what came back', () => {
    const { store } = filled('one', 'two', 'three');
    const { revision } = allSince(store.records, null);
    store.records.remove([idOf('two'), idOf('one')]);
    const removed = allSince(store.records, revision, 1);
    expect(removed).toMatchObject({ names: [], removed: expect.arrayContaining([idOf('one'), idOf('two')]) });
    store.records.insert([{ record: recordNamed('two'), status: pending, nextRunAt: null }]);
    expect(allSince(store.records, removed.revision)).toMatchObject({ names: ['two'], removed: [] });
    expect(allSince(store.records, revision)).toMatchObject({ names: ['two'], removed: [idOf('one')] });
  });

  test('goes on where it was after a restart, even if the last change was to the newest', () => {
    const subject = filled('one', 'two');
    const before = allSince(subject.store.records, null).revision;
    subject.store.records.update([idOf('two')], { enabled: false });
    const { revision } = allSince(subject.store.records, before);
    expect(revision).toBeGreaterThan(before);
    const { records } = subject.reopen();
    expect(records.changes(revision, 10).rows).toEqual([]);
    records.update([idOf('two')], { enabled: true });
    expect(allSince(records, revision).names).toEqual(['two']);
    records.remove([idOf('two')]);
    expect(allSince(subject.reopen().records, revision).removed).toEqual([idOf('two')]);
  });

  test('is not moved by what was refused', () => {
    const { store } = filled('one', 'two');
    const { revision } = allSince(store.records, null);
    expect(() => store.records.update([idOf('one'), idOf('nobody')], { enabled: false })).toThrow();
    expect(store.records.changes(revision, 10)).toEqual({ rows: [], removed: [], revision, more: false });
  });
});
