import fc from 'fast-check';
import type { FailureKind } from '../../main/domain/failure.ts';
import { diskFull, type EngineBed } from './engine-bed.ts';
import { memoryFailure } from './memory-calls.ts';

/** Something that goes wrong at one call of a port, or one step of the journal. */
export interface Fault {
  readonly operation: string;
  readonly moment: 'before' | 'after';
  /** The how-manieth call of this operation from now. */
  readonly nth: number;
  readonly kind: FailureKind | 'kill' | 'disk';
}

const journalSteps: ReadonlySet<string> = new Set(['openIntent', 'sealIntent', 'onDisk', 'finish']);

/** Faults at any of these calls and steps. */
export function faultsAt(...operations: string[]): fc.Arbitrary<Fault> {
  return fc.record({
    operation: fc.constantFrom(...operations),
    moment: fc.constantFrom('before' as const, 'after' as const),
    nth: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom<Fault['kind']>('network', 'timeout', 'throttled', 'denied', 'bug', 'kill', 'disk'),
  });
}

/** Plays faults on the next calls, and tells what took effect at the target. */
export function play(
  bed: EngineBed,
  faults: readonly Fault[],
  effect: (operation: string, target: string) => void,
): void {
  const made = new Map<string, number>();
  const strike = (operation: string, moment: 'before' | 'after') => {
    const key = `${operation} ${moment}`;
    const count = (made.get(key) ?? 0) + 1;
    made.set(key, count);
    const hit = faults.find((one) => one.operation === operation && one.moment === moment && one.nth === count);
    if (!hit) return;
    // A refusal comes before the effect: what took effect can lose its answer, but is not refused afterwards.
    const refusal = hit.kind === 'denied' || hit.kind === 'throttled' || hit.kind === 'disk';
    if (moment === 'after' && refusal && !journalSteps.has(operation)) throw memoryFailure('network', 'played');
    if (hit.kind === 'kill') {
      bed.kill();
      throw new Error('killed');
    }
    throw hit.kind === 'disk'
      ? diskFull()
      : hit.kind === 'bug'
        ? new Error('unforeseen')
        : memoryFailure(hit.kind, 'played');
  };
  bed.storeHook = strike;
  bed.vaults.hooks.before = ({ operation }) => strike(operation, 'before');
  bed.vaults.hooks.after = ({ operation }) => strike(operation, 'after');
  bed.secrets.hooks.before = ({ operation }) => strike(operation, 'before');
  bed.secrets.hooks.after = ({ operation, subject }) => {
    effect(operation, subject);
    strike(operation, 'after');
  };
}

/** Kills the app at a moment of a step, the first time that it gets there. @returns tells whether it did */
export function killAt(bed: EngineBed, operation: string, moment: Fault['moment']): () => boolean {
  const living = bed.engine();
  play(bed, [{ operation, moment, nth: 1, kind: 'kill' }], () => {});
  return () => bed.engine() !== living;
}

/** Faults are over. */
export function calm(bed: EngineBed): void {
  bed.storeHook = undefined;
  for (const { hooks } of [bed.vaults, bed.secrets]) hooks.before = hooks.after = undefined;
}
