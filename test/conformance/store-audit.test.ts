import { describe, expect, test } from 'vitest';
import type { AuditEntry, AuditFilter, Store } from '../../main/store/ports.ts';
import { auditOf, epoch, firstBadOf, idOf, outcomeOf } from '../store/builders.ts';
import { filledStore, stores } from '../store/stores.ts';

/** More rows than several stretches; every 500th is told apart. */
const length = 2_600;

function entryOf(n: number): AuditEntry {
  const marked = n % 500 === 0;
  return {
    at: epoch + n,
    actor: marked ? 'schedule' : 'user',
    action: marked ? 'remove target' : 'write secret',
    subject: `entry ${n}`,
    outcome: n % 1_000 === 0 ? 'failed' : 'succeeded',
    detail: marked ? `Zürich 100% of "${n}" \\ <tag>` : '',
  };
}

describe.each(stores)('the audit trail of a %s', (_, open) => {
  function filledTrail(): Store {
    const { store } = filledStore(open, []);
    const entries = Array.from({ length }, (_, n) => entryOf(n + 1));
    store.journal.finish(entries.map((audit) => outcomeOf(idOf('removed record'), { audit })));
    return store;
  }

  test.each<[what: string, filter: AuditFilter, ids: readonly number[]]>([
    ['an actor', { actor: 'schedule' }, [2_500, 2_000, 1_500, 1_000, 500]],
    ['an outcome', { outcome: 'failed' }, [2_000, 1_000]],
    ['an action, without regard to case', { text: 'REMOVE t' }, [2_500, 2_000, 1_500, 1_000, 500]],
    ['a subject', { text: 'entry 2499' }, [2_499]],
    ['letters beyond ASCII, without regard to case', { text: 'ZÜRICH' }, [2_500, 2_000, 1_500, 1_000, 500]],
    ['what a pattern would take for a wildcard', { text: '100% of "1' }, [1_500, 1_000]],
    ['a backslash', { text: '" \\ <' }, [2_500, 2_000, 1_500, 1_000, 500]],
    ['wildcards that stand for themselves', { text: 'entry%2' }, []],
    ['one letter that stands for itself', { text: 'entry_2' }, []],
    ['names of its own fields', { text: 'subject' }, []],
    ['a time from', { from: epoch + 2_598 }, [2_600, 2_599, 2_598]],
    ['a time to', { to: epoch + 2 }, [2, 1]],
    [
      'all at once',
      { actor: 'schedule', outcome: 'succeeded', text: 'zürich', from: epoch + 600, to: epoch + 2_000 },
      [1_500],
    ],
    ['nothing there is', { actor: 'recovery' }, []],
  ])('is filtered by %s, newest first and oldest first', (_, filter, ids) => {
    const { audit } = filledTrail();
    const rows = ids.map((id) => ({ ...entryOf(id), id }));
    expect(audit.list(100, undefined, filter)).toEqual(rows);
    expect(audit.list(1, undefined, filter)).toEqual(rows.slice(0, 1));
    expect(audit.list(100, ids[0] ?? length, filter)).toEqual(rows.slice(1));
    const hashed = rows.toReversed().map((row) => ({ ...row, hash: expect.stringMatching(/^[0-9a-f]{64}$/) }));
    expect(audit.page(0, 100, filter)).toEqual(hashed);
    expect(audit.page(ids.at(-1) ?? 0, 100, filter)).toEqual(hashed.slice(1));
  });

  test('is given whole, page by page, either way', () => {
    const { audit } = filledTrail();
    const ids: number[] = [];
    for (let page = audit.page(0, 700); page.length > 0; page = audit.page(ids.at(-1) ?? 0, 700)) {
      ids.push(...page.map(({ id }) => id));
    }
    expect(ids).toEqual(Array.from({ length }, (_, n) => n + 1));
    expect(audit.list(length + 1).map(({ id }) => id)).toEqual(ids.toReversed());
    expect(audit.list(0)).toEqual([]);
    expect(audit.page(length, 10)).toEqual([]);
  });

  test('is looked through and verified a stretch at a time, while rows are added', () => {
    const { audit } = filledTrail();
    const reached: number[] = [];
    const walk = audit.search(100, undefined, { outcome: 'failed' });
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done) {
        expect(step.value.map(({ id }) => id)).toEqual([2_000, 1_000]);
        break;
      }
      reached.push(step.value);
      audit.append(auditOf('meanwhile'));
    }
    expect(reached.length).toBeGreaterThan(4);
    const turns: number[] = [];
    const verifying = audit.verify();
    for (let step = verifying.next(); ; step = verifying.next()) {
      if (step.done) {
        expect(step.value).toEqual({ rows: length + reached.length + turns.length, firstBad: null });
        break;
      }
      turns.push(step.value);
      audit.append(auditOf('meanwhile'));
    }
    expect(turns).toEqual([500, 1_000, 1_500, 2_000, 2_500]);
    expect(firstBadOf(audit)).toBeNull();
  });
});
