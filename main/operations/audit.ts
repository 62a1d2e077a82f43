import { setImmediate as breathe } from 'node:timers/promises';
import type { Input } from '../../preload/contract/operations.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { refuseIfGivenUp } from './given-up.ts';
import { saveRows } from './save-rows.ts';

type AuditOperations = 'audit.list' | 'audit.verify' | 'audit.export';

/** Operations on the audit trail: look, check the chain, save a copy. None of them changes a row. */
export function auditHandlers(deps: OperationDeps): Handlers<AuditOperations> {
  const { audit } = deps.store;
  return {
    'audit.list': async ({ before, limit, filter }, { signal }) => {
      const rows = await walked(audit.search(limit, before, filter), signal);
      return rows.map(({ id, at, actor, action, subject, outcome, detail }) => {
        return { id, at, actor, action, subject, outcome, detail };
      });
    },
    'audit.verify': async (_input, context) => {
      const { rows, firstBad } = await walked(audit.verify(), context.signal);
      context.about(
        firstBad === null ? `${rows} rows, the chain is whole` : `${rows} rows, row ${firstBad} does not fit the chain`,
      );
      return { rows, firstBad, checkedAt: deps.clock.now() };
    },
    'audit.export': ({ format, filter }, context) =>
      saveRows(deps, context, {
        about: `${format}, ${filterWords(filter)}`,
        suggestedName: `audit-${new Date(deps.clock.now()).toISOString().slice(0, 10)}.${format}`,
        what: 'Save a copy of the audit trail',
        read: (after, limit) => audit.page(after, limit, filter),
        write: (pages, { auditCopy }) => auditCopy(format, pages),
      }),
  };
}

/** What a filter leaves, for the audit trail: an export of a part must not pass for one of the whole. */
function filterWords({ actor, outcome, text, from, to }: Input<'audit.export'>['filter']): string {
  const iso = (at: number) => new Date(at).toISOString();
  const words = [
    ...(actor ? [`of ${actor}`] : []),
    ...(outcome ? [`that ${outcome}`] : []),
    ...(text ? ['that mention a text'] : []),
    ...(from === undefined ? [] : [`from ${iso(from)}`]),
    ...(to === undefined ? [] : [`to ${iso(to)}`]),
  ];
  return words.length === 0 ? 'all rows' : `rows ${words.join(', ')}`;
}

/** What a generator comes to, with a turn for everything else between two of its own. */
async function walked<T>(walk: Generator<unknown, T>, signal: AbortSignal): Promise<T> {
  for (let turn = walk.next(); ; turn = walk.next()) {
    if (turn.done) return turn.value;
    await breathe();
    refuseIfGivenUp(signal);
  }
}
