import type { Input } from '../../preload/contract/operations.ts';
import { deletionPolicyOf } from '../domain/decision.ts';
import { Failure } from '../domain/failure.ts';
import { placesOf, type SyncRecord } from '../domain/record.ts';
import { discoverItems } from '../engine/discover.ts';
import { inStretches } from '../engine/planning.ts';
import { nextRun } from '../scheduler/index.ts';
import { confirmFollowing } from './confirm.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { given } from './given.ts';
import { countAfterChange, countNextRuns } from './next-runs.ts';
import {
  certificatesRefused,
  type Problem,
  recordProblems,
  refusal,
  refuse,
  scheduleProblems,
} from './record-checks.ts';
import { attemptViewOf, recordViewsOf } from './views.ts';

type RecordOperations =
  | 'records.list'
  | 'records.changes'
  | 'records.get'
  | 'records.create'
  | 'records.preview'
  | 'records.update'
  | 'records.remove'
  | 'records.repoint'
  | 'records.history';

type NewRecord = Input<'records.create'>['records'][number];

/** Operations on sync records. */
export function recordHandlers(deps: OperationDeps): Handlers<RecordOperations> {
  const { store, engine, clock } = deps;
  const viewOf = (id: string) => recordViewsOf(deps, [existing(id)])[0] ?? noSuchRecord();
  const existing = (id: string) => store.records.get(id) ?? noSuchRecord();
  const confirmDeletions = (count: number) => confirmFollowing(deps, count === 1 ? 'One record' : `${count} records`);

  return {
    'records.list': () => recordViewsOf(deps, store.records.list()),
    'records.changes': ({ since, limit }) => {
      const { rows, removed, revision, more } = store.records.changes(since, limit);
      return { records: recordViewsOf(deps, rows), removed: [...removed], revision, more };
    },
    'records.get': ({ id }) => viewOf(id),

    'records.create': async ({ records }, context) => {
      context.about(
        records.length === 1 ? `${records[0]?.sourceVault}/${records[0]?.sourceName}` : `${records.length} records`,
      );
      const fresh = await checkedRecords(records, context.signal);
      if (records.some(({ deletionPolicy }) => deletionPolicy === 'follow')) await confirmDeletions(records.length);
      const status = {
        status: 'pending' as const,
        code: 'new',
        sentence: 'Not synced yet.',
        fix: 'Press Sync Now, or wait for its schedule.',
      };
      store.records.insert(
        fresh.map((record) => ({ record, status, nextRunAt: nextRun(record, clock.now(), clock.random()) })),
      );
      deps.events.changed('records', 'connections', 'discovery');
      return recordViewsOf(deps, store.records.getMany(fresh.map(({ id }) => id)));
    },
    'records.preview': async ({ records }, { signal }) => {
      const fresh = await checkedRecords(records, signal);
      const steps = await engine.planDrafts(fresh, signal);
      return steps.map(({ action, code, sentence, fix }) => ({ action, code, sentence, fix }));
    },
    'records.update': async ({ ids, change }, context) => {
      context.about(`${ids.length} records: ${Object.keys(change).join(', ')}`);
      refuse(change.schedule ? scheduleProblems(change.schedule, 'change.schedule') : []);
      const following =
        change.deletionPolicy === undefined ? 0 : await countBeginningToFollow(ids, change.deletionPolicy);
      if (following > 0) await confirmDeletions(following);
      try {
        for await (const some of inStretches(ids)) store.records.update(some, given(change));
        await countAfterChange(deps, ids, given(change));
      } finally {
        // Of many, those before the one that failed are changed.
        deps.events.changed('records', 'app');
      }
      return {};
    },
    'records.remove': ({ ids }, context) => {
      context.about(`${ids.length} records`);
      const busy = ids.filter((id) => engine.isSyncing(id));
      if (busy.length > 0) throw stillSyncing(busy.length);
      store.records.remove(ids);
      deps.events.changed('records', 'connections', 'discovery', 'rules', 'app');
      return {};
    },
    'records.repoint': async ({ id, ...source }, context) => {
      const { record } = existing(id);
      context.about(`record ${id}: ${source.sourceVault}/${source.sourceName}`);
      refuse(recordProblems(deps, { ...record, ...source }));
      const found = await sourceThere(record, source, context.signal);
      refuse(await certificatesRefused(deps, [{ ...record, ...source }], context.signal));
      // Clouds were asked meanwhile.
      if (engine.isSyncing(id)) throw beingSynced();
      existing(id);
      // A rule keeps its own records where it found them; this one is a person's from now on.
      store.records.update([id], { ...source, sourceName: found, ruleId: null, kept: null });
      store.records.setConsent(id, null);
      store.records.mark([{ id, status: repointed, conflictSeen: null }]);
      await countNextRuns(deps, [id]);
      deps.events.changed('records', 'connections', 'discovery', 'rules', 'app');
      return viewOf(id);
    },
    'records.history': ({ id, limit, before }) => store.journal.history(id, limit, before).map(attemptViewOf),
  };

  /** The records as they would be kept. @throws Failure `invalid` with the path of each problem */
  async function checkedRecords(wanted: readonly NewRecord[], signal: AbortSignal): Promise<SyncRecord[]> {
    const now = clock.now();
    const accounts = new Map(store.connections.list().map(({ id, account }) => [id, account]));
    const fresh = wanted.map(
      (one): SyncRecord => ({
        ...one,
        targetAccount: accounts.get(one.targetConnectionId) ?? null,
        id: deps.newId(),
        ruleId: null,
        consent: null,
        kept: null,
        createdAt: now,
      }),
    );
    refuse(
      fresh.flatMap((record, index) =>
        [...recordProblems(deps, record), ...scheduleProblems(record.schedule, 'schedule')].map(
          ({ path, sentence }) => ({
            path: `records.${index}.${path}`,
            sentence,
          }),
        ),
      ),
    );
    refuse(duplicates(fresh));
    refuse(await certificatesRefused(deps, fresh, signal));
    return fresh;
  }

  function duplicates(records: readonly SyncRecord[]): Problem[] {
    const taken = store.records.places();
    const seen = new Map<string, SyncRecord>();
    return records.flatMap((record, index) => {
      const places = placesOf(record);
      const owner = places.map((place) => taken.get(place) ?? seen.get(place)).find((one) => one !== undefined);
      for (const place of places) seen.set(place, record);
      if (!owner) return [];
      const sentence = `${record.targetName} is written by the record for ${owner.sourceVault}/${owner.sourceName} already. Choose another name.`;
      return [{ path: `records.${index}.targetName`, sentence }];
    });
  }

  /** @returns its name as the vault spells it. A record that pointed at nothing could have its target deleted for that. */
  async function sourceThere(
    { sourceKind }: SyncRecord,
    source: { sourceConnectionId: string; sourceVault: string; sourceName: string },
    signal: AbortSignal,
  ): Promise<string> {
    const { items, refused } = await discoverItems(
      deps.discover,
      source.sourceConnectionId,
      source.sourceVault,
      signal,
    );
    const failed = refused.find(({ kind }) => kind === sourceKind);
    if (failed) throw new Failure(failed.failure);
    const wanted = source.sourceName.toLowerCase();
    const item = items.find(
      ({ kind, name, managed }) => kind === sourceKind && name.toLowerCase() === wanted && !managed,
    );
    if (item) return item.name;
    const sentence = `There is no ${sourceKind} ${source.sourceName} in the vault ${source.sourceVault}.`;
    throw refusal([{ path: 'sourceName', sentence: `${sentence} Choose one that is there.` }]);
  }

  /** How many of these records would follow deletions and do not yet. */
  async function countBeginningToFollow(ids: readonly string[], to: 'keep' | 'follow' | 'default'): Promise<number> {
    const settings = deps.preferences.get();
    if (deletionPolicyOf({ deletionPolicy: to }, settings) === 'keep') return 0;
    let count = 0;
    for await (const some of inStretches(ids)) {
      const rows = store.records.getMany(some);
      count += rows.filter(({ record }) => deletionPolicyOf(record, settings) === 'keep').length;
    }
    return count;
  }
}

const repointed = {
  status: 'pending',
  code: 'repointed',
  sentence: 'It points at another source now. The copy in the target is as it was.',
  fix: 'Press Sync Now, or wait for its schedule.',
} as const;

function noSuchRecord(): never {
  throw new Failure({
    kind: 'not-found',
    code: 'no-such-record',
    sentence: 'There is no such sync record any more.',
    fix: 'Go back to the list.',
  });
}

/** Records under a run can't be forgotten. */
export function stillSyncing(count: number): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'still-syncing',
    sentence: `${count === 1 ? 'One of these records is' : `${count} of these records are`} being synced. Nothing was deleted.`,
    fix: 'Wait for the sync to end, or cancel it, then delete again.',
  });
}

function beingSynced(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'still-syncing',
    sentence: 'This record is being synced. It still points at its old source.',
    fix: 'Wait for the sync to end, or cancel it, then choose the source again.',
  });
}
