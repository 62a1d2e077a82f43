import { setImmediate as breathe } from 'node:timers/promises';
import type { Target } from '../clouds/ports.ts';
import { toFailure } from '../domain/failure.ts';
import type { PlanInput, TargetState } from '../domain/plan.ts';
import type { RecordRow } from '../store/ports.ts';
import type { Clock } from './deps.ts';
import { listAll } from './discover.ts';
import { exclusionOf } from './excluded.ts';
import { lookAtTarget } from './look.ts';
import type { Scan, ScanDeps } from './scan.ts';
import { Seats } from './seats.ts';

/** Up to so many targets, asking for each is cheaper than listing the account. */
const fewTargets = 20;

/** What the lanes of one target place share. */
interface PlaceLook {
  readonly target: () => Promise<Target>;
  /** Everything it holds, where that is cheaper than asking for each; undefined where it is not, or may not be listed. */
  readonly overview: () => Promise<Map<string, TargetState> | undefined>;
  /** Never rejects. Of a credential that may not look, the first answer is enough: its adapter asks no more. */
  readonly ask: (target: Target, row: RecordRow) => Promise<PlanInput['target']>;
}

/** @param rows all records of the place */
export function placeLook(rows: readonly RecordRow[], deps: ScanDeps, signal: AbortSignal): PlaceLook {
  let overview: ReturnType<PlaceLook['overview']> | undefined;
  const target = async () => {
    const [first] = rows;
    if (!first) throw new Error('a target place without records');
    const { targetConnectionId, targetService, targetRegion } = first.record;
    return await deps.clouds.target(targetConnectionId, targetService, targetRegion);
  };
  const list = async () => (rows.length > fewTargets ? overviewOf(await target(), deps.clock, signal) : undefined);
  const seats = new Seats(deps.concurrency);
  let first: Promise<unknown> | undefined;
  return {
    target,
    overview: () => (overview ??= list()),
    async ask(opened, row) {
      const look = () => seats.during(() => targetState(opened, row, deps.clock, signal));
      if (rows.length <= deps.concurrency) return await look();
      if (first) await first;
      const looking = look();
      first ??= looking;
      return await looking;
    },
  };
}

const notLooked: PlanInput['target'] = {
  kind: 'failed',
  failure: {
    kind: 'conflict',
    code: 'target-not-looked-at',
    sentence:
      'The target was not looked at, because an exclusion kept this record out when the sync began. It was left as it was.',
    fix: 'Press Sync Now to look again.',
  },
};

/**
 * Looks at the targets of records in one place as these come, but for those that are excluded. Never rejects: what fails marks its
 * records.
 * @param coming records whose source is known
 * @param onLooked told of records whose target is known now, too; of each once
 */
export async function scanTargets(
  coming: AsyncIterable<readonly RecordRow[]>,
  place: PlaceLook,
  { exclusions }: Pick<ScanDeps, 'exclusions'>,
  scanned: Scan,
  onLooked: (rows: readonly RecordRow[]) => void,
): Promise<void> {
  const { source, target: found, recoverable } = scanned;
  const asking: Promise<void>[] = [];
  for await (const rows of coming) {
    const seen: RecordRow[] = [];
    const wanted: RecordRow[] = [];
    for (const row of rows) {
      if (exclusionOf(row, source.get(row.record.id), exclusions)) {
        found.set(row.record.id, notLooked);
        seen.push(row);
      } else wanted.push(row);
    }
    try {
      if (wanted.length > 0) {
        const target = await place.target();
        const overview = await place.overview();
        for (const row of wanted) {
          if (target.capabilities.recoverableRemoval) recoverable.add(row.record.id);
          const state = overview && (overview.get(row.record.targetName) ?? { kind: 'absent' as const });
          if (state && !disagrees(row, state)) {
            found.set(row.record.id, state);
            seen.push(row);
          } else {
            asking.push(
              place.ask(target, row).then((answer) => {
                found.set(row.record.id, answer);
                onLooked([row]);
              }),
            );
          }
        }
      }
    } catch (thrown) {
      const failure = toFailure(thrown).detail;
      for (const { record } of wanted) found.set(record.id, { kind: 'failed', failure });
      seen.push(...wanted);
    }
    onLooked(seen);
    await breathe();
  }
  await Promise.all(asking);
}

/** Everything the target place holds, or undefined where a list does not tell it or the credential may not list. */
async function overviewOf(
  target: Target,
  clock: Clock,
  signal: AbortSignal,
): Promise<Map<string, TargetState> | undefined> {
  const page = target.overviewPage?.bind(target);
  if (!page) return undefined;
  try {
    const items = await listAll(clock, signal, page);
    return new Map(items.map(({ name, state }) => [name, state]));
  } catch (thrown) {
    if (toFailure(thrown).kind === 'denied') return undefined;
    throw thrown;
  }
}

/** An overview may lag by minutes: what speaks against the ledger is only believed from the target itself. */
function disagrees({ ledger }: RecordRow, seen: TargetState): boolean {
  if (ledger === null) return false;
  if (ledger.removedAt !== null) return seen.kind === 'present';
  return seen.kind !== 'present' || seen.version !== ledger.targetVersion;
}

async function targetState(
  target: Target,
  row: RecordRow,
  clock: Clock,
  signal: AbortSignal,
): Promise<PlanInput['target']> {
  try {
    return await lookAtTarget({ row, target, clock, signal });
  } catch (thrown) {
    return { kind: 'failed', failure: toFailure(thrown).detail };
  }
}
