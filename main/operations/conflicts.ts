import type { Input } from '../../preload/contract/operations.ts';
import type { RunView } from '../../preload/contract/views.ts';
import { choicesFor, consentTo } from '../domain/decision.ts';
import { Failure, toFailure } from '../domain/failure.ts';
import { serviceFacts } from '../domain/service.ts';
import { inStretches } from '../engine/planning.ts';
import type { RecordRow } from '../store/ports.ts';
import { confirmed } from './confirm.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { runViewOf } from './views.ts';

type Choice = Input<'records.resolve'>['choice'];
type Items = Input<'records.resolve'>['items'];

/** Targets that are looked at at a time while a person waits. */
const atOnce = 8;
/** Each waits for the disk. */
const transactionsAtOnce = 5;

/** A person's decisions about records that wait for one. */
export function conflictHandlers(deps: OperationDeps): Handlers<'records.resolve'> {
  const { store, engine } = deps;

  return {
    'records.resolve': async ({ items, choice }, context) => {
      context.about(`${items.length === 1 ? `record ${items[0]?.id}` : `${items.length} records`}: ${choice}`);
      const rows = await stillAsked(items, choice);
      if (choice === 'delete') {
        await confirmed(deps, deletionWords(rows), 'Delete these copies?');
        await stillAsked(items, choice);
      }
      const run = await resolve(items, choice, context.signal);
      deps.events.changed('records', 'app');
      if (choice === 'unlink') deps.events.changed('discovery', 'rules', 'connections');
      return { run };
    },
  };

  async function resolve(items: Items, choice: Choice, signal: AbortSignal): Promise<RunView | null> {
    switch (choice) {
      case 'keep':
        await keep(items, signal);
        return null;
      case 'unlink':
        await unlink(items, signal);
        return null;
      case 'overwrite':
      case 'adopt':
      case 'delete':
        return await agree(items, choice);
    }
  }

  /** All or none: one record that is not asked about any more, or not in this way, refuses them all. */
  async function stillAsked(items: Items, choice: Choice): Promise<RecordRow[]> {
    const rows: RecordRow[] = [];
    for await (const some of inStretches(items)) {
      const found = new Map(store.records.getMany(some.map(({ id }) => id)).map((row) => [row.record.id, row]));
      for (const { id, seen } of some) {
        const row = found.get(id);
        if (!row) throw recordGone();
        if (row.conflictSeen !== seen) throw seenChanged(row);
        if (engine.isSyncing(id)) throw beingSynced(row);
        if (!choicesFor(row.status.code, seen).includes(choice)) throw notOffered(row);
        rows.push(row);
      }
    }
    return rows;
  }

  /** The consent is for the state that was seen: planning and writing both look again before they use it. */
  async function agree(items: Items, choice: 'overwrite' | 'adopt' | 'delete'): Promise<RunView> {
    const consents = async (change: (seen: string) => string | null) => {
      for await (const some of inStretches(items, transactionsAtOnce))
        for (const { id, seen } of some) store.records.setConsent(id, change(seen));
    };
    await consents((seen) => consentTo(choice, seen));
    try {
      return runViewOf(
        engine.start(
          items.map(({ id }) => id),
          'user',
        ).progress,
      );
    } catch (thrown) {
      // What a person agreed to must not be done by a later run that they did not see begin.
      await consents(() => null);
      throw thrown;
    }
  }

  async function keep(items: Items, signal: AbortSignal): Promise<void> {
    const refused: Failure[] = [];
    for await (const some of inStretches(items, atOnce))
      for (const ended of await Promise.allSettled(some.map(({ id, seen }) => engine.keep(id, seen, signal))))
        if (ended.status === 'rejected') refused.push(toFailure(ended.reason));
    const [first] = refused;
    if (!first) return;
    deps.events.changed('records', 'app');
    throw items.length === 1 ? first : partlyKept(first, items.length - refused.length, items.length);
  }

  async function unlink(items: Items, signal: AbortSignal): Promise<void> {
    const { left } = await engine.unlink(items, signal);
    const [first] = left;
    if (!first) return;
    const others = left.length === 1 ? '' : ` The same goes for ${left.length - 1} more.`;
    deps.notices.add({
      id: `unlinked-${deps.newId()}`,
      level: 'warning',
      sentence: `The records are forgotten and their targets were kept, but some still carry this app’s mark. ${first.sentence}${others}`,
      fix: 'Remove the tags of this app from the target in its own console if another tool shall own it.',
    });
  }
}

function deletionWords(rows: readonly RecordRow[]): string {
  const places = new Map<string, number>();
  for (const { record } of rows) {
    const place = `${serviceFacts[record.targetService].title} in ${record.targetRegion}`;
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  const where = [...places].map(([place, count]) => `${count} in ${place}`).join(', ');
  const names = rows.slice(0, 5).map(({ record }) => record.targetName.slice(0, 100));
  const more = rows.length > names.length ? `, and ${rows.length - names.length} more` : '';
  return `Their sources were deleted in Azure. To be deleted: ${where}: ${names.join(', ')}${more}. Each can be taken back for as long as its service keeps what was deleted.`;
}

const notResolved = 'Nothing was decided and nothing was written.';

function recordGone(): Failure {
  return new Failure({
    kind: 'not-found',
    code: 'no-such-record',
    sentence: `One of these records was deleted meanwhile. ${notResolved}`,
    fix: 'Look at the list again, then decide.',
  });
}

function seenChanged({ record, conflictSeen }: RecordRow): Failure {
  const sentence =
    conflictSeen === null
      ? `The record for ${record.targetName} no longer waits for a decision.`
      : `The target ${record.targetName} has changed again since this was shown.`;
  return new Failure({
    kind: 'conflict',
    code: 'seen-changed',
    sentence: `${sentence} ${notResolved}`,
    fix: 'Press Sync Now to look at it again, then decide.',
  });
}

function beingSynced({ record }: RecordRow): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'still-syncing',
    sentence: `The record for ${record.targetName} is being synced. ${notResolved}`,
    fix: 'Wait for the sync to end, or cancel it, then decide.',
  });
}

function notOffered({ record }: RecordRow): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'choice-not-offered',
    sentence: `That can’t be decided about ${record.targetName} as it is now. ${notResolved}`,
    fix: 'Open the record: it shows the decisions that can be made.',
  });
}

function partlyKept({ detail }: Failure, kept: number, all: number): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'partly-kept',
    sentence: `${kept} of ${all} targets are kept as they are from now on; the others could not be. The first of them: ${detail.sentence}`,
    fix: 'Those that still wait are in the list: decide about them again.',
  });
}
