import { describe, expect, test } from 'vitest';
import { failureOf, idOf, pending, recordNamed, ruleNamed, ruleState } from '../store/builders.ts';
import { filledStore, stores } from '../store/stores.ts';

describe.each(stores)('the rules of a %s', (_, open) => {
  const filled = (...names: string[]) => filledStore(open, names);

  test('are kept whole, in the order they were added', () => {
    const subject = filled();
    const manual = ruleNamed('second', { schedule: { kind: 'manual' }, options: { tier: 'advanced' }, enabled: false });
    for (const rule of [ruleNamed('first'), manual, ruleNamed('first', { name: 'renamed' })]) {
      subject.store.rules.save(rule);
    }
    subject.store.rules.setState(idOf('second'), ruleState);
    const rows = [
      { rule: ruleNamed('first', { name: 'renamed' }), state: null },
      { rule: manual, state: ruleState },
    ];
    expect(subject.reopen().rules.list()).toEqual(rows);
    expect(subject.store.rules.get(idOf('second'))).toEqual(rows[1]);
    expect(subject.store.rules.get(idOf('nobody'))).toBeUndefined();
  });

  test('keep what the last look came to while they are edited, until the next look', () => {
    const { store } = filled();
    store.rules.save(ruleNamed('rule'));
    store.rules.setState(idOf('rule'), ruleState);
    store.rules.save(ruleNamed('rule', { limit: 9 }));
    expect(store.rules.get(idOf('rule'))).toEqual({ rule: ruleNamed('rule', { limit: 9 }), state: ruleState });
    const stopped = { code: 'rule-limit', sentence: 'It matches more than its limit.', fix: 'Raise the limit.' };
    store.rules.setState(idOf('rule'), { ...ruleState, stopped, problems: [] });
    expect(store.rules.get(idOf('rule'))?.state).toEqual({ ...ruleState, stopped, problems: [] });
  });

  test('need both their connections, and a rule to have a state', () => {
    const { store } = filled();
    const save = () => store.rules.save(ruleNamed('rule', { targetConnectionId: idOf('nobody') }));
    expect(failureOf(save).detail).toMatchObject({ kind: 'not-found', code: 'no-such-connection' });
    const setState = () => store.rules.setState(idOf('rule'), ruleState);
    expect(failureOf(setState).detail).toMatchObject({ kind: 'not-found', code: 'no-such-rule' });
    expect(store.rules.list()).toEqual([]);
  });

  test('leave their records when they go', () => {
    const { store } = filled('by hand');
    store.rules.save(ruleNamed('rule'));
    store.rules.save(ruleNamed('other'));
    store.rules.setState(idOf('rule'), ruleState);
    const made = [recordNamed('one', { ruleId: idOf('rule') }), recordNamed('two', { ruleId: idOf('other') })];
    store.records.insert(made.map((record) => ({ record, status: pending, nextRunAt: null })));
    const { revision } = store.records.changes(null, 10);
    store.rules.remove(idOf('rule'));
    expect(store.records.list().map(({ record }) => record)).toEqual([
      recordNamed('by hand'),
      recordNamed('one'),
      recordNamed('two', { ruleId: idOf('other') }),
    ]);
    expect(store.records.changes(revision, 10).rows.map(({ record }) => record)).toEqual([recordNamed('one')]);
    expect(store.rules.list().map(({ rule }) => rule.name)).toEqual(['other']);
    store.rules.save(ruleNamed('rule'));
    expect(store.rules.get(idOf('rule'))?.state).toBeNull();
    store.rules.remove(idOf('nobody'));
  });

  test('keep their connections from going, and go with them where that was asked for', () => {
    const { store } = filled();
    store.rules.save(ruleNamed('rule'));
    expect(failureOf(() => store.connections.remove(idOf('azure'), { withRecords: false })).detail).toMatchObject({
      kind: 'conflict',
      code: 'connection-in-use',
    });
    store.connections.remove(idOf('azure'), { withRecords: true });
    expect(store.rules.list()).toEqual([]);
    expect(store.connections.list().map(({ name }) => name)).toEqual(['aws']);
  });

  test('leave a record that was moved to another connection, when their own goes', () => {
    const { store } = filled('moved');
    store.connections.save({ ...connectionCopy(store), id: idOf('other'), name: 'other' }, null);
    store.rules.save(ruleNamed('rule', { sourceConnectionId: idOf('other') }));
    store.records.update([idOf('moved')], { ruleId: idOf('rule') });
    store.connections.remove(idOf('other'), { withRecords: true });
    expect(store.records.get(idOf('moved'))?.record).toEqual(recordNamed('moved'));
  });
});

function connectionCopy(store: ReturnType<typeof filledStore>['store']) {
  const [connection] = store.connections.list();
  if (!connection) throw new Error('no connection');
  return connection;
}
