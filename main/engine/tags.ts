import { hidesTheEnd, toFailure } from '../domain/failure.ts';
import type { SourceItem } from '../domain/item.ts';
import type { PlanInput, PlannedStep } from '../domain/plan.ts';
import type { LedgerEntry } from '../domain/record.ts';
import type { ApplyContext } from './context.ts';
import { journaled } from './journaled.ts';
import { refreshedLedger } from './ledger.ts';
import { type Ending, failedEnding } from './outcome.ts';
import { withRetry } from './retry.ts';

/**
 * Sets the wanted tags and removes those of ours that are no longer wanted. A credential that may not remove leaves them, with
 * a warning instead of a failure: the documented four-action policy has no UntagResource.
 * @param putBack set all wanted tags even if `before` has them: somebody removed them from the target
 */
export async function setTags(
  { row, target, clock, toTheEnd }: Pick<ApplyContext, 'row' | 'target' | 'clock' | 'toTheEnd'>,
  id: string,
  before: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
  putBack = false,
): Promise<{ written: Readonly<Record<string, string>>; warning: Partial<Ending> }> {
  const place = { name: row.record.targetName, id };
  const stale = Object.keys(before).filter((key) => !Object.hasOwn(wanted, key));
  const missing = Object.entries(wanted).some(([key, value]) => before[key] !== value);
  if (missing || putBack)
    await withRetry(clock, toTheEnd, (signal) => target.tag(place, { set: wanted, remove: [] }, signal));
  if (stale.length === 0) return { written: wanted, warning: {} };
  try {
    // With all that stay: what the target makes of a stale key may be the key of another tag, even of our mark.
    await withRetry(clock, toTheEnd, (signal) => target.tag(place, { set: wanted, remove: stale }, signal));
    return { written: wanted, warning: {} };
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.kind !== 'denied') throw failure;
    return {
      written: wanted,
      warning: {
        code: 'stale-tags-left',
        sentence: `The target is up to date, but tags that are gone from the source are still on it: ${stale.join(', ')}.`,
        fix: `${failure.detail.fix} Or remove the tags by hand; they are not tried again.`,
      },
    };
  }
}

/** No tag has this value: whether the tag is on the target, and with which, is not known. */
const notKnown = '\u0000';

/** What is on the target after a change of tags whose end was not heard of: what has to be set again, or removed if not wanted. */
export function tagsPerhaps(
  before: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const changed = Object.entries(wanted).filter(([key, value]) => before[key] !== value);
  return { ...before, ...Object.fromEntries(changed.map(([key]) => [key, notKnown])) };
}

/**
 * Sets the tags of a target whose value is as the ledger has it. What is about to be set is sealed first, so that after a crash it is
 * known what may be on the target.
 * @returns the ending: what `done` makes of the ledger with the new tags, or the failure
 */
export async function settleTags(
  context: ApplyContext,
  ledger: LedgerEntry,
  wanted: Readonly<Record<string, string>>,
  done: (tagged: LedgerEntry, warning: Partial<Ending>) => Ending,
  putBack = false,
): Promise<Ending> {
  const { journal } = context.store;
  const { recordId, targetId, tagsWritten, sourceVersion, sourceUpdatedOn, sourceMetadata, settled, fingerprint } =
    ledger;
  const known = { sourceVersion, sourceUpdatedOn, sourceMetadata, settled, fingerprint, marker: ledger.targetVersion };
  journal.sealIntent(recordId, { ...known, idempotencyKey: noValue, tagsWritten: wanted });
  await journal.onDisk();
  try {
    const tags = await setTags(context, targetId, tagsWritten, wanted, putBack);
    return done({ ...ledger, tagsWritten: tags.written }, tags.warning);
  } catch (thrown) {
    const failure = context.failureOf(thrown);
    const more = hidesTheEnd(failure) ? { ledger: { ...ledger, tagsWritten: tagsPerhaps(tagsWritten, wanted) } } : {};
    return failedEnding('tags-only', failure.detail, { journaled: true, ...more });
  }
}

/** Stands for the key of a write in an intent that writes no value. */
export const noValue = '';

/** Brings the target's tags to what the record wants, where its value is as it should be. */
export function retag(
  context: ApplyContext,
  { target, wantedTags }: PlanInput,
  step: PlannedStep,
  item: SourceItem,
): Promise<Ending> {
  const { ledger } = context.row;
  if (!ledger) throw new Error('tags-only was planned without a ledger');
  const { targetId } = ledger;
  return journaled(context, step, { mode: 'update', targetId }, 'tags-only', () =>
    settleTags(
      context,
      refreshedLedger(context, item, target) ?? ledger,
      wantedTags,
      (tagged, warning) => ({
        outcome: 'synced',
        action: 'tags-only',
        code: 'synced',
        sentence: 'The target is up to date. Only its tags had to change.',
        ledger: tagged,
        journaled: true,
        ...warning,
      }),
      step.code === 'mark-removed',
    ),
  );
}
