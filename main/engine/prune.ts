import type { TargetRef, Written } from '../clouds/ports.ts';
import { toFailure } from '../domain/failure.ts';
import type { ApplyContext } from './context.ts';
import type { Ending } from './outcome.ts';
import { withRetry } from './retry.ts';

/**
 * Ends the versions that the record does not keep. Old versions that stay are no failed write: the next write tries again.
 * @returns what the ending says of it; nothing if all is as the record wants
 */
export async function pruned(
  { target, row, clock, toTheEnd }: ApplyContext,
  ref: TargetRef,
  written: Written,
): Promise<Partial<Ending>> {
  if (!target.prune || !written.confirmed) return {};
  try {
    await withRetry(clock, toTheEnd, async (signal) => target.prune?.(ref, row.record.options, row.record.id, signal));
    return {};
  } catch (thrown) {
    const { sentence, fix } = toFailure(thrown).detail;
    return {
      code: 'old-versions-left',
      sentence: `The target is up to date, but old versions of it could not be ended. ${sentence}`,
      fix: `${fix} The next write tries again.`,
    };
  }
}
