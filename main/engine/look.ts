import type { TargetState } from '../domain/plan.ts';
import { refOf } from './arrival.ts';
import type { ApplyContext } from './context.ts';
import { withRetry } from './retry.ts';

/** The target itself, now, not from an overview. */
export function lookAtTarget({
  row,
  target,
  clock,
  signal,
}: Pick<ApplyContext, 'row' | 'target' | 'clock' | 'signal'>): Promise<TargetState> {
  const ref = refOf(row.record.targetName, row.ledger?.targetId);
  return withRetry(clock, signal, (trySignal) => target.inspect(ref, trySignal));
}
