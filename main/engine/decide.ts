import pMap from 'p-map';
import type { Clouds } from '../clouds/ports.ts';
import { stateIn } from '../domain/decision.ts';
import { cancelled, Failure, toFailure } from '../domain/failure.ts';
import { wantedTags } from '../domain/ownership.ts';
import { keptPair, planStep, targetSeen } from '../domain/plan.ts';
import { statusAfter } from '../domain/status.ts';
import type { RecordRow } from '../store/ports.ts';
import type { EngineDeps } from './deps.ts';
import { lookAtTarget } from './look.ts';
import { writeAudit } from './outcome.ts';
import { inStretches, planInputs, scanDepsOf } from './planning.ts';
import { withRetry } from './retry.ts';
import { scan } from './scan.ts';

/** Leaves a target as it is, for as long as source and target stay as they are now; see `Engine.keep`. */
export async function keepTarget(deps: EngineDeps, id: string, seen: string, signal: AbortSignal): Promise<void> {
  const { store, clock, nextRun } = deps;
  const rows = store.records.getMany([id]);
  const clouds = deps.openClouds();
  try {
    const scanned = await scan(rows, scanDepsOf(deps, clouds), signal);
    if (signal.aborted) throw cancelled();
    for (const { row, input } of planInputs(rows, scanned, deps)) {
      const kept = keptPair(input.source, input.target);
      const { action, code, sentence, fix, targetSeen: now, failure } = planStep({ ...input, kept });
      if (failure) throw new Failure(failure);
      if (action !== 'kept' || now !== stateIn(seen)) throw notWhatWasSeen();
      store.records.update([id], { kept });
      // The last word counts: what was agreed to before must not be done once the target is as it was then.
      store.records.setConsent(id, null);
      store.records.mark([{ id, status: { status: statusAfter('kept'), code, sentence, fix }, conflictSeen: null }]);
      store.records.setNextRuns([{ id, at: nextRun(row.record, clock.now()) }], clock.now());
    }
  } finally {
    clouds.close();
  }
}

/** What unlinking came to. */
export interface Unlinked {
  readonly removed: number;
  /** The targets that still carry our marks, and why. */
  readonly left: readonly { readonly recordId: string; readonly sentence: string }[];
}

/** Takes our marks off the targets of records and forgets the records; see `Engine.unlink`. */
export async function unlinkAll(deps: EngineDeps, ids: readonly string[], signal: AbortSignal): Promise<Unlinked> {
  const { store, settings } = deps;
  const left: Unlinked['left'][number][] = [];
  let removed = 0;
  const clouds = deps.openClouds();
  try {
    for await (const some of inStretches(ids)) {
      const rows = store.records.getMany(some);
      const unmark = async (row: RecordRow) => {
        const sentence = await marksLeft(deps, clouds, row, signal);
        if (sentence !== undefined) left.push({ recordId: row.record.id, sentence });
      };
      await pMap(rows, unmark, { concurrency: settings().concurrency });
      if (signal.aborted) throw cancelled();
      store.records.remove(rows.map(({ record }) => record.id));
      removed += rows.length;
    }
  } finally {
    clouds.close();
  }
  return { removed, left };
}

/** Takes our marks off one target. @returns why they are still there, in words; undefined if none is */
async function marksLeft(
  deps: EngineDeps,
  clouds: Clouds,
  row: RecordRow,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { store, clock, newId, tagNamespace } = deps;
  const { record } = row;
  const stays = (why: string) => `${record.targetName} still carries the marks of this app: ${why}`;
  try {
    const target = await clouds.target(record.targetConnectionId, record.targetService, record.targetRegion);
    const state = await lookAtTarget({ row, target, clock, signal });
    if (state.kind === 'unreadable') return stays('this credential cannot look at it.');
    if (state.kind !== 'present' || state.ownerRecordId !== record.id) return undefined;
    const run = { id: newId(), trigger: 'user' } as const;
    const audit = (outcome: 'started' | 'succeeded' | 'failed', detail: string) =>
      writeAudit(run, row, clock.now(), 'unlink', outcome, detail);
    // A write of unknown end has its intent already: the record is forgotten, and with it the question.
    const isOpen = store.journal.openIntents().some(({ recordId }) => recordId === record.id);
    if (isOpen) store.audit.append(audit('started', 'unlink'));
    else {
      const seen = { targetSeen: targetSeen(state), targetId: state.id };
      const intent = {
        recordId: record.id,
        runId: run.id,
        mode: 'update',
        startedAt: clock.now(),
        sealed: null,
      } as const;
      store.journal.openIntent({ ...intent, ...seen }, audit('started', 'unlink'));
    }
    await store.journal.onDisk();
    const marks = Object.keys(wantedTags(tagNamespace, { ...record, copyTags: false }, {}));
    try {
      const place = { name: record.targetName, id: state.id };
      await withRetry(clock, signal, (trySignal) => target.tag(place, { set: {}, remove: marks }, trySignal));
    } catch (thrown) {
      store.audit.append(audit('failed', toFailure(thrown).detail.code));
      throw thrown;
    }
    store.audit.append(audit('succeeded', 'unlink'));
    return undefined;
  } catch (thrown) {
    return stays(toFailure(thrown).detail.sentence);
  }
}

function notWhatWasSeen(): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'seen-changed',
    sentence:
      'Source or target has changed again since this was shown. Nothing was decided, and the target was left as it is.',
    fix: 'Press Sync Now to look at it again, then decide.',
  });
}
