import { awsSettings } from '../../preload/contract/views.ts';
import { Failure } from '../domain/failure.ts';
import { targetNameFor, templateProblem } from '../domain/naming.ts';
import { type SyncRecord, targetPlace } from '../domain/record.ts';
import { nextRunOf } from '../domain/schedule.ts';
import type { RecordRow } from '../store/ports.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { given } from './given.ts';
import { attemptViewOf, recordViewOf, runViewOf } from './views.ts';

type RecordOperations =
  | 'naming.preview'
  | 'records.list'
  | 'records.get'
  | 'records.create'
  | 'records.update'
  | 'records.remove'
  | 'records.takeOver'
  | 'records.history';

/** Operations on sync records. */
export function recordHandlers(deps: OperationDeps): Handlers<RecordOperations> {
  const { store, engine, clock, clouds } = deps;
  const views = (rows: readonly RecordRow[]) => {
    const names = new Map(store.connections.list().map(({ id, name }) => [id, name]));
    return rows.map((row) => recordViewOf(row, names, engine.isSyncing(row.record.id)));
  };
  const existing = (id: string) => store.records.get(id) ?? noSuchRecord();
  const placesTaken = (except?: string) =>
    new Map(
      store.records
        .list()
        .filter(({ record }) => record.id !== except)
        .map(({ record }) => [targetPlace(record), `${record.sourceVault}/${record.sourceName}`]),
    );

  return {
    'naming.preview': ({ template, items, exceptRecordId, ...place }) => {
      const problem = templateProblem(template);
      if (problem) return { templateProblem: problem.sentence, names: [] };
      const named = items.map((item) => ({ ...item, targetName: targetNameFor(template, item) }));
      const taken = placesTaken(exceptRecordId);
      const wanted = countBy(named.map(({ targetName }) => targetName));
      const names = named.map((item) => {
        const problems = clouds.nameProblems(place.targetService, item.targetName);
        const owner = taken.get(targetPlace({ ...place, targetName: item.targetName }));
        if (owner) problems.push(`The record for ${owner} writes this target already.`);
        if ((wanted.get(item.targetName) ?? 0) > 1)
          problems.push('Another of the chosen secrets would get the same target name.');
        return { ...item, problems };
      });
      return { templateProblem: null, names };
    },

    'records.list': () => views(store.records.list()),
    'records.get': ({ id }) => viewOf(views([existing(id)])),

    'records.create': ({ records }, context) => {
      context.about(
        records.length === 1 ? `${records[0]?.sourceVault}/${records[0]?.sourceName}` : `${records.length} records`,
      );
      const now = clock.now();
      const fresh = records.map(
        (wanted): SyncRecord => ({ ...wanted, id: deps.newId(), consent: null, createdAt: now }),
      );
      refuse(
        fresh.flatMap((record, index) =>
          problemsOf(record).map(({ path, sentence }) => ({ path: `records.${index}.${path}`, sentence })),
        ),
      );
      refuse(duplicates(fresh, placesTaken()));
      const status = {
        status: 'pending' as const,
        code: 'new',
        sentence: 'Not synced yet.',
        fix: 'Press Sync Now, or wait for its schedule.',
      };
      store.records.insert(
        fresh.map((record) => ({
          record,
          status,
          nextRunAt: nextRunOf(record, clock.now(), clock.random()),
        })),
      );
      deps.events.changed('records', 'connections');
      return views(store.records.getMany(fresh.map(({ id }) => id)));
    },
    'records.update': ({ ids, change }, context) => {
      context.about(`${ids.length} records: ${Object.keys(change).join(', ')}`);
      store.records.update(ids, given(change));
      if (change.schedule !== undefined || change.enabled !== undefined) {
        for (const { record } of store.records.getMany(ids)) {
          store.records.setNextRun(record.id, nextRunOf(record, clock.now(), clock.random()));
        }
      }
      deps.events.changed('records');
      return {};
    },
    'records.remove': ({ ids }, context) => {
      context.about(`${ids.length} records`);
      const busy = ids.filter((id) => engine.isSyncing(id));
      if (busy.length > 0) throw stillSyncing(busy.length);
      store.records.remove(ids);
      deps.events.changed('records', 'connections');
      return {};
    },
    'records.takeOver': ({ id, seen }, context) => {
      const { record, conflictSeen } = existing(id);
      context.about(`record ${id}: ${record.targetName}`);
      if (conflictSeen !== seen) throw notWhatWasSeen();
      store.records.setConsent(id, seen);
      return runViewOf(engine.start([id], 'user').progress);
    },
    'records.history': ({ id, limit, before }) => store.journal.history(id, limit, before).map(attemptViewOf),
  };

  function problemsOf(record: SyncRecord): { path: string; sentence: string }[] {
    const problems = clouds
      .nameProblems(record.targetService, record.targetName)
      .map((sentence) => ({ path: 'targetName', sentence }));
    const source = store.connections.get(record.sourceConnectionId);
    const target = store.connections.get(record.targetConnectionId);
    if (source?.settings.provider !== 'azure')
      problems.push({ path: 'sourceConnectionId', sentence: 'Choose an Azure connection as the source.' });
    if (target?.settings.provider !== 'aws')
      problems.push({ path: 'targetConnectionId', sentence: 'Choose an AWS connection as the target.' });
    const region = awsSettings.shape.region.safeParse(record.targetRegion);
    for (const { message } of region.error?.issues ?? []) problems.push({ path: 'targetRegion', sentence: message });
    return problems;
  }
}

function duplicates(
  records: readonly SyncRecord[],
  taken: ReadonlyMap<string, string>,
): { path: string; sentence: string }[] {
  const seen = new Map(taken);
  return records.flatMap((record, index) => {
    const place = targetPlace(record);
    const owner = seen.get(place);
    seen.set(place, `${record.sourceVault}/${record.sourceName}`);
    if (owner === undefined) return [];
    return [
      {
        path: `records.${index}.targetName`,
        sentence: `${record.targetName} is written by the record for ${owner} already. Choose another name.`,
      },
    ];
  });
}

function refuse(fields: { path: string; sentence: string }[]): void {
  const [first] = fields;
  if (!first) return;
  throw new Failure({
    kind: 'invalid',
    code: 'input',
    sentence: fields.length === 1 ? first.sentence : `${fields.length} problems: ${first.sentence}`,
    fix: 'Correct what is marked and try again. Nothing was saved.',
    fields: fields.slice(0, 100),
  });
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function viewOf<T>([view]: T[]): T {
  return view ?? noSuchRecord();
}

function noSuchRecord(): never {
  throw new Failure({
    kind: 'not-found',
    code: 'no-such-record',
    sentence: 'There is no such sync record any more.',
    fix: 'Go back to the list.',
  });
}

function stillSyncing(count: number): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'still-syncing',
    sentence: `${count === 1 ? 'One of these records is' : `${count} of these records are`} being synced. Nothing was deleted.`,
    fix: 'Wait for the sync to end, or cancel it, then delete again.',
  });
}

function notWhatWasSeen(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'seen-changed',
    sentence: 'The target has changed again since this conflict was shown. Nothing was written.',
    fix: 'Press Sync Now to look at it again, then decide.',
  });
}
