import { describe, expect, test } from 'vitest';
import { auditOf, checkNamed, checkRowOf, epoch, failureOf, firstBadOf, idOf } from '../store/builders.ts';
import { filledStore, stores } from '../store/stores.ts';

describe.each(stores)('the checks of a %s', (_, open) => {
  const filled = () => filledStore(open, []);

  test('are kept from start to end, newest first, each with its audit row', () => {
    const subject = filled();
    const { checks } = subject.store;
    checks.start(checkNamed('first', { values: true }), auditOf('first', 'started'));
    checks.start(checkNamed('second', { trigger: 'schedule' }), auditOf('second', 'started'));
    const ended = checkNamed('first', { values: true, endedAt: epoch + 5, counts: { 'same-value': 1, missing: 1 } });
    checks.end(ended, auditOf('first'));
    const second = checkNamed('second', { trigger: 'schedule' });
    expect(subject.reopen().checks.list(10)).toEqual([second, ended]);
    expect(subject.store.checks.list(1)).toEqual([second]);
    expect(subject.store.checks.get(idOf('first'))).toEqual(ended);
    expect(subject.store.checks.get(idOf('nobody'))).toBeUndefined();
    const audit = subject.store.audit.list(10).map(({ subject: of, outcome }) => `${of} ${outcome}`);
    expect(audit).toEqual(['first succeeded', 'second started', 'first started']);
    expect(firstBadOf(subject.store.audit)).toBeNull();
  });

  test('keep what was found, page by page, all or by verdict', () => {
    const subject = filled();
    subject.store.checks.start(checkNamed('other'), auditOf('other', 'started'));
    subject.store.checks.start(checkNamed('check'), auditOf('check', 'started'));
    const rows = [
      checkRowOf('a'),
      checkRowOf('b', { verdict: 'missing', targetId: null, targetVersion: null, method: 'none' }),
      checkRowOf('c', { verdict: 'behind' }),
      checkRowOf('d'),
    ];
    subject.store.checks.add(idOf('check'), rows.slice(0, 3));
    subject.store.checks.add(idOf('other'), [checkRowOf('elsewhere')]);
    subject.store.checks.add(idOf('check'), rows.slice(3));
    const { checks } = subject.reopen();
    const all = checks.rows(idOf('check'), { after: 0, limit: 10 });
    expect(all).toEqual(rows.map((row) => ({ ...row, id: expect.any(Number) })));
    const first = checks.rows(idOf('check'), { after: 0, limit: 3 });
    expect(first).toEqual(all.slice(0, 3));
    expect(checks.rows(idOf('check'), { after: first.at(-1)?.id ?? 0, limit: 3 })).toEqual(all.slice(3));
    const wanted = { after: 0, limit: 10, verdicts: ['missing', 'behind'] } as const;
    expect(checks.rows(idOf('check'), wanted)).toEqual(all.slice(1, 3));
    expect(checks.rows(idOf('check'), { ...wanted, after: all[1]?.id ?? 0 })).toEqual(all.slice(2, 3));
    expect(checks.rows(idOf('check'), { after: 0, limit: 10, verdicts: [] })).toEqual([]);
    expect(checks.rows(idOf('nobody'), { after: 0, limit: 10 })).toEqual([]);
  });

  test('refuse what belongs to none, with its audit row', () => {
    const { checks, audit } = filled().store;
    const gone = { kind: 'not-found', code: 'no-such-check' };
    expect(failureOf(() => checks.add(idOf('check'), [checkRowOf('a')])).detail).toMatchObject(gone);
    expect(failureOf(() => checks.end(checkNamed('check'), auditOf('check'))).detail).toMatchObject(gone);
    expect(audit.list(10)).toEqual([]);
  });

  test('take a batch as a whole or not at all, and begin only once', () => {
    const { checks, audit } = filled().store;
    checks.start(checkNamed('check'), auditOf('check', 'started'));
    expect(() => checks.start(checkNamed('check'), auditOf('again', 'started'))).toThrow();
    expect(() => checks.add(idOf('check'), [checkRowOf('a'), checkRowOf('b', { checkedAt: -1 })])).toThrow();
    expect(checks.rows(idOf('check'), { after: 0, limit: 10 })).toEqual([]);
    expect(audit.list(10)).toHaveLength(1);
  });
});
