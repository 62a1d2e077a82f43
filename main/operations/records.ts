import { targetRegions } from '../../preload/contract/views.ts';
import { Failure } from '../domain/failure.ts';
import type { CertificateDescription, SourceKind } from '../domain/item.ts';
import { targetNameFor, templateProblem } from '../domain/naming.ts';
import type { ShapeKind } from '../domain/payload.ts';
import { type SyncRecord, targetPlace } from '../domain/record.ts';
import { nextRunOf } from '../domain/schedule.ts';
import { serviceFacts } from '../domain/service.ts';
import { discoverCertificates } from '../engine/discover.ts';
import { groupBy } from '../engine/scan.ts';
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
    return rows.map((row) => recordViewOf(row, names, engine.isSyncing(row.record.id), deps.waitingFor(row.record.id)));
  };
  const existing = (id: string) => store.records.get(id) ?? noSuchRecord();
  const accountOf = (connectionId: string) => store.connections.get(connectionId)?.account ?? null;
  const placesTaken = () =>
    new Map(
      store.records
        .list()
        .flatMap(({ record }) =>
          placesOf(record).map((place) => [place, `${record.sourceVault}/${record.sourceName}`]),
        ),
    );

  return {
    'naming.preview': ({ template, items, ...place }) => {
      const problem = templateProblem(template);
      if (problem) return { templateProblem: problem.sentence, names: [] };
      const named = items.map((item) => ({
        ...item,
        targetName: clouds.fitName(place.targetService, targetNameFor(template, item), item),
      }));
      const taken = placesTaken();
      const targetAccount = accountOf(place.targetConnectionId);
      const wanted = countBy(named.map(({ targetName }) => targetName));
      const names = named.map((item) => {
        const problems = clouds.nameProblems(place.targetService, item.targetName);
        const places = placesOf({ ...place, targetAccount, targetName: item.targetName });
        const owner = taken.get(places.find((one) => taken.has(one)) ?? '');
        if (owner) problems.push(`The record for ${owner} writes this target already.`);
        if ((wanted.get(item.targetName) ?? 0) > 1)
          problems.push('Another of the chosen secrets would get the same target name.');
        return { ...item, problems };
      });
      return { templateProblem: null, names };
    },

    'records.list': () => views(store.records.list()),
    'records.get': ({ id }) => viewOf(views([existing(id)])),

    'records.create': async ({ records }, context) => {
      context.about(
        records.length === 1 ? `${records[0]?.sourceVault}/${records[0]?.sourceName}` : `${records.length} records`,
      );
      const now = clock.now();
      const fresh = records.map(
        (wanted): SyncRecord => ({
          ...wanted,
          targetAccount: accountOf(wanted.targetConnectionId),
          id: deps.newId(),
          consent: null,
          createdAt: now,
        }),
      );
      refuse(
        fresh.flatMap((record, index) =>
          problemsOf(record).map(({ path, sentence }) => ({ path: `records.${index}.${path}`, sentence })),
        ),
      );
      refuse(duplicates(fresh, placesTaken()));
      refuse(await certificatesRefused(fresh, context.signal));
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
    const { provider, title, keeps } = serviceFacts[record.targetService];
    const problems = clouds
      .nameProblems(record.targetService, record.targetName)
      .map((sentence) => ({ path: 'targetName', sentence }));
    const source = store.connections.get(record.sourceConnectionId);
    const target = store.connections.get(record.targetConnectionId);
    if (source?.settings.provider !== 'azure')
      problems.push({ path: 'sourceConnectionId', sentence: 'Choose an Azure connection as the source.' });
    if (target?.settings.provider !== provider)
      problems.push({ path: 'targetConnectionId', sentence: `Choose a connection that has ${title} as the target.` });
    const region = targetRegions[provider].safeParse(record.targetRegion);
    for (const { message } of region.error?.issues ?? []) problems.push({ path: 'targetRegion', sentence: message });
    if (record.sourceKind === 'secret' && keeps === 'certificates')
      problems.push({ path: 'targetService', sentence: `${title} keeps certificates only. Choose another service.` });
    else if (!shapesFor(record.sourceKind, keeps).includes(record.shape.kind))
      problems.push({ path: 'shape', sentence: `A ${record.sourceKind} can’t be written to ${title} in this form.` });
    return [...problems, ...optionProblems(record)];
  }

  /** Certificates that could never arrive: found before a record is saved, not at its first sync. */
  async function certificatesRefused(
    records: readonly SyncRecord[],
    signal: AbortSignal,
  ): Promise<{ path: string; sentence: string }[]> {
    const certificates = [...records.entries()].filter(([, { sourceKind }]) => sourceKind === 'certificate');
    const found = await Promise.all(
      groupBy(certificates, ([, { sourceConnectionId }]) => sourceConnectionId).map(async (group) => {
        const connectionId = group[0]?.[1].sourceConnectionId ?? '';
        const refs = group.map(([, { sourceVault, sourceName }]) => ({ vault: sourceVault, name: sourceName }));
        const described = await discoverCertificates(deps.discover, connectionId, refs, signal);
        return group.flatMap(([index, record], at) =>
          certificateSentences(record, described[at]).map((sentence) => ({
            path: `records.${index}.sourceName`,
            sentence,
          })),
        );
      }),
    );
    return found.flat();
  }

  function certificateSentences(record: SyncRecord, described: CertificateDescription | undefined): string[] {
    const name = `${record.sourceVault}/${record.sourceName}`;
    if (!described) return [`There is no certificate ${name} in Key Vault any more.`];
    if (!described.exportable) {
      return [
        `The private key of ${name} never leaves Key Vault (it is in an HSM, or its policy forbids exporting it), so it can’t be copied.`,
      ];
    }
    return clouds
      .certificateProblems(record.targetService, described.facts)
      .map(({ sentence, fix }) => `${name}: ${sentence} ${fix}`);
  }
}

function optionProblems({ options, targetService, targetRegion }: SyncRecord): { path: string; sentence: string }[] {
  const { options: known, title } = serviceFacts[targetService];
  const foreign = Object.keys(given(options)).filter((option) => !(known as readonly string[]).includes(option));
  const problems = foreign.map((option) => ({
    path: `options.${option}`,
    sentence: `${title} has no such setting. Leave it out.`,
  }));
  if (options.replicaRegions?.includes(targetRegion))
    problems.push({
      path: 'options.replicaRegions',
      sentence: `${targetRegion} has the secret itself, not a replica of it.`,
    });
  if (options.replicaLocations && targetRegion !== 'global')
    problems.push({ path: 'options.replicaLocations', sentence: 'Only a global secret is replicated.' });
  return problems;
}

/** The forms a source can be written in to a service that keeps these. */
function shapesFor(kind: SourceKind, keeps: 'secrets' | 'certificates'): readonly ShapeKind[] {
  if (keeps === 'certificates') return ['whole'];
  return kind === 'certificate' ? ['pem', 'pfx'] : ['whole', 'base64', 'json-key', 'json-object'];
}

/** A target's place by account and by connection: a record may have been made before its account was known. */
function placesOf(record: Parameters<typeof targetPlace>[0]): string[] {
  return [targetPlace(record), targetPlace({ ...record, targetAccount: null })];
}

function duplicates(
  records: readonly SyncRecord[],
  taken: ReadonlyMap<string, string>,
): { path: string; sentence: string }[] {
  const seen = new Map(taken);
  return records.flatMap((record, index) => {
    const places = placesOf(record);
    const owner = seen.get(places.find((place) => seen.has(place)) ?? '');
    for (const place of places) seen.set(place, `${record.sourceVault}/${record.sourceName}`);
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

/** Records under a run can't be forgotten. */
export function stillSyncing(count: number): Failure {
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
