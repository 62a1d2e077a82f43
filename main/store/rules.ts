import { Failure } from '../domain/failure.ts';
import type { Rule } from '../domain/rule.ts';
import type { RuleRow, RuleState, RuleStore } from './ports.ts';
import { noSuchConnection, releaseFromRule } from './records.ts';
import { type Row, referring, type Sql, textOf } from './sql.ts';
import { watchDocuments } from './watch-rows.ts';

/** A rule with what the last look at its vault came to, in one query. */
const selectRules = `
  SELECT CAST(rules.doc AS BLOB) AS doc, rules.sum AS sum,
    CAST(rule_states.doc AS BLOB) AS state_doc, rule_states.sum AS state_sum
  FROM rules LEFT JOIN rule_states ON rule_states.rule_id = rules.id`;

/** Rules, and what each came to. */
export class Rules implements RuleStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  list(): RuleRow[] {
    return this.#sql.all(`${selectRules} ORDER BY rules.rowid`).map(rowOf);
  }

  get(id: string): RuleRow | undefined {
    const row = this.#sql.first(`${selectRules} WHERE rules.id = ?`, [id]);
    return row && rowOf(row);
  }

  save(rule: Rule): void {
    const insert = () =>
      this.#sql.run(
        'INSERT INTO rules (id, doc, sum) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, sum = excluded.sum',
        [rule.id, ...watchDocuments.rules.encode(rule)],
      );
    this.#sql.transaction(() => referring(insert, (cause) => noSuchConnection('rule', cause)));
  }

  setState(id: string, state: RuleState): void {
    const insert = () =>
      this.#sql.run('INSERT OR REPLACE INTO rule_states (rule_id, doc, sum) VALUES (?, ?, ?)', [
        id,
        ...watchDocuments.ruleStates.encode(state),
      ]);
    this.#sql.transaction(() => referring(insert, noSuchRule), 'later');
  }

  remove(id: string): void {
    this.#sql.transaction(() => removeRule(this.#sql, id));
  }
}

/** The ids of the rules that use a connection. */
export function rulesOf(sql: Sql, connectionId: string): string[] {
  const rows = sql.all(
    'SELECT CAST(id AS BLOB) AS id FROM rules WHERE source_connection = ?1 OR target_connection = ?1',
    [connectionId],
  );
  return rows.map(({ id }) => textOf(id));
}

/** Removes a rule and its state, inside the caller's transaction; its records stay, without a rule. */
export function removeRule(sql: Sql, id: string): void {
  releaseFromRule(sql, id);
  sql.run('DELETE FROM rules WHERE id = ?', [id]);
}

function rowOf(row: Row): RuleRow {
  const rule = watchDocuments.rules.decode(row);
  const state = row.state_doc === null ? null : watchDocuments.ruleStates.decode(row, 'state_doc', 'state_sum');
  return { rule, state };
}

function noSuchRule(cause: unknown): Failure {
  return new Failure(
    {
      kind: 'not-found',
      code: 'no-such-rule',
      sentence: 'This rule was removed meanwhile. The records it made were kept.',
      fix: 'Add it again under Automation > Rules if it is still wanted.',
    },
    cause,
  );
}
