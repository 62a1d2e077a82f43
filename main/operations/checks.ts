import type { CheckRowView, CheckView } from '../../preload/contract/watch.ts';
import { type Check, type CheckRow, checkVerdicts, isWell } from '../domain/check.ts';
import { Failure } from '../domain/failure.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { saveRows } from './save-rows.ts';

type CheckOperations = 'checks.start' | 'checks.cancel' | 'checks.list' | 'checks.rows' | 'checks.export';

/** A check as screens see it, while it goes on and later. */
export function checkViewOf(check: Check): CheckView {
  const { id, trigger, values, startedAt, endedAt, cancelled, total, counts } = check;
  let done = 0;
  let attention = 0;
  for (const verdict of checkVerdicts) {
    const count = counts[verdict] ?? 0;
    done += count;
    if (!isWell(verdict)) attention += count;
  }
  return { id, trigger, values, startedAt, endedAt, cancelled, total, done, counts: { ...counts }, attention };
}

/** Operations on checks: start, follow, read, save a report. */
export function checkHandlers(deps: OperationDeps): Handlers<CheckOperations> {
  const { checks, store } = deps;
  return {
    'checks.start': async ({ ids, values }, context) => {
      const what = values ? 'versions and values' : 'versions';
      context.about(`${what} of ${ids ? `${ids.length} records` : 'all records'}`);
      const view = checkViewOf(await checks.start(ids ?? null, values, 'user'));
      deps.events.changed('checks');
      return view;
    },
    'checks.cancel': ({ id }, context) => {
      context.about(`check ${id}`);
      checks.cancel(id);
      return {};
    },
    'checks.list': ({ limit }) => {
      const active = checks.active();
      return store.checks.list(limit).map((check) => checkViewOf(check.id === active?.id ? active : check));
    },
    'checks.rows': ({ id, after, limit, verdicts }) => {
      known(id);
      return store.checks.rows(id, { after, limit, ...(verdicts ? { verdicts } : {}) }).map(checkRowViewOf);
    },
    'checks.export': ({ id, format }, context) => {
      const check = known(id);
      if (check.endedAt === null) throw stillGoingOn();
      const { name: product, version } = deps.product;
      const maker = { product, version, exportedAt: deps.clock.now() };
      const day = new Date(check.startedAt).toISOString().slice(0, 10);
      return saveRows(deps, context, {
        about: `check ${id}, ${format}`,
        suggestedName: `${check.values ? 'dr-test' : 'drift-check'}-${day}.${format}`,
        what: 'Save the report of the check',
        read: (after, limit) => store.checks.rows(id, { after, limit }),
        write: (pages, { checkReport }) => checkReport(format, check, maker, pages),
      });
    },
  };

  function known(id: string): Check {
    const active = checks.active();
    const check = active?.id === id ? active : store.checks.get(id);
    if (check) return check;
    throw new Failure({
      kind: 'not-found',
      code: 'no-such-check',
      sentence: 'This check is no longer kept: it is older than the history setting keeps.',
      fix: 'Press Check now to start another, or keep history longer in Settings > Sync.',
    });
  }
}

/** Named one by one, so that nothing crosses a door by accident. */
function checkRowViewOf(row: CheckRow & { readonly id: number }): CheckRowView {
  const { id, recordId, source, target, targetService, targetRegion, targetConnection, verdict, code } = row;
  const { sentence, fix, method, sourceVersion, targetVersion, targetId, checkedAt } = row;
  return {
    id,
    recordId,
    source,
    target,
    targetService,
    targetRegion,
    targetConnection,
    verdict,
    code,
    sentence: sentence.slice(0, 1000),
    fix: fix.slice(0, 1000),
    method,
    sourceVersion,
    targetVersion,
    targetId,
    checkedAt,
  };
}

function stillGoingOn(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'check-going-on',
    sentence: 'This check is still going on, so a report would lack part of it. Nothing was saved.',
    fix: 'Wait until it ends, or cancel it, then export it.',
  });
}
