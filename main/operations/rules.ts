import type { Input } from '../../preload/contract/operations.ts';
import type { RulePreview, RuleView } from '../../preload/contract/watch.ts';
import { Failure, toFailure } from '../domain/failure.ts';
import { templateProblem } from '../domain/naming.ts';
import { commonOf, filterProblems, type Rule } from '../domain/rule.ts';
import { serviceFacts } from '../domain/service.ts';
import { inStretches } from '../engine/planning.ts';
import { scheduleWords } from '../scheduler/index.ts';
import type { RuleRow } from '../store/ports.ts';
import { confirmed } from './confirm.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { given } from './given.ts';
import { countAfterChange } from './next-runs.ts';
import { type Problem, refuse, routeProblems, scheduleProblems } from './record-checks.ts';
import { stillSyncing } from './records.ts';
import { connectionNames } from './views.ts';

type RuleOperations = 'rules.list' | 'rules.preview' | 'rules.save' | 'rules.remove';
type NewRule = Input<'rules.save'>['rule'];

/** Operations on rules, which keep a vault mirrored by themselves. */
export function ruleHandlers(deps: OperationDeps): Handlers<RuleOperations> {
  const { store, discovery, clock, engine } = deps;
  const existing = (id: string) => store.rules.get(id) ?? noSuchRule();

  return {
    'rules.list': async () => {
      await discovery.index.refresh();
      const nameOf = connectionNames(store);
      return store.rules.list().map((row) => viewOf(row, nameOf));
    },
    'rules.preview': async ({ id, rule: typed }) => {
      const rule = ruleOf(typed, id === undefined ? undefined : existing(id).rule);
      const [problem] = problemsOf(rule);
      if (problem) return nothingFor({ code: 'input', sentence: problem.sentence, fix: 'Correct what is marked.' });
      try {
        const { matches, has, fresh, refused, names, stopped } = await discovery.examine(rule);
        return {
          ...{ matches, has, creates: stopped ? 0 : fresh.length, refused: refused.length, problem: stopped },
          names: names.map(({ item, targetName, problem }) => ({
            ...{ vault: item.vault, name: item.name, targetName, problem },
          })),
        };
      } catch (thrown) {
        const { code, sentence, fix } = toFailure(thrown).detail;
        return nothingFor({ code, sentence, fix });
      }
    },
    'rules.save': async ({ id, rule: typed }, context) => {
      context.about(typed.name);
      const before = id === undefined ? undefined : existing(id).rule;
      const rule = ruleOf(typed, before);
      refuse(problemsOf(rule).map(({ path, sentence }) => ({ path: `rule.${path}`, sentence })));
      // Off, it makes nothing: then it can be saved whatever its vault says.
      const examined = rule.enabled ? await discovery.examine(rule, 0) : undefined;
      if (examined?.stopped) throw refused(examined.stopped);
      if (rule.deletionPolicy === 'follow' && (!before || reachOf(before) !== reachOf(rule))) {
        const records = store.records.idsWhere({ ruleId: rule.id }).length + (examined?.fresh.length ?? 0);
        await confirmed(deps, followWords(rule, records), 'Let targets be deleted with their sources?');
      }
      // The vault and the person were asked meanwhile.
      if (before && JSON.stringify(existing(rule.id).rule) !== JSON.stringify(before)) throw changedMeanwhile();
      store.rules.save(rule);
      deps.events.changed('rules');
      if (before) await follow(before, rule);
      if (rule.enabled) await discovery.carryOut(rule, 'user');
      await discovery.index.refresh();
      deps.events.changed('rules', 'records', 'connections');
      return viewOf(existing(rule.id), connectionNames(store));
    },
    'rules.remove': async ({ id, records }, context) => {
      const { rule } = existing(id);
      context.about(`${rule.name}; its records ${records === 'keep' ? 'stay' : 'go with it'}`);
      const ids = store.records.idsWhere({ ruleId: id });
      const busy = records === 'remove' ? ids.filter((one) => engine.isSyncing(one)).length : 0;
      if (busy > 0) throw stillSyncing(busy);
      // First, so that no scan makes a record meanwhile.
      store.rules.save({ ...rule, enabled: false });
      let done = 0;
      for await (const some of inStretches(ids)) {
        // One that began to sync meanwhile stays, without its rule.
        const gone = records === 'remove' ? some.filter((one) => !engine.isSyncing(one)) : [];
        store.records.remove(gone);
        const stay = some.filter((one) => !gone.includes(one));
        store.records.update(stay, { ruleId: null });
        done += records === 'remove' ? gone.length : stay.length;
      }
      store.rules.remove(id);
      deps.events.changed('rules', 'records', 'connections', 'discovery');
      return { records: done };
    },
  };

  function ruleOf(typed: NewRule, before: Rule | undefined): Rule {
    return { ...typed, id: before?.id ?? deps.newId(), createdAt: before?.createdAt ?? clock.now() };
  }

  /** What speaks against a rule before its vault is asked. */
  function problemsOf(rule: Rule): Problem[] {
    const template = templateProblem(rule.template);
    return [
      ...routeProblems(deps, { ...rule, sourceKind: rule.filter.kind }),
      ...filterProblems(rule.filter).map(({ path, sentence }) => ({ path: `filter.${path}`, sentence })),
      ...(template ? [{ path: 'template', sentence: template.sentence }] : []),
      ...scheduleProblems(rule.schedule, 'schedule'),
    ];
  }

  /**
   * Lets a rule's records follow what was changed in it: that alone, so that what a person set in one of them stays. Targets never
   * change.
   */
  async function follow(before: Rule, rule: Rule): Promise<void> {
    const old: Readonly<Record<string, unknown>> = commonOf(before);
    const isNew = ([field, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(old[field]);
    const change: Partial<ReturnType<typeof commonOf>> = Object.fromEntries(
      Object.entries(commonOf(rule)).filter(isNew),
    );
    if (Object.keys(change).length === 0) return;
    const ids = store.records.idsWhere({ ruleId: rule.id });
    for await (const some of inStretches(ids)) store.records.update(some, change);
    await countAfterChange(deps, ids, change);
  }

  function viewOf({ rule, state }: RuleRow, nameOf: ReturnType<typeof connectionNames>): RuleView {
    const { filter, ...rest } = rule;
    return {
      ...rest,
      filter: { ...filter, names: [...filter.names], tags: [...filter.tags] },
      shape: given(rule.shape) as RuleView['shape'],
      options: given(rule.options) as RuleView['options'],
      sourceConnection: nameOf(rule.sourceConnectionId),
      targetConnection: nameOf(rule.targetConnectionId),
      scheduleWords: scheduleWords(rule.schedule),
      records: discovery.index.countOfRule(rule.id),
      state: state && { ...state, problems: [...state.problems] },
    };
  }

  function followWords(rule: Rule, records: number): string {
    const { title } = serviceFacts[rule.targetService];
    const target = store.connections.get(rule.targetConnectionId)?.name ?? '';
    return (
      `The rule “${rule.name}” has, or is about to create, ${records} records in ${title}, ${rule.targetRegion} (connection ${target}). ` +
      `When a ${rule.filter.kind} is deleted in the vault ${rule.sourceVault}, its copy there is deleted as well, where that can be taken back.`
    );
  }
}

/** What decides which targets a rule may come to delete: a change of any of it is another question to the person. */
function reachOf({ sourceConnectionId, sourceVault, filter, ...rule }: Rule): string {
  const { targetConnectionId, targetService, targetRegion, template, deletionPolicy } = rule;
  const source = [sourceConnectionId, sourceVault, filter.kind, filter.names, filter.tags, filter.contentType];
  return JSON.stringify([source, targetConnectionId, targetService, targetRegion, template, deletionPolicy]);
}

function nothingFor(problem: RulePreview['problem']): RulePreview {
  return { matches: 0, creates: 0, has: 0, refused: 0, problem, names: [] };
}

function refused({ code, sentence, fix }: NonNullable<RulePreview['problem']>): Failure {
  return new Failure({ kind: 'invalid', code, sentence: `${sentence} The rule was not saved.`, fix });
}

function changedMeanwhile(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'rule-changed',
    sentence: 'This rule was changed while it was being saved. Nothing was saved.',
    fix: 'Open it again and save once more.',
  });
}

function noSuchRule(): never {
  throw new Failure({
    kind: 'not-found',
    code: 'no-such-rule',
    sentence: 'There is no such rule any more.',
    fix: 'Go back to the list of rules.',
  });
}
