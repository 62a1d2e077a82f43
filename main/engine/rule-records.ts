import { setImmediate as breathe } from 'node:timers/promises';
import { toFailure } from '../domain/failure.ts';
import type { SyncRecord } from '../domain/record.ts';
import { commonOf, type Rule } from '../domain/rule.ts';
import type { AuditEntry, RuleState, Trigger } from '../store/ports.ts';
import type { Examined, RuleDeps } from './rules.ts';

/** Records made at a time: more would keep everything else waiting. */
const batch = 50;
/** How many problems a rule's screen is told one by one. */
const toldProblems = 100;

/**
 * Makes the records that a rule lacks, and enters what it came to. Stops where the rule was changed or removed meanwhile:
 * what it was examined for is then no longer wanted; and once `stop` aborts: the next look at its vault makes the rest.
 * @returns the ids of the new records
 */
export async function carryOut(rule: Rule, examined: Examined, trigger: Trigger, deps: RuleDeps): Promise<string[]> {
  const made: string[] = [];
  const wanted = examined.stopped ? [] : [...examined.fresh];
  const written = JSON.stringify(rule);
  const isWanted = () => JSON.stringify(deps.store.rules.get(rule.id)?.rule) === written;
  while (wanted.length > 0 && isWanted() && !deps.stop.aborted) {
    const records = wanted.splice(0, batch).map((match) => recordOf(rule, match, deps));
    insert(rule, records, trigger, deps);
    made.push(...records.map(({ id }) => id));
    await breathe();
  }
  if (wanted.length === 0 && isWanted()) deps.store.rules.setState(rule.id, stateOf(examined, deps.clock.now()));
  return made;
}

function recordOf(
  rule: Rule,
  { item, targetName }: Examined['fresh'][number],
  { store, clock, newId }: RuleDeps,
): SyncRecord {
  const { targetConnectionId, targetService, targetRegion, shape } = rule;
  return {
    id: newId(),
    sourceConnectionId: rule.sourceConnectionId,
    sourceKind: item.kind,
    sourceVault: item.vault,
    sourceName: item.name,
    ...{ targetConnectionId, targetService, targetRegion, targetName, shape },
    targetAccount: store.connections.get(targetConnectionId)?.account ?? null,
    enabled: true,
    ...commonOf(rule),
    ruleId: rule.id,
    consent: null,
    kept: null,
    createdAt: clock.now(),
  };
}

/** All of them or none; the audit trail says which, and by what. */
function insert(rule: Rule, records: readonly SyncRecord[], actor: Trigger, { store, clock }: RuleDeps): void {
  const [first] = records;
  const more = records.length > 1 ? ` and ${records.length - 1} more` : '';
  const audit = (outcome: AuditEntry['outcome'], detail: string) =>
    store.audit.append({
      at: clock.now(),
      actor,
      action: 'create sync records',
      subject: `rule ${rule.name}: ${first?.sourceVault}/${first?.sourceName}${more}`,
      outcome,
      detail,
    });
  const status = {
    status: 'pending' as const,
    code: 'new',
    sentence: `Created by the rule “${rule.name}”. Not synced yet.`,
    fix: 'Press Sync Now, or wait: it is synced within minutes.',
  };
  audit('started', '');
  try {
    // Due at once: should the start that follows get lost, the next heartbeat finds them.
    store.records.insert(records.map((record) => ({ record, status, nextRunAt: clock.now() })));
  } catch (thrown) {
    audit('failed', toFailure(thrown).detail.code);
    throw thrown;
  }
  audit('succeeded', '');
}

/** What a look at its vault came to, for the rule's own screen. */
function stateOf({ matches, refused, left, stopped }: Examined, checkedAt: number): RuleState {
  const problems = [
    ...refused.map(({ item: { vault, name }, problem }) => ({ vault, name, sentence: problem ?? '' })),
    ...left.map(({ vault, name }) => ({
      vault,
      name,
      sentence: 'No longer matches the rule. Its record and its target stay as they are.',
    })),
  ];
  return { checkedAt, matches, refused: refused.length, problems: problems.slice(0, toldProblems), stopped };
}
