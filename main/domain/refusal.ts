import type { SourceItem } from './item.ts';
import type { PlanInput } from './plan.ts';
import type { SyncRecord } from './record.ts';
import { serviceFacts } from './service.ts';
import { validityProblem } from './validity.ts';

/**
 * Why this source can't go to this record's target now, as far as its metadata tells: services that keep certificates take
 * only valid ones.
 * @param now milliseconds since the epoch
 */
export function refusalOf(record: SyncRecord, item: SourceItem, now: number): PlanInput['refusal'] {
  const { keeps, title } = serviceFacts[record.targetService];
  if (keeps !== 'certificates') return null;
  const problem = validityProblem({ notBefore: item.notBefore, notAfter: item.expiresOn }, now);
  if (!problem) return null;
  return {
    ...problem,
    sentence: `${problem.sentence} ${title} takes only valid ones. The copy in the target was kept.`,
  };
}
