import { targetRegions } from '../../preload/contract/views.ts';
import { Failure } from '../domain/failure.ts';
import type { SourceKind } from '../domain/item.ts';
import type { ShapeKind } from '../domain/payload.ts';
import type { SyncRecord } from '../domain/record.ts';
import type { Schedule } from '../domain/schedule.ts';
import { serviceFacts } from '../domain/service.ts';
import { certificateSentences } from '../engine/certificate-checks.ts';
import { discoverCertificates } from '../engine/discover.ts';
import { groupBy } from '../engine/scan.ts';
import { scheduleProblem } from '../scheduler/index.ts';
import type { OperationDeps } from './deps.ts';
import { given } from './given.ts';

/** What is wrong with what was given, and where in it: see `FailureDetail.fields`. */
export interface Problem {
  readonly path: string;
  readonly sentence: string;
}

type CheckDeps = Pick<OperationDeps, 'store' | 'clouds' | 'discover'>;

/** What records and rules say alike: where from, where to, and in which form. */
type Route = Pick<
  SyncRecord,
  'sourceConnectionId' | 'sourceKind' | 'targetConnectionId' | 'targetService' | 'targetRegion' | 'shape' | 'options'
>;

/** What speaks against a record before any cloud is asked: see `routeProblems`, and its target's name. */
export function recordProblems(deps: CheckDeps, record: SyncRecord): Problem[] {
  const names = deps.clouds.nameProblems(record.targetService, record.targetName);
  return [...names.map((sentence) => ({ path: 'targetName', sentence })), ...routeProblems(deps, record)];
}

/** What speaks against going from this source to this target in this form. */
export function routeProblems({ store }: Pick<CheckDeps, 'store'>, route: Route): Problem[] {
  const { provider, title, keeps } = serviceFacts[route.targetService];
  const problems: Problem[] = [];
  const source = store.connections.get(route.sourceConnectionId);
  const target = store.connections.get(route.targetConnectionId);
  if (source?.settings.provider !== 'azure')
    problems.push({ path: 'sourceConnectionId', sentence: 'Choose an Azure connection as the source.' });
  if (target?.settings.provider !== provider)
    problems.push({ path: 'targetConnectionId', sentence: `Choose a connection that has ${title} as the target.` });
  const region = targetRegions[provider].safeParse(route.targetRegion);
  for (const { message } of region.error?.issues ?? []) problems.push({ path: 'targetRegion', sentence: message });
  if (route.sourceKind === 'secret' && keeps === 'certificates')
    problems.push({ path: 'targetService', sentence: `${title} keeps certificates only. Choose another service.` });
  else if (!shapesFor(route.sourceKind, keeps).includes(route.shape.kind))
    problems.push({ path: 'shape', sentence: `A ${route.sourceKind} can’t be written to ${title} in this form.` });
  return [...problems, ...optionProblems(route)];
}

/** Certificates that could never arrive: found before a record is saved, not at its first sync. */
export async function certificatesRefused(
  { discover, clouds }: CheckDeps,
  records: readonly SyncRecord[],
  signal: AbortSignal,
): Promise<Problem[]> {
  const certificates = [...records.entries()].filter(([, { sourceKind }]) => sourceKind === 'certificate');
  const found = await Promise.all(
    [...groupBy(certificates, ([, { sourceConnectionId }]) => sourceConnectionId)].map(
      async ([connectionId, group]) => {
        const refs = group.map(([, { sourceVault, sourceName }]) => ({ vault: sourceVault, name: sourceName }));
        const described = await discoverCertificates(discover, connectionId, refs, signal);
        return group.flatMap(([index, { sourceVault, sourceName, targetService }], at) =>
          certificateSentences(
            `${sourceVault}/${sourceName}`,
            targetService,
            described[at],
            clouds.certificateProblems,
          ).map((sentence) => ({ path: `records.${index}.sourceName`, sentence })),
        );
      },
    ),
  );
  return found.flat();
}

/** What is wrong with a schedule, at its place in what was given. */
export function scheduleProblems(schedule: Schedule, path: string): Problem[] {
  const problem = scheduleProblem(schedule);
  return problem === null ? [] : [{ path, sentence: problem }];
}

/** Throws a Failure that names every problem and its place; does nothing if there is none. */
export function refuse(problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first) throw refusal([first, ...others]);
}

/** How what was given is refused for these problems. */
export function refusal(problems: readonly [Problem, ...Problem[]]): Failure {
  const [{ sentence }] = problems;
  return new Failure({
    kind: 'invalid',
    code: 'input',
    sentence: problems.length === 1 ? sentence : `${problems.length} problems: ${sentence}`,
    fix: 'Correct what is marked and try again. Nothing was saved.',
    fields: problems.slice(0, 100),
  });
}

function optionProblems({ options, targetService, targetRegion }: Route): Problem[] {
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
