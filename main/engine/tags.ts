import { toFailure } from '../domain/failure.ts';
import type { ApplyContext } from './context.ts';
import type { Ending } from './outcome.ts';
import { withRetry } from './retry.ts';

/**
 * Sets the wanted tags and removes those of ours that are no longer wanted. A credential that may not remove leaves them, with
 * a warning instead of a failure: the documented four-action policy has no UntagResource.
 * @param putBack set all wanted tags even if `before` has them: somebody removed them from the target
 */
export async function setTags(
  { row, target, clock, toTheEnd }: ApplyContext,
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
